//! The mock of `availability`: real tallies, no signatures.

use super::{world::*, Rounds};
use quorate_exact::check::Malformed;
use quorate_primitives::{
    availability::{Subject, TallyResult},
    traits::{Availability, AvailabilityHandler},
    BlockNumber, Root, RoundId,
};
use sp_runtime::{DispatchError, DispatchResult};

pub struct MockAvailability;

fn round(subject: Subject) -> RoundId {
    match subject {
        Subject::Round(id) => id,
        other => panic!("{other:?} is no round"),
    }
}

impl Availability for MockAvailability {
    fn open(subject: Subject, until: BlockNumber) -> DispatchResult {
        if world().refuse_votes {
            return Err(DispatchError::Other("votes refused"));
        }
        let ballot = Ballot {
            until,
            ..Default::default()
        };
        let known = change(|world| world.ballots.insert(round(subject), ballot));
        assert!(known.is_none(), "opened twice");
        Ok(())
    }

    fn put_item(subject: Subject, item: u32, root: Root) {
        let known = change(|world| world.ballots.get_mut(&round(subject)).unwrap().items.insert(item, root));
        assert_eq!(known, None, "an item is put once");
    }

    fn drop_item(subject: Subject, item: u32) {
        change(|world| {
            let ballot = world.ballots.get_mut(&round(subject)).unwrap();
            ballot.items.remove(&item).expect("an item that was put");
            ballot.tallies.remove(&item);
        });
    }

    fn close(subject: Subject) {
        change(|world| world.ballots.remove(&round(subject)));
    }
}

/// A voter's statement about one item; whoever decides it tells the pallet. False when it cannot be made.
pub fn vote(id: RoundId, voter: u32, item: u32, fault: Option<Malformed>) -> bool {
    let decided = change(|world| {
        let ballot = world.ballots.get_mut(&id)?;
        ballot.items.get(&item)?;
        let tally = ballot.tallies.entry(item).or_default();
        let former = tally.result(VALIDATORS);
        if voter >= VALIDATORS || !tally.vote(voter, fault) {
            return None;
        }
        let result = tally.result(VALIDATORS);
        Some((former != result).then_some(result))
    });
    if let Some(Some(TallyResult::Decided(finding))) = decided {
        let weight = <Rounds as AvailabilityHandler>::found(Subject::Round(id), item, finding);
        assert!(weight.all_lte(<Rounds as AvailabilityHandler>::found_weight()));
    }
    decided.is_some()
}

/// Whether a voter has spoken about an item.
pub fn has_voted(id: RoundId, voter: u32, item: u32) -> bool {
    let ballots = world().ballots;
    let tally = ballots.get(&id).and_then(|ballot| ballot.tallies.get(&item));
    tally.is_some_and(|tally| tally.has_voted(voter))
}
