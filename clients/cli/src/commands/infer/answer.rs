//! An answer: awaited, fetched, checked against its request, and shown.

use super::{
    program,
    screen::Screen,
    streamed::{report, Streamed},
    text::Text,
};
use crate::{
    commands::{
        program::file_name,
        request,
        whole_file::{are_free, write},
    },
    context::Context,
    failure::{usage, Failure, Result},
    request_ref::{state_folder, RequestRef},
};
use quorate_ask::{
    answer::fault_words,
    asked::Marks,
    going_on::GoingOn,
    inputs::of,
    own::OwnRequest,
    paying::paying,
    stream::{follow, Event, Read},
};
use quorate_client::{inputs::Inputs, words, Client, Error};
use quorate_compile::write_npy;
use quorate_convert::names::shown as visible_name;
use quorate_exact::infer::Tensor;
use quorate_inference::{Answer, FaultKind};
use quorate_output::Existing;
use quorate_primitives::{
    job::infer::{AnswerRow, AnswerStatus, Task},
    views::inference::{RequestState, RequestView},
};
use quorate_program::{Program, Value};
use serde_json::{json, Value as Json};
use std::{
    fmt::Display,
    io::IsTerminal,
    path::{Path, PathBuf},
};

/// Numbers of an output that are printed.
const PRINTED: usize = 64;

/// How an answer is shown.
pub struct Shown {
    /// A folder for what the program answers.
    pub out: Option<PathBuf>,
    pub existing: Existing,
    pub tokenizer: Option<PathBuf>,
    /// Whether tokens are shown while they are generated. Where standard error is a terminal unless it is said.
    pub stream: Option<bool>,
}

impl Shown {
    /// Whether a request's tokens are shown while they are generated.
    pub(super) fn streams(&self, context: &Context, task: &Task) -> bool {
        let by_default = || !context.is_json() && std::io::stderr().is_terminal();
        matches!(task, Task::Generate(_)) && self.stream.unwrap_or_else(by_default)
    }

    /// The tokenizer, if one was given.
    pub(super) fn text(&self) -> Result<Option<Text>> {
        self.tokenizer.as_deref().map(Text::open).transpose()
    }

    /// That files can be written into the folder, whatever their names are: before anything is sent, or waited for.
    pub(super) fn check_folder(&self) -> Result {
        match &self.out {
            None => Ok(()),
            Some(folder) => are_free(folder, &[PROBE.into()], Existing::Replace),
        }
    }

    /// That files with these names can be written: before anything is paid.
    pub(super) fn check_room(&self, names: &[String]) -> Result {
        match &self.out {
            None => Ok(()),
            Some(folder) => are_free(folder, names, self.existing),
        }
    }
}

/// A file that is tried, and not written.
const PROBE: &str = "answer.npy";

/// The file of generated tokens.
const TOKENS: &str = "tokens.npy";

/// The files of an answer.
pub(super) fn files(program: &Program, task: &Task) -> Vec<String> {
    let outputs = program.graph().outputs.iter().enumerate();
    match task {
        Task::Run => outputs.map(|(index, output)| file_name(&output.name, index)).collect(),
        Task::Generate(_) => vec![TOKENS.into()],
    }
}

/// The files of a request's answer. Without the program, which may have been retired, outputs have numbers.
async fn names(context: &Context, client: &Client, known: &RequestView) -> Vec<String> {
    match (known.task, program(context, client, known.program).await) {
        (task, Ok(program)) => files(&program, &task),
        (Task::Generate(_), Err(_)) => vec![TOKENS.into()],
        (Task::Run, Err(_)) => Vec::new(),
    }
}

/// Go on with a request: bring its input where validators may still lack it, wait for its end, and show its answer.
pub async fn fetch(context: &Context, which: RequestRef, shown: &Shown, state: Option<PathBuf>) -> Result {
    // Before anything is waited for.
    shown.text()?;
    shown.check_folder()?;
    let folder = state_folder(state)?;
    let (inputs, marks) = (Inputs::open(&folder)?, Marks::open(&folder)?);
    let (account, client) = (context.account()?, context.client().await?);
    let organisation = paying(&client, &account.id()).await?;
    let known = request::find(&client, which, organisation).await?;
    if organisation != known.organisation {
        return Err(usage(format!(
            "request {} is organisation {}'s: its account and its contributors alone read the answer, and --account is of organisation {organisation}",
            known.id, known.organisation
        )));
    }
    shown.check_room(&names(context, &client, &known).await)?;
    let (node, own) = (context.node(), OwnRequest::of(&known));
    let screen = Screen::new(
        context,
        "waiting for the validators",
        shown.streams(context, &known.task),
    );
    let going_on = GoingOn::new(&node, &account, &inputs, &own, &screen);
    let verdict = awaited(context, &going_on, (&own, &known.task), shown, (&screen, &inputs)).await?;
    request::print_own(context, &own).await?;
    // The answer is given out: the same call of the Python package asks anew.
    marks.forget(own.root)?;
    verdict
}

/// Wait for a request's end, and show its answer: whether there is one, when all was shown.
pub(super) async fn awaited(
    context: &Context,
    going_on: &GoingOn<'_>,
    (own, task): (&OwnRequest, &Task),
    shown: &Shown,
    (screen, inputs): (&Screen, &Inputs),
) -> Result<Result> {
    let (streamed, read) = (Streamed::new(screen, shown.text()?), Read::default());
    let (account, node) = (context.account()?, context.node());
    let ended = async {
        match context.is_finalized() {
            true => going_on.finally().await,
            false => going_on.answered().await,
        }
    };
    let tell = |event: Event<'_>| streamed.tell(event);
    let followed = follow(async || node.connect().await, &account, own, &read, &tell);
    let ended = tokio::select! {
        ended = ended => ended,
        never = followed, if shown.streams(context, task) => match never {},
    };
    screen.clear();
    let (known, answer) = ended?;
    let (batch, row) = match &known.state {
        RequestState::Answered { batch, row } => (*batch, row),
        RequestState::Failed(reason) => {
            if !read.is_empty() {
                screen.line("NOT attested: what was streamed counts for nothing");
            }
            return Ok(Err(Failure::Check(format!(
                "request {} came to nothing: {}",
                known.id,
                words::request_failure(*reason)
            ))));
        }
        _ => return Err(Error::Incompatible(format!("request {} has not ended", known.id)).into()),
    };
    let answer = answer.unwrap_or(Answer::Unfit);
    show(context, &context.client().await?, (&known, &answer), shown).await?;
    report(context, &read, (&known, batch), answer.tokens(), inputs)?;
    Ok(outcome(row, fault_of(&answer)))
}

fn fault_of(answer: &Answer) -> Option<FaultKind> {
    match answer {
        Answer::Fault(kind, _) => Some(*kind),
        Answer::Outputs(_) | Answer::Tokens(_) | Answer::Unfit => None,
    }
}

/// Whether there is an answer.
fn outcome(row: &AnswerRow, fault: Option<FaultKind>) -> Result {
    let id = row.request;
    let what = fault.map_or_else(String::new, |kind| format!(": {}", fault_words(kind)));
    match row.status {
        AnswerStatus::Answered => Ok(()),
        AnswerStatus::Fault => Err(Failure::Check(format!(
            "request {id} ended in a fault after {} tokens, which is its answer{what}",
            row.tokens
        ))),
        AnswerStatus::Unfit => Err(Failure::Check(format!(
            "request {id} does not fit: the version has not the tensors of the program, or it takes more operations or memory than were named"
        ))),
    }
}

async fn show(context: &Context, client: &Client, (known, answer): (&RequestView, &Answer), shown: &Shown) -> Result {
    match answer {
        Answer::Tokens(tokens) | Answer::Fault(_, tokens) => show_tokens(context, tokens, shown),
        Answer::Outputs(values) => {
            // Without the program outputs have numbers: it may have been retired.
            let program = program(context, client, known.program).await;
            let names = program.map_or_else(
                |_| Vec::new(),
                |program| {
                    program
                        .graph()
                        .outputs
                        .iter()
                        .map(|output| output.name.clone())
                        .collect()
                },
            );
            show_outputs(context, (values, &names), shown)
        }
        Answer::Unfit => Ok(()),
    }
}

fn show_tokens(context: &Context, tokens: &[u32], shown: &Shown) -> Result {
    if tokens.is_empty() {
        return Ok(());
    }
    let text = shown.text()?.map(|text| text.text(tokens)).transpose()?;
    let mut document = json!({ "tokens": tokens, "text": text });
    if let Some(folder) = &shown.out {
        let ids = tokens.iter().map(|&token| token.into()).collect();
        let ids = Tensor::new(vec![tokens.len()], ids).map(Value::I64);
        let ids = ids.map_err(|fault| Failure::Check(fault.to_string()))?;
        let path = written(folder, TOKENS, &ids, shown.existing)?;
        add(&mut document, "file", json!(path.display().to_string()));
    }
    context.print(&json!({ "answer": document }), || match &text {
        Some(text) => println!("{text}"),
        None => {
            let tokens: Vec<String> = tokens.iter().map(u32::to_string).collect();
            println!("{}", tokens.join(","));
        }
    });
    Ok(())
}

fn show_outputs(context: &Context, (values, names): (&[Value], &[String]), shown: &Shown) -> Result {
    let mut all = Vec::new();
    for (index, value) in values.iter().enumerate() {
        let name = names.get(index).cloned().unwrap_or_else(|| format!("output-{index}"));
        let root = hex::encode(quorate_exact::root(&value.bytes()));
        let mut document = json!({
            "name": name, "type": value.element().to_string(), "shape": value.shape(), "root": format!("0x{root}"),
        });
        let file = match &shown.out {
            Some(folder) => Some(written(folder, &file_name(&name, index), value, shown.existing)?),
            None => None,
        };
        if let Some(file) = &file {
            add(&mut document, "file", json!(file.display().to_string()));
        }
        all.push((document, name, file, value));
    }
    let documents: Vec<&Json> = all.iter().map(|(document, ..)| document).collect();
    context.print(&json!({ "answer": { "outputs": documents } }), || {
        for (_, name, file, value) in &all {
            let what = format!("{} {}", visible_name(name), of(value));
            match file {
                Some(file) => println!("{what}: {}", file.display()),
                None => println!("{what}: {}", numbers(value)),
            }
        }
    });
    Ok(())
}

fn written(folder: &Path, name: &str, value: &Value, existing: Existing) -> Result<PathBuf> {
    std::fs::create_dir_all(folder).map_err(|source| Error::Io {
        path: folder.display().to_string(),
        source,
    })?;
    let path = folder.join(name);
    write(&path, &write_npy(value), existing)?;
    Ok(path)
}

fn add(document: &mut Json, name: &str, value: Json) {
    if let Some(fields) = document.as_object_mut() {
        fields.insert(name.into(), value);
    }
}

/// What is small.
fn numbers(value: &Value) -> String {
    fn all<T: Display>(values: &[T]) -> String {
        match values.len() {
            0..=PRINTED => values.iter().map(T::to_string).collect::<Vec<_>>().join(" "),
            more => format!("{more} numbers; --out FOLDER writes them"),
        }
    }
    match value {
        Value::F32(tensor) => all(tensor.data()),
        Value::I64(tensor) => all(tensor.data()),
        Value::I32(tensor) => all(tensor.data()),
        Value::I8(tensor) => all(tensor.data()),
        Value::U8(tensor) => all(tensor.data()),
        Value::Bool(tensor) => all(tensor.data()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quorate_primitives::views::BlobRef;

    fn value(elements: usize) -> Value {
        Value::F32(Tensor::new(vec![elements], vec![0.5; elements]).unwrap())
    }

    #[test]
    fn fault_and_misfit_should_end_with_why() {
        let row = AnswerRow {
            request: 4,
            status: AnswerStatus::Answered,
            answer: BlobRef {
                root: Default::default(),
                len: 1,
            },
            trace: Default::default(),
            tokens: 0,
            operations: 1,
        };
        let of = |status| outcome(&AnswerRow { status, ..row.clone() }, Some(FaultKind::Index));
        assert!(of(AnswerStatus::Answered).is_ok());
        for (status, why) in [
            (AnswerStatus::Fault, "an index outside its axis"),
            (AnswerStatus::Unfit, "does not fit"),
        ] {
            assert!(
                matches!(of(status), Err(Failure::Check(text)) if text.contains(why)),
                "{status:?}"
            );
        }
    }

    #[test]
    fn what_is_small_should_be_printed_and_what_is_large_be_named() {
        assert_eq!(numbers(&value(3)), "0.5 0.5 0.5");
        assert!(numbers(&value(PRINTED + 1)).starts_with("65 numbers; --out"));
    }

    #[test]
    fn answer_that_has_no_room_should_be_refused_before_it_is_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let shown = |existing| Shown {
            out: Some(folder.path().into()),
            existing,
            tokenizer: None,
            stream: None,
        };
        let files = [TOKENS.to_string()];
        assert!(shown(Existing::Keep).check_room(&files).is_ok());
        std::fs::write(folder.path().join(TOKENS), b"tokens").unwrap();
        assert!(shown(Existing::Keep).check_room(&files).is_err());
        assert!(shown(Existing::Replace).check_room(&files).is_ok());
    }

    #[test]
    fn output_should_be_a_file_of_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = written(folder.path(), "y.npy", &value(3), Existing::Keep).unwrap();
        let read = quorate_compile::read_npy(&std::fs::read(path).unwrap()).unwrap();
        assert_eq!(read, value(3));
        assert!(written(folder.path(), "y.npy", &value(3), Existing::Keep).is_err());
    }
}
