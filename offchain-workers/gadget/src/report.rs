//! What the gadget tells others in this node about itself and its worker.

use parking_lot::RwLock;
use quorate_primitives::AccountId;
use quorate_protocol::Status;
use std::sync::Arc;

/// The newest known state of the worker and of the link to it.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Whether this node starts and restarts the worker itself.
    pub managed: bool,
    /// How often the worker was started again since this node runs.
    pub restarts: u32,
    pub connected: bool,
    /// Why the worker was lost, or could not be reached, the last time.
    pub last_error: Option<String>,
    /// The worker's newest status.
    pub status: Option<Status>,
    /// The validator for which this node acts.
    pub validator: Option<AccountId>,
    /// Tasks that the worker was given and has not answered.
    pub waiting: u32,
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
