//! Tasks: one module for each, and one for each kind of work.

mod answer_rows;
mod check;
mod context;
mod kinds;
mod score_rows;
mod spot_check;

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
        Task::SpotCheck { job, .. } => tracing::info_span!("task", request, kind, ?job),
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
        Task::Compute { .. } | Task::ScoreRows { .. } | Task::AnswerRows { .. } | Task::SpotCheck { .. } => {
            Err(Failure::Deadline)
        }
    };
    let is_duty = !matches!(task, Task::SpotCheck { .. });
    let result = tokio::select! {
        () = cancel.cancelled() => Err(Failure::Cancelled),
        () = tokio::time::sleep(limit) => late,
        result = perform(&context, task) => result,
    };
    let request = context.request();
    match &result {
        Err(failure) if is_duty => tracing::warn!(request, %failure, "task"),
        Err(failure) => tracing::info!(request, %failure, "nothing was computed again"),
        Ok(_) => (),
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
            let _own = context.worker.compute.own_job();
            let outcome = kinds::compute(context, job, (kind, exact_version), &work).await?;
            Ok(Output::Outcome(outcome))
        }
        Task::SpotCheck {
            job,
            kind,
            exact_version,
            work,
            agreed,
        } => spot_check::run(context, job, (kind, exact_version), &work, &agreed).await,
        Task::ScoreRows { detail, weights } => score_rows::run(context, detail, &weights).await,
        Task::AnswerRows { detail } => answer_rows::run(context, &detail).await,
    }
}
