//! Rust's tasks, awaited without holding the interpreter.

use pyo3::prelude::*;
use quorate_client::Error;
use std::{sync::OnceLock, time::Duration};
use tokio::runtime::{Builder, Runtime};

/// Interval at which a wait looks for signals, such as Ctrl-C.
const SIGNALS: Duration = Duration::from_millis(100);

/// The threads of this process that talk to nodes and gateways.
pub fn runtime() -> Result<&'static Runtime, Error> {
    static RUNTIME: OnceLock<std::io::Result<Runtime>> = OnceLock::new();
    let made = RUNTIME.get_or_init(|| Builder::new_multi_thread().worker_threads(2).enable_all().build());
    made.as_ref()
        .map_err(|error| Error::Input(format!("the runtime cannot be started: {error}")))
}

/// Wait for a task. The interpreter is free meanwhile, and signals reach their handlers.
///
/// # Errors
/// What the handler of a signal raises; then the task is dropped.
pub fn wait<T: Send>(py: Python<'_>, task: impl AsyncFnOnce() -> T + Send) -> PyResult<T> {
    let runtime = runtime().map_err(|error| crate::failure::raised(py, &error.into()))?;
    py.detach(|| {
        runtime.block_on(async {
            tokio::select! {
                biased;
                done = task() => Ok(done),
                signal = signalled() => Err(signal),
            }
        })
    })
}

async fn signalled() -> PyErr {
    let mut interval = tokio::time::interval(SIGNALS);
    loop {
        interval.tick().await;
        if let Err(error) = Python::attach(|py| py.check_signals()) {
            return error;
        }
    }
}
