//! What becomes of a validator that does not state what it declared to be capable of, and of one that leaves.

use crate::{types::Spared, Config, Entries, Event, Pallet, Spare, WeightInfo};
use frame_support::{traits::Get, weights::Weight};
use quorate_primitives::{
    committee::quorum,
    traits::{Consortium, DepartureSink},
    AccountId,
};

impl<T: Config> Pallet<T> {
    /// The second silence within an era bars, if enough others are left. Silences within a declaration's interval are one: an outage touches
    /// several jobs. A silence under a bar is one in a job that began before it.
    pub(crate) fn note_silence(validator: &AccountId) {
        let now = Self::now();
        let Some(mut entry) = Entries::<T>::get(validator).filter(|entry| !entry.is_barred(now)) else {
            return;
        };
        let since = entry.silent_at.map(|at| now.saturating_sub(at));
        if since.is_some_and(|blocks| blocks < T::MinInterval::get()) {
            return;
        }
        let again = since.is_some_and(|blocks| blocks < T::Era::get());
        Self::deposit_event(Event::Silent {
            validator: validator.clone(),
        });
        if again && Self::spare_one() {
            let until = now.saturating_add(T::Era::get());
            entry.silent_at = None;
            entry.barred_until = Some(until);
            Self::deposit_event(Event::Barred {
                validator: validator.clone(),
                until,
            });
        } else {
            entry.silent_at = Some(now);
        }
        Entries::<T>::insert(validator, entry);
    }
}

impl<T: Config> Pallet<T> {
    /// Whether one more that is asked can be spared: nobody is barred where the rest would be a bare quorum of all, and each of it have a veto.
    /// How many can is counted once in a block, in which a whole committee may have been silent.
    fn spare_one() -> bool {
        let now = Self::now();
        let counted = Spare::<T>::get().filter(|spare| spare.at == now);
        let left = counted.map_or_else(Self::spare, |spare| spare.left);
        Spare::<T>::put(Spared {
            at: now,
            left: left.saturating_sub(1),
        });
        left > 0
    }

    /// How many of those that are asked can be barred, so that more than a quorum is left.
    fn spare() -> u32 {
        let now = Self::now();
        let committee = T::Consortium::committee();
        let asked = committee
            .iter()
            .filter(|member| Entries::<T>::get(&member.validator).is_some_and(|entry| !entry.is_barred(now)));
        let len = |len: usize| u32::try_from(len).unwrap_or(u32::MAX);
        len(asked.count())
            .saturating_sub(quorum(len(committee.len())))
            .saturating_sub(1)
    }
}

impl<T: Config> DepartureSink for Pallet<T> {
    fn contributor_left(_: &AccountId) {}

    fn validator_left(who: &AccountId) {
        if Entries::<T>::take(who).is_some() {
            Self::deposit_event(Event::Forgotten { validator: who.clone() });
        }
    }

    fn left_weight() -> Weight {
        T::WeightInfo::left()
    }
}
