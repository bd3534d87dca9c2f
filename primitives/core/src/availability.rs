//! Votes on whether a quorum holds a blob and has checked every byte of it.

pub use crate::possession::{Claim, Named};
use crate::{
    committee::quorum, tagged::tagged_bytes, ArtifactId, Hash, ModelId, RequestId, RoundId, MAX_COMMITTEE, MAX_UPDATES,
};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
pub use quorate_exact::check::Malformed;
use scale_info::TypeInfo;
use sp_core::ConstU32;
use sp_runtime::BoundedVec;

/// What votes are about. Whoever opened the votes is told the findings.
#[derive(
    Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Subject {
    /// A version that an owner gives: version 0 of a model, or a new genesis after all versions were revoked. One item, number 0.
    #[codec(index = 0)]
    Genesis(ModelId),
    /// The updates of a round; item numbers are positions in order of submission.
    #[codec(index = 1)]
    Round(RoundId),
    /// A registered artifact. One item, number 0.
    #[codec(index = 2)]
    Artifact(ArtifactId),
    /// The sealed shards of a round; item numbers are the places of their suppliers.
    #[codec(index = 3)]
    Shards(RoundId),
    /// The input of a request. One item, number 0.
    #[codec(index = 4)]
    Request(RequestId),
}

/// What kind of blob an artifact is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum ArtifactKind {
    #[codec(index = 0)]
    DataSet,
    #[codec(index = 1)]
    Program,
    /// A canonical file of tensors, as a version's: the frozen base of models of adapters.
    #[codec(index = 2)]
    Weights,
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
    let mut bytes = Vec::new();
    for item in items.into_iter().filter(|item| *item < MAX_UPDATES) {
        let byte = (item / 8) as usize;
        if bytes.len() <= byte {
            bytes.resize(byte + 1, 0u8);
        }
        bytes[byte] |= 1 << (item % 8);
    }
    BoundedVec::truncate_from(bytes)
}

/// Most items that one vote may name. Whoever has more to state sends another vote when this one is in a block.
pub const MAX_NAMED: u32 = 256;

/// Number of a ballot: one snapshot that votes on one subject. Counts up over all subjects and never comes again.
pub type BallotId = u32;

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
    /// The subject's ballot that the vote is for: it never counts in a later one of the same subject.
    pub ballot: BallotId,
    /// Position of the voter in the subject's validator snapshot.
    pub voter: u32,
    /// Hash of the claims of the named items, ascending by item: the vote is about these bytes in these hands and no others.
    pub claims: Hash,
    pub held: Bitmap,
    pub malformed: BoundedVec<Fault, ConstU32<64>>,
}

/// Bytes that an attestation key signs for a vote.
pub fn vote_payload(genesis: Hash, vote: &AvailabilityVote) -> Vec<u8> {
    tagged_bytes(b"vote", &(genesis, vote))
}

/// Hash of the claims that a vote names, ascending by item.
pub fn voted_claims(claims: &[Claim]) -> Hash {
    crate::tagged::tagged(b"claims", &claims)
}

/// The statements about one item, as bit sets over the validator snapshot.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct Tally {
    pub held: u32,
    pub malformed: BoundedVec<(Malformed, u32), ConstU32<MAX_COMMITTEE>>,
}

/// What the statements about an item amount to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TallyResult {
    /// Not decided yet, but a quorum is still possible.
    Undecided,
    /// Decided for good.
    Decided(Finding),
}

/// What a subject's requester is told about an item, once.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub enum Finding {
    /// A quorum holds the blob and has checked every byte.
    #[codec(index = 0)]
    Held,
    /// A quorum found the same fault.
    #[codec(index = 1)]
    Malformed(Malformed),
    /// All have voted, or too many differ: no quorum can come about.
    #[codec(index = 2)]
    Split,
}

impl Tally {
    /// Whether `voter` has voted on this item.
    pub fn has_voted(&self, voter: u32) -> bool {
        let all = self.malformed.iter().fold(self.held, |all, (_, votes)| all | votes);
        voter < MAX_COMMITTEE && all & (1 << voter) != 0
    }

    /// Record one statement. Returns false when the voter has voted already or is out of range.
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

    /// Whether more of a snapshot of `voters` hold the item than may be wrong, so that an honest one does.
    pub fn is_held_by_an_honest_voter(&self, voters: u32) -> bool {
        self.held.count_ones() > voters.saturating_sub(quorum(voters))
    }

    /// What the statements of a snapshot of `voters` amount to.
    pub fn result(&self, voters: u32) -> TallyResult {
        let quorum = quorum(voters);
        if self.held.count_ones() >= quorum {
            return TallyResult::Decided(Finding::Held);
        }
        if let Some((reason, _)) = self.malformed.iter().find(|(_, votes)| votes.count_ones() >= quorum) {
            return TallyResult::Decided(Finding::Malformed(*reason));
        }
        let voted = self.malformed.iter().fold(self.held.count_ones(), |n, (_, votes)| {
            n.saturating_add(votes.count_ones())
        });
        let silent = voters.saturating_sub(voted);
        let best = self
            .malformed
            .iter()
            .map(|(_, votes)| votes.count_ones())
            .fold(self.held.count_ones(), u32::max);
        if best.saturating_add(silent) >= quorum {
            TallyResult::Undecided
        } else {
            TallyResult::Decided(Finding::Split)
        }
    }
}

#[cfg(test)]
mod tests;
