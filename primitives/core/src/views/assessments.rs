//! Assessments of rounds: a member's task, and sealed shards as clients see them.

use super::BlobRef;
use crate::{
    job::assess::Shard, views::tasks::WeightedBlob, BlockNumber, Hash, ModelId, OrganisationId, RoundId, VersionIndex,
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
    pub bond: crate::Balance,
    pub committed_at: BlockNumber,
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
