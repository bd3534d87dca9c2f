//! What is stored of sealed shards.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{traits::ConstU32, BoundedVec};
use quorate_primitives::{
    job::assess::MAX_SHARDS, views::assessments::ShardState, Balance, BlockNumber, Hash, ModelId, OrganisationId,
};
use scale_info::TypeInfo;

/// Most shards that wait for a round of one model.
pub const MAX_WAITING: u32 = 64;
/// Of the data sets that were revealed for a model the newest so many are remembered: none of them may be revealed again.
pub const MAX_USED: u32 = 1_024;

/// A data set that an organisation committed to.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct SealedShard {
    pub supplier: OrganisationId,
    pub commitment: Hash,
    pub rows: u32,
    pub bond: Balance,
    pub committed_at: BlockNumber,
}

/// A shard that a round took.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct RoundShard {
    pub sealed: SealedShard,
    pub state: ShardState,
    /// Whether its bond is lost, whatever is assessed: it is malformed, or was withheld.
    pub forfeits: bool,
}

/// How far a round is with its shards.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
#[allow(clippy::cast_possible_truncation)] // the code that the derive makes
pub enum Stage {
    /// The round's updates are not sealed.
    #[codec(index = 0)]
    Sealed,
    /// Shards are revealed until so many blocks before the votes end.
    #[codec(index = 1)]
    Revealing { vote: BlockNumber },
    /// What was not revealed, or is not held, never will be.
    #[codec(index = 2)]
    Decided,
    /// The round is assessed: what is held is public, and no bond is kept.
    #[codec(index = 3)]
    Assessed,
}

/// The shards of a round.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct Shards {
    pub model: ModelId,
    /// Most bytes of a shard's file, by the round's policy.
    pub max_len: u64,
    pub stage: Stage,
    /// In the order of their suppliers: places are items of the votes.
    pub shards: BoundedVec<RoundShard, ConstU32<MAX_SHARDS>>,
}
