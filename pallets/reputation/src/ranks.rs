//! Ranks: they follow reputation, and no organisation has more than its places.

use crate::{types::ContributorRecord, Config, Event, Pallet, RankedCount};
use frame_support::traits::Get;
use quorate_primitives::{traits::RankSink, AccountId, OrganisationId, Ppm};

impl<T: Config> Pallet<T> {
    /// The rank that a reputation earns: the number of thresholds that it reaches.
    pub fn earned_rank(reputation: Ppm) -> u16 {
        let reached = T::RankThresholds::get()
            .iter()
            .filter(|threshold| reputation >= **threshold)
            .count();
        u16::try_from(reached).unwrap_or(u16::MAX)
    }

    /// The rank of a contributor with a new reputation, in the name of `organisation`. Takes and frees places.
    pub(crate) fn assign_rank(known: Option<&ContributorRecord>, organisation: OrganisationId, reputation: Ppm) -> u16 {
        let held = known.filter(|record| record.rank > 0).map(|record| record.organisation);
        let earned = Self::earned_rank(reputation);
        if earned > 0 && held == Some(organisation) {
            return earned;
        }
        if let Some(other) = held {
            Self::free_place(other);
        }
        if earned > 0 && Self::take_place(organisation) {
            earned
        } else {
            0
        }
    }

    fn take_place(organisation: OrganisationId) -> bool {
        let taken = RankedCount::<T>::get(organisation);
        let free = taken < T::MaxRankedPerOrganisation::get();
        if free {
            RankedCount::<T>::insert(organisation, taken.saturating_add(1));
        }
        free
    }

    pub(crate) fn free_place(organisation: OrganisationId) {
        RankedCount::<T>::mutate_exists(organisation, |count| {
            *count = count.and_then(|count| count.checked_sub(1)).filter(|count| *count > 0);
        });
    }

    pub(crate) fn announce_rank(who: &AccountId, from: u16, to: u16) {
        if from != to {
            T::RankSink::set_rank(who, to);
            Self::deposit_event(Event::RankChanged {
                contributor: who.clone(),
                from,
                to,
            });
        }
    }
}
