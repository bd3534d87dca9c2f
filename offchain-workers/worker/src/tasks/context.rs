//! What the tasks have in common.

use crate::{state::Worker, threads::Due};
use quorate_protocol::{Failure, FromWorker, RequestId};
use std::sync::Arc;
use tokio::sync::mpsc;

/// What a task needs of its request.
pub(crate) struct Context {
    pub worker: Arc<Worker>,
    /// Its request, and when it has to be done.
    pub due: Due,
    pub out: mpsc::Sender<FromWorker>,
}

impl Context {
    pub fn request(&self) -> RequestId {
        self.due.request
    }

    /// Runs `work` on a thread of its own; `what` is for whoever finds it late.
    ///
    /// # Errors
    /// `Local` if it panics.
    pub async fn on_thread<T: Send + 'static>(
        &self,
        what: String,
        work: impl FnOnce(quorate_engine::Cancel) -> T + Send + 'static,
    ) -> Result<T, Failure> {
        self.worker.threads.run(self.due, what, work).await
    }

    /// Sends something on the way. A node that has gone does not get it; the task is then cancelled anyway.
    pub async fn send(&self, message: FromWorker) {
        if self.out.send(message).await.is_err() {
            tracing::debug!(request = self.request(), "the connection is closed");
        }
    }
}
