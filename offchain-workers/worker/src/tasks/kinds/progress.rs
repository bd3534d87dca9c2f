//! How far a computation is, for the node.

use crate::tasks::context::Context;
use quorate_protocol::FromWorker;
use std::{convert::Infallible, time::Duration};
use tokio::sync::watch;

/// Time between two reports of progress.
const REPORT: Duration = Duration::from_millis(500);

/// Sends what `seen` says, for as long as the computation goes on.
pub(super) async fn report(context: &Context, mut seen: watch::Receiver<(u64, u64)>) -> Infallible {
    while seen.changed().await.is_ok() {
        let (done, total) = *seen.borrow_and_update();
        context
            .send(FromWorker::Progress {
                request: context.request(),
                done,
                total,
            })
            .await;
        tokio::time::sleep(REPORT).await;
    }
    // The computation has dropped its end: its result is about to come.
    std::future::pending().await
}
