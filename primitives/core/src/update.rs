//! A contributor's update in a round.

use crate::{AccountId, BlockNumber, Hash, OrganisationId, Ppm, Root};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
pub use quorate_exact::check::Malformed;
use scale_info::TypeInfo;

/// Layout of an update's values. Others are reserved (grid integers, sparse, masked).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Encoding {
    #[codec(index = 0)]
    DenseF32,
}

/// Where an update stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum UpdateStatus {
    /// The commitment is on chain, the root is not.
    #[codec(index = 0)]
    Committed,
    /// The root is on chain; votes are awaited.
    #[codec(index = 1)]
    Revealed,
    /// A quorum holds and has checked every byte; the file names its contributor.
    #[codec(index = 2)]
    Available,
    /// A quorum found the same fault; the bond is taken.
    #[codec(index = 3)]
    Invalid(Malformed),
    /// Not revealed in time, or no quorum either way.
    #[codec(index = 4)]
    Expired,
    #[codec(index = 5)]
    Withdrawn,
    /// Available, but more than its organisation's cap among the updates that came; the bond returns.
    #[codec(index = 6)]
    Surplus,
}

/// An update as the chain keeps it.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Update {
    pub contributor: AccountId,
    pub organisation: OrganisationId,
    /// See [`crate::payload::update_commitment`].
    pub commitment: Hash,
    pub weight: u32,
    pub encoding: Encoding,
    pub submitted_at: BlockNumber,
    pub status: UpdateStatus,
    /// Set by `reveal_update`.
    pub root: Option<Root>,
    /// Rank by hash(seal seed, contributor) among the Available updates; set at sealing.
    pub index: Option<u32>,
    /// Set at settlement.
    pub score: Option<Ppm>,
}
