//! Starts the worker, starts it again when it dies or hangs, stops it with the node.
//!
//! The worker runs in a process of its own, with an empty environment: a fault in it does not touch consensus, and it sees
//! none of the node's secrets. It is supervised from a plain thread, which outlives the node's task executor and so can ask
//! the worker to finish when the node stops.

use crate::{pulse::Pulse, report::ReportHandle, LOG};
use codec::Encode;
use quorate_primitives::Hash;
use quorate_protocol::{ToWorker, PROTOCOL_VERSION};
use std::{
    env,
    ffi::OsString,
    fs, io,
    io::{Read, Write},
    net::SocketAddr,
    os::unix::{
        fs::{DirBuilderExt, PermissionsExt},
        net::UnixStream,
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc::{channel, Receiver, RecvTimeoutError, Sender},
    thread::JoinHandle,
    time::{Duration, Instant},
};

/// Name of the worker's program, beside the node's.
pub const PROGRAM: &str = "quorate-worker";
/// Longest path that a Unix socket can have on every supported system, in bytes.
const LONGEST_SOCKET_PATH: usize = 100;

const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// A worker that lived for so long was well: the next pause is short again.
const WELL: Duration = Duration::from_secs(60);
/// How long a worker may take to finish when asked to.
const LAST_WORDS: Duration = Duration::from_secs(5);
const POLL: Duration = Duration::from_millis(200);

/// How the worker is started.
#[derive(Clone, Debug)]
pub struct Setup {
    pub program: PathBuf,
    pub socket: PathBuf,
    /// Folder of the blobs.
    pub store: PathBuf,
    /// Address on which the blob gateway listens.
    pub gateway: SocketAddr,
    pub log_level: String,
    /// Further arguments, given as they are.
    pub arguments: Vec<OsString>,
    /// Genesis of the chain, for the greeting.
    pub genesis: Hash,
    pub report: ReportHandle,
    /// What the link hears of the worker: one that hangs is killed.
    pub pulse: Pulse,
}

/// Why no worker was started.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    #[error(
        "the worker's program {0} is not there: put `{PROGRAM}` beside the node's program, name it with --worker-bin, use \
         a running one with --worker-socket, or go without by --no-worker"
    )]
    NoProgram(PathBuf),
    #[error(
        "the socket path {0} is longer than {LONGEST_SOCKET_PATH} bytes: use a shorter --base-path, or run the worker \
         yourself and name its socket with --worker-socket"
    )]
    LongPath(PathBuf),
    #[error(
        "the worker's store {0} may be changed by others (mode {1:04o}): `chmod go-w {path}` if they are not to, or name another folder with \
         --worker-store",
        path = .0.display()
    )]
    SharedStore(PathBuf, u32),
    #[error("{0}: {1}")]
    Io(PathBuf, io::Error),
}

/// The path of the worker's program: the given one, or the one beside this program.
pub fn program(given: Option<PathBuf>) -> Result<PathBuf, SetupError> {
    let path = match given {
        Some(path) => path,
        None => {
            let own = env::current_exe().map_err(|error| SetupError::Io(PathBuf::from(PROGRAM), error))?;
            own.with_file_name(PROGRAM)
        }
    };
    match path.is_file() {
        true => Ok(path),
        false => Err(SetupError::NoProgram(path)),
    }
}

/// A supervised worker. Dropping it stops the worker.
#[derive(Debug)]
pub struct WorkerProcess {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl WorkerProcess {
    /// Start the worker and keep it running.
    pub fn start(setup: Setup) -> Result<Self, SetupError> {
        if setup.socket.as_os_str().len() > LONGEST_SOCKET_PATH {
            return Err(SetupError::LongPath(setup.socket));
        }
        if let Some(own) = setup.socket.parent() {
            private_folder(own).map_err(|error| SetupError::Io(own.to_path_buf(), error))?;
        }
        store_folder(&setup.store)?;
        setup.report.update(|report| report.managed = true);
        let (stop, stopped) = channel();
        let thread = std::thread::Builder::new()
            .name("worker-supervisor".to_owned())
            .spawn(move || supervise(&setup, &stopped))
            .map_err(|error| SetupError::Io(PathBuf::from(PROGRAM), error))?;
        Ok(Self {
            stop: Some(stop),
            thread: Some(thread),
        })
    }
}

impl Drop for WorkerProcess {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            if thread.join().is_err() {
                log::error!(target: LOG, "the thread that watches the worker had a fault");
            }
        }
    }
}

fn supervise(setup: &Setup, stopped: &Receiver<()>) {
    let mut pause = FIRST_PAUSE;
    loop {
        dismiss_stray(setup);
        let started = Instant::now();
        let why = match spawn(setup) {
            Err(error) => format!("{} cannot be started: {error}", setup.program.display()),
            Ok(child) => {
                setup.pulse.started();
                log::info!(target: LOG, "Worker started (process {})", child.id());
                match watch(child, setup, stopped) {
                    Some(why) => why,
                    None => return,
                }
            }
        };
        if started.elapsed() >= WELL {
            pause = FIRST_PAUSE;
        }
        log::error!(target: LOG, "Worker: {why}; starting it again in {} s", pause.as_secs());
        setup.report.update(|report| {
            report.restarts = report.restarts.saturating_add(1);
            report.last_error = Some(why);
        });
        if waited_until_stop(stopped, pause) {
            return;
        }
        pause = pause.saturating_mul(2).min(LONGEST_PAUSE);
    }
}

fn spawn(setup: &Setup) -> io::Result<Child> {
    Command::new(&setup.program)
        .arg("serve")
        .arg("--socket")
        .arg(&setup.socket)
        .arg("--store")
        .arg(&setup.store)
        .arg("--gateway")
        .arg(setup.gateway.to_string())
        .arg("--log-level")
        .arg(&setup.log_level)
        .arg("--exit-with-node")
        .args(&setup.arguments)
        .env_clear()
        // The pipe closes when this process ends, in whatever way.
        .stdin(Stdio::piped())
        // An interrupt from the terminal reaches the node, which then stops the worker in good order.
        .process_group(0)
        .spawn()
}

/// Wait for the worker's end (returns the reason) or the node's (`None`; the worker is stopped then).
fn watch(mut child: Child, setup: &Setup, stopped: &Receiver<()>) -> Option<String> {
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(format!("it ended ({status})")),
            Ok(None) => {}
            Err(error) => log::warn!(target: LOG, "the worker's state is unknown: {error}"),
        }
        if let Some(why) = setup.pulse.verdict(Instant::now()) {
            kill(&mut child);
            return Some(format!("{why}; it was killed"));
        }
        if waited_until_stop(stopped, POLL) {
            finish(&mut child, setup);
            return None;
        }
    }
}

fn finish(child: &mut Child, setup: &Setup) {
    let deadline = Instant::now() + LAST_WORDS;
    while Instant::now() < deadline {
        ask_to_finish(setup);
        if matches!(child.try_wait(), Ok(Some(_))) {
            log::info!(target: LOG, "Worker stopped");
            return;
        }
        std::thread::sleep(POLL);
    }
    log::warn!(target: LOG, "The worker did not finish in {} s and is killed", LAST_WORDS.as_secs());
    kill(child);
}

/// A process that waits for a device may outlive its death for a while: this one does not wait for it for ever.
fn kill(child: &mut Child) {
    let (deadline, mut ended) = (Instant::now() + LAST_WORDS, child.kill().map(|()| false));
    while matches!(ended, Ok(false)) && Instant::now() < deadline {
        std::thread::sleep(POLL);
        ended = child.try_wait().map(|status| status.is_some());
    }
    match ended {
        Ok(true) => {}
        Ok(false) => log::error!(
            target: LOG,
            "The worker (process {}) does not end {} s after it was killed: does it wait for a device or a network disk?",
            child.id(),
            LAST_WORDS.as_secs()
        ),
        Err(error) => log::error!(target: LOG, "The worker (process {}) cannot be killed: {error}", child.id()),
    }
}

/// A node that was killed may have left its worker behind; it holds the gateway's address.
fn dismiss_stray(setup: &Setup) {
    let deadline = Instant::now() + LAST_WORDS;
    let mut said = false;
    while UnixStream::connect(&setup.socket).is_ok() {
        if !said {
            log::warn!(target: LOG, "A worker of an earlier run listens on {}: asking it to finish", setup.socket.display());
            said = true;
        }
        if Instant::now() > deadline {
            log::error!(target: LOG, "It does not finish. End it, or use it with --worker-socket");
            return;
        }
        ask_to_finish(setup);
        std::thread::sleep(POLL);
    }
}

fn ask_to_finish(setup: &Setup) {
    let hello = ToWorker::Hello {
        protocol: PROTOCOL_VERSION,
        genesis: setup.genesis,
        node: quorate_protocol::this_process(),
    };
    let messages = [frame(&hello), frame(&ToWorker::Shutdown)].concat();
    let asked = UnixStream::connect(&setup.socket).and_then(|mut stream| {
        stream.set_write_timeout(Some(POLL))?;
        stream.set_read_timeout(Some(POLL))?;
        stream.write_all(&messages)?;
        // Until the worker closes its side, which shows that it has read this.
        let deadline = Instant::now() + LAST_WORDS;
        while stream.read(&mut [0; 4_096])? > 0 && Instant::now() < deadline {}
        Ok(())
    });
    if let Err(error) = asked {
        log::debug!(target: LOG, "asking the worker to finish: {error}");
    }
}

/// As [`quorate_protocol::framing`] has it, without an executor.
fn frame(message: &ToWorker) -> Vec<u8> {
    let body = message.encode();
    [(body.len() as u32).to_le_bytes().as_slice(), &body].concat()
}

fn waited_until_stop(stopped: &Receiver<()>, pause: Duration) -> bool {
    !matches!(stopped.recv_timeout(pause), Err(RecvTimeoutError::Timeout))
}

/// A folder of this node's own: nobody else's business.
fn private_folder(folder: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))
}

/// A folder that the operator may have named. One that is there keeps its mode: it may be another's, or serve other ends, too.
fn store_folder(folder: &Path) -> Result<(), SetupError> {
    let failed = |error| SetupError::Io(folder.to_path_buf(), error);
    if !folder.exists() {
        return private_folder(folder).map_err(failed);
    }
    let mode = fs::metadata(folder).map_err(failed)?.permissions().mode() & 0o777;
    if mode & 0o022 != 0 {
        return Err(SetupError::SharedStore(folder.to_path_buf(), mode));
    }
    if mode & 0o055 != 0 {
        log::warn!(
            target: LOG,
            "The worker's store {} may be read by others (mode {mode:04o}): updates are in it that are not public. `chmod go= {0}`",
            folder.display()
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests;
