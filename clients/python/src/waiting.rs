//! Rust's tasks, awaited without holding the interpreter.

use crate::failure::raised;
use pyo3::{exceptions::asyncio::CancelledError, prelude::*};
use quorate_client::Error;
use std::{
    cell::RefCell,
    process,
    sync::{Mutex, TryLockError},
    time::{Duration, Instant},
};
use tokio::{
    runtime::{Builder, Runtime},
    sync::watch,
};

/// Interval at which a wait looks for signals, such as Ctrl-C.
const SIGNALS: Duration = Duration::from_millis(100);
/// How long another thread may take to make the runtime.
const MAKING: Duration = Duration::from_secs(5);

thread_local! {
    /// Tells the calls of this thread to end.
    static STOP: RefCell<Option<watch::Receiver<bool>>> = const { RefCell::new(None) };
}

/// The threads of this process that talk to nodes and gateways. A child that is forked has none of its parent's, and makes its own.
pub fn runtime() -> Result<&'static Runtime, Error> {
    static CURRENT: Mutex<Option<(u32, &'static Runtime)>> = Mutex::new(None);
    let failed = |what: &dyn std::fmt::Display| Error::Input(format!("the runtime cannot be started: {what}"));
    let (since, own) = (Instant::now(), process::id());
    // Not waited for: where the process was forked meanwhile nobody frees it any more.
    let mut current = loop {
        match CURRENT.try_lock() {
            Ok(current) => break current,
            Err(TryLockError::Poisoned(poisoned)) => break poisoned.into_inner(),
            Err(TryLockError::WouldBlock) if since.elapsed() < MAKING => std::thread::sleep(Duration::from_millis(1)),
            Err(TryLockError::WouldBlock) => return Err(failed(&"the process was forked while it was made")),
        }
    };
    match *current {
        Some((process, runtime)) if process == own => Ok(runtime),
        _ => {
            let made = Builder::new_multi_thread().worker_threads(2).enable_all().build();
            // As long as the process lives. What the parent had is never touched.
            let runtime = Box::leak(Box::new(made.map_err(|error| failed(&error))?));
            *current = Some((own, runtime));
            Ok(runtime)
        }
    }
}

/// Something that belongs to the process that made it: threads of that process stand behind it. A child that is forked can neither use it nor
/// drop it, which might wait for a thread that it does not have.
pub struct Own<T> {
    process: u32,
    inner: Option<T>,
}

impl<T> Own<T> {
    pub fn new(inner: T) -> Self {
        Self {
            process: process::id(),
            inner: Some(inner),
        }
    }

    /// # Errors
    /// `Input` in another process.
    pub fn get(&self) -> Result<&T, Error> {
        let inner = self.inner.as_ref().filter(|_| self.process == process::id());
        inner.ok_or_else(|| {
            Error::Input("it was made before this process was forked off: connect again in this process".into())
        })
    }
}

impl<T> Drop for Own<T> {
    fn drop(&mut self) {
        if self.process != process::id() {
            std::mem::forget(self.inner.take());
        }
    }
}

/// Ends calls that wait in another thread.
#[pyclass(frozen, module = "quorate._quorate")]
pub struct Stop(watch::Sender<bool>);

#[pymethods]
impl Stop {
    #[new]
    fn new() -> Self {
        Self(watch::Sender::new(false))
    }

    /// End what waits, and what will wait, in `run`.
    fn set(&self) {
        self.0.send_replace(true);
    }

    /// What the function gives; its calls that wait raise `asyncio.CancelledError` once `set` is called.
    fn run(&self, py: Python<'_>, function: Py<PyAny>) -> PyResult<Py<PyAny>> {
        let before = STOP.replace(Some(self.0.subscribe()));
        let done = function.call0(py);
        STOP.set(before);
        done
    }
}

/// Wait for a task. The interpreter is free meanwhile, and signals reach their handlers.
///
/// # Errors
/// What the handler of a signal raises, or that this thread is told to stop; then the task is dropped.
pub fn wait<T: Send>(py: Python<'_>, task: impl AsyncFnOnce() -> T + Send) -> PyResult<T> {
    if tokio::runtime::Handle::try_current().is_ok() {
        let nested = "another call of the package waits for this one, which its `progress` or a signal's handler makes: make it when that call has ended";
        return Err(raised(py, &quorate_client::Error::Input(nested.into()).into()));
    }
    let runtime = runtime().map_err(|error| raised(py, &error.into()))?;
    let stop = STOP.with_borrow(Clone::clone);
    py.detach(|| {
        runtime.block_on(async {
            tokio::select! {
                biased;
                error = told(stop) => Err(error),
                done = task() => Ok(done),
                signal = signalled() => Err(signal),
            }
        })
    })
}

async fn told(stop: Option<watch::Receiver<bool>>) -> PyErr {
    match stop {
        Some(mut stop) => {
            // Whoever could tell it is there: it is called by them.
            let _ = stop.wait_for(|told| *told).await;
            CancelledError::new_err("the call was cancelled")
        }
        None => std::future::pending().await,
    }
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
