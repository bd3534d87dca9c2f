//! What becomes of a validator that does not state what it declared to be capable of, and of one that leaves.

use crate::{Config, Entries, Event, Pallet, WeightInfo};
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
        if again && Self::is_spared(validator) {
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
    /// Whether the others that are asked are more than a quorum of all: nobody is barred where that would leave each of the rest a veto.
    fn is_spared(validator: &AccountId) -> bool {
        let now = Self::now();
        let committee = T::Consortium::committee();
        let asked = committee.iter().filter(|member| {
            member.validator != *validator
                && Entries::<T>::get(&member.validator).is_some_and(|entry| !entry.is_barred(now))
        });
        let len = |len: usize| u32::try_from(len).unwrap_or(u32::MAX);
        len(asked.count()) > quorum(len(committee.len()))
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
