//! What is stored of an evaluation.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use quorate_primitives::{
    job::Evaluate, views::EvaluationState, AccountId, Balance, BlockNumber, EvaluationId, Hash, JobId, OrganisationId,
};
use scale_info::TypeInfo;

/// An evaluation's number with its highest byte first: keys of this form are in the order of the numbers.
pub type Order = [u8; 4];

/// The key of an evaluation in that order.
pub(crate) fn order(id: EvaluationId) -> Order {
    id.to_be_bytes()
}

/// An evaluation that somebody asked for.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct Evaluation {
    pub asked_by: AccountId,
    /// Whose fund pays.
    pub organisation: OrganisationId,
    pub work: Evaluate,
    pub fee: Balance,
    /// What of the fee is kept when the program does not fit, or no quorum agrees.
    pub base_fee: Balance,
    pub state: EvaluationState,
    pub job: JobId,
    /// The first attempt, which found no quorum, where `job` is its retry.
    pub first_job: Option<JobId>,
    /// Merkle root over the statements on its jobs, once they are pruned.
    pub statements_root: Option<Hash>,
    pub requested_at: BlockNumber,
    /// When its job was closed.
    pub ended_at: Option<BlockNumber>,
}

/// An evaluation whose job runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct Running {
    pub id: EvaluationId,
    /// Blocks that its operations and bytes take by themselves.
    pub blocks: BlockNumber,
}

/// Most evaluations that have ended whose details validators keep for each other.
pub const MAX_DETAILS: u32 = 64;
/// Most of them of one organisation: asking for many takes no other's places.
pub const MAX_DETAILS_PER_ORGANISATION: u32 = 8;

/// An evaluation that has ended and has a detail.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct Detailed {
    pub id: EvaluationId,
    /// Who asked for it.
    pub organisation: OrganisationId,
}

/// Places of a queue: taken are those from `first` up to `next`.
#[derive(
    Clone, Copy, PartialEq, Eq, Debug, Default, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen,
)]
pub struct Ends {
    pub first: u64,
    pub next: u64,
}
