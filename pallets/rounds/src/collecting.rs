//! Collecting: opening a round, commitments, withdrawals.

use crate::{
    pallet::{
        ActiveRounds, Config, Error, Event, NextRound, OpenRound, Pallet, PositionOf, Rounds, SubmissionsOf, Updates,
    },
    types::{Round, Stage},
};
use frame_support::{ensure, traits::Get};
use quorate_primitives::{
    traits::{Consortium, Escrow, Models, RoundBase},
    update::{Encoding, Update, UpdateStatus},
    AccountId, BlockNumber, Hash, ModelId, OrganisationId, RoundId, MAX_UPDATES,
};
use sp_runtime::{traits::UniqueSaturatedInto, DispatchResult};

/// A bound as a length.
pub(crate) fn len(bound: u32) -> usize {
    usize::try_from(bound).unwrap_or(usize::MAX)
}

/// A length as a number; lengths here are far below `u32::MAX`.
pub(crate) fn count(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

impl<T: Config> Pallet<T> {
    /// The current block.
    pub(crate) fn now() -> BlockNumber {
        frame_system::Pallet::<T>::block_number().unique_saturated_into()
    }

    /// A round that is stored.
    pub(crate) fn round(id: RoundId) -> Result<Round, Error<T>> {
        Rounds::<T>::get(id).ok_or(Error::<T>::RoundNotFound)
    }

    /// Whether `who` may open a round on `model` now, and what it would stand on.
    pub(crate) fn check_open_round(who: &AccountId, model: ModelId) -> Result<RoundBase, Error<T>> {
        let owner = T::Models::owner(model).ok_or(Error::<T>::ModelNotFound)?;
        ensure!(owner == *who, Error::<T>::NotOwner);
        ensure!(
            T::Consortium::organisation_of(who).is_some(),
            Error::<T>::NotAnOrganisation
        );
        ensure!(!OpenRound::<T>::contains_key(model), Error::<T>::RoundAlreadyOpen);
        let active = count(ActiveRounds::<T>::decode_len().unwrap_or_default());
        ensure!(active < T::MaxActiveRounds::get(), Error::<T>::MaxActiveRoundsExceeded);
        T::Models::round_base(model).ok_or(Error::<T>::ModelNotReady)
    }

    pub(crate) fn do_open_round(who: &AccountId, model: ModelId) -> DispatchResult {
        let base = Self::check_open_round(who, model)?;
        let id = NextRound::<T>::get();
        NextRound::<T>::put(id.checked_add(1).ok_or(Error::<T>::MaxRoundsExceeded)?);
        ActiveRounds::<T>::try_append(id).map_err(|()| Error::<T>::MaxActiveRoundsExceeded)?;
        OpenRound::<T>::insert(model, id);
        let opened_at = Self::now();
        let until = opened_at.saturating_add(base.policy.deadlines.collect);
        Rounds::<T>::insert(
            id,
            Round {
                model,
                base: base.base,
                base_root: base.base_root,
                previous_root: base.previous_root,
                optimiser: base.optimiser,
                policy: base.policy,
                update_len: base.update_len,
                file_len: base.file_len,
                stage: Stage::Collecting { until },
                opened_at,
                sealed_at: None,
                recorded_at: None,
                version: None,
                job: None,
                submissions: 0,
                committed: 0,
                opened: 0,
                available: 0,
                organisations: 0,
            },
        );
        T::Escrow::lock(model, id, base.policy.reward)?;
        let policy_hash = base.policy.hash();
        Self::deposit_event(Event::RoundOpened {
            round: id,
            model,
            base: base.base,
            policy_hash,
            until,
        });
        Ok(())
    }

    fn collecting(id: RoundId) -> Result<Round, Error<T>> {
        let round = Self::round(id)?;
        let open = matches!(round.stage, Stage::Collecting { until } if Self::now() < until);
        ensure!(open, Error::<T>::NotCollecting);
        Ok(round)
    }

    /// Whether `who` may submit to a round now, and for which organisation.
    pub(crate) fn check_submit(who: &AccountId, id: RoundId, weight: u32) -> Result<(Round, OrganisationId), Error<T>> {
        let round = Self::collecting(id)?;
        let organisation = T::Consortium::contributor(who).ok_or(Error::<T>::NotSponsored)?;
        ensure!(
            (1..=round.policy.max_weight).contains(&weight),
            Error::<T>::WeightOutOfRange
        );
        ensure!(!PositionOf::<T>::contains_key(id, who), Error::<T>::AlreadySubmitted);
        let room = round.submissions < MAX_UPDATES && round.committed < round.policy.max_updates;
        ensure!(room, Error::<T>::MaxUpdatesReached);
        let submitted = SubmissionsOf::<T>::get(id)
            .get(&organisation)
            .copied()
            .unwrap_or_default();
        ensure!(
            submitted < round.policy.max_updates_per_organisation,
            Error::<T>::OrganisationCapReached
        );
        Ok((round, organisation))
    }

    pub(crate) fn do_submit(who: AccountId, id: RoundId, commitment: Hash, weight: u32) -> DispatchResult {
        let (mut round, organisation) = Self::check_submit(&who, id, weight)?;
        let bond_account = T::Consortium::organisation_account(organisation).ok_or(Error::<T>::NoBondAccount)?;
        SubmissionsOf::<T>::try_mutate(id, |submissions| {
            let submitted = submissions.get(&organisation).copied().unwrap_or_default();
            submissions.try_insert(organisation, submitted.saturating_add(1))
        })
        .map_err(|_| Error::<T>::MaxUpdatesReached)?;

        let position = round.submissions;
        PositionOf::<T>::insert(id, &who, position);
        Updates::<T>::insert(
            id,
            position,
            Update {
                contributor: who.clone(),
                organisation,
                commitment,
                weight,
                encoding: Encoding::DenseF32,
                submitted_at: Self::now(),
                status: UpdateStatus::Committed,
                root: None,
                index: None,
                score: None,
            },
        );
        round.submissions = round.submissions.saturating_add(1);
        round.committed = round.committed.saturating_add(1);
        T::Escrow::hold_bond(&bond_account, id, &who, round.policy.bond)?;
        Self::deposit_event(Event::Submitted {
            round: id,
            position,
            contributor: who,
            organisation,
            commitment,
            weight,
        });
        if round.committed >= round.policy.max_updates || round.submissions >= MAX_UPDATES {
            Self::start_opening(id, &mut round);
        }
        Rounds::<T>::insert(id, round);
        Ok(())
    }

    /// Whether `who` may withdraw from a round now.
    pub(crate) fn check_withdraw(who: &AccountId, id: RoundId) -> Result<(Round, u32, Update), Error<T>> {
        let round = Self::collecting(id)?;
        let (position, update) = Self::submission(who, id)?;
        ensure!(update.status == UpdateStatus::Committed, Error::<T>::NotCommitted);
        Ok((round, position, update))
    }

    pub(crate) fn do_withdraw(who: &AccountId, id: RoundId) -> DispatchResult {
        let (mut round, position, mut update) = Self::check_withdraw(who, id)?;
        update.status = UpdateStatus::Withdrawn;
        round.committed = round.committed.saturating_sub(1);
        T::Escrow::release_bond(id, who);
        Updates::<T>::insert(id, position, update);
        Rounds::<T>::insert(id, round);
        Self::deposit_event(Event::Withdrawn {
            round: id,
            position,
            contributor: who.clone(),
        });
        Ok(())
    }

    /// What a contributor submitted to a round.
    pub(crate) fn submission(who: &AccountId, id: RoundId) -> Result<(u32, Update), Error<T>> {
        let position = PositionOf::<T>::get(id, who).ok_or(Error::<T>::NotSubmitted)?;
        let update = Updates::<T>::get(id, position).ok_or(Error::<T>::Inconsistent)?;
        Ok((position, update))
    }
}
