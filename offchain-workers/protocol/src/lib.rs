//! The typed protocol between a validator's node (its gadget) and its worker process.
//!
//! One stream, one peer on each side. A frame is a `u32` little-endian length and that many bytes of SCALE; frames above
//! [`MAX_FRAME`] are refused. The node sends [`ToWorker::Hello`] first; the worker answers with [`FromWorker::Hello`], and each
//! side closes the stream on a version that it does not know. The worker holds no chain key.
//!
//! A worker serves one node at a time. Another connection of the same process ([`this_process`]) takes the place of its first one, which may
//! be half open; another process is answered with [`FromWorker::Refused`] for as long as the first is there. Both sides go on speaking: the
//! worker by its status, the node by [`ToWorker::Ping`]. Silence of [`SILENCE`] ends the connection.
//!
//! The framing knows no kind of work: a job's work and outcome are bytes here. What the gateway may take and show comes as a
//! snapshot in pages, then as changes between named blocks ([`view`]): no frame grows with the size of the view.

use codec::{Decode, Encode};
use quorate_primitives::{
    availability::Malformed,
    crypto::AttestationSignature,
    job::{aggregate::ScoreRow, infer::AnswerRow, WorkKind},
    views::{
        tasks::{Against, VoteItem},
        BlobRef, Entry,
    },
    AccountId, BlockNumber, Hash, JobId, Root,
};
use std::time::Duration;

pub mod framing;
mod health;
mod process;
pub mod view;

pub use health::{Health, Overdue, HUNG, OVERDUE};
pub use process::this_process;

/// Version of this protocol.
pub const PROTOCOL_VERSION: u32 = 8;
/// Largest frame, in bytes.
pub const MAX_FRAME: usize = 8 << 20;
/// How often a side that has nothing else to say speaks: the worker by its status, the node by [`ToWorker::Ping`].
pub const HEARTBEAT: Duration = Duration::from_secs(5);
/// A side that says nothing for so long is gone, or hangs: the other one closes the connection.
pub const SILENCE: Duration = Duration::from_secs(60);

/// Number that a request carries and its answers repeat; the node never uses one twice on a stream.
pub type RequestId = u64;

/// A block of the chain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct BlockId {
    pub number: BlockNumber,
    pub hash: Hash,
}

/// From the node to the worker.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum ToWorker {
    #[codec(index = 0)]
    Hello {
        protocol: u32,
        genesis: Hash,
        /// The process that speaks: [`this_process`].
        node: Hash,
    },
    /// A page of what the gateway may take and show at block `at`. The pages of a snapshot come in order, from 0 on; the last one
    /// completes it, and it then replaces whatever the worker had.
    #[codec(index = 1)]
    Snapshot {
        at: BlockId,
        /// The last final block before `at`: the worker may forget for good what no block since has named.
        finalized: BlockNumber,
        page: u32,
        last: bool,
        entries: Vec<Entry>,
    },
    /// What changed between two blocks, sent at every new best block, changed or not. A worker that has not the view of `from`
    /// asks for a snapshot.
    #[codec(index = 2)]
    Changes {
        from: BlockId,
        to: BlockId,
        finalized: BlockNumber,
        added: Vec<Entry>,
        removed: Vec<Entry>,
    },
    /// Lets the worker read from the gateways of its peers. Replaces what it had.
    #[codec(index = 3)]
    Tokens {
        /// The validator that this worker serves; `None` while the node holds no registered key.
        me: Option<AccountId>,
        /// One for each peer.
        tokens: Vec<Token>,
        /// Shows whose worker it is that signs streams of tokens by its key.
        stream: Option<StreamToken>,
    },
    /// Run a task; a task that is not done after `timeout_ms` ends with [`Failure::Deadline`].
    #[codec(index = 4)]
    Run {
        request: RequestId,
        timeout_ms: u64,
        task: Task,
    },
    #[codec(index = 5)]
    Cancel { request: RequestId },
    /// Finish what is being written, then exit.
    #[codec(index = 6)]
    Shutdown,
    /// Sent every [`HEARTBEAT`], whatever else is sent. After the first one, [`SILENCE`] without any message ends the connection.
    #[codec(index = 7)]
    Ping,
}

/// Lets this validator's worker read from the gateway of `audience`; signed by the validator's attestation key.
/// See [`quorate_primitives::payload::token_payload`].
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Token {
    pub audience: AccountId,
    /// Unix time in seconds.
    pub expires: u64,
    pub signature: AttestationSignature,
}

/// That the worker with this key signs streams for the validator; signed by the validator's attestation key. See `stream::key_payload` of
/// `quorate-gateway-api`.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct StreamToken {
    /// An sr25519 key: [`Status::stream_key`].
    pub key: [u8; 32],
    /// Unix time in seconds.
    pub expires: u64,
    pub signature: AttestationSignature,
}

/// Work for the worker.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Task {
    /// Fetch and check every byte of each item; results come one by one as [`FromWorker::Found`].
    #[codec(index = 0)]
    Check { against: Against, items: Vec<VoteItem> },
    /// Compute a job.
    #[codec(index = 1)]
    Compute {
        job: JobId,
        kind: WorkKind,
        /// Version of the arithmetic of this kind of work.
        exact_version: u32,
        /// SCALE bytes of the kind's task, `views::tasks::AggregateTask` for instance.
        work: Vec<u8>,
    },
    /// All score rows of a detail blob that this worker made or can fetch. `weights` are those that the contributors claimed, in the
    /// sealed order: rows of a rule that selects nothing carry them.
    #[codec(index = 2)]
    ScoreRows { detail: Root, weights: Vec<u32> },
    /// All rows of the detail blob of a batch of answers, which this worker made or can fetch. Its length follows from the number of
    /// requests.
    #[codec(index = 3)]
    AnswerRows { detail: BlobRef },
    /// Compute a job of others again, whenever no [`Task::Compute`] runs or waits.
    #[codec(index = 4)]
    SpotCheck {
        job: JobId,
        kind: WorkKind,
        /// Version of the arithmetic of this kind of work.
        exact_version: u32,
        /// As in [`Task::Compute`].
        work: Vec<u8>,
        /// SCALE bytes of the `Outcome` on which the others agreed.
        agreed: Vec<u8>,
    },
}

/// From the worker to the node.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum FromWorker {
    #[codec(index = 0)]
    Hello { protocol: u32, status: Status },
    #[codec(index = 1)]
    Progress { request: RequestId, done: u64, total: u64 },
    /// A result of a running [`Task::Check`].
    #[codec(index = 2)]
    Found {
        request: RequestId,
        item: u32,
        result: CheckResult,
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
    /// A page or changes did not follow what the worker had: it goes on with what it knows and asks for a snapshot.
    #[codec(index = 5)]
    SnapshotWanted,
    /// Instead of [`FromWorker::Hello`]: the worker serves another node, or another chain, and closes the connection. The text says which
    /// and what to do.
    #[codec(index = 6)]
    Refused(String),
}

/// The worker's own state.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct Status {
    /// Version of the worker program.
    pub version: String,
    /// The kinds of work that it computes, each with every version of its arithmetic.
    pub exact_versions: Vec<(WorkKind, u32)>,
    /// Human-readable name of the engine's backend.
    pub backend: String,
    /// Address on which the gateway listens.
    pub gateway: String,
    pub tasks_running: u32,
    /// Blobs in the store and their bytes, as they were counted last: a greeting waits for no count.
    pub blobs: u64,
    pub blob_bytes: u64,
    pub health: Health,
    /// What it can answer on request; `None` of a worker that answers nothing.
    pub capacity: Option<Capacity>,
    /// The key by which it signs streams of tokens, made when it started.
    pub stream_key: Option<[u8; 32]>,
    /// One in so many of the provisional batches that it had no part in it computes again while it is idle; 0: none.
    pub spot_checks: u32,
}

/// What a worker's machine can answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Capacity {
    /// MiB of one batch, as section 22 of `exactness.md` counts them.
    pub memory: u32,
    /// Millions of operations in a second, measured when it started.
    pub speed: u64,
}

/// What a fully fetched and checked blob is. There is no result for one that could not be fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum CheckResult {
    #[codec(index = 0)]
    Held,
    #[codec(index = 1)]
    Malformed(Malformed),
}

/// What a task yields.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Output {
    /// Every item has a result, or time ran out for the rest.
    #[codec(index = 0)]
    Checked,
    /// SCALE bytes of an `Outcome`.
    #[codec(index = 1)]
    Outcome(Vec<u8>),
    #[codec(index = 2)]
    Rows(Vec<ScoreRow>),
    #[codec(index = 3)]
    Answers(Vec<AnswerRow>),
}

/// Why a task yielded nothing. Always local: it never means that anything on chain is wrong.
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
    #[error("this worker does not implement version {exact_version} of work of kind {kind}")]
    #[codec(index = 3)]
    UnknownWork { kind: WorkKind, exact_version: u32 },
    #[error("{0}")]
    #[codec(index = 4)]
    Local(String),
}
