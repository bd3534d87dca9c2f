//! Refunds: rounds that end without pay.

use crate::{
    pallet::{AwaitedPages, Config, Error, Event, OpenRound, Pallet, RoundScores, Rounds, RoundsOf, SealedOrders},
    types::{RefundReason, Round, RoundEnd, RoundStage, MAX_ORGANISATION_ROUNDS},
    WeightInfo,
};
use frame_support::{ensure, traits::Get, weights::Weight};
use quorate_primitives::{
    availability::Subject,
    purpose::Purpose,
    traits::{Availability, Consortium, Escrow, Jobs, Models, RevocationSink},
    AccountId, ModelId, RoundId, VersionIndex,
};
use sp_runtime::DispatchResult;

impl<T: Config> Pallet<T> {
    /// Any round that is not over and not refunded already.
    pub(crate) fn abort_by_council(id: RoundId) -> DispatchResult {
        let round = Self::round(id)?;
        let ends = !round.is_over() && !matches!(round.stage, RoundStage::Refunding { .. });
        Self::abort_if(id, round, ends, RefundReason::Council)
    }

    pub(crate) fn abort_by_owner(who: &AccountId, id: RoundId) -> DispatchResult {
        let round = Self::round(id)?;
        let organisation = T::Consortium::organisation_of(who).ok_or(Error::<T>::NotAnOrganisation)?;
        ensure!(
            T::Models::owner(round.model) == Some(organisation),
            Error::<T>::NotOwner
        );
        // It takes over the free calls that the round took from others: as many as it can work off, and no more.
        ensure!(!Self::owes_calls(organisation), Error::<T>::CallsOwed);
        let early = matches!(round.stage, RoundStage::Collecting { .. });
        Self::abort_if(id, round, early, RefundReason::Owner)
    }

    fn abort_if(id: RoundId, mut round: Round, allowed: bool, reason: RefundReason) -> DispatchResult {
        ensure!(allowed, Error::<T>::TooLateToAbort);
        Self::refund(id, &mut round, reason);
        Rounds::<T>::insert(id, round);
        Ok(())
    }

    /// Give the escrow back at once; bonds follow in pages. The model is free for another round. What was paid already stays paid.
    pub(crate) fn refund(id: RoundId, round: &mut Round, reason: RefundReason) {
        T::Escrow::refund(Purpose::Round(id));
        if round.occupies_model() {
            OpenRound::<T>::remove(round.model);
        }
        Self::end_assessment_early(id, round);
        let mut next = 0;
        match round.stage {
            RoundStage::Collecting { .. } => {
                round.submissions = Self::submissions(id);
                round.committed = round.submissions.saturating_sub(round.withdrawn);
                Self::count_what_came(round);
            }
            RoundStage::Revealing { .. } => T::Availability::close(Subject::Round(id)),
            RoundStage::Computing { .. } => {
                if let Some(job) = round.job {
                    T::Jobs::cancel(job);
                }
            }
            RoundStage::Assessing => {
                if let Some(job) = round.assessment.as_ref().and_then(|assessment| assessment.job) {
                    T::AssessmentJobs::cancel(job);
                }
            }
            RoundStage::Paying { next: paid } => next = paid,
            _ => {}
        }
        if round.is_active() {
            Self::deactivate(id, round);
        }
        AwaitedPages::<T>::remove(id);
        SealedOrders::<T>::remove(id);
        RoundScores::<T>::remove(id);
        round.refund = Some(reason);
        let end = RoundEnd::of_refund(reason);
        round.stage = RoundStage::Refunding { next, end };
        Self::enqueue(id, round, Self::now());
        Self::deposit_event(match end {
            RoundEnd::Failed => Event::Failed { round: id, reason },
            _ => Event::Aborted { round: id, reason },
        });
    }

    /// Return bonds of updates from `next` on, at most `most` of them.
    pub(crate) fn refund_page(id: RoundId, round: &mut Round, (next, end): (u32, RoundEnd), most: u32) {
        let last = round.submissions.min(next.saturating_add(most));
        let page = Self::page(id, next, last.saturating_sub(next));
        for submission in &page {
            Self::end_update(id, submission, round);
        }
        Self::close_updates(round, &page);
        round.stage = RoundStage::Refunding { next: last, end };
    }

    /// End a round whose base or version is `revoked` or descends from it. Pay that has begun goes on: the challenge window is over.
    fn end_unclean(id: RoundId, round: &mut Round, revoked: VersionIndex) -> bool {
        let unclean = |version| T::Models::descends(round.model, version, revoked);
        let reason = match (round.stage, round.version) {
            (RoundStage::Paying { .. } | RoundStage::Refunding { .. }, _) => return false,
            _ if round.is_over() => return false,
            (_, None) if unclean(round.base) => RefundReason::BaseRevoked,
            (_, Some(version)) if unclean(version) => RefundReason::VersionRevoked,
            _ => return false,
        };
        Self::refund(id, round, reason);
        true
    }
}

impl<T: Config> RevocationSink for Pallet<T> {
    fn revoked(model: ModelId, version: VersionIndex) {
        for id in RoundsOf::<T>::get(model) {
            let Some(mut round) = Rounds::<T>::get(id) else {
                continue;
            };
            if Self::end_unclean(id, &mut round, version) {
                Rounds::<T>::insert(id, round);
            }
        }
    }

    fn revoked_weight() -> Weight {
        let walks = T::Models::descends_weight().saturating_mul(MAX_ORGANISATION_ROUNDS.into());
        // Only rounds that are active have an assessment to end, a model's are its owner's, and a model is not free while one of its
        // versions awaits its gate.
        let assessments = Self::release_weight()
            .saturating_mul(T::MaxActiveRoundsPerOrganisation::get().into())
            .saturating_add(T::Models::assessed_weight(false));
        T::WeightInfo::revoked(MAX_ORGANISATION_ROUNDS)
            .saturating_add(walks)
            .saturating_add(assessments)
    }
}
