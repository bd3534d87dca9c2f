//! Inference on request: a member's task, and what clients and auditors ask.

use super::BlobRef;
use crate::{
    job::infer::{AnswerRow, InferOutcome, Request, Task},
    AccountId, ArtifactId, Balance, BatchId, BlockNumber, Hash, JobId, ModelId, OrganisationId, RequestId,
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
    /// What was set aside for it.
    #[cfg_attr(feature = "serde", serde(with = "crate::decimal"))]
    pub fee: Balance,
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

/// A batch and its record.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct BatchView {
    pub id: BatchId,
    pub model: ModelId,
    pub version: VersionIndex,
    /// The version's file.
    pub file: BlobRef,
    pub program: ArtifactId,
    pub program_file: BlobRef,
    /// In its order.
    pub requests: Vec<RequestId>,
    pub requests_root: Hash,
    pub seed: Hash,
    pub job: JobId,
    /// The first attempt, which found no quorum, where `job` is its retry.
    pub first_job: Option<JobId>,
    pub outcome: Option<InferOutcome>,
    /// Merkle root over (job, member, statement) of its jobs, once they are pruned.
    pub statements_root: Option<Hash>,
    pub created_at: BlockNumber,
    pub ended_at: Option<BlockNumber>,
}
