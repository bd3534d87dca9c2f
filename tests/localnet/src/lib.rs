#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod memory;
mod node;
mod ports;
mod spec;

pub use memory::Memory;
pub use node::Node;

use quorate_client::Client;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::time::Instant;

/// Validators of the `local` preset.
pub const VALIDATORS: usize = 4;

/// How long nodes may take to answer: each compiles the runtime first, and all at once.
const START: Duration = Duration::from_secs(180);
/// How often a condition is asked for.
const POLL: Duration = Duration::from_millis(250);

/// Why a network cannot be started, or broke.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{path} is missing: build it with `cargo build --release --workspace`, or name its folder")]
    NoProgram { path: PathBuf },
    #[error("port {port} ({what}) is taken: stop what listens there{hint}")]
    PortTaken {
        port: u16,
        what: String,
        hint: &'static str,
    },
    #[error("the chain's specification could not be written ({status}): {reason}")]
    Spec { status: String, reason: String },
    #[error("{path}: {source}")]
    Io { path: PathBuf, source: std::io::Error },
    #[error("validator {index} ended ({status}); the end of {log}:\n{tail}")]
    Ended {
        index: usize,
        status: String,
        log: PathBuf,
        tail: String,
    },
    #[error("validator {index} did not {what} within {} s; the end of {log}:\n{tail}", limit.as_secs())]
    Late {
        index: usize,
        what: &'static str,
        limit: Duration,
        log: PathBuf,
        tail: String,
    },
}

pub(crate) fn io(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Error {
    let path = path.into();
    move |source| Error::Io { path, source }
}

/// What to start.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Folder of `quorate-node` and `quorate-worker`.
    pub programs: PathBuf,
    /// Folder for databases, blobs and logs; a temporary one unless given.
    pub folder: Option<PathBuf>,
    /// Number of validators to start, of the four of the preset.
    pub validators: usize,
    /// Ports of validator 0; each further one has the next.
    pub rpc_port: u16,
    pub p2p_port: u16,
    /// Other worker programs, by validator.
    pub workers: BTreeMap<usize, PathBuf>,
    /// Further arguments for each node.
    pub arguments: Vec<String>,
}

impl Settings {
    /// Four validators, programs from the folder of this one.
    pub fn new() -> Result<Self, Error> {
        let me = std::env::current_exe().map_err(io("this program"))?;
        let mut programs = me.parent().unwrap_or(Path::new(".")).to_path_buf();
        // Tests lie in `deps`, one below the programs.
        if programs.ends_with("deps") {
            programs.pop();
        }
        Ok(Self {
            programs,
            folder: None,
            validators: VALIDATORS,
            rpc_port: 9_944,
            p2p_port: 30_333,
            workers: BTreeMap::new(),
            arguments: Vec::new(),
        })
    }
}

/// A running network.
pub struct Network {
    nodes: Vec<Node>,
    folder: PathBuf,
    /// Removed after the nodes have stopped.
    _scratch: Option<tempfile::TempDir>,
}

impl Network {
    /// Start every node and wait until each answers.
    pub async fn start(settings: Settings) -> Result<Self, Error> {
        let count = settings.validators.clamp(1, VALIDATORS);
        ports::check(&settings, count)?;
        let scratch = match &settings.folder {
            Some(_) => None,
            None => Some(
                tempfile::Builder::new()
                    .prefix("quorate-")
                    .tempdir()
                    .map_err(io(std::env::temp_dir()))?,
            ),
        };
        let folder = match (&settings.folder, &scratch) {
            (Some(folder), _) => folder.clone(),
            (None, Some(scratch)) => scratch.path().to_path_buf(),
            (None, None) => std::env::temp_dir(),
        };
        std::fs::create_dir_all(&folder).map_err(io(&folder))?;
        let mut network = Self {
            nodes: Vec::new(),
            folder,
            _scratch: scratch,
        };
        let spec = spec::write(&settings, &network.folder)?;
        for index in 0..count {
            let node = Node::start(&settings, &network.folder, &spec, index, count)?;
            network.nodes.push(node);
        }
        for index in 0..count {
            network.connect(index, START).await?;
        }
        Ok(network)
    }

    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    pub fn node_mut(&mut self, index: usize) -> Option<&mut Node> {
        self.nodes.get_mut(index)
    }

    /// Where everything lies.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// A connection to validator `index`, as soon as it answers.
    pub async fn connect(&mut self, index: usize, limit: Duration) -> Result<Client, Error> {
        let deadline = Instant::now() + limit;
        let url = self.nodes[index].rpc_url();
        loop {
            self.alive()?;
            if let Ok(client) = Client::connect(&url).await {
                return Ok(client);
            }
            if Instant::now() > deadline {
                return Err(self.nodes[index].late("answer", limit));
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Wait until validator `index` has finalized a block above `above`.
    pub async fn wait_final(&mut self, index: usize, above: u32, limit: Duration) -> Result<(), Error> {
        let deadline = Instant::now() + limit;
        let client = self.connect(index, limit).await?;
        loop {
            self.alive()?;
            if client.finalized().await.is_ok_and(|block| block.number > above) {
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err(self.nodes[index].late("finalize", limit));
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Fails if a node has ended that was not stopped on purpose.
    pub fn alive(&mut self) -> Result<(), Error> {
        self.nodes.iter_mut().try_for_each(Node::alive)
    }

    /// Peak memory of every node and worker so far.
    pub fn memory(&self) -> Vec<Memory> {
        self.nodes.iter().map(Node::memory).collect()
    }

    /// Stop every process; dropping the network does the same.
    pub fn stop(&mut self) {
        self.nodes.iter_mut().for_each(Node::ask_to_stop);
        self.nodes.iter_mut().for_each(Node::stop);
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        self.stop();
    }
}
