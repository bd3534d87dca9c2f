//! What several tests of the gadget make up.

use quorate_protocol::Status;

/// A worker that can do nothing and does nothing.
pub fn status() -> Status {
    Status {
        version: "test".to_owned(),
        exact_versions: vec![],
        backend: "none".to_owned(),
        gateway: String::new(),
        tasks_running: 0,
        blobs: 0,
        blob_bytes: 0,
        health: Default::default(),
        capacity: None,
        stream_key: None,
        spot_checks: 0,
    }
}
