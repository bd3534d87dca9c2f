//! What becomes of a validator that does not state what it declared to be capable of, and of one that leaves.

use crate::{Config, Entries, Event, Pallet, WeightInfo};
use frame_support::{traits::Get, weights::Weight};
use quorate_primitives::{traits::DepartureSink, AccountId};

impl<T: Config> Pallet<T> {
    /// The second silence within an era bars. A silence under a bar is one in a job that began before it.
    pub(crate) fn note_silence(validator: &AccountId) {
        let now = Self::now();
        let Some(mut entry) = Entries::<T>::get(validator).filter(|entry| !entry.is_barred(now)) else {
            return;
        };
        let again = entry.silent_at.is_some_and(|at| now < at.saturating_add(T::Era::get()));
        Self::deposit_event(Event::Silent {
            validator: validator.clone(),
        });
        if again {
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
