//! What all connections and tasks share.

use crate::{
    census::Census, chain::Chain, failure::local, fetch::Fetcher, life::Life, memory::Remembered, metrics::Metrics,
    seat::Seats, threads::Threads,
};
use quorate_blobs::{BlobStore, Quota, Room, Root};
use quorate_engine::Engine;
use quorate_gateway::Streams;
use quorate_primitives::{
    job::{AggregateOutcome, AssessOutcome, EvaluateOutcome, InferOutcome},
    JobId,
};
use quorate_protocol::{Capacity, CheckResult, Failure};
use std::sync::{
    atomic::{AtomicUsize, Ordering},
    Arc, OnceLock,
};
use tokio::sync::{watch, OwnedSemaphorePermit, Semaphore};

/// What all connections and tasks share.
pub(crate) struct Worker {
    pub store: BlobStore,
    pub fetcher: Fetcher,
    pub chain: Arc<Chain>,
    /// Tokens of requests that it answers.
    pub streams: Streams,
    pub life: Arc<Life>,
    pub results: Results,
    pub compute: Compute,
    /// Room for what is computed, and of what that is a part.
    pub quota: Quota,
    pub room: Room,
    pub threads: Arc<Threads>,
    pub seats: Arc<Seats>,
    pub census: Arc<Census>,
    pub metrics: Arc<Metrics>,
    /// Address of the gateway.
    pub gateway: String,
    /// One in so many of the batches that others answered is computed again; 0: none.
    pub spot_checks: u32,
}

/// Results of this process.
pub(crate) struct Results {
    /// By blob, and by the hash of what it was checked against.
    pub checks: Remembered<(Root, Root), CheckResult>,
    pub aggregations: Remembered<JobId, AggregateOutcome>,
    pub evaluations: Remembered<JobId, EvaluateOutcome>,
    pub assessments: Remembered<JobId, AssessOutcome>,
    pub answers: Remembered<JobId, InferOutcome>,
}

/// The arithmetic.
pub(crate) struct Compute {
    pub engine: Arc<dyn Engine>,
    /// One aggregation at a time: it uses all threads and the whole budget. Whoever computes holds it until its thread has ended.
    slot: Arc<Semaphore>,
    /// One evaluation at a time. It may take long, and no round waits for it: each kind has memory of its own in the engine.
    evaluation: Arc<Semaphore>,
    /// One assessment of a round at a time, whatever is evaluated meanwhile.
    assessment: Arc<Semaphore>,
    /// One batch of requests at a time, whatever is evaluated meanwhile.
    inference: Arc<Semaphore>,
    /// One spot check at a time.
    spot_check: Arc<Semaphore>,
    /// Jobs of this validator's own that run or wait.
    own: watch::Sender<usize>,
    queued: AtomicUsize,
    /// What of inference it can do, once that is measured; none of a worker that does none.
    pub capacity: OnceLock<Capacity>,
}

/// Counts as one that waits, until it is dropped.
struct Queued<'a>(&'a AtomicUsize);

impl Drop for Queued<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Counts as a job of this validator's own, until it is dropped.
pub(crate) struct OwnJob<'a>(&'a watch::Sender<usize>);

impl Drop for OwnJob<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count = count.saturating_sub(1));
    }
}

/// More results than any view names.
const CHECKS: usize = 8_192;
const AGGREGATIONS: usize = 1_024;
const EVALUATIONS: usize = 1_024;
const BATCHES: usize = 1_024;

impl Results {
    pub fn new() -> Self {
        Self {
            checks: Remembered::new(CHECKS),
            aggregations: Remembered::new(AGGREGATIONS),
            evaluations: Remembered::new(EVALUATIONS),
            assessments: Remembered::new(AGGREGATIONS),
            answers: Remembered::new(BATCHES),
        }
    }
}

impl Compute {
    pub fn new(engine: Arc<dyn Engine>) -> Self {
        Self {
            engine,
            capacity: OnceLock::new(),
            slot: Arc::new(Semaphore::new(1)),
            evaluation: Arc::new(Semaphore::new(1)),
            assessment: Arc::new(Semaphore::new(1)),
            inference: Arc::new(Semaphore::new(1)),
            spot_check: Arc::new(Semaphore::new(1)),
            own: watch::Sender::new(0),
            queued: AtomicUsize::new(0),
        }
    }

    /// Waits for this aggregation's turn.
    ///
    /// # Errors
    /// `Local` if there is none any more.
    pub async fn turn(&self) -> Result<OwnedSemaphorePermit, Failure> {
        self.of(&self.slot, "aggregation").await
    }

    /// Waits for this evaluation's turn.
    ///
    /// # Errors
    /// `Local` if there is none any more.
    pub async fn evaluation_turn(&self) -> Result<OwnedSemaphorePermit, Failure> {
        self.of(&self.evaluation, "evaluation").await
    }

    /// Waits for this assessment's turn.
    ///
    /// # Errors
    /// `Local` if there is none any more.
    pub async fn assessment_turn(&self) -> Result<OwnedSemaphorePermit, Failure> {
        self.of(&self.assessment, "assessment").await
    }

    /// Waits for this batch's turn.
    ///
    /// # Errors
    /// `Local` if there is none any more.
    pub async fn inference_turn(&self) -> Result<OwnedSemaphorePermit, Failure> {
        self.of(&self.inference, "batch").await
    }

    /// Waits for this spot check's turn.
    ///
    /// # Errors
    /// `Local` if there is none any more.
    pub async fn spot_check_turn(&self) -> Result<OwnedSemaphorePermit, Failure> {
        self.spot_check.clone().acquire_owned().await.map_err(local)
    }

    /// A job of this validator's own is there, as long as the answer is kept.
    pub fn own_job(&self) -> OwnJob<'_> {
        self.own.send_modify(|count| *count += 1);
        OwnJob(&self.own)
    }

    /// Resolves when there is no such job.
    pub async fn until_idle(&self) {
        // The sender lives as long as this.
        let _ = self.own.subscribe().wait_for(|count| *count == 0).await;
    }

    /// Resolves when there is one.
    pub async fn until_busy(&self) {
        let _ = self.own.subscribe().wait_for(|count| *count > 0).await;
    }

    async fn of(&self, slot: &Arc<Semaphore>, kind: &str) -> Result<OwnedSemaphorePermit, Failure> {
        if let Ok(free) = slot.clone().try_acquire_owned() {
            return Ok(free);
        }
        tracing::info!(kind, "waits until the one before has ended");
        self.queued.fetch_add(1, Ordering::Relaxed);
        let _queued = Queued(&self.queued);
        slot.clone().acquire_owned().await.map_err(local)
    }

    /// Computations that wait for their turn.
    pub fn queued(&self) -> usize {
        self.queued.load(Ordering::Relaxed)
    }
}
