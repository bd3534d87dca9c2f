//! What the gadget tells others in this node about itself and its worker.

use crate::decide::spot_checks::Disputed;
use parking_lot::RwLock;
use quorate_primitives::AccountId;
use quorate_protocol::Status;
use std::{collections::BTreeMap, sync::Arc, time::Duration};

/// The newest known state of the worker and of the link to it.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Whether this node starts and restarts the worker itself.
    pub managed: bool,
    /// How often the worker was started again since this node runs.
    pub restarts: u32,
    pub connected: bool,
    /// How long the worker took to answer the greeting of the newest connection.
    pub latency: Option<Duration>,
    /// Why the worker was lost, or could not be reached, the last time.
    pub last_error: Option<String>,
    /// The worker's newest status.
    pub status: Option<Status>,
    /// The validator for which this node acts.
    pub validator: Option<AccountId>,
    /// Tasks that the worker was given and has not answered.
    pub waiting: u32,
    /// Jobs that this validator has a part in, by what it does about them.
    pub jobs: BTreeMap<&'static str, u32>,
    /// Sealed outcomes on disk.
    pub sealed: u32,
    /// Statements that wait for the pool.
    pub outbox: u32,
    /// Statements given to the pool since this node runs, by kind.
    pub submitted: BTreeMap<&'static str, u64>,
    /// Those that the pool did not take.
    pub refused: BTreeMap<&'static str, u64>,
    /// Duties that went by without a statement, by its kind.
    pub abstained: BTreeMap<&'static str, u64>,
    /// Tasks that yielded nothing.
    pub failures: u64,
    /// Batches of others that the worker computed again, by what it found: `same`, `other`; `undone`.
    pub spot_checks: BTreeMap<&'static str, u64>,
    /// The newest of which it found another outcome.
    pub disputed: Vec<Disputed>,
    /// Verdicts on this validator in closed and final jobs.
    pub verdicts: BTreeMap<String, u64>,
}

/// Shared handle on a [`Report`].
#[derive(Clone, Debug, Default)]
pub struct ReportHandle(Arc<RwLock<Report>>);

impl ReportHandle {
    /// A copy of the newest report.
    pub fn read(&self) -> Report {
        self.0.read().clone()
    }

    pub(crate) fn update(&self, change: impl FnOnce(&mut Report)) {
        change(&mut self.0.write());
    }
}
