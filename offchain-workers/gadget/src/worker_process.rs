//! Starts the worker, starts it again when it dies, stops it with the node.
//!
//! The worker runs in a process of its own, with an empty environment: a fault in it does not touch consensus, and it sees
//! none of the node's secrets. It is supervised from a plain thread, which outlives the node's task executor and so can ask
//! the worker to finish when the node stops.

use crate::{report::ReportHandle, LOG};
use codec::Encode;
use quorate_primitives::Hash;
use quorate_protocol::{ToWorker, PROTOCOL_VERSION};
use std::{
    env, fs, io,
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
    pub arguments: Vec<String>,
    /// Genesis of the chain, for the greeting.
    pub genesis: Hash,
    pub report: ReportHandle,
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
        for folder in [setup.socket.parent(), Some(setup.store.as_path())]
            .into_iter()
            .flatten()
        {
            private_folder(folder).map_err(|error| SetupError::Io(folder.to_path_buf(), error))?;
        }
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
    if let Err(error) = child.kill().and_then(|()| child.wait()) {
        log::error!(target: LOG, "The worker (process {}) cannot be killed: {error}", child.id());
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
        stream.read_to_end(&mut Vec::new())
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

fn private_folder(folder: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setup(folder: &Path, program: &Path) -> Setup {
        Setup {
            program: program.to_path_buf(),
            socket: folder.join("socket"),
            store: folder.join("blobs"),
            gateway: ([127, 0, 0, 1], 0).into(),
            log_level: "info".to_owned(),
            arguments: vec!["--threads".to_owned(), "2".to_owned()],
            genesis: Hash::zero(),
            report: ReportHandle::default(),
        }
    }

    fn script(folder: &Path, body: &str) -> PathBuf {
        let path = folder.join("program");
        fs::write(&path, format!("#!/bin/sh\n{body}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
        path
    }

    fn until(mut done: impl FnMut() -> bool) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while !done() {
            assert!(Instant::now() < deadline, "took too long");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    #[test]
    fn a_worker_that_dies_should_be_started_again_with_an_empty_environment() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let program = script(
            folder.path(),
            &format!("echo \"$HOME;$*\" >> {}\nexit 3", log.display()),
        );
        let setup = setup(folder.path(), &program);
        let worker = WorkerProcess::start(setup.clone()).unwrap();
        until(|| fs::read_to_string(&log).is_ok_and(|log| log.lines().count() >= 2));
        drop(worker);
        let said = fs::read_to_string(&log).unwrap();
        let expected = format!(
            ";serve --socket {} --store {} --gateway 127.0.0.1:0 --log-level info --exit-with-node --threads 2",
            setup.socket.display(),
            setup.store.display()
        );
        assert_eq!(said.lines().next(), Some(expected.as_str()));
        let report = setup.report.read();
        assert!(report.managed && report.restarts >= 1, "{report:?}");
        assert!(report.last_error.unwrap().contains("exit status: 3"));
    }

    #[test]
    fn a_worker_that_does_not_finish_should_be_killed() {
        let folder = tempfile::tempdir().unwrap();
        let pid = folder.path().join("pid");
        let program = script(
            folder.path(),
            &format!("echo $$ > {}\nexec /bin/sleep 1000", pid.display()),
        );
        let worker = WorkerProcess::start(setup(folder.path(), &program)).unwrap();
        until(|| fs::read_to_string(&pid).is_ok_and(|pid| pid.ends_with('\n')));
        let process = PathBuf::from("/proc").join(fs::read_to_string(&pid).unwrap().trim());
        assert!(process.exists());
        drop(worker);
        assert!(!process.exists());
    }

    #[test]
    fn what_cannot_work_should_be_said_at_the_start() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(
            program(Some(folder.path().join("none"))),
            Err(SetupError::NoProgram(_))
        ));
        let mut setup = setup(folder.path(), Path::new("/bin/true"));
        setup.socket = folder.path().join("x".repeat(120));
        assert!(matches!(WorkerProcess::start(setup), Err(SetupError::LongPath(_))));
    }
}
