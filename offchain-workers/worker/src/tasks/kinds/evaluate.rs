//! Evaluation: the losses of a version over a data set.

use crate::{
    failure::local,
    held::{self, ATTEMPTS},
    marks::{mark_made, mark_named, mark_update},
    tasks::{context::Context, kinds::progress::report},
    threads::unwatched,
};
use quorate_blobs::Root as Name;
use quorate_engine::{Control, EngineError, EvaluateInput, Evaluated, Input};
use quorate_exact::root;
use quorate_primitives::{
    job::EvaluateOutcome,
    views::{evaluations::EvaluateTask, BlobRef},
    JobId,
};
use quorate_protocol::Failure;
use std::collections::HashMap;
use tokio::sync::{watch, OwnedSemaphorePermit};

/// Rounds through all peers for a missing file: a quorum holds it.
const TRIES: usize = 9;

pub(super) async fn run(context: &Context, job: JobId, task: EvaluateTask) -> Result<EvaluateOutcome, Failure> {
    if let Some(outcome) = remembered(context, job).await? {
        return Ok(outcome);
    }
    mark(context, &task).await?;
    let made = compute(context, &task).await?;
    let outcome = keep(context, made).await?;
    context.worker.results.evaluations.insert(job, outcome)?;
    let (evaluation, model, version) = (task.evaluation, task.model, task.version);
    tracing::info!(%job, evaluation, model, version, ?outcome, "evaluated");
    Ok(outcome)
}

/// What this process has computed for the job, if its detail is still there.
async fn remembered(context: &Context, job: JobId) -> Result<Option<EvaluateOutcome>, Failure> {
    let worker = &context.worker;
    let Some(outcome) = worker.results.evaluations.get(&job)? else {
        return Ok(None);
    };
    let held = match outcome {
        EvaluateOutcome::Unfit => true,
        EvaluateOutcome::Done { detail, .. } => worker.store.len(&detail.0).await.map_err(local)?.is_some(),
    };
    Ok(held.then_some(outcome))
}

/// Before they come: they go again when the chain no longer names them.
async fn mark(context: &Context, task: &EvaluateTask) -> Result<(), Failure> {
    let store = &context.worker.store;
    mark_named(store, &task.file.root.0).await.map_err(local)?;
    for artifact in [&task.program_file, &task.data_file] {
        mark_update(store, &artifact.root.0).await.map_err(local)?;
    }
    Ok(())
}

fn blob(task: &EvaluateTask, input: Input) -> Option<&BlobRef> {
    match input {
        Input::Base => Some(&task.file),
        Input::Program => Some(&task.program_file),
        Input::DataSet => Some(&task.data_file),
        Input::Previous
        | Input::Optimiser
        | Input::Update(_)
        | Input::Version
        | Input::Shard(_)
        | Input::Request(_) => None,
    }
}

/// Evaluates. Files that the disk has damaged are fetched again.
async fn compute(context: &Context, task: &EvaluateTask) -> Result<Evaluated, Failure> {
    let mut healed = HashMap::<Name, usize>::new();
    loop {
        let input = open(context, task).await?;
        let slot = context.worker.compute.evaluation_turn().await?;
        let (input, reason) = match evaluate(context, input, slot).await? {
            Ok(made) => return Ok(made),
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

fn abstains(task: &EvaluateTask, error: &EngineError) -> Failure {
    let flag = match error {
        EngineError::Memory { .. } => ": give this worker more memory, or allow more with --evaluation-memory",
        _ => "",
    };
    local(format!(
        "evaluation {} is not computed here: {error}{flag}",
        task.evaluation
    ))
}

async fn open(context: &Context, task: &EvaluateTask) -> Result<EvaluateInput, Failure> {
    let worker = &context.worker;
    Ok(EvaluateInput {
        version: held::open(worker, &task.file, TRIES).await?,
        program: held::open(worker, &task.program_file, TRIES).await?,
        data: held::open(worker, &task.data_file, TRIES).await?,
        operations: task.operations,
    })
}

async fn evaluate(
    context: &Context,
    input: EvaluateInput,
    slot: OwnedSemaphorePermit,
) -> Result<Result<Evaluated, EngineError>, Failure> {
    let engine = context.worker.compute.engine.clone();
    let (done, seen) = watch::channel((0, 0));
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
        engine.evaluate(&input, &control)
    });
    tokio::select! {
        made = computation => made,
        never = report(context, seen) => match never {},
    }
}

/// Stores the detail, with a mark before it is there.
async fn keep(context: &Context, made: Evaluated) -> Result<EvaluateOutcome, Failure> {
    let worker = &context.worker;
    let (tally, detail) = match made {
        Evaluated::Unfit(reason) => {
            tracing::info!(reason, "what was asked for does not fit");
            return Ok(EvaluateOutcome::Unfit);
        }
        Evaluated::Done { tally, detail } => (tally, detail),
    };
    let root = root(&detail);
    let _room = worker.quota.reserve(detail.len() as u64).await.map_err(local)?;
    mark_made(&worker.store, &root).await.map_err(local)?;
    worker.store.put_bytes(detail.into()).await.map_err(local)?;
    worker.life.touch();
    Ok(EvaluateOutcome::Done {
        rows: tally.rows,
        loss: tally.loss,
        correct: tally.correct,
        faults: tally.faults,
        detail: root.into(),
    })
}
