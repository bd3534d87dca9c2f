//! What is going on, told to a callable of Python's.

use crate::waiting::wait;
use pyo3::prelude::*;
use std::sync::{Mutex, PoisonError};
use tokio::sync::Notify;

/// Tells a callable; the first error that it raises ends the wait.
pub struct Progress {
    call: Option<Py<PyAny>>,
    failed: Mutex<Option<PyErr>>,
    fails: Notify,
}

impl Progress {
    pub fn new(call: Option<Py<PyAny>>) -> Self {
        Self {
            call,
            failed: Mutex::default(),
            fails: Notify::new(),
        }
    }

    pub fn say(&self, text: &str) {
        let Some(call) = &self.call else { return };
        if let Err(error) = Python::attach(|py| call.call1(py, (text,)).map(drop)) {
            *self.failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
            self.fails.notify_one();
        }
    }

    async fn failure(&self) -> PyErr {
        loop {
            self.fails.notified().await;
            if let Some(error) = self.failed.lock().unwrap_or_else(PoisonError::into_inner).take() {
                return error;
            }
        }
    }

    /// Wait for a task that tells what is going on.
    ///
    /// # Errors
    /// What the callable or the handler of a signal raises; then the task is dropped.
    pub fn follow<T: Send>(&self, py: Python<'_>, task: impl AsyncFnOnce() -> T + Send) -> PyResult<T> {
        wait(py, async || {
            tokio::select! {
                biased;
                error = self.failure() => Err(error),
                done = task() => Ok(done),
            }
        })?
    }
}
