//! Inference: a batch of requests, each answered on its own.

use super::computing::{compute as on_thread, keep, Healed, TRIES};
use crate::{
    failure::local,
    held,
    marks::{mark_named, mark_update},
    tasks::context::Context,
};
use quorate_engine::{AnswerRow, EngineError, InferInput, Input, Made};
use quorate_exact::root;
use quorate_primitives::{
    job::infer::{detail_bytes, InferOutcome, Task},
    views::{inference::InferTask, BlobRef},
    JobId,
};
use quorate_protocol::Failure;
use std::io;
use tokio::sync::{mpsc, OwnedSemaphorePermit};

/// Answers that wait until they are written.
const WAITING: usize = 4;

pub(super) async fn run(context: &Context, job: JobId, task: InferTask) -> Result<InferOutcome, Failure> {
    if let Some(outcome) = remembered(context, job).await? {
        return Ok(outcome);
    }
    mark(context, &task).await?;
    let rows = compute(context, Some(job), &task).await?;
    let outcome = InferOutcome::new(&rows, keep(context, detail_bytes(&rows)).await?);
    context.worker.results.answers.insert(job, outcome)?;
    let (batch, model, version, requests) = (task.batch, task.model, task.version, rows.len());
    tracing::info!(%job, batch, model, version, requests, ?outcome, "answered");
    Ok(outcome)
}

/// The outcome of a batch that others have answered. Answers and tokens are those of others: they are neither kept nor shown.
pub(super) async fn again(context: &Context, task: InferTask) -> Result<InferOutcome, Failure> {
    mark(context, &task).await?;
    let rows = compute(context, None, &task).await?;
    let outcome = InferOutcome::new(&rows, root(&detail_bytes(&rows)).into());
    let (batch, model, version) = (task.batch, task.model, task.version);
    for row in &rows {
        tracing::debug!(batch, ?row, "computed again");
    }
    tracing::info!(batch, model, version, ?outcome, "computed again");
    Ok(outcome)
}

/// What this process has computed for the job, if its detail is still there.
async fn remembered(context: &Context, job: JobId) -> Result<Option<InferOutcome>, Failure> {
    let worker = &context.worker;
    let Some(outcome) = worker.results.answers.get(&job)? else {
        return Ok(None);
    };
    let held = worker.store.len(&outcome.detail.0).await.map_err(local)?.is_some();
    Ok(held.then_some(outcome))
}

/// Before they come: they go again when the chain no longer names them.
async fn mark(context: &Context, task: &InferTask) -> Result<(), Failure> {
    let store = &context.worker.store;
    mark_named(store, &task.file.root.0).await.map_err(local)?;
    let inputs = task.requests.iter().map(|request| &request.input);
    for blob in inputs.chain([&task.program_file]).chain(&task.frozen_base) {
        mark_update(store, &blob.root.0).await.map_err(local)?;
    }
    Ok(())
}

fn blob(task: &InferTask, input: Input) -> Option<BlobRef> {
    match input {
        Input::Base => Some(task.file.clone()),
        Input::Program => Some(task.program_file.clone()),
        Input::FrozenBase => task.frozen_base.clone(),
        Input::Request(number) => task.requests.get(number).map(|request| request.input.clone()),
        Input::Previous | Input::Optimiser | Input::Update(_) | Input::Version | Input::Shard(_) | Input::DataSet => {
            None
        }
    }
}

/// Answers the batch; what it yields is kept where it is this validator's `job`. Files that the disk has damaged are fetched again.
async fn compute(context: &Context, job: Option<JobId>, task: &InferTask) -> Result<Vec<AnswerRow>, Failure> {
    let mut healed = Healed::default();
    let what = format!("batch {} is not answered here", task.batch);
    loop {
        let input = open(context, task).await?;
        let slot = context.worker.compute.inference_turn().await?;
        let attempt = match job {
            Some(job) => answer(context, job, input, slot).await?,
            None => {
                on_thread(context, slot, move |engine, control| {
                    engine.infer(&input, &mut |_| Ok(()), control)
                })
                .await?
            }
        };
        let made = healed.made(context, attempt, |input| blob(task, input), &what);
        if let Some(rows) = made.await? {
            return Ok(rows);
        }
    }
}

async fn open(context: &Context, task: &InferTask) -> Result<InferInput, Failure> {
    let worker = &context.worker;
    let mut requests = Vec::with_capacity(task.requests.len());
    for request in &task.requests {
        requests.push((request.clone(), held::open(worker, &request.input, TRIES).await?));
    }
    Ok(InferInput {
        version: held::open(worker, &task.file, TRIES).await?,
        frozen_base: held::open_some(worker, task.frozen_base.as_ref(), TRIES).await?,
        program: held::open(worker, &task.program_file, TRIES).await?,
        requests,
        seed: task.seed.0,
    })
}

/// The rows; answers are stored as they come, and tokens shown.
async fn answer(
    context: &Context,
    job: JobId,
    input: InferInput,
    slot: OwnedSemaphorePermit,
) -> Result<Result<Vec<AnswerRow>, EngineError>, Failure> {
    let (made, mut answers) = mpsc::channel::<Vec<u8>>(WAITING);
    let generating = input.requests.iter().map(|(request, _)| match request.task {
        Task::Generate(_) => Some(request.id),
        Task::Run => None,
    });
    let mut telling = context.worker.streams.begin(job, &generating.collect::<Vec<_>>());
    let computation = on_thread(context, slot, move |engine, control| {
        // Nobody stores them any more.
        let closed = |_| io::Error::from(io::ErrorKind::BrokenPipe);
        let mut keep = |one| match one {
            Made::Token { request, token } => {
                telling.token(request, token);
                Ok(())
            }
            Made::Answer { request, bytes } => {
                telling.end(request);
                made.blocking_send(bytes).map_err(closed)
            }
        };
        engine.infer(&input, &mut keep, control)
    });
    let storing = async {
        while let Some(bytes) = answers.recv().await {
            keep(context, bytes).await?;
        }
        Ok(())
    };
    let (rows, ()) = tokio::try_join!(computation, storing)?;
    Ok(rows)
}
