//! One validator: its processes, its files, its addresses.

use crate::{
    error::io,
    identity::Identity,
    ports::Places,
    process::{children, computed, forget_peak, memory, send, Computed, Memory},
    Error,
};
use quorate_client::{Account, Client};
use rustix::process::Signal;
use std::{
    fs::{self, File},
    io::Write,
    os::unix::fs::{symlink, OpenOptionsExt},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

/// How long a process may take to end by itself.
const GRACE: Duration = Duration::from_secs(10);
/// Lines of a log that an error shows.
const TAIL: usize = 25;

/// A part of a validator.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    Node,
    Worker,
    Both,
}

/// Where a node finds everything.
pub(crate) struct Plan {
    pub index: usize,
    pub identity: Identity,
    pub places: Places,
    /// Port under which others reach the gateway.
    pub gateway: u16,
    pub program: PathBuf,
    pub worker: PathBuf,
    pub folder: PathBuf,
    /// Of compiled runtimes.
    pub cache: Option<PathBuf>,
    pub arguments: Vec<String>,
}

/// One validator.
pub struct Node {
    plan: Plan,
    child: Option<Child>,
    /// When its process was started last.
    began: Instant,
    paused: Vec<u32>,
    /// Seconds by which its clock is ahead.
    clock: i64,
    arguments: Vec<String>,
}

impl Node {
    /// Writes keys and folders; [`Node::restart`] starts it.
    pub(crate) fn new(plan: Plan, keys: bool) -> Result<Self, Error> {
        for path in [&plan.program, &plan.worker] {
            if !path.is_file() {
                return Err(Error::NoProgram { path: path.clone() });
            }
        }
        let node = Self {
            plan,
            child: None,
            began: Instant::now(),
            paused: Vec::new(),
            clock: 0,
            arguments: Vec::new(),
        };
        let keystore = node.base().join("chains/quorate_local/keystore");
        fs::create_dir_all(&keystore).map_err(io(&keystore))?;
        for (name, content) in node.plan.identity.keystore().into_iter().filter(|_| keys) {
            write_secret(&keystore.join(name), &content)?;
        }
        node.use_worker(&node.plan.worker)?;
        Ok(node)
    }

    pub fn index(&self) -> usize {
        self.plan.index
    }

    pub fn identity(&self) -> &Identity {
        &self.plan.identity
    }

    /// The validator's account.
    pub fn account(&self) -> Result<Account, Error> {
        let uri = &self.plan.identity.uri;
        Account::from_uri(uri).map_err(|error| Error::Key {
            uri: uri.clone(),
            reason: error.to_string(),
        })
    }

    /// Everything of this validator but its log.
    pub fn base(&self) -> PathBuf {
        self.plan.folder.join(self.plan.identity.name.to_lowercase())
    }

    /// The worker's blob store.
    pub fn store(&self) -> PathBuf {
        self.base().join("blobs")
    }

    /// Where node and worker log.
    pub fn log(&self) -> PathBuf {
        let name = self.plan.identity.name.to_lowercase();
        self.plan.folder.join(format!("{name}.log"))
    }

    pub fn rpc_url(&self) -> String {
        format!("ws://127.0.0.1:{}", self.plan.places.rpc)
    }

    pub fn gateway_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.plan.gateway)
    }

    /// A connection to the node, if it answers now.
    pub async fn client(&self) -> quorate_client::Result<Client> {
        Client::connect(&self.rpc_url()).await
    }

    fn command(&self) -> Vec<String> {
        let Places { rpc, p2p, gateway } = self.plan.places;
        let mut command = vec![
            format!("--name={}", self.plan.identity.name),
            "--validator".into(),
            format!("--base-path={}", self.base().display()),
            format!("--node-key={}", self.plan.identity.node_key),
            format!("--listen-addr=/ip4/127.0.0.1/tcp/{p2p}"),
            format!("--rpc-port={rpc}"),
            "--rpc-max-connections=1000".into(),
            "--rpc-methods=unsafe".into(),
            format!("--gateway-listen=127.0.0.1:{gateway}"),
            format!("--worker-bin={}", self.worker_link().display()),
            format!("--worker-store={}", self.store().display()),
            "--no-prometheus".into(),
            "--no-telemetry".into(),
            "--no-mdns".into(),
            "--allow-private-ip".into(),
        ];
        command.extend(self.plan.arguments.iter().chain(&self.arguments).cloned());
        command
    }

    /// The node is told of a link, so that another program can take the worker's place while the node runs.
    fn worker_link(&self) -> PathBuf {
        self.base().join("worker")
    }

    /// The worker's program from its next start on.
    pub fn use_worker(&self, program: &Path) -> Result<(), Error> {
        let (link, new) = (self.worker_link(), self.base().join("worker.new"));
        symlink(program, &new).map_err(io(&new))?;
        fs::rename(&new, &link).map_err(io(&link))
    }

    /// From now on the worker ends as soon as it is started.
    pub fn disable_worker(&self) -> Result<(), Error> {
        self.use_worker(Path::new("/bin/false"))?;
        self.signal(Part::Worker, Signal::KILL)
    }

    /// Undoes [`Node::disable_worker`]; the node tries again within a minute, or when it is restarted.
    pub fn enable_worker(&self) -> Result<(), Error> {
        self.use_worker(&self.plan.worker)
    }

    /// The clock of the node, from its next start on, in seconds ahead of this machine's. Needs libfaketime.
    pub fn set_clock(&mut self, seconds: i64) -> Result<(), Error> {
        match faketime() {
            Some(_) => {
                self.clock = seconds;
                Ok(())
            }
            None => Err(Error::NoProgram {
                path: "libfaketimeMT.so.1 (Debian's package libfaketime)".into(),
            }),
        }
    }

    /// Further arguments of the node, from its next start on.
    pub fn set_arguments(&mut self, arguments: Vec<String>) {
        self.arguments = arguments;
    }

    fn spawn(&mut self) -> Result<(), Error> {
        let path = self.log();
        let log = File::options()
            .create(true)
            .append(true)
            .open(&path)
            .map_err(io(&path))?;
        let errors = log.try_clone().map_err(io(&path))?;
        let program = &self.plan.program;
        let mut command = Command::new(program);
        command
            .args(self.command())
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(errors);
        if let Some(folder) = &self.plan.cache {
            command.env("QUORATE_RUNTIME_CACHE", folder);
        }
        if let (1.. | ..=-1, Some(library)) = (self.clock, faketime()) {
            // The monotonic clock goes on as it is: only the time of day is wrong.
            command
                .env("LD_PRELOAD", library)
                .env("FAKETIME", format!("{:+}", self.clock))
                .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
                .env("DONT_FAKE_MONOTONIC", "1");
        }
        self.child = Some(command.spawn().map_err(io(program))?);
        self.began = Instant::now();
        Ok(())
    }

    /// A copy of everything that is in its folder, as a backup has it; it must not run.
    pub fn back_up(&self, to: &Path) -> Result<(), Error> {
        copy(&self.base(), to)
    }

    /// What [`Node::back_up`] has copied, and nothing that came since; it must not run.
    pub fn restore(&self, from: &Path) -> Result<(), Error> {
        let base = self.base();
        fs::remove_dir_all(&base).map_err(io(&base))?;
        copy(from, &base)
    }

    /// Start it again, with its database, after [`Node::stop`] or [`Node::kill`].
    pub fn restart(&mut self) -> Result<(), Error> {
        self.stop();
        self.spawn()
    }

    /// The node's process; 0 without one.
    pub(crate) fn process(&self) -> u32 {
        self.child.as_ref().map_or(0, Child::id)
    }

    /// Whether its node has been started and not been ended.
    pub fn runs(&self) -> bool {
        self.child.is_some()
    }

    /// The worker's process, if there is one.
    pub fn worker(&self) -> Option<u32> {
        self.child
            .as_ref()
            .and_then(|child| children(child.id()).into_iter().next())
    }

    /// How long its process has run.
    pub fn age(&self) -> Duration {
        self.began.elapsed()
    }

    /// Peak memory so far; nothing of a stopped node.
    pub fn memory(&self) -> Memory {
        self.measure("VmHWM")
    }

    /// From now on [`Node::memory`] is the peak since now.
    pub fn forget_peak(&self) -> Result<(), Error> {
        let processes = self.child.as_ref().map(Child::id).into_iter().chain(self.worker());
        let forget = |process| forget_peak(process).map_err(io(format!("/proc/{process}/clear_refs")));
        processes.into_iter().try_for_each(forget)
    }

    /// Time on a processor since its processes began.
    pub fn computed(&self) -> Computed {
        let of = |process: Option<u32>| process.and_then(computed).unwrap_or_default();
        Computed {
            node: of(self.child.as_ref().map(Child::id)),
            worker: of(self.worker()),
        }
    }

    /// Memory that it has now.
    pub fn memory_now(&self) -> Memory {
        self.measure("VmRSS")
    }

    fn measure(&self, line: &str) -> Memory {
        let Some(pid) = self.child.as_ref().map(Child::id) else {
            return Memory::default();
        };
        Memory {
            node: memory(pid, line),
            worker: children(pid).into_iter().filter_map(|child| memory(child, line)).max(),
        }
    }

    pub(crate) fn alive(&mut self) -> Result<(), Error> {
        let ended = self.child.as_mut().and_then(|child| child.try_wait().ok().flatten());
        match ended {
            None => Ok(()),
            Some(status) => {
                self.child = None;
                Err(Error::Ended {
                    index: self.plan.index,
                    status: status.to_string(),
                    log: self.log(),
                    tail: self.tail(),
                })
            }
        }
    }

    pub(crate) fn late(&self, what: &'static str, limit: Duration) -> Error {
        Error::Late {
            index: self.plan.index,
            what,
            limit,
            log: self.log(),
            tail: self.tail(),
        }
    }

    /// What it has logged.
    pub fn logged(&self) -> String {
        let bytes = fs::read(self.log()).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    fn tail(&self) -> String {
        let text = self.logged();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(TAIL)..].join("\n")
    }

    fn signal(&self, part: Part, signal: Signal) -> Result<(), Error> {
        let failed = |what| {
            let index = self.plan.index;
            move |source| Error::Signal { index, what, source }
        };
        if let (Part::Worker | Part::Both, Some(worker)) = (part, self.worker()) {
            send(worker, signal).map_err(failed("the worker"))?;
        }
        if let (Part::Node | Part::Both, Some(child)) = (part, &self.child) {
            send(child.id(), signal).map_err(failed("the node"))?;
        }
        Ok(())
    }

    /// Stops a part where it is; nobody is told.
    pub fn pause(&mut self, part: Part) -> Result<(), Error> {
        let worker = self.worker().filter(|_| part != Part::Node);
        let node = self.child.as_ref().map(Child::id).filter(|_| part != Part::Worker);
        self.signal(part, Signal::STOP)?;
        self.paused.extend(worker.into_iter().chain(node));
        Ok(())
    }

    /// Lets go on what was paused.
    pub fn resume(&mut self) -> Result<(), Error> {
        let index = self.plan.index;
        self.paused.drain(..).try_for_each(|process| {
            send(process, Signal::CONT).map_err(|source| Error::Signal {
                index,
                what: "what was paused",
                source,
            })
        })
    }

    /// Ask the process to end, without waiting.
    pub(crate) fn ask_to_stop(&mut self) {
        let asked = self.resume().and_then(|()| self.signal(Part::Node, Signal::TERM));
        if asked.is_err() {
            self.kill();
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

    /// End the node at once, as a power cut would; its worker ends by itself.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            // Fails only for a process that has ended already.
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// End a part at once. The node starts a worker again that has ended.
    pub fn kill_part(&mut self, part: Part) -> Result<(), Error> {
        if part != Part::Node {
            self.signal(Part::Worker, Signal::KILL)?;
        }
        if part != Part::Worker {
            self.kill();
        }
        Ok(())
    }
}

/// Copies a folder as it is, links and modes too.
fn copy(from: &Path, to: &Path) -> Result<(), Error> {
    let copied = Command::new("cp")
        .arg("-a")
        .args([from, to])
        .status()
        .map_err(io("cp"))?;
    match copied.success() {
        true => Ok(()),
        false => Err(io(from)(std::io::Error::other(format!("cp: {copied}")))),
    }
}

/// A key is its owner's alone.
fn write_secret(path: &Path, content: &str) -> Result<(), Error> {
    let file = File::options()
        .create(true)
        .truncate(true)
        .write(true)
        .mode(0o600)
        .open(path);
    file.and_then(|mut file| file.write_all(content.as_bytes()))
        .map_err(io(path))
}

/// The library that makes a program's clock wrong.
fn faketime() -> Option<PathBuf> {
    let libraries = fs::read_dir("/usr/lib").ok()?.flatten().map(|entry| entry.path());
    let mut found = libraries.map(|folder| folder.join("faketime/libfaketimeMT.so.1"));
    found.find(|path| path.is_file())
}
