//! What is going on, told to a callable of Python's.

use crate::waiting::wait;
use pyo3::prelude::*;
use quorate_client::text::visible;
use std::sync::{Mutex, PoisonError};
use tokio::sync::Notify;

/// Tells callables; the first error that one raises ends the wait.
#[derive(Default)]
pub struct Progress {
    call: Option<Py<PyAny>>,
    tokens: Option<Py<PyAny>>,
    failed: Mutex<Option<PyErr>>,
    fails: Notify,
}

impl Progress {
    pub fn new(call: Option<Py<PyAny>>) -> Self {
        Self {
            call,
            ..Self::default()
        }
    }

    /// Tells another callable of tokens.
    pub fn with_tokens(self, tokens: Option<Py<PyAny>>) -> Self {
        Self { tokens, ..self }
    }

    /// What others say of it cannot move the cursor of the terminal that it may go to.
    pub fn say(&self, text: &str) {
        self.tell(self.call.as_ref(), |py, call| call.call1(py, (visible(text),)));
    }

    /// All tokens that are known up to now.
    pub fn tokens(&self, all: &[u32]) {
        self.tell(self.tokens.as_ref(), |py, call| call.call1(py, (all.to_vec(),)));
    }

    fn tell(&self, call: Option<&Py<PyAny>>, tell: impl FnOnce(Python<'_>, &Py<PyAny>) -> PyResult<Py<PyAny>>) {
        let Some(call) = call else { return };
        if let Err(error) = Python::attach(|py| tell(py, call).map(drop)) {
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
