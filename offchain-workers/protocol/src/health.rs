//! How well the worker is, beyond its being there.

use crate::RequestId;
use codec::{Decode, Encode};
use std::time::Duration;

/// How much longer than its deadline a task's thread may take before the worker ends itself, so that it is started again.
pub const OVERDUE: Duration = Duration::from_secs(60);
/// Overdue for so long, the worker cannot even end itself: whoever supervises its process kills it.
pub const HUNG: Duration = Duration::from_secs(90);

/// How well the worker is. What it says of tasks is about the threads that compute, not about the answers: a task that ran out of
/// time has been answered long before its thread comes back from a call that never returns.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct Health {
    /// The thread that should have ended first and still runs. `None`: none is late.
    pub overdue: Option<Overdue>,
}

/// A thread that still runs although its task's deadline has passed or its task was cancelled.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Overdue {
    pub request: RequestId,
    /// What it was to do, human-readable.
    pub what: String,
    /// Milliseconds since it should have ended.
    pub by_ms: u64,
}

impl Overdue {
    /// Since when it should have ended.
    pub fn by(&self) -> Duration {
        Duration::from_millis(self.by_ms)
    }
}
