//! Evaluation: the losses of a version over a data set.

use super::computing::{compute as on_thread, keep, Healed, TRIES};
use crate::{
    failure::local,
    held,
    marks::{mark_named, mark_update},
    tasks::context::Context,
};
use quorate_engine::{EvaluateInput, Evaluated, Input};
use quorate_primitives::{
    job::EvaluateOutcome,
    views::{evaluations::EvaluateTask, BlobRef},
    JobId,
};
use quorate_protocol::Failure;

pub(super) async fn run(context: &Context, job: JobId, task: EvaluateTask) -> Result<EvaluateOutcome, Failure> {
    if let Some(outcome) = remembered(context, job).await? {
        return Ok(outcome);
    }
    mark(context, &task).await?;
    let made = compute(context, &task).await?;
    let outcome = outcome(context, made).await?;
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
    let artifacts = [&task.program_file, &task.data_file];
    for artifact in artifacts.into_iter().chain(&task.frozen_base) {
        mark_update(store, &artifact.root.0).await.map_err(local)?;
    }
    Ok(())
}

fn blob(task: &EvaluateTask, input: Input) -> Option<BlobRef> {
    match input {
        Input::Base => Some(task.file.clone()),
        Input::Program => Some(task.program_file.clone()),
        Input::DataSet => Some(task.data_file.clone()),
        Input::FrozenBase => task.frozen_base.clone(),
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
    let mut healed = Healed::default();
    let what = format!("evaluation {} is not computed here", task.evaluation);
    loop {
        let input = open(context, task).await?;
        let slot = context.worker.compute.evaluation_turn().await?;
        let attempt = on_thread(context, slot, move |engine, control| engine.evaluate(&input, control)).await?;
        let made = healed.made(context, attempt, |input| blob(task, input), &what);
        if let Some(made) = made.await? {
            return Ok(made);
        }
    }
}

async fn open(context: &Context, task: &EvaluateTask) -> Result<EvaluateInput, Failure> {
    let worker = &context.worker;
    Ok(EvaluateInput {
        version: held::open(worker, &task.file, TRIES).await?,
        frozen_base: held::open_some(worker, task.frozen_base.as_ref(), TRIES).await?,
        program: held::open(worker, &task.program_file, TRIES).await?,
        data: held::open(worker, &task.data_file, TRIES).await?,
        operations: task.operations,
    })
}

/// The outcome; its detail is kept.
async fn outcome(context: &Context, made: Evaluated) -> Result<EvaluateOutcome, Failure> {
    let (tally, detail) = match made {
        Evaluated::Unfit(reason) => {
            tracing::info!(reason, "what was asked for does not fit");
            return Ok(EvaluateOutcome::Unfit);
        }
        Evaluated::Done { tally, detail } => (tally, detail),
    };
    Ok(EvaluateOutcome::Done {
        rows: tally.rows,
        loss: tally.loss,
        correct: tally.correct,
        faults: tally.faults,
        detail: keep(context, detail).await?,
    })
}
