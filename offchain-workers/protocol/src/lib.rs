//! The typed protocol between a validator's node (its gadget) and its worker process.
//!
//! One stream, one peer each side. A frame is a `u32` little-endian length and that many bytes of SCALE; frames above
//! [`MAX_FRAME`] are refused. The node speaks first with [`ToWorker::Hello`]; the worker answers with
//! [`FromWorker::Hello`], and each side closes the stream on a version it does not speak. The worker holds no chain key.

use codec::{Decode, Encode};
use quorate_exact::{check::Malformed, Pipeline};
use quorate_primitives::{
    crypto::AttestationSignature,
    job::{Outcome, ScoreRow},
    views::{Against, BlobRef, GatewayView, VoteItem},
    AccountId, BlockNumber, Hash, JobId, Root,
};

pub mod framing;

/// Version of this protocol.
pub const PROTOCOL_VERSION: u32 = 3;
/// Largest frame, in bytes.
pub const MAX_FRAME: usize = 8 << 20;

/// Number that a request carries and its answers repeat; the node never uses one twice on a stream.
pub type RequestId = u64;

/// From the node to the worker.
#[derive(Clone, Debug, Encode, Decode)]
pub enum ToWorker {
    #[codec(index = 0)]
    Hello { protocol: u32, genesis: Hash },
    /// What the gateway may take and show, and what lets the worker read from its peers. Replaces the last one.
    #[codec(index = 1)]
    View(Box<View>),
    /// Run a task; a task that is not done after `timeout_ms` is given up with [`Failure::Deadline`].
    #[codec(index = 2)]
    Run {
        request: RequestId,
        timeout_ms: u64,
        task: Task,
    },
    #[codec(index = 3)]
    Cancel { request: RequestId },
    /// Finish what is being written, then exit.
    #[codec(index = 4)]
    Shutdown,
    /// The last view is that of the best block `best`; `finalized` is the last final block before it. Said at every new best block,
    /// after the view if that changed. It lets the worker forget what the chain has stopped naming for good.
    #[codec(index = 5)]
    Head { best: BlockNumber, finalized: BlockNumber },
}

/// See [`ToWorker::View`].
#[derive(Clone, Debug, Encode, Decode)]
pub struct View {
    /// The validator that this worker serves; `None` while the node holds no registered key.
    pub me: Option<AccountId>,
    pub gateway: GatewayView,
    /// One for each peer, signed by this validator's `aiwk` key.
    pub tokens: Vec<Token>,
}

/// Lets this validator's worker read from the gateway of `audience`.
/// See [`quorate_primitives::payload::token_payload`].
#[derive(Clone, Debug, Encode, Decode)]
pub struct Token {
    pub audience: AccountId,
    /// Unix time in seconds.
    pub expires: u64,
    pub signature: AttestationSignature,
}

/// Work for the worker.
#[derive(Clone, Debug, Encode, Decode)]
pub enum Task {
    /// Fetch and check every byte of each item; findings come one by one as [`FromWorker::Found`].
    #[codec(index = 0)]
    Check { against: Against, items: Vec<VoteItem> },
    #[codec(index = 1)]
    Aggregate(Box<AggregateTask>),
    /// All score rows of a detail blob that this worker made or can fetch.
    #[codec(index = 2)]
    Rows { detail: Hash },
}

/// One aggregation job.
#[derive(Clone, Debug, Encode, Decode)]
pub struct AggregateTask {
    pub job: JobId,
    pub exact_version: u32,
    pub pipeline: Pipeline,
    /// Of the bucketing permutations.
    pub seed: Hash,
    pub base: BlobRef,
    /// The version before the base.
    pub previous: Option<BlobRef>,
    /// State of the server optimiser that the base came with; its length follows from the base's header. `None`: the
    /// optimiser starts anew, or there is none.
    pub optimiser: Option<Root>,
    /// In the sealed order.
    pub inputs: Vec<WeightedBlob>,
}

/// An update and the weight that its contributor claimed.
#[derive(Clone, Debug, Encode, Decode)]
pub struct WeightedBlob {
    pub blob: BlobRef,
    pub weight: u32,
}

/// From the worker to the node.
#[derive(Clone, Debug, Encode, Decode)]
pub enum FromWorker {
    #[codec(index = 0)]
    Hello { protocol: u32, status: Status },
    #[codec(index = 1)]
    Progress { request: RequestId, done: u64, total: u64 },
    /// A finding of a running [`Task::Check`].
    #[codec(index = 2)]
    Found {
        request: RequestId,
        item: u32,
        finding: Finding,
    },
    /// The last answer to a request.
    #[codec(index = 3)]
    Done {
        request: RequestId,
        result: Result<Output, Failure>,
    },
    /// Sent every few seconds and whenever something changed.
    #[codec(index = 4)]
    Status(Status),
}

/// What the worker says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Status {
    /// Version of the worker program.
    pub version: String,
    pub exact_versions: Vec<u32>,
    /// Name of the engine's backend, for people.
    pub backend: String,
    /// Address on which the gateway listens.
    pub gateway: String,
    pub tasks_running: u32,
    pub blobs: u64,
    pub blob_bytes: u64,
}

/// What a fully fetched and checked blob is. Nothing is said of one that could not be fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Finding {
    #[codec(index = 0)]
    Held,
    #[codec(index = 1)]
    Malformed(Malformed),
}

/// What a task yields.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Output {
    /// Every item has a finding, or time ran out for the rest.
    #[codec(index = 0)]
    Checked,
    #[codec(index = 1)]
    Outcome(Outcome),
    #[codec(index = 2)]
    Rows(Vec<ScoreRow>),
}

/// Why a task yielded nothing. Always local: it never says that anything on chain is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, thiserror::Error)]
pub enum Failure {
    #[error("blob {0:?} could not be fetched from any peer")]
    #[codec(index = 0)]
    Missing(Hash),
    #[error("the task was not done in time")]
    #[codec(index = 1)]
    Deadline,
    #[error("the task was cancelled")]
    #[codec(index = 2)]
    Cancelled,
    #[error("this worker does not implement specification version {0}")]
    #[codec(index = 3)]
    UnknownExactVersion(u32),
    #[error("{0}")]
    #[codec(index = 4)]
    Local(String),
}
