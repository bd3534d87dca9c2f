//! Whether what was streamed is what validators attested to.

use super::Read;
use quorate_client::{gateways::stream::Said, inputs::Inputs, Error, Result};
use quorate_output::{write_private, Existing};
use quorate_primitives::{payload::tagged, AccountId, BatchId, Root};
use std::path::PathBuf;

/// How a stream compares with the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Compared {
    Same,
    /// It broke off, and is the answer until there.
    Beginning,
    /// From token `at` on it is another one, or has more or fewer.
    Differs {
        at: usize,
        /// All that the validator has signed, or why it could not be kept: the answer counts all the same.
        file: Result<PathBuf, String>,
    },
}

/// What one validator streamed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Streamed {
    pub validator: AccountId,
    pub tokens: Vec<u32>,
    /// Whether its last piece came.
    pub has_ended: bool,
    pub compared: Compared,
}

/// How what was streamed of a batch compares with what was attested. What a validator has signed that is not so is written down beside the
/// request's input, whose root this is.
pub fn compared(read: &Read, batch: BatchId, attested: &[u32], inputs: &Inputs, input: Root) -> Vec<Streamed> {
    let all = read.of(batch).into_iter().map(|said| {
        let (tokens, has_ended) = (said.tokens(), said.has_ended());
        let compared = match compare(&tokens, has_ended, attested) {
            Found::Same => Compared::Same,
            Found::Beginning => Compared::Beginning,
            Found::Differs(at) => Compared::Differs {
                at,
                file: written(&said, inputs, input).map_err(|error| error.to_string()),
            },
        };
        Streamed {
            validator: said.validator,
            tokens,
            has_ended,
            compared,
        }
    });
    all.collect()
}

impl Streamed {
    /// The same in words; `attested`: tokens of the answer.
    pub fn words(&self, attested: usize) -> String {
        let (count, by) = (self.tokens.len(), &self.validator);
        match &self.compared {
            Compared::Same => format!("attested: the {count} tokens that validator {by} streamed are the answer"),
            Compared::Beginning => format!(
                "attested: the {count} tokens that validator {by} streamed begin the answer, which has {attested}"
            ),
            Compared::Differs { at, file } => {
                let kept = match file {
                    Ok(file) => format!("is in {}", file.display()),
                    Err(why) => format!("could not be kept: {why}"),
                };
                format!(
                    "NOT attested: validator {by} streamed something else than the answer, from token {at} on. The answer is what counts; \
                     what the validator has signed {kept}"
                )
            }
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    Same,
    Beginning,
    Differs(usize),
}

fn compare(said: &[u32], has_ended: bool, attested: &[u32]) -> Found {
    let same = said
        .iter()
        .zip(attested)
        .take_while(|(said, token)| said == token)
        .count();
    match (same == said.len(), same == attested.len()) {
        (true, true) => Found::Same,
        (true, false) if !has_ended => Found::Beginning,
        _ => Found::Differs(same),
    }
}

/// What it has signed, beside the request's input. Of one validator there may be several: each has a name of its own.
fn written(said: &Said, inputs: &Inputs, input: Root) -> Result<PathBuf> {
    let bytes = serde_json::to_vec_pretty(said).map_err(|error| Error::Input(format!("the stream: {error}")))?;
    let [a, b, c, d, ..] = tagged(b"stream", &bytes).0;
    let number = u32::from_be_bytes([a, b, c, d]);
    let path = inputs
        .path(input)
        .with_extension(format!("{}.{number:08x}.stream.json", said.validator));
    write_private(&path, &bytes, Existing::Replace)?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stream_should_be_the_answer_or_begin_it_or_differ_from_a_token_on() {
        let attested = [5, 6, 7];
        for (said, has_ended, expected) in [
            (&[5, 6, 7][..], true, Found::Same),
            (&[5, 6, 7], false, Found::Same),
            (&[5, 6], false, Found::Beginning),
            (&[], false, Found::Beginning),
            (&[5, 6], true, Found::Differs(2)),
            (&[5, 6, 7, 8], false, Found::Differs(3)),
            (&[5, 9, 7], true, Found::Differs(1)),
            (&[9], false, Found::Differs(0)),
        ] {
            assert_eq!(compare(said, has_ended, &attested), expected, "{said:?}");
        }
        assert_eq!(compare(&[5], true, &[]), Found::Differs(0), "of what came to nothing");
    }
}
