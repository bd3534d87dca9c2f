//! One validator: a node process, which starts its own worker.

use crate::{memory, ports::Ports, LocalnetError, Memory, Options};
use std::{
    fs::File,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};
use tokio::{
    process::{Child, Command},
    time::{timeout_at, Instant},
};

/// Name, and peer id of the node key that is its number from 1: what the `local` preset registers.
const IDENTITIES: [(&str, &str); crate::VALIDATORS] = [
    ("alice", "12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp"),
    ("bob", "12D3KooWHdiAxVd8uMQR1hGWXccidmfCwLqcMpGwR6QcTP6QRMuD"),
    ("charlie", "12D3KooWSCufgHzV4fCwRijfH2k3abrpAJxTKxEvN1FDuRXA2U9x"),
    ("dave", "12D3KooWSsChzF81YDUKpe9Uk5AHV5oqAaXAcWNSPYgoLauUk4st"),
];

/// A validator process.
pub struct Validator {
    number: usize,
    ports: Ports,
    folder: PathBuf,
    child: Option<Child>,
}

impl Validator {
    pub(crate) fn start(options: &Options, number: usize) -> Result<Self, LocalnetError> {
        let (name, _) = IDENTITIES[number];
        let folder = options.base.join(name);
        let io = |context: String| move |source| LocalnetError::Io { context, source };
        std::fs::create_dir_all(&folder).map_err(io(format!("making {}", folder.display())))?;
        let node = program(&options.bin_dir, "quorate-node")?;
        let worker = match options.workers.get(&number) {
            Some(path) => existing(path.clone(), "worker")?,
            None => program(&options.bin_dir, "quorate-worker")?,
        };
        let log_path = folder.join("node.log");
        let log = File::options().create(true).append(true).open(&log_path);
        let log = log.map_err(io(format!("opening {}", log_path.display())))?;
        let errors = log.try_clone().map_err(io("sharing the log".into()))?;
        let ports = Ports::of(number);
        let mut command = Command::new(node);
        command
            .args(["--chain", "local", "--validator", &format!("--{name}")])
            .arg("--base-path")
            .arg(&folder)
            .args(["--port", &ports.peer.to_string(), "--rpc-port", &ports.rpc.to_string()])
            .args(["--node-key", &format!("{:064x}", number + 1)])
            .args(["--gateway-listen", &format!("127.0.0.1:{}", ports.gateway)])
            .arg("--worker-bin")
            .arg(worker)
            .args(["--listen-addr", &format!("/ip4/127.0.0.1/tcp/{}", ports.peer)])
            .args(["--no-prometheus", "--no-telemetry", "--no-mdns", "--allow-private-ip", "--rpc-cors", "all"])
            .args(["--no-hardware-benchmarks", "--log", &options.log])
            .arg("--bootnodes");
        for other in (0..options.validators).filter(|other| *other != number) {
            command.arg(format!("/ip4/127.0.0.1/tcp/{}/p2p/{}", Ports::of(other).peer, IDENTITIES[other].1));
        }
        let child = command
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(errors)
            .kill_on_drop(true)
            .spawn()
            .map_err(io(format!("starting validator {name}")))?;
        Ok(Self { number, ports, folder, child: Some(child) })
    }

    /// Name of its development key, in lower case.
    pub fn name(&self) -> &'static str {
        IDENTITIES[self.number].0
    }

    /// WebSocket address of its JSON-RPC.
    pub fn rpc_url(&self) -> String {
        format!("ws://127.0.0.1:{}", self.ports.rpc)
    }

    pub(crate) fn rpc_port(&self) -> u16 {
        self.ports.rpc
    }

    /// Address of its blob gateway.
    pub fn gateway_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports.gateway)
    }

    /// Folder of its database, keys, blobs and log.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where its node writes its log; the worker's lines are in it.
    pub fn log(&self) -> PathBuf {
        self.folder.join("node.log")
    }

    pub(crate) fn is_running(&self) -> bool {
        self.child.is_some()
    }

    pub(crate) fn memory(&self) -> Option<Memory> {
        memory::of(self.name(), self.child.as_ref()?.id()?)
    }

    pub(crate) fn check_alive(&mut self) -> Result<(), LocalnetError> {
        let Some(child) = &mut self.child else { return Ok(()) };
        match child.try_wait() {
            Ok(None) => Ok(()),
            Ok(Some(status)) => Err(LocalnetError::Exited {
                name: self.name(),
                status: status.to_string(),
                log: self.log(),
                tail: tail(&self.log(), 20),
            }),
            Err(source) => Err(LocalnetError::Io { context: format!("watching validator {}", self.name()), source }),
        }
    }

    pub(crate) async fn kill(&mut self) -> Result<(), LocalnetError> {
        let name = self.name();
        if let Some(mut child) = self.child.take() {
            child.kill().await.map_err(|source| LocalnetError::Io { context: format!("killing {name}"), source })?;
        }
        Ok(())
    }

    /// Ask the node to shut down, as Ctrl-C would.
    pub(crate) fn interrupt(&self) {
        if let Some(pid) = self.child.as_ref().and_then(Child::id) {
            // The shell's own `kill` spares a dependency and `unsafe`.
            let _ = std::process::Command::new("kill").args(["-INT", &pid.to_string()]).status();
        }
    }

    pub(crate) async fn wait_until(&mut self, end: Instant) {
        if let Some(mut child) = self.child.take() {
            if timeout_at(end, child.wait()).await.is_err() {
                let _ = tokio::time::timeout(Duration::from_secs(5), child.kill()).await;
            }
        }
    }
}

fn program(folder: &Path, name: &'static str) -> Result<PathBuf, LocalnetError> {
    existing(folder.join(name), name)
}

fn existing(path: PathBuf, what: &'static str) -> Result<PathBuf, LocalnetError> {
    if path.is_file() {
        Ok(path)
    } else {
        Err(LocalnetError::ProgramMissing { what, path })
    }
}

fn tail(path: &Path, lines: usize) -> String {
    let text = std::fs::read(path).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let all: Vec<&str> = text.lines().collect();
    all[all.len().saturating_sub(lines)..].join("\n")
}
