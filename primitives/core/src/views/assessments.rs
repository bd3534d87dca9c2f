//! Assessments of rounds: a member's task, and sealed shards as clients see them.

use super::BlobRef;
use crate::{
    job::{
        assess::{AssessOutcome, Shard},
        Job,
    },
    views::tasks::WeightedBlob,
    Balance, BlockNumber, Hash, JobId, ModelId, OrganisationId, RoundId, VersionIndex,
};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use quorate_exact::Pipeline;
use scale_info::TypeInfo;

/// One assessment, with everything that it reads. The version of its arithmetic is in the job's task.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct AssessTask {
    pub round: RoundId,
    pub model: ModelId,
    pub version: VersionIndex,
    pub base_file: BlobRef,
    pub version_file: BlobRef,
    /// The file of the model's frozen base, if it has one.
    pub frozen_base: Option<BlobRef>,
    pub program_file: BlobRef,
    pub benchmark: Option<BlobRef>,
    /// In the order of their suppliers.
    pub shards: Vec<Shard>,
    /// The round's updates in the sealed order.
    pub inputs: Vec<AssessInput>,
    /// The detail of the round's aggregation: products with the previous aggregate. Its shape follows from `pipeline` and `inputs`.
    pub products: Hash,
    pub pipeline: Pipeline,
    /// Whether there was a previous aggregate.
    pub previous: bool,
    /// Fewest rows of a shard that counts, and fewest shards that count for scores; None where no scores are asked for.
    pub contribution: Option<Fewest>,
    /// Most thousands of millions of operations. Where more are needed, the outcome is `Unfit`.
    pub operations: u64,
}

/// An update of the round, and who sent it.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct AssessInput {
    pub organisation: OrganisationId,
    pub update: WeightedBlob,
}

/// With less there are no scores.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct Fewest {
    pub rows: u32,
    pub shards: u32,
}

/// How a round is assessed, as clients see it.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct RoundAssessment {
    /// What was set aside for it when the round was opened.
    #[cfg_attr(feature = "serde", serde(with = "crate::decimal"))]
    pub fee: Balance,
    /// The policy's artifacts, as they were then.
    pub program: BlobRef,
    pub benchmark: Option<BlobRef>,
    /// The file of the model's frozen base, if it has one.
    pub frozen_base: Option<BlobRef>,
    /// The job; of the retry, if there was one.
    pub job: Option<JobId>,
    /// The first job, if there was a retry.
    pub first_job: Option<JobId>,
    /// What a quorum agreed on.
    pub outcome: Option<AssessOutcome>,
    /// Whether the version passed the policy's gate, or there is none. None: it is not known yet.
    pub passed: Option<bool>,
    /// Organisations that kept their shards back, or whose shards do not count: their bonds are shared among the others' updates.
    pub withheld: Vec<OrganisationId>,
    /// What each of these updates gets of the bonds.
    #[cfg_attr(feature = "serde", serde(with = "crate::decimal"))]
    pub bonus: Balance,
}

/// The jobs of a round's assessment, and the shards in their order.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct AssessmentJobs {
    pub job: Job,
    /// The first attempt, which found no quorum, where `job` is its retry.
    pub first_job: Option<Job>,
    pub shards: Vec<Shard>,
}

/// A data set that its supplier committed to.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ShardView {
    pub model: ModelId,
    pub supplier: OrganisationId,
    pub commitment: Hash,
    pub rows: u32,
    /// The round that it is for; None: it waits for the model's next one.
    pub round: Option<RoundId>,
    pub state: ShardState,
    #[cfg_attr(feature = "serde", serde(with = "crate::decimal"))]
    pub bond: Balance,
    pub committed_at: BlockNumber,
    /// It has to be revealed before this block; None: the round's updates are not sealed, or nothing is revealed any more.
    pub reveal_until: Option<BlockNumber>,
}

/// Where a sealed shard stands.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum ShardState {
    #[codec(index = 0)]
    Sealed,
    /// Validators vote on it.
    #[codec(index = 1)]
    Revealed(BlobRef),
    /// A quorum holds it.
    #[codec(index = 2)]
    Held(BlobRef),
    /// It is not what it has to be, or no quorum came to hold it.
    #[codec(index = 3)]
    Rejected(BlobRef),
}
