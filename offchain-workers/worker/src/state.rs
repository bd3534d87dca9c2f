//! What all connections and tasks share.

use crate::{chain::Chain, fetch::Fetcher, life::Life, memory::Remembered};
use quorate_blobs::{BlobStore, Root};
use quorate_engine::Engine;
use quorate_primitives::{job::AggregateOutcome, JobId};
use quorate_protocol::CheckResult;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// What all connections and tasks share.
pub(crate) struct Worker {
    pub store: BlobStore,
    pub fetcher: Fetcher,
    pub chain: Arc<Chain>,
    pub life: Arc<Life>,
    pub results: Results,
    pub compute: Compute,
    /// Address of the gateway.
    pub gateway: String,
}

/// Results of this process.
pub(crate) struct Results {
    /// By blob, and by the hash of what it was checked against.
    pub checks: Remembered<(Root, Root), CheckResult>,
    pub aggregations: Remembered<JobId, AggregateOutcome>,
}

/// The arithmetic.
pub(crate) struct Compute {
    pub engine: Arc<dyn Engine>,
    /// One computation at a time: it uses all threads and the whole budget.
    pub slot: Semaphore,
}

/// More results than any view names.
const CHECKS: usize = 8_192;
const AGGREGATIONS: usize = 1_024;

impl Results {
    pub fn new() -> Self {
        Self {
            checks: Remembered::new(CHECKS),
            aggregations: Remembered::new(AGGREGATIONS),
        }
    }
}

impl Compute {
    pub fn new(engine: Arc<dyn Engine>) -> Self {
        Self {
            engine,
            slot: Semaphore::new(1),
        }
    }
}
