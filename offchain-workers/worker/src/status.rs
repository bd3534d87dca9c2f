//! What the node is told of this worker.

use crate::{state::Worker, tasks};
use quorate_protocol::Status;

pub(crate) async fn of(worker: &Worker) -> Status {
    let blobs = worker.store.list().await.unwrap_or_else(|error| {
        tracing::warn!(%error, "listing the store");
        Vec::new()
    });
    Status {
        version: env!("CARGO_PKG_VERSION").into(),
        exact_versions: tasks::exact_versions(),
        backend: worker.compute.engine.name(),
        gateway: worker.gateway.clone(),
        tasks_running: worker.life.running(),
        blobs: blobs.len() as u64,
        blob_bytes: blobs.iter().map(|blob| blob.len).sum(),
        health: Default::default(),
    }
}
