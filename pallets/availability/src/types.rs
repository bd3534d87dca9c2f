//! What is stored of a subject while it is open, and what a validator is shown of it.

use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{traits::ConstU32, BoundedBTreeMap};
use quorate_primitives::{
    availability::{BallotId, Claim, Finding, Malformed, Subject, Tally},
    committee::Committee,
    BlockNumber, Root, MAX_UPDATES,
};
use scale_info::TypeInfo;

/// Items of one page.
pub const PAGE: u32 = 32;
/// Pages of one subject.
pub const PAGES: u32 = MAX_UPDATES / PAGE;

/// A subject that is voted on.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct OpenSubject {
    pub subject: Subject,
    /// The first block in which no vote counts.
    pub until: BlockNumber,
}

/// Who votes on a subject.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct Ballot {
    pub number: BallotId,
    pub opened_at: BlockNumber,
    pub committee: Committee,
}

/// A blob that is voted on, and the votes on it.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct Item {
    pub claim: Claim,
    pub tally: Tally,
}

/// Items of a subject whose number divided by [`PAGE`] is the page's, by their number.
pub type Page = BoundedBTreeMap<u32, Item, ConstU32<PAGE>>;

/// What one voter has still to vote on in one ballot.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct OpenVote {
    pub subject: Subject,
    pub ballot: BallotId,
    pub voter: u32,
    /// Item numbers, ascending, with what they are about. Never empty.
    pub items: Vec<(u32, Claim)>,
    /// Votes are counted before this block.
    pub until: BlockNumber,
}

/// A subject and one page of its items, as view functions show it.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct SubjectStatus {
    pub ballot: BallotId,
    pub opened_at: BlockNumber,
    /// Votes are counted before this block.
    pub until: BlockNumber,
    /// Validators in the snapshot.
    pub voters: u32,
    /// How many of them decide an item.
    pub quorum: u32,
    /// Ascending by number.
    pub items: Vec<ItemStatus>,
}

/// The votes on one item.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct ItemStatus {
    pub item: u32,
    pub root: Root,
    /// Voters that hold it.
    pub held: u32,
    /// Voters that found it malformed, by reason.
    pub malformed: Vec<(Malformed, u32)>,
    /// `None` as long as it is undecided.
    pub finding: Option<Finding>,
}

/// The page of an item.
pub(crate) fn page_of(item: u32) -> u32 {
    item.checked_div(PAGE).unwrap_or_default()
}

/// A length; none in this pallet exceeds u32.
pub(crate) fn count(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}
