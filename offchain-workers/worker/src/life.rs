//! The life of the process: what runs, that something changed, and its end.

use std::sync::atomic::{AtomicU32, Ordering};
use tokio::sync::watch;

/// Shared by all that runs.
#[derive(Debug, Default)]
pub(crate) struct Life {
    stop: watch::Sender<bool>,
    /// Counts up whenever the status changed.
    changed: watch::Sender<u64>,
    told: watch::Sender<u64>,
    running: AtomicU32,
}

/// Counts a task as running for as long as it lives.
pub(crate) struct Busy<'a>(&'a Life);

impl Life {
    /// The status has changed.
    pub fn touch(&self) {
        self.changed.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// The status is other than it was told, and nothing else.
    pub fn tell(&self) {
        self.told.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Told of what [`Life::tell`] says.
    pub fn tellings(&self) -> watch::Receiver<u64> {
        self.told.subscribe()
    }

    /// Told of each change.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    pub fn busy(&self) -> Busy<'_> {
        self.running.fetch_add(1, Ordering::Relaxed);
        self.touch();
        Busy(self)
    }

    /// Number of running tasks.
    pub fn running(&self) -> u32 {
        self.running.load(Ordering::Relaxed)
    }

    /// Lets everything end.
    pub fn stop(&self) {
        self.stop.send_replace(true);
    }

    pub fn stops(&self) -> watch::Receiver<bool> {
        self.stop.subscribe()
    }

    /// Resolves when the worker is to stop.
    pub async fn stopping(&self) {
        // A sender that is gone means the same.
        let _ = self.stops().wait_for(|stop| *stop).await;
    }
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::Relaxed);
        self.0.touch();
    }
}
