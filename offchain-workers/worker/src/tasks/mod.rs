//! Tasks: one module for each kind, and what they have in common.

mod aggregate;
mod check;
mod rows;

use crate::worker::Worker;
use quorate_protocol::{Failure, FromWorker, Output, RequestId, Task};
use std::{sync::Arc, time::Duration};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// What a task needs of its request.
pub(crate) struct Context {
    pub worker: Arc<Worker>,
    pub request: RequestId,
    pub out: mpsc::Sender<FromWorker>,
}

impl Context {
    /// Says something on the way. Who has gone does not hear it; the task is then cancelled anyway.
    async fn tell(&self, message: FromWorker) {
        if self.out.send(message).await.is_err() {
            tracing::debug!(request = self.request, "nobody listens any more");
        }
    }
}

/// Runs a task until it is done, cancelled or out of time, and answers.
pub(crate) async fn run(
    worker: Arc<Worker>,
    request: RequestId,
    limit: Duration,
    task: Task,
    out: mpsc::Sender<FromWorker>,
    cancel: CancellationToken,
) {
    let _busy = worker.busy();
    let context = Context { worker, request, out };
    let late = match task {
        // What was found until then has been said.
        Task::Check { .. } => Ok(Output::Checked),
        Task::Aggregate(_) | Task::Rows { .. } => Err(Failure::Deadline),
    };
    let result = tokio::select! {
        () = cancel.cancelled() => Err(Failure::Cancelled),
        () = tokio::time::sleep(limit) => late,
        result = perform(&context, task) => result,
    };
    if let Err(failure) = &result {
        tracing::warn!(request, %failure, "task");
    }
    context.tell(FromWorker::Done { request, result }).await;
}

async fn perform(context: &Context, task: Task) -> Result<Output, Failure> {
    match task {
        Task::Check { against, items } => check::run(context, against, items).await,
        Task::Aggregate(task) => aggregate::run(context, *task).await,
        Task::Rows { detail } => rows::run(context, detail).await,
    }
}

/// Stops a blocking computation when the task that waits for it is dropped.
pub(crate) struct CancelOnDrop(pub quorate_engine::Cancel);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}
