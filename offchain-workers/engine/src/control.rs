//! How a caller stops a long computation and watches it.

use crate::EngineError;
use std::sync::{
    atomic::{AtomicBool, Ordering},
    Arc,
};

/// A switch that stops a computation at its next tile. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Cancellation and progress of one computation.
pub struct Control<'a> {
    pub cancel: Cancel,
    /// Called with the bytes of output that are done and the bytes that there will be.
    pub progress: &'a (dyn Fn(u64, u64) + Sync),
}

impl Default for Control<'_> {
    fn default() -> Self {
        Self {
            cancel: Cancel::default(),
            progress: &|_, _| (),
        }
    }
}

impl Control<'_> {
    pub(crate) fn check(&self) -> Result<(), EngineError> {
        match self.cancel.is_cancelled() {
            true => Err(EngineError::Cancelled),
            false => Ok(()),
        }
    }
}
