//! Tasks: one module for each, and one for each kind of work.

mod answer_rows;
mod check;
mod context;
mod kinds;
mod score_rows;

pub(crate) use context::Context;
pub(crate) use kinds::exact_versions;

use crate::metrics;
use quorate_protocol::{Failure, FromWorker, Output, RequestId, Task};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

/// Runs a task until it is done, cancelled or out of time, and answers.
pub(crate) async fn run(context: Context, limit: Duration, task: Task, cancel: CancellationToken) {
    let span = span(context.request(), &task);
    answer(context, limit, task, cancel).instrument(span).await;
}

/// What every line of the log about this task has beside it.
fn span(request: RequestId, task: &Task) -> tracing::Span {
    let kind = metrics::kind_of(task);
    match task {
        Task::Check { .. } => tracing::info_span!("task", request, kind),
        Task::Compute {
            job,
            kind: kind_of_work,
            work,
            ..
        } => {
            let round = kinds::round_of(*kind_of_work, work);
            tracing::info_span!("task", request, kind, ?job, round)
        }
        Task::ScoreRows { detail, .. } => tracing::info_span!("task", request, kind, ?detail),
        Task::AnswerRows { detail } => tracing::info_span!("task", request, kind, detail = ?detail.root),
    }
}

async fn answer(context: Context, limit: Duration, task: Task, cancel: CancellationToken) {
    let (kind, start) = (metrics::kind_of(&task), Instant::now());
    let _busy = context.worker.life.busy();
    let late = match task {
        // What was found until then has been sent.
        Task::Check { .. } => Ok(Output::Checked),
        Task::Compute { .. } | Task::ScoreRows { .. } | Task::AnswerRows { .. } => Err(Failure::Deadline),
    };
    let result = tokio::select! {
        () = cancel.cancelled() => Err(Failure::Cancelled),
        () = tokio::time::sleep(limit) => late,
        result = perform(&context, task) => result,
    };
    let request = context.request();
    if let Err(failure) = &result {
        tracing::warn!(request, %failure, "task");
    }
    context.worker.metrics.task(kind, &result, start.elapsed());
    context.send(FromWorker::Done { request, result }).await;
}

async fn perform(context: &Context, task: Task) -> Result<Output, Failure> {
    match task {
        Task::Check { against, items } => check::run(context, against, items).await,
        Task::Compute {
            job,
            kind,
            exact_version,
            work,
        } => {
            let outcome = kinds::compute(context, job, (kind, exact_version), &work).await?;
            Ok(Output::Outcome(outcome))
        }
        Task::ScoreRows { detail, weights } => score_rows::run(context, detail, &weights).await,
        Task::AnswerRows { detail } => answer_rows::run(context, &detail).await,
    }
}
