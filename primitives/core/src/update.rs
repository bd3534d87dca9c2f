//! A contributor's update in a round, and the votes about it.

use crate::{AccountId, BlockNumber, Hash, ModelId, OrganisationId, Ppm, Root, RoundId, MAX_COMMITTEE, MAX_UPDATES};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
pub use quorate_exact::check::Malformed;
use scale_info::TypeInfo;
use sp_core::ConstU32;
use sp_runtime::BoundedVec;

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
    Opened,
    /// A quorum holds and has checked every byte.
    #[codec(index = 2)]
    Available,
    /// A quorum found the same fault; the bond is taken.
    #[codec(index = 3)]
    Invalid(Malformed),
    /// Not opened in time, or no quorum either way; the bond returns.
    #[codec(index = 4)]
    Expired,
    #[codec(index = 5)]
    Withdrawn,
    /// The same root was committed earlier in this round, or was used before in this model.
    #[codec(index = 6)]
    Duplicate,
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
    /// Set by `open`.
    pub root: Option<Root>,
    /// Rank by hash(seal seed, contributor) among the Available updates; set at sealing.
    pub index: Option<u32>,
    /// Set at settlement.
    pub score: Option<Ppm>,
}

/// What a vote is about.
#[derive(
    Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Subject {
    /// Version 0 of a model: one item, number 0.
    #[codec(index = 0)]
    Genesis(ModelId),
    /// The updates of a round; item numbers are positions in order of submission.
    #[codec(index = 1)]
    Round(RoundId),
}

/// A set of item numbers: bit `i % 8` of byte `i / 8`.
pub type Bitmap = BoundedVec<u8, ConstU32<{ MAX_UPDATES / 8 }>>;

/// Whether item `index` is in the set.
pub fn bit(bitmap: &[u8], index: u32) -> bool {
    bitmap
        .get((index / 8) as usize)
        .is_some_and(|byte| byte & (1 << (index % 8)) != 0)
}

/// The set that holds `items`; items beyond [`MAX_UPDATES`] are left out.
pub fn bitmap(items: impl IntoIterator<Item = u32>) -> Bitmap {
    let mut bytes = alloc::vec::Vec::new();
    for item in items.into_iter().filter(|item| *item < MAX_UPDATES) {
        let byte = (item / 8) as usize;
        if bytes.len() <= byte {
            bytes.resize(byte + 1, 0u8);
        }
        bytes[byte] |= 1 << (item % 8);
    }
    BoundedVec::truncate_from(bytes)
}

/// One malformed item and why.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Fault {
    pub item: u32,
    pub reason: Malformed,
}

/// A validator's statement about items that it fetched and fully checked. Items not named are left for a later vote; an
/// item named twice, in this vote or in two, is refused.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct AvailabilityVote {
    pub subject: Subject,
    /// Position of the voter in the subject's validator snapshot.
    pub voter: u32,
    /// Hash of the roots of the named items, ascending by item: the vote is about these bytes and no others.
    pub roots: Hash,
    pub held: Bitmap,
    pub malformed: BoundedVec<Fault, ConstU32<64>>,
}

/// The statements about one item, as bit sets over the validator snapshot.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct Tally {
    pub held: u32,
    pub malformed: BoundedVec<(Malformed, u32), ConstU32<MAX_COMMITTEE>>,
}

/// What a tally says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Finding {
    Held,
    Malformed(Malformed),
    /// Not decided yet, but a quorum is still possible.
    Open,
    /// All have voted, or too many differ: no quorum can come about.
    Split,
}

impl Tally {
    /// Whether `voter` has spoken about this item.
    pub fn has_voted(&self, voter: u32) -> bool {
        let all = self.malformed.iter().fold(self.held, |all, (_, votes)| all | votes);
        voter < MAX_COMMITTEE && all & (1 << voter) != 0
    }

    /// Record one statement. Returns false when the voter has spoken already or is out of range.
    pub fn vote(&mut self, voter: u32, fault: Option<Malformed>) -> bool {
        if voter >= MAX_COMMITTEE || self.has_voted(voter) {
            return false;
        }
        let bit = 1u32 << voter;
        match fault {
            None => {
                self.held |= bit;
                true
            }
            Some(reason) => match self.malformed.iter_mut().find(|(known, _)| *known == reason) {
                Some((_, votes)) => {
                    *votes |= bit;
                    true
                }
                None => self.malformed.try_push((reason, bit)).is_ok(),
            },
        }
    }

    /// What the statements of a snapshot of `voters` amount to.
    pub fn finding(&self, voters: u32) -> Finding {
        let quorum = crate::job::quorum(voters);
        if self.held.count_ones() >= quorum {
            return Finding::Held;
        }
        if let Some((reason, _)) = self.malformed.iter().find(|(_, votes)| votes.count_ones() >= quorum) {
            return Finding::Malformed(*reason);
        }
        let spoken = self
            .malformed
            .iter()
            .fold(self.held.count_ones(), |n, (_, votes)| n + votes.count_ones());
        let silent = voters.saturating_sub(spoken);
        let best = self
            .malformed
            .iter()
            .map(|(_, v)| v.count_ones())
            .fold(self.held.count_ones(), u32::max);
        if best + silent >= quorum {
            Finding::Open
        } else {
            Finding::Split
        }
    }
}
