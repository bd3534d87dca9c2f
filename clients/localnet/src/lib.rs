#![forbid(unsafe_code)]
#![doc = include_str!("../README.md")]

mod memory;
mod ports;
mod rpc;
mod validator;

pub use memory::{Memory, PeakRss};
pub use validator::Validator;

use std::{collections::BTreeMap, path::PathBuf, time::Duration};
use tokio::time::Instant;

/// Most validators of the `local` preset.
pub const VALIDATORS: usize = 4;

/// What to start.
#[derive(Clone, Debug)]
pub struct Options {
    /// Folder with `quorate-node` and `quorate-worker`.
    pub bin_dir: PathBuf,
    /// Folder for databases, keys, blobs and logs; made if it is missing.
    pub base: PathBuf,
    /// Validators to start, counted from the first of the preset; at most [`VALIDATORS`].
    pub validators: usize,
    /// Other worker programs for some validators, by number from 0.
    pub workers: BTreeMap<usize, PathBuf>,
    /// Log filter of the nodes, as for `--log`.
    pub log: String,
    /// How long to wait for the first finalized block.
    pub deadline: Duration,
}

impl Options {
    /// Four validators with the programs of `bin_dir` and the scratch folder `base`.
    pub fn new(bin_dir: impl Into<PathBuf>, base: impl Into<PathBuf>) -> Self {
        Self {
            bin_dir: bin_dir.into(),
            base: base.into(),
            validators: VALIDATORS,
            workers: BTreeMap::new(),
            log: "info".into(),
            deadline: Duration::from_secs(120),
        }
    }
}

/// Why a network could not be started or watched.
#[derive(Debug, thiserror::Error)]
pub enum LocalnetError {
    #[error("{what} is missing at {path}: build it with 'cargo build --release --workspace'")]
    ProgramMissing { what: &'static str, path: PathBuf },
    #[error("port {port} ({what}) is in use: stop what listens there (another local network?), then try again")]
    PortInUse { port: u16, what: &'static str },
    #[error("{context}: {source}")]
    Io { context: String, source: std::io::Error },
    #[error("validator {name} exited with {status}; the end of {log}:\n{tail}")]
    Exited { name: &'static str, status: String, log: PathBuf, tail: String },
    #[error("no {what} within {seconds} s; the logs are in {base}")]
    Deadline { what: &'static str, seconds: u64, base: PathBuf },
    #[error("the local preset has {VALIDATORS} validators, not {0}")]
    TooMany(usize),
}

/// A running network. Dropping it kills its processes.
pub struct Localnet {
    options: Options,
    validators: Vec<Validator>,
}

impl Localnet {
    /// Start all validators and wait until a block after genesis is final. `progress` is told what happens.
    pub async fn start(options: Options, mut progress: impl FnMut(&str)) -> Result<Self, LocalnetError> {
        if options.validators == 0 || options.validators > VALIDATORS {
            return Err(LocalnetError::TooMany(options.validators));
        }
        ports::check_free(options.validators)?;
        let mut net = Self { options, validators: Vec::new() };
        for number in 0..net.options.validators {
            let validator = Validator::start(&net.options, number)?;
            progress(&format!("validator {} started: {}", validator.name(), validator.rpc_url()));
            net.validators.push(validator);
        }
        let deadline = net.options.deadline;
        net.wait_for_finality(1, deadline).await?;
        progress("blocks are being finalized");
        Ok(net)
    }

    /// The validators that were started, by number.
    pub fn validators(&self) -> &[Validator] {
        &self.validators
    }

    /// WebSocket address of the first validator.
    pub fn url(&self) -> String {
        self.validators[0].rpc_url()
    }

    /// Wait until every running validator has finalized block `height`.
    pub async fn wait_for_finality(&mut self, height: u64, deadline: Duration) -> Result<(), LocalnetError> {
        let end = Instant::now() + deadline;
        loop {
            let mut lowest = u64::MAX;
            for validator in &mut self.validators {
                validator.check_alive()?;
                if validator.is_running() {
                    lowest = lowest.min(rpc::finalized_height(validator.rpc_port()).await.unwrap_or(0));
                }
            }
            if lowest >= height {
                return Ok(());
            }
            if Instant::now() >= end {
                let seconds = deadline.as_secs();
                return Err(LocalnetError::Deadline { what: "finality", seconds, base: self.options.base.clone() });
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// Fail with the end of its log if a validator that should run has exited.
    pub fn check_alive(&mut self) -> Result<(), LocalnetError> {
        self.validators.iter_mut().try_for_each(Validator::check_alive)
    }

    /// Kill one validator at once, as a power cut would.
    pub async fn kill(&mut self, number: usize) -> Result<(), LocalnetError> {
        self.validators[number].kill().await
    }

    /// Start a killed validator again on its own database.
    pub fn restart(&mut self, number: usize) -> Result<(), LocalnetError> {
        self.validators[number] = Validator::start(&self.options, number)?;
        Ok(())
    }

    /// Peak memory of every node and worker so far.
    pub fn memory(&self) -> Vec<Memory> {
        self.validators.iter().filter_map(Validator::memory).collect()
    }

    /// Ask every node to shut down and wait until all are gone; what does not go within `deadline` is killed.
    pub async fn stop(mut self, deadline: Duration) {
        for validator in &self.validators {
            validator.interrupt();
        }
        let end = Instant::now() + deadline;
        for validator in &mut self.validators {
            validator.wait_until(end).await;
        }
    }
}
