//! A computation on threads of its own. Python's callables are called by the thread that asked, and by no other.

use crate::failure::raised;
use pyo3::{exceptions::PyException, prelude::*};
use quorate_client::{text::visible, Error};
use quorate_primitives::Root;
use quorate_verify::Bring;
use std::{
    path::{Path, PathBuf},
    sync::{
        mpsc::{channel, Receiver, RecvTimeoutError, Sender},
        Arc, Mutex, PoisonError,
    },
    time::Duration,
};
use tokio::{runtime::Builder, sync::oneshot};

/// Interval at which a wait looks for signals, such as Ctrl-C.
const SIGNALS: Duration = Duration::from_millis(100);

/// Python's callables.
pub struct Calls<'a, 'py> {
    /// Told what is going on.
    pub progress: Option<&'a Bound<'py, PyAny>>,
    /// Brings the file of a root and a length to a path.
    pub bring: &'a Bound<'py, PyAny>,
    /// Raises what ends the call, if something does.
    pub check: &'a Bound<'py, PyAny>,
}

/// What the computation wants of the thread that asked.
enum Message {
    Said(String),
    Wanted {
        root: Root,
        len: u64,
        to: PathBuf,
        done: Sender<Result<(), Error>>,
    },
    Done(Result<String, Error>),
}

/// The thread that asked, as the computation sees it.
#[derive(Clone)]
pub struct Asker(Sender<Message>);

impl Asker {
    pub fn say(&self, text: &str) {
        // Nobody listens any more: it is about to end.
        let _ = self.0.send(Message::Said(visible(text)));
    }

    /// Brings files by Python's callable.
    pub fn bring(&self) -> Bring {
        let asker = self.0.clone();
        Arc::new(move |root, len, to: &Path| {
            let gone = || Error::Input("whoever asked is gone".into());
            let (done, brought) = channel();
            let to = to.to_path_buf();
            let wanted = Message::Wanted { root, len, to, done };
            asker.send(wanted).map_err(|_| gone())?;
            brought.recv().map_err(|_| gone())?
        })
    }
}

/// Compute something, and return it. The interpreter is free meanwhile, and signals reach their handlers.
///
/// # Errors
/// Those of the task; what a callable or the handler of a signal raises: then the task is dropped.
pub fn run(
    py: Python<'_>,
    calls: &Calls<'_, '_>,
    task: impl AsyncFnOnce(Asker) -> Result<String, Error> + Send + 'static,
) -> PyResult<String> {
    let (sender, receiver) = channel();
    let receiver = Mutex::new(receiver);
    // Dropped with this call, however it ends.
    let (_alive, gone) = oneshot::channel::<()>();
    let asker = Asker(sender);
    let work = move || {
        let last = asker.0.clone();
        // Nobody listens any more: the outcome is nobody's.
        let _ = last.send(Message::Done(compute(gone, asker, task)));
    };
    let thread = std::thread::Builder::new().name("quorate-verify".into()).spawn(work);
    thread.map_err(|error| raised(py, &Error::io("a thread")(error)))?;
    loop {
        match py.detach(|| next(&receiver)) {
            Ok(Message::Said(text)) => {
                if let Some(progress) = calls.progress {
                    progress.call1((text,))?;
                }
            }
            Ok(Message::Wanted { root, len, to, done }) => {
                // Whoever wanted it may be gone.
                let _ = done.send(brought(py, calls.bring, (root, len), &to)?);
            }
            Ok(Message::Done(done)) => return done.map_err(|error| raised(py, &error)),
            Err(RecvTimeoutError::Timeout) => (),
            Err(RecvTimeoutError::Disconnected) => {
                let text = "the computation ended before its time";
                return Err(raised(py, &Error::Check(text.into())));
            }
        }
        py.check_signals()?;
        calls.check.call0()?;
    }
}

fn next(receiver: &Mutex<Receiver<Message>>) -> Result<Message, RecvTimeoutError> {
    let receiver = receiver.lock().unwrap_or_else(PoisonError::into_inner);
    receiver.recv_timeout(SIGNALS)
}

/// What a callable raises is why the file did not come; what is no error, such as Ctrl-C, ends the call.
fn brought(
    py: Python<'_>,
    bring: &Bound<'_, PyAny>,
    (root, len): (Root, u64),
    to: &Path,
) -> PyResult<Result<(), Error>> {
    match bring.call1((format!("{root:?}"), len, to)) {
        Ok(_) => Ok(Ok(())),
        Err(error) if error.is_instance_of::<PyException>(py) => Ok(Err(Error::Input(error.value(py).to_string()))),
        Err(error) => Err(error),
    }
}

fn compute(
    gone: oneshot::Receiver<()>,
    asker: Asker,
    task: impl AsyncFnOnce(Asker) -> Result<String, Error>,
) -> Result<String, Error> {
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = runtime.map_err(Error::io("threads"))?;
    let done = runtime.block_on(async {
        tokio::select! {
            biased;
            _ = gone => Err(Error::Input("whoever asked is gone".into())),
            done = task(asker) => done,
        }
    });
    // What still computes looks up by itself, and ends.
    runtime.shutdown_background();
    done
}
