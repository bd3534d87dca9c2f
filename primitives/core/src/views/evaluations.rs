//! Evaluations: a member's task, and what clients and auditors ask.

use super::BlobRef;
use crate::{
    job::{Evaluate, EvaluateOutcome},
    AccountId, ArtifactId, Balance, BlockNumber, EvaluationId, Hash, JobId, ModelId, OrganisationId, VersionIndex,
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// One evaluation, with everything that it reads. The version of its arithmetic is in the job's task.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct EvaluateTask {
    pub evaluation: EvaluationId,
    pub model: ModelId,
    pub version: VersionIndex,
    /// The version's file.
    pub file: BlobRef,
    /// The file of the model's frozen base, if it has one.
    pub frozen_base: Option<BlobRef>,
    pub program: ArtifactId,
    pub program_file: BlobRef,
    pub data: ArtifactId,
    pub data_file: BlobRef,
    /// Thousands of millions of floating-point operations that were paid for: rows of the data set times those of the program at its
    /// largest sizes. Where that is more, the outcome is `Unfit`.
    pub operations: u64,
}

impl EvaluateTask {
    /// What `evaluation` asks for.
    pub fn new(evaluation: EvaluationId, work: &Evaluate) -> Self {
        let file = |root, len| BlobRef { root, len };
        Self {
            evaluation,
            model: work.model,
            version: work.version,
            file: file(work.version_root, work.version_len),
            frozen_base: work.frozen_base.clone(),
            program: work.program,
            program_file: file(work.program_root, work.program_len),
            data: work.data,
            data_file: file(work.data_root, work.data_len),
            operations: work.operations,
        }
    }
}

/// Where an evaluation stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum EvaluationState {
    /// Its job runs.
    #[codec(index = 0)]
    Computing,
    /// A quorum agreed on this.
    #[codec(index = 1)]
    Done(EvaluateOutcome),
    /// It came to nothing, and its fee went back; of one without a quorum the base fee did not.
    #[codec(index = 2)]
    Failed(EvaluationFailure),
}

/// Why an evaluation came to nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum EvaluationFailure {
    /// No quorum of equal outcomes in two attempts.
    #[codec(index = 0)]
    NoQuorum,
    /// No quorum of equal outcomes, and the second attempt could not be made; see `JobRefused`.
    #[codec(index = 1)]
    NoJob,
}

/// An evaluation as it was asked for, and what became of it.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct EvaluationView {
    pub id: EvaluationId,
    pub asked_by: AccountId,
    /// Whose fund paid.
    pub organisation: OrganisationId,
    pub work: Evaluate,
    /// Whether neither the version nor an ancestor of it is revoked at this block.
    pub clean: bool,
    #[cfg_attr(feature = "serde", serde(with = "crate::decimal"))]
    pub fee: Balance,
    pub state: EvaluationState,
    pub job: JobId,
    /// The first attempt, which found no quorum, where `job` is its retry.
    pub first_job: Option<JobId>,
    /// Merkle root over (job, member, statement) of its jobs, once they are pruned.
    pub statements_root: Option<Hash>,
    pub requested_at: BlockNumber,
    /// When its job was closed, and its fee paid or given back.
    pub ended_at: Option<BlockNumber>,
}

/// What an evaluation would cost at this block.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Quote {
    #[cfg_attr(feature = "serde", serde(with = "crate::decimal"))]
    pub fee: Balance,
    /// Blocks that the committee has to commit.
    pub commit: BlockNumber,
}
