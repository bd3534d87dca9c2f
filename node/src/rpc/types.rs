//! Answers that are not views of the runtime.

use quorate_gadget::{decide::spot_checks, Report};
use quorate_primitives::{
    job::{InferOutcome, WorkKind},
    views::gateway::Peer,
    AccountId, BatchId, BlockNumber, Hash, JobId,
};
use sc_service::ChainSpec;
use serde::{Deserialize, Serialize};

/// What the chain specification says of the chain.
#[derive(Clone, Debug)]
pub struct Chain {
    name: String,
    decimals: u64,
    symbol: String,
    ss58_format: u64,
}

/// Answer of `quorate_chainInfo`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChainInfo {
    pub name: String,
    pub genesis: Hash,
    pub spec_name: String,
    pub spec_version: u32,
    pub best: BlockNumber,
    pub finalized: BlockNumber,
    pub slot_ms: u64,
    pub decimals: u64,
    pub symbol: String,
    pub ss58_format: u64,
}

/// Where a validator's blobs are served. An entry of the answer of `quorate_blobEndpoints`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlobEndpoint {
    pub validator: AccountId,
    pub gateway: String,
    pub tls_key_hash: Option<Hash>,
}

/// Answer of `quorate_ready`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ready {
    pub ready: bool,
    /// What is in the way.
    pub problems: Vec<String>,
}

/// Answer of `quorate_workerStatus`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkerStatus {
    /// The validator for which this node acts.
    pub validator: Option<AccountId>,
    /// Whether this node starts the worker itself.
    pub managed: bool,
    pub connected: bool,
    /// How often the worker was started again since this node runs.
    pub restarts: u32,
    pub last_error: Option<String>,
    /// Tasks that the worker was given and has not answered.
    pub waiting: u32,
    /// What the worker said last of itself.
    pub worker: Option<Worker>,
    /// The newest batches of others of which the worker found another outcome, since the node runs.
    pub disputed: Vec<Disputed>,
}

/// A batch of which the worker found another outcome than the validators that were drawn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disputed {
    pub batch: BatchId,
    /// The job of those that were drawn.
    pub job: JobId,
    /// All validators can be called before this block.
    pub until: BlockNumber,
    /// What the worker found.
    pub own: Option<InferOutcome>,
    /// What those agreed on that were drawn.
    pub agreed: Option<InferOutcome>,
}

/// What a worker says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Worker {
    pub version: String,
    pub protocol: u32,
    /// Versions of the arithmetic that it implements, with the kind of work.
    pub exact_versions: Vec<(WorkKind, u32)>,
    pub backend: String,
    pub gateway: String,
    pub tasks_running: u32,
    pub blobs: u64,
    pub blob_bytes: u64,
    /// What it can answer on request; `None` of a worker that answers nothing.
    pub capacity: Option<Capacity>,
    /// One in so many batches of others it computes again while it is idle; 0: none.
    pub spot_checks: u32,
}

/// What a worker's machine can answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capacity {
    /// MiB of one batch.
    pub memory: u32,
    /// Millions of operations in a second.
    pub speed: u64,
}

impl Chain {
    /// Read the specification. What it does not say of its token is taken to be as in Quorate's own presets.
    pub fn of(spec: &dyn ChainSpec) -> Self {
        let properties = spec.properties();
        let number = |name: &str| properties.get(name).and_then(serde_json::Value::as_u64);
        let symbol = properties.get("tokenSymbol").and_then(serde_json::Value::as_str);
        Self {
            name: spec.name().to_owned(),
            decimals: number("tokenDecimals").unwrap_or(crate::chain_spec::DECIMALS.into()),
            symbol: symbol.unwrap_or(crate::chain_spec::SYMBOL).to_owned(),
            ss58_format: number("ss58Format").unwrap_or(quorate_runtime::configs::system::SS58_PREFIX.into()),
        }
    }

    /// The answer for the chain's state now.
    pub fn info(
        &self,
        info: &sp_blockchain::Info<quorate_runtime::opaque::Block>,
        version: (String, u32),
    ) -> ChainInfo {
        ChainInfo {
            name: self.name.clone(),
            genesis: info.genesis_hash,
            spec_name: version.0,
            spec_version: version.1,
            best: info.best_number,
            finalized: info.finalized_number,
            slot_ms: quorate_runtime::constants::SLOT_DURATION,
            decimals: self.decimals,
            symbol: self.symbol.clone(),
            ss58_format: self.ss58_format,
        }
    }
}

impl From<Peer> for BlobEndpoint {
    fn from(peer: Peer) -> Self {
        Self {
            validator: peer.validator,
            gateway: peer.gateway,
            tls_key_hash: peer.tls_key_hash,
        }
    }
}

impl From<Report> for WorkerStatus {
    fn from(report: Report) -> Self {
        let worker = report.status.map(|status| Worker {
            version: status.version,
            protocol: quorate_protocol::PROTOCOL_VERSION,
            exact_versions: status.exact_versions,
            backend: status.backend,
            gateway: status.gateway,
            tasks_running: status.tasks_running,
            blobs: status.blobs,
            blob_bytes: status.blob_bytes,
            capacity: status.capacity.map(|capacity| Capacity {
                memory: capacity.memory,
                speed: capacity.speed,
            }),
            spot_checks: status.spot_checks,
        });
        Self {
            validator: report.validator,
            managed: report.managed,
            connected: report.connected,
            restarts: report.restarts,
            last_error: report.last_error,
            waiting: report.waiting,
            worker,
            disputed: report.disputed.into_iter().map(Disputed::from).collect(),
        }
    }
}

impl From<spot_checks::Disputed> for Disputed {
    fn from(found: spot_checks::Disputed) -> Self {
        Self {
            batch: found.batch,
            job: found.job,
            until: found.until,
            own: found.own,
            agreed: found.agreed,
        }
    }
}
