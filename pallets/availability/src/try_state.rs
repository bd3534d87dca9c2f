//! What always holds of the storage.

use crate::{
    types::{count, page_of, Ballot, Page},
    Ballots, Config, Items, NextBallot, Open, Pallet,
};
use alloc::collections::BTreeSet;
use frame_support::ensure;
use quorate_primitives::{availability::Tally, MAX_UPDATES};
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
    /// Check every open subject with its items.
    ///
    /// # Errors
    /// Names the first thing that does not hold.
    pub fn do_try_state() -> Result<(), TryRuntimeError> {
        let open = Open::<T>::get();
        let subjects: BTreeSet<_> = open.iter().map(|open| open.subject).collect();
        ensure!(subjects.len() == open.len(), "a subject is open twice");
        ensure!(
            subjects.len() == Ballots::<T>::iter_keys().count(),
            "a ballot of a subject that is not open"
        );
        let mut numbers = BTreeSet::new();
        for subject in &subjects {
            let ballot = Ballots::<T>::get(subject).ok_or("an open subject without a ballot")?;
            ensure!(!ballot.committee.is_empty(), "a ballot without voters");
            ensure!(ballot.opened_at <= Self::now(), "a ballot of the future");
            ensure!(
                ballot.number < NextBallot::<T>::get() && numbers.insert(ballot.number),
                "a ballot's number comes again"
            );
        }
        for (subject, number, page) in Items::<T>::iter() {
            let ballot = Ballots::<T>::get(subject).ok_or("items of a subject that is not open")?;
            Self::check_page(&ballot, number, &page)?;
        }
        Ok(())
    }

    fn check_page(ballot: &Ballot, number: u32, page: &Page) -> Result<(), TryRuntimeError> {
        ensure!(!page.is_empty(), "an empty page is kept");
        for (item, stored) in page {
            ensure!(
                *item < MAX_UPDATES && page_of(*item) == number,
                "an item on another page"
            );
            check_tally(&stored.tally, count(ballot.committee.len()))?;
        }
        Ok(())
    }
}

/// Every voter is in the snapshot and has voted at most once.
fn check_tally(tally: &Tally, voters: u32) -> Result<(), TryRuntimeError> {
    let mut seen = 0u32;
    let sets = tally.malformed.iter().map(|(_, votes)| *votes);
    for votes in sets.chain([tally.held]) {
        ensure!(seen & votes == 0, "a voter stated two things about an item");
        seen |= votes;
    }
    ensure!(
        seen.checked_shr(voters).unwrap_or_default() == 0,
        "a vote from outside the snapshot"
    );
    ensure!(
        tally.malformed.iter().all(|(_, votes)| *votes != 0),
        "a fault that nobody found"
    );
    Ok(())
}
