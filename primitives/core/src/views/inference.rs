//! Inference on request: a member's task, and what clients and auditors ask.

use super::BlobRef;
use crate::{
    job::infer::{AnswerRow, InferOutcome, Request, Task},
    AccountId, ArtifactId, Balance, BatchId, BlockNumber, Hash, JobId, ModelId, OrganisationId, Ppm, RequestId,
    VersionIndex,
};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// One batch, with everything that it reads. The version of its arithmetic is in the job's task.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct InferTask {
    pub batch: BatchId,
    pub model: ModelId,
    pub version: VersionIndex,
    /// The version's file.
    pub file: BlobRef,
    /// The file of the model's frozen base, if it has one.
    pub frozen_base: Option<BlobRef>,
    pub program_file: BlobRef,
    /// In the batch's order.
    pub requests: Vec<Request>,
    /// Samplers draw from it.
    pub seed: Hash,
}

/// Answers to show to the chain: a settlement page. Its rows are in the detail blob, which those that computed the job offer to their
/// peers.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct AnswerPageTask {
    pub batch: BatchId,
    pub outcome: InferOutcome,
    pub requests: u32,
    pub page: u32,
}

/// Where a request stands.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum RequestState {
    /// Validators vote on its input before block `until`.
    #[codec(index = 0)]
    Pending { until: BlockNumber },
    /// A quorum holds its input: it waits for a batch.
    #[codec(index = 1)]
    Waiting,
    /// Its batch is computed.
    #[codec(index = 2)]
    Computing { batch: BatchId },
    /// A quorum agreed on this.
    #[codec(index = 3)]
    Answered { batch: BatchId, row: AnswerRow },
    /// It came to nothing.
    #[codec(index = 4)]
    Failed(RequestFailure),
    /// The drawn members agreed on its batch, which is settled from block `until` on unless all are asked before.
    #[codec(index = 5)]
    Provisional { batch: BatchId, until: BlockNumber },
}

/// Why a request came to nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum RequestFailure {
    /// No quorum came to hold its input in time. The base fee is kept.
    #[codec(index = 0)]
    NotHeld,
    /// Its input is not what the program reads, or not its organisation's. The base fee is kept.
    #[codec(index = 1)]
    Malformed,
    /// No batch took it in time, or version or program were withdrawn before: the fee went back.
    #[codec(index = 2)]
    Expired,
    /// No quorum of equal outcomes in two attempts. The base fee is kept.
    #[codec(index = 3)]
    NoQuorum,
    /// The second attempt could not be made, or nobody showed the rows of its batch in time: the fee went back.
    #[codec(index = 4)]
    NoJob,
    /// Whoever asked took it back before it was in a batch. The base fee is kept.
    #[codec(index = 5)]
    Cancelled,
}

/// What a request would cost at this block.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct RequestQuote {
    /// What is set aside: the most that it can cost.
    #[cfg_attr(feature = "serde", serde(with = "crate::decimal"))]
    pub fee: Balance,
    /// What of that is for reading version, frozen base and program. The requests of a batch share it: in a batch of n it costs an n-th part,
    /// rounded up.
    #[cfg_attr(feature = "serde", serde(with = "crate::decimal"))]
    pub reading: Balance,
    /// Blocks that its committee would have to commit if it were in a batch by itself.
    pub commit: BlockNumber,
}

/// What pays those that compute a batch again after drawn members, where nobody who was wrong or silent does.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Reserve {
    #[cfg_attr(feature = "serde", serde(with = "crate::decimal"))]
    pub held: Balance,
    /// The most that it holds.
    #[cfg_attr(feature = "serde", serde(with = "crate::decimal"))]
    pub most: Balance,
    /// The part of what a batch of drawn members earns that goes into it.
    pub part: Ppm,
}

/// A request and what became of it.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct RequestView {
    pub id: RequestId,
    pub asked_by: AccountId,
    /// Whose fund paid.
    pub organisation: OrganisationId,
    pub model: ModelId,
    pub version: VersionIndex,
    pub program: ArtifactId,
    pub input: BlobRef,
    pub task: Task,
    /// Millions of operations that were paid for.
    pub operations: u64,
    /// MiB that the run may take.
    pub memory: u32,
    /// What was set aside for it.
    #[cfg_attr(feature = "serde", serde(with = "crate::decimal"))]
    pub fee: Balance,
    /// What of that is the whole price of reading version, frozen base and program, which the requests of a batch share.
    #[cfg_attr(feature = "serde", serde(with = "crate::decimal"))]
    pub reading: Balance,
    /// What of that is kept: the whole of it until it ended.
    #[cfg_attr(feature = "serde", serde(with = "crate::decimal"))]
    pub cost: Balance,
    /// Whether neither the version nor an ancestor of it is revoked at this block.
    pub clean: bool,
    pub state: RequestState,
    pub requested_at: BlockNumber,
    /// When it was answered or failed.
    pub ended_at: Option<BlockNumber>,
}

/// Where a batch stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum BatchState {
    /// Its job runs.
    #[codec(index = 0)]
    Computing,
    /// The drawn members agreed: their outcome is settled from block `until` on unless all are asked before.
    #[codec(index = 1)]
    Provisional { until: BlockNumber },
    /// A quorum agreed: pages of rows are taken before block `until`.
    #[codec(index = 2)]
    Settling { until: BlockNumber },
    /// Those of its requests that have no row come to nothing.
    #[codec(index = 3)]
    Failing(RequestFailure),
    /// Every request has ended.
    #[codec(index = 4)]
    Ended { at: BlockNumber },
}

/// Why the validators that can compute a batch were all asked after the drawn ones.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Escalation {
    /// The drawn members did not agree, or not all of them stated something.
    #[codec(index = 0)]
    Dissent,
    /// One of sixteen batches that are computed again by all, as the block in which the drawn members agreed drew it.
    #[codec(index = 1)]
    Drawn,
    /// An organisation asked for it, with a bond.
    #[codec(index = 2)]
    Called {
        organisation: OrganisationId,
        by: AccountId,
        #[cfg_attr(feature = "serde", serde(with = "crate::decimal"))]
        bond: Balance,
    },
}

/// A batch and its record.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct BatchView {
    pub id: BatchId,
    pub model: ModelId,
    pub version: VersionIndex,
    /// The version's file.
    pub file: BlobRef,
    /// The file of the model's frozen base, if it has one.
    pub frozen_base: Option<BlobRef>,
    pub program: ArtifactId,
    pub program_file: BlobRef,
    /// In its order.
    pub requests: Vec<RequestId>,
    pub requests_root: Hash,
    pub seed: Hash,
    pub job: JobId,
    /// The first attempt, where `job` is its retry.
    pub first_job: Option<JobId>,
    pub state: BatchState,
    /// Those that are asked in `job`, as long as it is kept, and how many of them have to agree.
    pub members: Vec<AccountId>,
    pub quorum: u32,
    /// Set where all were asked after seven that were drawn.
    pub escalation: Option<Escalation>,
    /// What a call of all would set aside now; `None` where it would be refused whoever called.
    #[cfg_attr(feature = "serde", serde(with = "crate::decimal::option"))]
    pub call_bond: Option<Balance>,
    /// What the drawn members agreed on.
    pub provisional: Option<InferOutcome>,
    /// What is settled.
    pub outcome: Option<InferOutcome>,
    /// Merkle root over (job, member, statement) of its jobs, once they are pruned.
    pub statements_root: Option<Hash>,
    pub created_at: BlockNumber,
    pub ended_at: Option<BlockNumber>,
}
