//! One validator: its processes, its files, its addresses.

use crate::{
    io,
    memory::{children, peak, Memory},
    Error, Settings,
};
use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

/// Port of the first gateway: genesis of the preset names it.
pub(crate) const FIRST_GATEWAY: u16 = 9_101;
/// Names of the preset's validators, and the peer ids of their node keys 1 to 4.
const NAMES: [&str; crate::VALIDATORS] = ["alice", "bob", "charlie", "dave"];
const PEERS: [&str; crate::VALIDATORS] = [
    "12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp",
    "12D3KooWHdiAxVd8uMQR1hGWXccidmfCwLqcMpGwR6QcTP6QRMuD",
    "12D3KooWSCufgHzV4fCwRijfH2k3abrpAJxTKxEvN1FDuRXA2U9x",
    "12D3KooWSsChzF81YDUKpe9Uk5AHV5oqAaXAcWNSPYgoLauUk4st",
];
/// How long a process may take to end by itself.
const GRACE: Duration = Duration::from_secs(10);
/// Lines of a log that an error shows.
const TAIL: usize = 25;

pub(crate) fn port(first: u16, index: usize) -> u16 {
    first.saturating_add(index as u16)
}

/// One validator.
pub struct Node {
    index: usize,
    child: Option<Child>,
    command: Vec<String>,
    program: PathBuf,
    rpc_port: u16,
    store: PathBuf,
    log: PathBuf,
}

impl Node {
    pub(crate) fn start(
        settings: &Settings,
        folder: &Path,
        spec: &Path,
        index: usize,
        count: usize,
    ) -> Result<Self, Error> {
        let program = settings.programs.join("quorate-node");
        let worker = settings
            .workers
            .get(&index)
            .cloned()
            .unwrap_or_else(|| settings.programs.join("quorate-worker"));
        for path in [&program, &worker] {
            if !path.is_file() {
                return Err(Error::NoProgram { path: path.clone() });
            }
        }
        let base = folder.join(NAMES[index]);
        fs::create_dir_all(&base).map_err(io(&base))?;
        let (store, log) = (base.join("blobs"), folder.join(format!("{}.log", NAMES[index])));
        let rpc_port = port(settings.rpc_port, index);
        let mut command: Vec<String> = [
            format!("--chain={}", spec.display()),
            format!("--{}", NAMES[index]),
            "--validator".into(),
            format!("--base-path={}", base.display()),
            format!("--node-key={:064x}", index + 1),
            format!("--listen-addr=/ip4/127.0.0.1/tcp/{}", port(settings.p2p_port, index)),
            format!("--rpc-port={rpc_port}"),
            "--rpc-max-connections=1000".into(),
            format!("--gateway-listen=127.0.0.1:{}", port(FIRST_GATEWAY, index)),
            format!("--worker-bin={}", worker.display()),
            format!("--worker-store={}", store.display()),
            "--no-prometheus".into(),
            "--no-telemetry".into(),
            "--no-mdns".into(),
            "--allow-private-ip".into(),
        ]
        .into();
        for other in (0..count).filter(|other| *other != index) {
            let port = port(settings.p2p_port, other);
            command.push(format!(
                "--reserved-nodes=/ip4/127.0.0.1/tcp/{port}/p2p/{}",
                PEERS[other]
            ));
        }
        command.extend(settings.arguments.iter().cloned());
        let mut node = Self {
            index,
            child: None,
            command,
            program,
            rpc_port,
            store,
            log,
        };
        node.spawn()?;
        Ok(node)
    }

    fn spawn(&mut self) -> Result<(), Error> {
        let log = File::options()
            .create(true)
            .append(true)
            .open(&self.log)
            .map_err(io(&self.log))?;
        let errors = log.try_clone().map_err(io(&self.log))?;
        let child = Command::new(&self.program)
            .args(&self.command)
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(errors)
            .spawn()
            .map_err(io(&self.program))?;
        self.child = Some(child);
        Ok(())
    }

    /// Start it again, with its database, after [`Node::stop`] or [`Node::kill`].
    pub fn restart(&mut self) -> Result<(), Error> {
        self.stop();
        self.spawn()
    }

    pub fn rpc_url(&self) -> String {
        format!("ws://127.0.0.1:{}", self.rpc_port)
    }

    pub fn gateway_url(&self) -> String {
        format!("http://127.0.0.1:{}", port(FIRST_GATEWAY, self.index))
    }

    /// The worker's blob store.
    pub fn store(&self) -> &Path {
        &self.store
    }

    /// Where node and worker log.
    pub fn log(&self) -> &Path {
        &self.log
    }

    /// Peak memory so far; nothing of a stopped node.
    pub fn memory(&self) -> Memory {
        let Some(pid) = self.child.as_ref().map(Child::id) else {
            return Memory::default();
        };
        Memory {
            node: peak(pid),
            worker: children(pid).into_iter().filter_map(peak).max(),
        }
    }

    pub(crate) fn alive(&mut self) -> Result<(), Error> {
        let ended = self.child.as_mut().and_then(|child| child.try_wait().ok().flatten());
        match ended {
            None => Ok(()),
            Some(status) => {
                self.child = None;
                let (log, tail) = (self.log.clone(), self.tail());
                Err(Error::Ended {
                    index: self.index,
                    status: status.to_string(),
                    log,
                    tail,
                })
            }
        }
    }

    pub(crate) fn late(&self, what: &'static str, limit: Duration) -> Error {
        Error::Late {
            index: self.index,
            what,
            limit,
            log: self.log.clone(),
            tail: self.tail(),
        }
    }

    fn tail(&self) -> String {
        let text = fs::read(&self.log)
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(TAIL)..].join("\n")
    }

    /// Ask the process to end, without waiting.
    pub(crate) fn ask_to_stop(&mut self) {
        if let Some(child) = &self.child {
            // The standard library sends no signal but SIGKILL.
            let asked = Command::new("sh")
                .arg("-c")
                .arg(format!("kill -TERM {}", child.id()))
                .stderr(Stdio::null())
                .status();
            if asked.is_err() {
                self.kill();
            }
        }
    }

    /// End the process: politely, and by force if that takes too long.
    pub fn stop(&mut self) {
        self.ask_to_stop();
        let deadline = Instant::now() + GRACE;
        while let Some(child) = self.child.as_mut() {
            if !matches!(child.try_wait(), Ok(None)) {
                self.child = None;
            } else if Instant::now() > deadline {
                self.kill();
            } else {
                thread::sleep(Duration::from_millis(20));
            }
        }
    }

    /// End the process at once, as a power cut would.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            // Fails only for a process that has ended already.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
