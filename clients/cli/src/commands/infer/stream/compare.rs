//! Whether what was streamed is what validators attested to.

use super::Read;
use crate::{
    context::Context,
    failure::{usage, Result},
};
use quorate_client::{gateways::stream::Said, inputs::Inputs};
use quorate_output::{write_private, Existing};
use quorate_primitives::{views::inference::RequestView, BatchId};
use serde_json::{json, Value};
use std::path::PathBuf;

/// How a stream compares with the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Compared {
    Same,
    /// It broke off, and is the answer until there.
    Beginning,
    /// From this token on it is another one, or has more or fewer.
    Differs(usize),
}

fn compare(said: &[u32], has_ended: bool, attested: &[u32]) -> Compared {
    let same = said
        .iter()
        .zip(attested)
        .take_while(|(said, token)| said == token)
        .count();
    match (same == said.len(), same == attested.len()) {
        (true, true) => Compared::Same,
        (true, false) if !has_ended => Compared::Beginning,
        _ => Compared::Differs(same),
    }
}

/// Says how what was streamed of a batch compares with what was attested, and writes down what a validator has signed that is not so.
pub fn report(
    context: &Context,
    read: &Read,
    (known, batch): (&RequestView, BatchId),
    attested: &[u32],
    inputs: &Inputs,
) -> Result {
    let mut all = Vec::new();
    for said in read.of(batch) {
        let (document, line) = one(&said, known, attested, inputs)?;
        all.push(document);
        if !context.is_json() {
            eprintln!("{line}");
        }
    }
    if !all.is_empty() {
        context.print(&json!({ "streams": all }), || ());
    }
    Ok(())
}

fn one(said: &Said, known: &RequestView, attested: &[u32], inputs: &Inputs) -> Result<(Value, String)> {
    let (tokens, by) = (said.tokens(), said.validator.to_string());
    let count = tokens.len();
    let mut document = json!({ "validator": by, "tokens": count, "ended": said.has_ended() });
    let mut set = |name: &str, value: Value| document[name] = value;
    let line = match compare(&tokens, said.has_ended(), attested) {
        Compared::Same => {
            set("attested", true.into());
            format!("attested: the {count} tokens that validator {by} streamed are the answer")
        }
        Compared::Beginning => {
            set("attested", true.into());
            format!(
                "attested: the {count} tokens that validator {by} streamed begin the answer, which has {}",
                attested.len()
            )
        }
        Compared::Differs(at) => {
            let file = written(said, known, inputs)?.display().to_string();
            set("attested", false.into());
            set("differs_at", at.into());
            set("file", file.clone().into());
            format!(
                "NOT attested: validator {by} streamed something else than the answer, from token {at} on. The answer is what counts; \
                 what the validator has signed is in {file}"
            )
        }
    };
    Ok((document, line))
}

/// What it has signed, beside the request's input.
fn written(said: &Said, known: &RequestView, inputs: &Inputs) -> Result<PathBuf> {
    let path = inputs.path(known.input.root);
    let path = path.with_extension(format!("{}.stream.json", said.validator));
    let bytes = serde_json::to_vec_pretty(said).map_err(|error| usage(format!("{}: {error}", path.display())))?;
    write_private(&path, &bytes, Existing::Replace).map_err(|error| usage(error.to_string()))?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stream_should_be_the_answer_or_begin_it_or_differ_from_a_token_on() {
        let attested = [5, 6, 7];
        for (said, has_ended, expected) in [
            (&[5, 6, 7][..], true, Compared::Same),
            (&[5, 6, 7], false, Compared::Same),
            (&[5, 6], false, Compared::Beginning),
            (&[], false, Compared::Beginning),
            (&[5, 6], true, Compared::Differs(2)),
            (&[5, 6, 7, 8], false, Compared::Differs(3)),
            (&[5, 9, 7], true, Compared::Differs(1)),
            (&[9], false, Compared::Differs(0)),
        ] {
            assert_eq!(compare(said, has_ended, &attested), expected, "{said:?}");
        }
        assert_eq!(
            compare(&[5], true, &[]),
            Compared::Differs(0),
            "of what came to nothing"
        );
    }
}
