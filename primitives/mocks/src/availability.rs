//! The mock of `availability`: real tallies, no signatures.

use codec::{Decode, Encode};
use frame_support::{pallet_prelude::ValueQuery, storage_alias};
use quorate_primitives::{
    availability::{Claim, Finding, Malformed, Subject, Tally, TallyResult},
    traits::Availability,
    BlockNumber,
};
use sp_runtime::{DispatchError, DispatchResult};
use std::collections::{BTreeMap, BTreeSet};

/// What is known of an open subject.
#[derive(Clone, Default, PartialEq, Debug, Encode, Decode)]
pub struct Ballot {
    pub until: BlockNumber,
    pub items: BTreeMap<u32, Claim>,
    pub tallies: BTreeMap<u32, Tally>,
}

/// The open subjects.
#[storage_alias(verbatim)]
pub type Ballots = StorageValue<MockAvailability, BTreeMap<Subject, Ballot>, ValueQuery>;
/// Whether no more subjects can be opened.
#[storage_alias(verbatim)]
pub type RefuseVotes = StorageValue<MockAvailability, bool, ValueQuery>;

/// Voters of every snapshot, for what an honest one of them holds.
#[storage_alias(verbatim)]
pub type Voters = StorageValue<MockAvailability, u32, ValueQuery>;

pub struct MockAvailability;

impl Availability for MockAvailability {
    fn open(subject: Subject, until: BlockNumber) -> DispatchResult {
        if RefuseVotes::get() {
            return Err(DispatchError::Exhausted);
        }
        let ballot = Ballot {
            until,
            ..Default::default()
        };
        let known = Ballots::mutate(|ballots| ballots.insert(subject, ballot));
        assert_eq!(known, None, "{subject:?} is opened twice");
        Ok(())
    }

    fn put_item(subject: Subject, item: u32, claim: Claim) {
        let known = change(subject, |ballot| ballot.items.insert(item, claim));
        assert_eq!(known, None, "an item is put once");
    }

    fn deadline(subject: Subject) -> Option<BlockNumber> {
        Ballots::get().get(&subject).map(|ballot| ballot.until)
    }

    fn held_by_an_honest_voter(subject: Subject) -> BTreeSet<u32> {
        let ballot = Ballots::get().remove(&subject).unwrap_or_default();
        let held = ballot.tallies.into_iter();
        held.filter(|(_, tally)| tally.is_held_by_an_honest_voter(Voters::get()))
            .map(|(item, _)| item)
            .collect()
    }

    fn close(subject: Subject) {
        Ballots::mutate(|ballots| ballots.remove(&subject));
    }
}

fn change<R>(subject: Subject, f: impl FnOnce(&mut Ballot) -> R) -> R {
    Ballots::mutate(|ballots| f(ballots.get_mut(&subject).expect("the subject is open")))
}

/// A voter's statement about one item, where `voters` may vote. `None` when it cannot be made; otherwise what it decided, of which
/// the caller tells its pallet.
pub fn vote(subject: Subject, voters: u32, voter: u32, item: u32, fault: Option<Malformed>) -> Option<Option<Finding>> {
    Ballots::mutate(|ballots| {
        let ballot = ballots.get_mut(&subject)?;
        ballot.items.get(&item)?;
        let tally = ballot.tallies.entry(item).or_default();
        let former = tally.result(voters);
        if voter >= voters || !tally.vote(voter, fault) {
            return None;
        }
        match tally.result(voters) {
            TallyResult::Decided(finding) if former != TallyResult::Decided(finding) => Some(Some(finding)),
            _ => Some(None),
        }
    })
}

/// Whether a voter has spoken about an item.
pub fn has_voted(subject: Subject, voter: u32, item: u32) -> bool {
    let ballots = Ballots::get();
    let tally = ballots.get(&subject).and_then(|ballot| ballot.tallies.get(&item));
    tally.is_some_and(|tally| tally.has_voted(voter))
}
