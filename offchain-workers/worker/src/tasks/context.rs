//! What the tasks have in common.

use crate::state::Worker;
use quorate_protocol::{FromWorker, RequestId};
use std::sync::Arc;
use tokio::sync::mpsc;

/// What a task needs of its request.
pub(crate) struct Context {
    pub worker: Arc<Worker>,
    pub request: RequestId,
    pub out: mpsc::Sender<FromWorker>,
}

impl Context {
    /// Sends something on the way. A node that has gone does not get it; the task is then cancelled anyway.
    pub async fn send(&self, message: FromWorker) {
        if self.out.send(message).await.is_err() {
            tracing::debug!(request = self.request, "the connection is closed");
        }
    }
}

/// Stops a blocking computation when the task that waits for it is dropped.
pub(crate) struct CancelOnDrop(pub quorate_engine::Cancel);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}
