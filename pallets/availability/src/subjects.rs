//! Subjects: opened, given items, closed by their requester or ended by their deadline.

use crate::{
    types::{count, page_of, Ballot, Item, OpenSubject, PAGES},
    Ballots, Config, Error, Event, Items, NextBallot, Open, Pallet, WeightInfo,
};
use alloc::{collections::BTreeSet, vec::Vec};
use frame_support::{ensure, pallet_prelude::Get, weights::Weight};
use frame_system::pallet_prelude::BlockNumberFor;
use quorate_primitives::{
    availability::{Claim, Subject, Tally},
    traits::{Availability, AvailabilityHandler, Consortium, Protected},
    BlockNumber, Hash, MAX_UPDATES,
};
use sp_runtime::{
    traits::{SaturatedConversion, Zero},
    ArithmeticError, DispatchError, DispatchResult,
};

impl<T: Config> Pallet<T> {
    pub(crate) fn now() -> BlockNumber {
        frame_system::Pallet::<T>::block_number().saturated_into()
    }

    /// Hash of block 0: what binds every signed byte to this chain.
    pub(crate) fn genesis_hash() -> Hash {
        frame_system::Pallet::<T>::block_hash(BlockNumberFor::<T>::zero())
    }

    /// The deadline of a subject that is open.
    pub(crate) fn deadline_of(subject: Subject) -> Option<BlockNumber> {
        let open = Open::<T>::get();
        open.iter().find(|open| open.subject == subject).map(|open| open.until)
    }

    fn do_open(subject: Subject, until: BlockNumber) -> DispatchResult {
        let now = Self::now();
        ensure!(until > now, Error::<T>::DeadlinePassed);
        ensure!(!Ballots::<T>::contains_key(subject), Error::<T>::AlreadyOpen);
        let committee = T::Consortium::committee();
        ensure!(!committee.is_empty(), Error::<T>::NoVoters);
        let number = NextBallot::<T>::get();
        let next = number.checked_add(1).ok_or(ArithmeticError::Overflow)?;
        Open::<T>::try_mutate(|open| open.try_push(OpenSubject { subject, until }))
            .map_err(|_| DispatchError::from(Error::<T>::TooManyOpen))?;
        NextBallot::<T>::put(next);
        Self::deposit_event(Event::Opened {
            subject,
            ballot: number,
            voters: count(committee.len()),
            until,
        });
        let ballot = Ballot {
            number,
            opened_at: now,
            committee,
        };
        Ballots::<T>::insert(subject, ballot);
        Ok(())
    }

    /// Forget a subject. Returns whether it was open.
    fn forget(subject: Subject) -> bool {
        let was_open = Ballots::<T>::take(subject).is_some();
        if was_open {
            Open::<T>::mutate(|open| open.retain(|open| open.subject != subject));
            // All of them: a subject has no more pages.
            let _all = Items::<T>::clear_prefix(subject, PAGES, None);
        }
        was_open
    }

    /// End the subjects whose deadline has passed, or shift all deadlines.
    pub(crate) fn drive_deadlines() -> Weight {
        let open = Open::<T>::get();
        let looked_at = count(open.len());
        if T::Protected::no_transactions() {
            Self::shift();
            return T::WeightInfo::on_initialize_paused(looked_at);
        }
        let now = Self::now();
        let most = usize::try_from(T::MaxEnded::get()).unwrap_or(usize::MAX);
        let (mut ended, mut told) = (0u32, Weight::zero());
        for due in open.iter().filter(|open| open.until <= now).take(most) {
            ended = ended.saturating_add(1);
            // The handler of one that ended before may have closed this one, and its own may.
            if Ballots::<T>::contains_key(due.subject) {
                T::Handler::ending(due.subject);
            }
            if Self::forget(due.subject) {
                Self::deposit_event(Event::Ended { subject: due.subject });
                told = told.saturating_add(T::Handler::ended(due.subject));
            }
        }
        T::WeightInfo::on_initialize(looked_at, ended).saturating_add(told)
    }

    /// The most that the hook weighs: every place is taken, and as many subjects as may end do.
    pub fn heaviest_hook() -> Weight {
        let (open, ended) = (T::MaxOpen::get(), T::MaxEnded::get());
        let told = T::Handler::ended_weight().saturating_mul(ended.into());
        let ending = T::WeightInfo::on_initialize(open, ended).saturating_add(told);
        ending.max(T::WeightInfo::on_initialize_paused(open))
    }

    pub(crate) fn shift() {
        Open::<T>::mutate(|open| {
            for open in open.iter_mut() {
                open.until = open.until.saturating_add(1);
                Self::deposit_event(Event::DeadlineShifted {
                    subject: open.subject,
                    until: open.until,
                });
            }
        });
    }
}

impl<T: Config> Availability for Pallet<T> {
    fn open(subject: Subject, until: BlockNumber) -> DispatchResult {
        Self::do_open(subject, until)
    }

    fn put_item(subject: Subject, item: u32, claim: Claim) {
        if item >= MAX_UPDATES || !Ballots::<T>::contains_key(subject) {
            return;
        }
        Items::<T>::mutate(subject, page_of(item), |page| {
            if !page.contains_key(&item) {
                let tally = Tally::default();
                // A page has room for every number that belongs to it.
                let _fits = page.try_insert(item, Item { claim, tally });
            }
        });
    }

    fn deadline(subject: Subject) -> Option<BlockNumber> {
        Self::deadline_of(subject)
    }

    fn held_by_an_honest_voter(subject: Subject) -> BTreeSet<u32> {
        let Some(ballot) = Ballots::<T>::get(subject) else {
            return BTreeSet::new();
        };
        let voters = count(ballot.committee.len());
        let pages = Items::<T>::iter_prefix_values(subject);
        let held = pages.flat_map(|page| {
            let held = page
                .into_iter()
                .filter(|(_, item)| item.tally.is_held_by_an_honest_voter(voters));
            held.map(|(number, _)| number).collect::<Vec<u32>>()
        });
        held.collect()
    }

    fn close(subject: Subject) {
        if Self::forget(subject) {
            Self::deposit_event(Event::Closed { subject });
        }
    }
}
