//! Inference: a batch of requests, each answered on its own.

use crate::{
    failure::local,
    held::{self, ATTEMPTS},
    marks::{mark_made, mark_named, mark_update},
    tasks::{context::Context, kinds::progress::report},
    threads::unwatched,
};
use quorate_blobs::Root as Name;
use quorate_engine::{AnswerRow, Control, EngineError, InferInput, Input};
use quorate_exact::root;
use quorate_primitives::{
    job::infer::{detail_bytes, InferOutcome},
    views::{inference::InferTask, BlobRef},
    JobId,
};
use quorate_protocol::Failure;
use std::{collections::HashMap, io};
use tokio::sync::{mpsc, watch, OwnedSemaphorePermit};

/// Rounds through all peers for a missing file: a quorum holds it.
const TRIES: usize = 9;
/// Answers that wait until they are written.
const WAITING: usize = 4;

pub(super) async fn run(context: &Context, job: JobId, task: InferTask) -> Result<InferOutcome, Failure> {
    if let Some(outcome) = remembered(context, job).await? {
        return Ok(outcome);
    }
    mark(context, &task).await?;
    let rows = compute(context, &task).await?;
    let detail = detail_bytes(&rows);
    let outcome = InferOutcome::new(&rows, root(&detail).into());
    keep(context, detail).await?;
    context.worker.results.answers.insert(job, outcome)?;
    let (batch, model, version, requests) = (task.batch, task.model, task.version, rows.len());
    tracing::info!(%job, batch, model, version, requests, ?outcome, "answered");
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
    for blob in inputs.chain([&task.program_file]) {
        mark_update(store, &blob.root.0).await.map_err(local)?;
    }
    Ok(())
}

fn blob(task: &InferTask, input: Input) -> Option<&BlobRef> {
    match input {
        Input::Base => Some(&task.file),
        Input::Program => Some(&task.program_file),
        Input::Request(number) => task.requests.get(number).map(|request| &request.input),
        _ => None,
    }
}

/// Answers the batch. Files that the disk has damaged are fetched again.
async fn compute(context: &Context, task: &InferTask) -> Result<Vec<AnswerRow>, Failure> {
    let mut healed = HashMap::<Name, usize>::new();
    loop {
        let input = open(context, task).await?;
        let slot = context.worker.compute.inference_turn().await?;
        let (input, reason) = match answer(context, input, slot).await? {
            Ok(rows) => return Ok(rows),
            Err(EngineError::Damaged { input, reason }) => (input, reason),
            Err(EngineError::Cancelled) => return Err(Failure::Cancelled),
            // Without the memory, for instance, this worker abstains, with a failure that names the reason.
            Err(other) => return Err(abstains(task, &other)),
        };
        let blob = blob(task, input);
        let blob = blob.ok_or_else(|| local(format!("{input} is damaged, and the job names none")))?;
        let times = healed.entry(blob.root.0).or_default();
        *times += 1;
        if *times > ATTEMPTS {
            return Err(held::beyond(&blob.root.0));
        }
        held::discard(&context.worker, &blob.root.0, &reason).await?;
    }
}

fn abstains(task: &InferTask, error: &EngineError) -> Failure {
    let flag = match error {
        EngineError::Memory { .. } => ": give this worker more memory, or allow more with --evaluation-memory",
        _ => "",
    };
    local(format!("batch {} is not answered here: {error}{flag}", task.batch))
}

async fn open(context: &Context, task: &InferTask) -> Result<InferInput, Failure> {
    let worker = &context.worker;
    let mut requests = Vec::with_capacity(task.requests.len());
    for request in &task.requests {
        requests.push((request.clone(), held::open(worker, &request.input, TRIES).await?));
    }
    Ok(InferInput {
        version: held::open(worker, &task.file, TRIES).await?,
        program: held::open(worker, &task.program_file, TRIES).await?,
        requests,
        seed: task.seed.0,
    })
}

/// The rows; answers are stored as they come.
async fn answer(
    context: &Context,
    input: InferInput,
    slot: OwnedSemaphorePermit,
) -> Result<Result<Vec<AnswerRow>, EngineError>, Failure> {
    let engine = context.worker.compute.engine.clone();
    let (done, seen) = watch::channel((0, 0));
    let (made, mut answers) = mpsc::channel::<Vec<u8>>(WAITING);
    // One step of a program may be long after its deadline: that is no hanging device, and ends no worker.
    let computation = unwatched(move |cancel| {
        // Until this thread has ended, whoever waits for it or not.
        let _slot = slot;
        let progress = |now, total| {
            done.send_replace((now, total));
        };
        let control = Control {
            cancel,
            progress: &progress,
        };
        // Nobody stores them any more.
        let closed = |_| io::Error::from(io::ErrorKind::BrokenPipe);
        let mut keep = |bytes| made.blocking_send(bytes).map_err(closed);
        engine.infer(&input, &mut keep, &control)
    });
    let storing = async {
        while let Some(bytes) = answers.recv().await {
            keep(context, bytes).await?;
        }
        Ok(())
    };
    tokio::select! {
        both = async { tokio::try_join!(computation, storing) } => both.map(|(rows, ())| rows),
        never = report(context, seen) => match never {},
    }
}

/// Stores what was made, with a mark before it is there.
async fn keep(context: &Context, bytes: Vec<u8>) -> Result<(), Failure> {
    let worker = &context.worker;
    let root = root(&bytes);
    let _room = worker.quota.reserve(bytes.len() as u64).await.map_err(local)?;
    mark_made(&worker.store, &root).await.map_err(local)?;
    worker.store.put_bytes(bytes.into()).await.map_err(local)?;
    worker.life.touch();
    Ok(())
}
