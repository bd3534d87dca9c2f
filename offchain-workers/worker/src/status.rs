//! What the node is told of this worker.

use crate::{state::Worker, tasks};
use quorate_protocol::{Health, Status};

pub(crate) fn of(worker: &Worker) -> Status {
    Status {
        version: env!("CARGO_PKG_VERSION").into(),
        exact_versions: tasks::exact_versions(),
        backend: worker.compute.engine.name(),
        gateway: worker.gateway.clone(),
        tasks_running: worker.life.running(),
        blobs: worker.census.blobs(),
        blob_bytes: worker.census.bytes(),
        health: Health {
            overdue: worker.threads.overdue().map(|(_, overdue)| overdue),
        },
        capacity: worker.compute.capacity.get().copied(),
        stream_key: Some(worker.streams.key()),
        spot_checks: worker.spot_checks,
    }
}
