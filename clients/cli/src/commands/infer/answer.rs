//! An answer: awaited, fetched, checked against its request, and shown.

use super::{
    program, state_folder,
    stream::{follow, report, Read, Screen},
    text::Text,
    wait::ended,
};
use crate::{
    commands::{
        model, preflight,
        program::file_name,
        request,
        whole_file::{are_free, write},
    },
    context::Context,
    failure::{usage, Failure, Result},
};
use quorate_ask::inputs::of;
use quorate_client::{
    gateways::{no_progress, Gateways, Reader, CATCHING_UP},
    inputs::Inputs,
    words, Client, Error,
};
use quorate_compile::write_npy;
use quorate_convert::names::shown as visible_name;
use quorate_exact::infer::Tensor;
use quorate_inference::{salt, Answer, FaultKind, SALT};
use quorate_output::Existing;
use quorate_primitives::{
    job::infer::{AnswerRow, AnswerStatus, Task},
    views::{
        inference::{RequestState, RequestView},
        BlobRef,
    },
    RequestId,
};
use quorate_program::{Program, Value};
use serde_json::{json, Value as Json};
use std::{
    fmt::Display,
    io::IsTerminal,
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::time::{sleep, Instant};

/// Numbers of an output that are printed.
const PRINTED: usize = 64;
/// Between two questions to gateways that have not seen the block yet.
const AGAIN: Duration = Duration::from_millis(500);

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
    fn streams(&self, context: &Context, task: &Task) -> bool {
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

/// Go on with a request: upload its input where validators may still lack it, wait for its end, and show its answer.
pub async fn fetch(context: &Context, id: RequestId, shown: &Shown, state: Option<PathBuf>) -> Result {
    // Before anything is waited for.
    shown.text()?;
    shown.check_folder()?;
    let inputs = Inputs::open(state_folder(state)?)?;
    let client = context.client().await?;
    let known = client.inference_request(id).await?;
    let own = preflight::paying(&client, &context.account()?.id()).await?;
    if own != known.organisation {
        return Err(usage(format!(
            "request {id} is organisation {}'s: its account and its contributors alone read the answer, and --account is of organisation {own}",
            known.organisation
        )));
    }
    shown.check_room(&names(context, &client, &known).await)?;
    if let (RequestState::Pending { .. }, true) = (&known.state, inputs.read(known.input.root)?.is_some()) {
        let path = inputs.path(known.input.root);
        let account = context.account()?;
        model::upload(&client, &account, (known.input.root, &path), known.input.len).await?;
    }
    awaited(context, id, shown, &inputs).await
}

/// Wait for a request's end, and show its answer.
pub(super) async fn awaited(context: &Context, id: RequestId, shown: &Shown, inputs: &Inputs) -> Result {
    let client = context.client().await?;
    let streams = shown.streams(context, &client.inference_request(id).await?.task);
    let (screen, read) = (
        Screen::new(context, "waiting for the validators", streams),
        Read::default(),
    );
    let known = tokio::select! {
        known = ended(context, id, &screen) => known?,
        never = follow(context, id, shown.text()?, &screen, &read), if streams => match never {},
    };
    let (batch, row) = match &known.state {
        RequestState::Answered { batch, row } => (*batch, row.clone()),
        RequestState::Failed(reason) => {
            request::print_one(context, &client, &known).await?;
            if !read.is_empty() {
                screen.line("NOT attested: what was streamed counts for nothing");
            }
            return Err(Failure::Check(format!(
                "request {id} came to nothing: {}",
                words::request_failure(*reason)
            )));
        }
        _ => return Err(Error::Incompatible(format!("request {id} has not ended")).into()),
    };
    // Of what does not fit the record says all that there is.
    let (mut fault, mut attested) = (None, Vec::new());
    if row.status != AnswerStatus::Unfit {
        let gateways = client.open_gateways(Some(Reader::Account(context.account()?))).await?;
        let salt = salt_of(inputs, &gateways, &known.input).await?;
        let bytes = blob(&gateways, &row.answer).await?;
        let answer = checked(&salt, &known, &row, &bytes)?;
        show(context, &client, (&known, &answer), shown).await?;
        fault = fault_of(&answer);
        attested = answer.tokens().to_vec();
    }
    report(context, &read, (&known, batch), &attested, inputs)?;
    request::print_one(context, &client, &known).await?;
    outcome(&row, fault)
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
    let what = match fault {
        Some(FaultKind::NaN) => ": a value is not a number",
        Some(FaultKind::Index) => ": an index outside its axis, such as a token that the vocabulary has not",
        Some(FaultKind::Range) => ": a number outside its type",
        None => "",
    };
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

/// The bytes that salt an answer: from the input as it went out, or, on another machine, as a gateway has it.
async fn salt_of(inputs: &Inputs, gateways: &Gateways, input: &BlobRef) -> Result<[u8; SALT]> {
    let own = inputs.read(input.root)?;
    let bytes = match own {
        Some(bytes) => bytes,
        None => blob(gateways, input).await?,
    };
    Ok(salt(&bytes))
}

/// A blob's bytes, verified. Gateways that have not yet seen the block with its name are asked again for a while.
async fn blob(gateways: &Gateways, blob: &BlobRef) -> Result<Vec<u8>> {
    let io = |path: &Path, source| Error::Io {
        path: path.display().to_string(),
        source,
    };
    let folder = tempfile::tempdir().map_err(|source| io(&std::env::temp_dir(), source))?;
    let path = folder.path().join("blob");
    let deadline = Instant::now() + CATCHING_UP;
    loop {
        match gateways.fetch(blob.root, blob.len, &path, no_progress()).await {
            Ok(()) => return Ok(std::fs::read(&path).map_err(|source| io(&path, source))?),
            Err(Error::Denied(_) | Error::NotFound(_) | Error::Network(_)) if Instant::now() < deadline => {
                sleep(AGAIN).await;
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// The answer of these bytes, which are the row's and this request's.
fn checked(salt: &[u8; SALT], known: &RequestView, row: &AnswerRow, bytes: &[u8]) -> Result<Answer> {
    let differs = |why: &dyn Display| Failure::Check(format!("what is recorded for request {}: {why}", known.id));
    let answer = Answer::read(salt, &known.task, bytes).map_err(|unreadable| differs(&unreadable))?;
    let tokens = answer.tokens().len();
    match answer.status() == row.status && u32::try_from(tokens) == Ok(row.tokens) {
        true => Ok(answer),
        false => Err(differs(&format_args!(
            "{} with {} tokens, and its answer says {} with {tokens}",
            words::answer_status(row.status),
            row.tokens,
            words::answer_status(answer.status())
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
    use quorate_primitives::AccountId;

    fn value(elements: usize) -> Value {
        Value::F32(Tensor::new(vec![elements], vec![0.5; elements]).unwrap())
    }

    fn blob_of(bytes: &[u8]) -> BlobRef {
        BlobRef {
            root: quorate_exact::root(bytes).into(),
            len: bytes.len() as u64,
        }
    }

    fn known(bytes: &[u8]) -> (RequestView, AnswerRow) {
        let row = AnswerRow {
            request: 4,
            status: AnswerStatus::Answered,
            answer: blob_of(bytes),
            trace: Default::default(),
            tokens: 0,
            operations: 1,
        };
        let known = RequestView {
            id: 4,
            asked_by: AccountId::new([1; 32]),
            organisation: 3,
            model: 0,
            version: 1,
            program: 2,
            input: blob_of(b""),
            task: Task::Run,
            operations: 1,
            memory: 1,
            fee: 7,
            cost: 5,
            clean: true,
            state: RequestState::Answered {
                batch: 6,
                row: row.clone(),
            },
            requested_at: 8,
            ended_at: Some(9),
        };
        (known, row)
    }

    #[test]
    fn answer_to_another_request_should_not_be_shown() {
        let answer = Answer::Outputs(vec![value(2)]);
        let bytes = answer.write(&[7; SALT]);
        let (known, row) = known(&bytes);
        assert_eq!(checked(&[7; SALT], &known, &row, &bytes).unwrap(), answer);
        let other = AnswerRow {
            status: AnswerStatus::Fault,
            ..row.clone()
        };
        for refused in [
            checked(&[8; SALT], &known, &row, &bytes),
            checked(&[7; SALT], &known, &other, &bytes),
            checked(
                &[7; SALT],
                &known,
                &AnswerRow {
                    tokens: 1,
                    ..row.clone()
                },
                &bytes,
            ),
        ] {
            assert!(matches!(refused, Err(Failure::Check(_))), "{refused:?}");
        }
    }

    #[test]
    fn fault_and_misfit_should_end_with_why() {
        let (_, row) = known(b"");
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
