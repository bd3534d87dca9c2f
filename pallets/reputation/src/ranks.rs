//! Ranks: they follow reputation, and no organisation has more than its places.

use crate::{types::ContributorRecord, Config, Error, Event, Pallet, RankedCount};
use frame_support::{ensure, storage::with_storage_layer, traits::Get};
use quorate_primitives::{traits::RankSink, AccountId, OrganisationId, Ppm};
use sp_runtime::{DispatchError, DispatchResult};

impl<T: Config> Pallet<T> {
    /// The rank that a reputation earns: the number of thresholds that it reaches.
    pub fn earned_rank(reputation: Ppm) -> u16 {
        let reached = T::RankThresholds::get()
            .iter()
            .filter(|threshold| reputation >= **threshold)
            .count();
        u16::try_from(reached).unwrap_or(u16::MAX)
    }

    /// The record of a contributor with a new reputation, in the name of `organisation`. The rank that the reputation earns is
    /// asked for; where it is refused, the contributor keeps the rank that it has, and the next move asks again.
    pub(crate) fn ranked(
        who: &AccountId,
        known: Option<ContributorRecord>,
        organisation: OrganisationId,
        reputation: Ppm,
    ) -> ContributorRecord {
        let earned = Self::earned_rank(reputation);
        let mut changed = Self::ask_rank(who, known, organisation, earned);
        if changed == Err(Error::<T>::NoPlace.into()) {
            // Without a place in its organisation a contributor keeps no rank in another one.
            changed = Self::ask_rank(who, known, organisation, 0);
        }
        let (rank, organisation) = match (changed, known) {
            (Ok(rank), _) => (rank, organisation),
            (Err(_), Some(record)) if record.rank > 0 => (record.rank, record.organisation),
            (Err(_), _) => (0, organisation),
        };
        ContributorRecord {
            reputation,
            rank,
            organisation,
        }
    }

    /// As [`Self::change_rank`]; a refusal is an event.
    fn ask_rank(
        who: &AccountId,
        known: Option<ContributorRecord>,
        organisation: OrganisationId,
        rank: u16,
    ) -> Result<u16, DispatchError> {
        let changed = Self::change_rank(who, known, organisation, rank);
        if let Err(error) = changed {
            Self::deposit_event(Event::RankRefused {
                contributor: who.clone(),
                rank,
                error,
            });
        }
        changed
    }

    /// Move a contributor from the rank and place of `known` to `rank` in `organisation`, or change nothing.
    fn change_rank(
        who: &AccountId,
        known: Option<ContributorRecord>,
        organisation: OrganisationId,
        rank: u16,
    ) -> Result<u16, DispatchError> {
        let held = known.filter(|record| record.rank > 0);
        let from = held.map_or(0, |record| record.rank);
        let has_place = held.is_some_and(|record| record.organisation == organisation);
        if from == rank && (rank == 0 || has_place) {
            return Ok(rank);
        }
        with_storage_layer(|| {
            if let Some(record) = held {
                Self::free_place(record.organisation);
            }
            if rank > 0 {
                Self::take_place(organisation)?;
            }
            Self::set_rank(who, from, rank)?;
            Ok(rank)
        })
    }

    /// End the rank that a contributor has. A refusal is an event.
    ///
    /// # Errors
    /// What the rank sink answers; then nothing has changed.
    pub(crate) fn end_rank(who: &AccountId, record: ContributorRecord) -> DispatchResult {
        Self::ask_rank(who, Some(record), record.organisation, 0).map(|_| ())
    }

    fn set_rank(who: &AccountId, from: u16, to: u16) -> DispatchResult {
        if from == to {
            return Ok(());
        }
        T::RankSink::set_rank(who, to)?;
        Self::deposit_event(Event::RankChanged {
            contributor: who.clone(),
            from,
            to,
        });
        Ok(())
    }

    fn take_place(organisation: OrganisationId) -> DispatchResult {
        let taken = RankedCount::<T>::get(organisation);
        ensure!(taken < T::MaxRankedPerOrganisation::get(), Error::<T>::NoPlace);
        RankedCount::<T>::insert(organisation, taken.saturating_add(1));
        Ok(())
    }

    fn free_place(organisation: OrganisationId) {
        RankedCount::<T>::mutate_exists(organisation, |count| {
            *count = count.and_then(|count| count.checked_sub(1)).filter(|count| *count > 0);
        });
    }
}
