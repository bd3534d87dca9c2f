//! The answer to one request.

use crate::{
    blobs::Blobs,
    finality::{ended, Standing},
    frozen,
    job::{attested, known},
    report::{conclude, Check, Checks, Conclusion, Stop},
};
use quorate_client::{connection::Block, words, Client, Error, Result};
use quorate_engine::{verify_answer as compute, Control, EngineError, InferInput, Level};
use quorate_inference::{is_fit, operations, Answer, Asked, Wrong};
use quorate_primitives::{
    job::{
        infer::{detail_bytes, AnswerRow, InferOutcome, Request, EXACT_VERSION},
        IdentifiedJob, Infer, Outcome,
    },
    merkle,
    views::{
        inference::{BatchView, RequestState, RequestView},
        BlobRef, VersionView,
    },
    RequestId, Root,
};
use quorate_program::Program;
use serde_json::{json, Value};
use std::os::unix::fs::FileExt;

/// What the verification of an answer found.
#[derive(Clone, Debug)]
pub struct AnswerReport {
    pub request: RequestView,
    pub batch: BatchView,
    /// The final block whose state was read.
    pub block: Block,
    pub checks: Vec<Check>,
}

impl AnswerReport {
    pub fn conclusion(&self) -> Conclusion {
        conclude(&self.checks, !self.request.clean)
    }

    pub fn to_json(&self) -> Value {
        let conclusion = self.conclusion();
        json!({
            "request": self.request,
            "batch": self.batch,
            "block": { "number": self.block.number, "hash": format!("{:?}", self.block.hash) },
            "conclusion": conclusion.as_str(),
            "verified": conclusion == Conclusion::Verified,
            "checks": self.checks.iter().map(Check::to_json).collect::<Vec<_>>(),
        })
    }
}

/// Compute the answer to a request again, generated tokens by one run over all of them, and compare it bit for bit, as a final block has
/// it; one that is not final yet is waited for. `progress` is called with what is being done. Of the instructions of this machine's processor
/// none beyond these are used: the bits are the same.
///
/// # Errors
/// When the chain cannot be read; `Input` for a request without an answer; `Timeout` for one that does not become final. Differences, and what could not be checked, are in the report.
pub async fn verify_answer(
    client: &Client,
    id: RequestId,
    blobs: &Blobs,
    instructions: Level,
    progress: &(dyn Fn(&str) + Sync),
) -> Result<AnswerReport> {
    progress("reading the record");
    let name = format!("request {id}");
    let read = async |at| Ok(client.inference_request_at(id, at).await?.map(standing));
    let (block, request) = ended(client, &name, progress, read).await?;
    let (number, row) = match &request.state {
        RequestState::Answered { batch, row } => (*batch, row.clone()),
        other => {
            return Err(Error::Input(format!(
                "{name} has no answer: {}",
                words::request_state(other)
            )))
        }
    };
    let known = client.batch_at(number, Some(block.hash)).await?;
    let batch = known.ok_or_else(|| {
        let at = block.number;
        Error::NotFound(format!(
            "batch {number} in block {at}, the last final one; it may have been pruned"
        ))
    })?;
    // Pruned with its statements some days after the end: the outcome is in the record, and is derived again from the files alone.
    let job: Option<IdentifiedJob> = client.runtime("JobsApi_job", batch.job, Some(block.hash)).await?;
    let arguments = (batch.model, batch.version);
    let version: Option<VersionView> = client.runtime("ModelsApi_version", arguments, Some(block.hash)).await?;
    let mut others = Vec::new();
    for other in &batch.requests {
        others.push(client.inference_request_at(*other, Some(block.hash)).await?);
    }
    let mut checks = Checks::default();
    recorded(&mut checks, &request, &batch, version.as_ref(), &others);
    if let Some(job) = &job {
        let same = job.job.spec.work.infer() == Some(&work(&batch));
        attested(&mut checks, &job.job, same, batch.outcome.map(Outcome::from));
    }
    frozen::check(client, &mut checks, batch.model, batch.frozen_base.as_ref()).await?;
    let derived = again(
        client,
        &mut checks,
        (&request, &batch, job.as_ref()),
        &row,
        (blobs, instructions),
        progress,
    )
    .await;
    checks.replayed("replay", derived);
    Ok(AnswerReport {
        request,
        batch,
        block,
        checks: checks.0,
    })
}

fn standing(request: RequestView) -> Standing<RequestView> {
    match (&request.state, request.ended_at) {
        (RequestState::Answered { .. } | RequestState::Failed(_), Some(at)) => Standing::Ended { at, what: request },
        (state, _) => Standing::Open(words::request_state(state)),
    }
}

/// A request as its batch has it.
fn asked(view: &RequestView) -> Request {
    Request {
        id: view.id,
        input: view.input.clone(),
        task: view.task,
        operations: view.operations,
        memory: view.memory,
    }
}

/// That the batch is of this request, and what the chain says of it is one thing.
fn recorded(
    checks: &mut Checks,
    request: &RequestView,
    batch: &BatchView,
    version: Option<&VersionView>,
    others: &[Option<RequestView>],
) {
    let own = (request.model, request.version, request.program);
    let same = own == (batch.model, batch.version, batch.program) && batch.requests.contains(&request.id);
    checks.add(
        "batch",
        same,
        format!("number {} of {} requests", batch.id, batch.requests.len()),
    );
    if let Some(version) = version {
        let recorded = BlobRef {
            root: version.record.root,
            len: version.record.len,
        };
        checks.equal("version", &batch.file, &recorded);
    }
    let there: Vec<&RequestView> = others.iter().flatten().collect();
    let missing = others.len().saturating_sub(there.len());
    if missing > 0 {
        checks.expired("requests root", format!("{missing} of the batch's requests are pruned"));
        return;
    }
    let requests: Vec<Request> = there.iter().map(|view| asked(view)).collect();
    checks.equal("requests root", &merkle::root_of(&requests), &batch.requests_root);
    let rows: Vec<AnswerRow> = there.iter().filter_map(|view| row_in(view, batch)).collect();
    match rows.len() == requests.len() {
        true => {
            let detail = Root::from(quorate_exact::root(&detail_bytes(&rows)));
            checks.equal("rows", &Some(InferOutcome::new(&rows, detail)), &batch.outcome);
        }
        false => checks.expired(
            "rows",
            format!("the chain has {} of the batch's {} rows", rows.len(), requests.len()),
        ),
    }
}

fn row_in(view: &RequestView, of: &BatchView) -> Option<AnswerRow> {
    match &view.state {
        RequestState::Answered { batch, row } if *batch == of.id => Some(row.clone()),
        _ => None,
    }
}

/// What the members of a batch's job are asked for.
fn work(batch: &BatchView) -> Infer {
    Infer {
        batch: batch.id,
        model: batch.model,
        version: batch.version,
        version_root: batch.file.root,
        version_len: batch.file.len,
        frozen_base: batch.frozen_base.clone(),
        program: batch.program,
        program_root: batch.program_file.root,
        program_len: batch.program_file.len,
        requests_root: batch.requests_root,
        requests: u32::try_from(batch.requests.len()).unwrap_or(u32::MAX),
        seed: batch.seed,
    }
}

async fn again(
    client: &Client,
    checks: &mut Checks,
    (view, batch, job): (&RequestView, &BatchView, Option<&IdentifiedJob>),
    row: &AnswerRow,
    (blobs, instructions): (&Blobs, Level),
    progress: &(dyn Fn(&str) + Sync),
) -> Result<(), Stop> {
    known(job.map(|job| &job.job), EXACT_VERSION)?;
    progress("reading the files");
    let open = async |what, blob: &BlobRef| blobs.open(client, what, blob.root, blob.len).await;
    let answer = open("answer", &row.answer).await?;
    let input = open("input", &view.input).await?;
    let (program, version) = (
        open("program", &batch.program_file).await?,
        open("version", &batch.file).await?,
    );
    let bytes = |blob: &quorate_engine::BlobFile| {
        let mut bytes = vec![0; usize::try_from(blob.len()).unwrap_or(0)];
        let read = blob.file().read_exact_at(&mut bytes, 0);
        read.map(|()| bytes).map_err(|error| Stop::Unchecked(error.to_string()))
    };
    let (program_bytes, input_bytes, answer) = (bytes(&program)?, bytes(&input)?, bytes(&answer)?);
    let request = asked(view);
    let claimed = claimed(checks, (&request, row), &program_bytes, &input_bytes, &answer);
    let input = InferInput {
        version,
        frozen_base: blobs.open_frozen_base(client, batch.frozen_base.as_ref()).await?,
        program,
        requests: vec![(request, input)],
        seed: batch.seed.0,
    };
    progress("answering again");
    let (row, control) = (row.clone(), blobs.control());
    let made = tokio::task::spawn_blocking(move || answered(&input, &row, &answer, (instructions, &control))).await;
    let made = made.map_err(|error| Stop::Unchecked(error.to_string()))??;
    compare(checks, made, claimed.as_ref());
    Ok(())
}

/// What an answer's own bytes say of its row; the answer, if they are one.
fn claimed(
    checks: &mut Checks,
    (request, row): (&Request, &AnswerRow),
    program: &[u8],
    input: &[u8],
    bytes: &[u8],
) -> Option<Answer> {
    checks.equal("number", &request.id, &row.request);
    let salt = quorate_inference::salt(input);
    let answer = match Answer::read(&salt, &request.task, bytes) {
        Ok(answer) => answer,
        Err(unreadable) => {
            checks.add("answer", false, unreadable.to_string());
            return None;
        }
    };
    checks.equal("status", &answer.status(), &row.status);
    let tokens = u32::try_from(answer.tokens().len()).unwrap_or(u32::MAX);
    checks.equal("tokens", &tokens, &row.tokens);
    if let Some(used) = used(request, (program, input), &answer, tokens) {
        checks.equal("operations", &used, &row.operations);
    }
    Some(answer)
}

fn used(request: &Request, (program, input): (&[u8], &[u8]), answer: &Answer, tokens: u32) -> Option<u64> {
    if *answer == Answer::Unfit {
        return Some(0);
    }
    let program = Program::decode(program).ok()?;
    let asked = Asked::read(&program, &request.task, input).ok()?;
    let used = operations(&program, &request.task, &asked, tokens)?;
    is_fit(&program, request, &asked).then_some(used.min(request.operations))
}

fn answered(
    input: &InferInput,
    row: &AnswerRow,
    answer: &[u8],
    (instructions, control): (Level, &Control),
) -> Result<Result<(), Wrong>, EngineError> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    compute(input, (row, answer), (threads, None, instructions), control)
}

fn compare(checks: &mut Checks, made: Result<(), Wrong>, claimed: Option<&Answer>) {
    match made {
        Ok(()) => checks.add("replay", true, "outputs, tokens and trace are those of the record"),
        Err(Wrong::Token(number)) => {
            let token = claimed.and_then(|answer| answer.tokens().get(number));
            let token = token.map_or_else(String::new, |token| format!(", {token}"));
            checks.add(
                "replay",
                false,
                format!("token {number} of the answer{token}, is another one"),
            );
        }
        // Everything else that a row has was compared by itself.
        Err(Wrong::Row) => checks.add(
            "trace",
            false,
            "the answer is right, and its trace, or what it used, is another one",
        ),
        Err(wrong) => checks.add("replay", false, wrong.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Found;
    use quorate_primitives::{
        job::infer::{AnswerStatus, Choice, Generation, Task},
        views::inference::BatchState,
        AccountId, Hash,
    };

    fn blob(bytes: &[u8]) -> BlobRef {
        BlobRef {
            root: quorate_exact::root(bytes).into(),
            len: bytes.len() as u64,
        }
    }

    fn row(number: RequestId) -> AnswerRow {
        AnswerRow {
            request: number,
            status: AnswerStatus::Answered,
            answer: blob(&[number as u8]),
            trace: Hash::repeat_byte(4),
            tokens: 2,
            operations: 1,
        }
    }

    fn view(number: RequestId) -> RequestView {
        RequestView {
            id: number,
            asked_by: AccountId::new([1; 32]),
            organisation: 3,
            model: 0,
            version: 1,
            program: 2,
            input: blob(&[7, number as u8]),
            task: Task::Generate(Generation {
                max_tokens: 2,
                choice: Choice::Largest,
                stop: None,
            }),
            operations: 9,
            memory: 3,
            fee: 7,
            reading: 0,
            cost: 5,
            clean: true,
            state: RequestState::Answered {
                batch: 6,
                row: row(number),
            },
            requested_at: 8,
            ended_at: Some(9),
        }
    }

    fn batch() -> BatchView {
        let rows = [row(4), row(5)];
        let requests = [asked(&view(4)), asked(&view(5))];
        BatchView {
            id: 6,
            model: 0,
            version: 1,
            file: blob(b"version"),
            frozen_base: Some(blob(b"base")),
            program: 2,
            program_file: blob(b"program"),
            requests: vec![4, 5],
            requests_root: merkle::root_of(&requests),
            seed: Hash::repeat_byte(3),
            job: Hash::repeat_byte(2),
            first_job: None,
            state: BatchState::Ended { at: 9 },
            members: vec![],
            quorum: 0,
            escalation: None,
            call_bond: None,
            provisional: None,
            outcome: Some(InferOutcome::new(
                &rows,
                quorate_exact::root(&detail_bytes(&rows)).into(),
            )),
            statements_root: None,
            created_at: 8,
            ended_at: Some(9),
        }
    }

    fn found(batch: &BatchView, others: &[Option<RequestView>]) -> Vec<(&'static str, Found)> {
        let mut checks = Checks::default();
        recorded(&mut checks, &view(4), batch, None, others);
        checks.0.retain(|check| check.found != Found::Equal);
        checks.0.iter().map(|check| (check.name, check.found)).collect()
    }

    #[test]
    fn batch_whose_requests_or_rows_are_others_should_differ() {
        let all = [Some(view(4)), Some(view(5))];
        assert_eq!(found(&batch(), &all), []);
        let other = RequestView {
            operations: 10,
            ..view(5)
        };
        assert_eq!(
            found(&batch(), &[Some(view(4)), Some(other)]),
            [("requests root", Found::Differs)]
        );
        let more = RequestView { memory: 4, ..view(5) };
        assert_eq!(
            found(&batch(), &[Some(view(4)), Some(more)]),
            [("requests root", Found::Differs)]
        );
        let moved = RequestView {
            state: RequestState::Answered { batch: 6, row: row(4) },
            ..view(5)
        };
        assert_eq!(
            found(&batch(), &[Some(view(4)), Some(moved)]),
            [("rows", Found::Differs)]
        );
        let stranger = BatchView {
            requests: vec![5],
            ..batch()
        };
        assert!(found(&stranger, &all).contains(&("batch", Found::Differs)));
        let none = BatchView {
            outcome: None,
            ..batch()
        };
        assert_eq!(found(&none, &all), [("rows", Found::Differs)]);
    }

    #[test]
    fn what_is_pruned_should_be_no_difference() {
        assert_eq!(
            found(&batch(), &[Some(view(4)), None]),
            [("requests root", Found::Expired)]
        );
        let gone = RequestView {
            state: RequestState::Failed(quorate_primitives::views::inference::RequestFailure::NoJob),
            ..view(5)
        };
        assert_eq!(
            found(&batch(), &[Some(view(4)), Some(gone)]),
            [("rows", Found::Expired)]
        );
    }

    #[test]
    fn first_token_that_differs_should_be_named_with_what_is_recorded() {
        let differing = |made, answer: Option<&Answer>| {
            let mut checks = Checks::default();
            compare(&mut checks, made, answer);
            checks.0.retain(|check| check.found != Found::Equal);
            checks.0
        };
        let answer = Answer::Tokens(vec![11, 12]);
        assert!(differing(Ok(()), Some(&answer)).is_empty());
        let found = differing(Err(Wrong::Token(1)), Some(&answer));
        assert_eq!(found[0].detail, "token 1 of the answer, 12, is another one");
        assert_eq!(differing(Err(Wrong::Row), Some(&answer))[0].name, "trace");
    }

    #[test]
    fn answer_to_another_request_should_differ() {
        let answer = Answer::Tokens(vec![11, 12]);
        let bytes = answer.write(&[7; 32]);
        let claimed_by = |row: &AnswerRow, input: &[u8]| {
            let mut checks = Checks::default();
            let claimed = claimed(&mut checks, (&asked(&view(4)), row), b"", input, &bytes);
            checks.0.retain(|check| check.found != Found::Equal);
            (claimed, checks.0.iter().map(|check| check.name).collect::<Vec<_>>())
        };
        assert_eq!(claimed_by(&row(4), &[7; 40]), (Some(answer.clone()), vec![]));
        assert_eq!(claimed_by(&row(4), &[8; 40]), (None, vec!["answer"]));
        assert_eq!(claimed_by(&row(5), &[7; 40]).1, ["number"]);
        let fewer = AnswerRow { tokens: 1, ..row(4) };
        assert_eq!(claimed_by(&fewer, &[7; 40]).1, ["tokens"]);
    }
}
