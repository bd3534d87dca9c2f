//! Refunds: rounds that end without a version.

use crate::{
    pallet::{
        Config, Error, Event, OpenRound, Pallet, PositionOf, RoundScores, Rounds, SealedOrders, Snapshots,
        SubmissionsOf, Tallies, Updates,
    },
    types::{RefundEnd, RefundReason, Round, Stage},
};
use frame_support::ensure;
use quorate_primitives::{
    traits::{Escrow, Models},
    AccountId, RoundId, MAX_UPDATES,
};
use sp_runtime::DispatchResult;

impl<T: Config> Pallet<T> {
    pub(crate) fn abort_by_council(id: RoundId) -> DispatchResult {
        let round = Self::round(id)?;
        let early = matches!(round.stage, Stage::Collecting { .. } | Stage::Opening { .. });
        Self::abort_if(id, round, early, RefundReason::Council)
    }

    pub(crate) fn abort_by_owner(who: &AccountId, id: RoundId) -> DispatchResult {
        let round = Self::round(id)?;
        ensure!(
            T::Models::owner(round.model).as_ref() == Some(who),
            Error::<T>::NotOwner
        );
        let early = matches!(round.stage, Stage::Collecting { .. });
        Self::abort_if(id, round, early, RefundReason::Owner)
    }

    fn abort_if(id: RoundId, mut round: Round, early: bool, reason: RefundReason) -> DispatchResult {
        ensure!(early, Error::<T>::TooLateToAbort);
        Self::refund(id, &mut round, reason);
        Rounds::<T>::insert(id, round);
        Ok(())
    }

    /// Give the escrow back at once; bonds follow in pages. The model is free for another round.
    pub(crate) fn refund(id: RoundId, round: &mut Round, reason: RefundReason) {
        T::Escrow::refund(round.model, id);
        OpenRound::<T>::remove(round.model);
        SubmissionsOf::<T>::remove(id);
        Snapshots::<T>::remove(id);
        let _all_removed = Tallies::<T>::clear_prefix(id, MAX_UPDATES, None);
        SealedOrders::<T>::remove(id);
        RoundScores::<T>::remove(id);
        let end = reason.end();
        round.stage = Stage::Refunding { next: 0, end };
        Self::deposit_event(match end {
            RefundEnd::Aborted => Event::Aborted { round: id, reason },
            RefundEnd::Failed => Event::Failed { round: id, reason },
        });
    }

    /// Return bonds of updates from `next` on, at most `most` of them. Returns how many.
    pub(crate) fn refund_page(id: RoundId, round: &mut Round, next: u32, end: RefundEnd, most: u32) -> u32 {
        let last = round.submissions.min(next.saturating_add(most));
        for update in (next..last).filter_map(|position| Updates::<T>::get(id, position)) {
            T::Escrow::release_bond(id, &update.contributor);
            PositionOf::<T>::remove(id, &update.contributor);
            Self::hold_against(&update, round);
        }
        round.stage = Stage::Refunding { next: last, end };
        if last == round.submissions {
            round.stage = Stage::Refunded { end };
            Self::end(id);
            Self::deposit_event(Event::Refunded { round: id });
        }
        last.saturating_sub(next)
    }
}
