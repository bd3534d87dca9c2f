//! A log that does not repeat itself at every block.

use crate::LOG;
use std::collections::BTreeSet;

/// Messages that are remembered; then each may come once more.
const REMEMBERED: usize = 64;

/// Logs each message once.
#[derive(Debug, Default)]
pub struct Once(BTreeSet<String>);

impl Once {
    /// Logs an error, unless this one was logged before.
    pub fn log_once(&mut self, error: String) {
        if self.0.len() >= REMEMBERED {
            self.0.clear();
        }
        if self.0.insert(error.clone()) {
            log::error!(target: LOG, "{error}");
        }
    }

    /// It works again: the same errors would be news.
    pub fn forget(&mut self, beginning: &str) {
        self.0.retain(|known| !known.starts_with(beginning));
    }
}
