//! Paying and settling: in pages, after the version is final.

use crate::{
    collecting::pot,
    numbers::len,
    pallet::{Config, Event, Pallet, RoundScores, SealedOrders, Updates},
    scoring::{part, share},
    types::{Round, RoundEnd, RoundStage, Scores, Submission},
};
use alloc::vec::Vec;
use frame_support::traits::Get;
use quorate_primitives::{
    merkle,
    purpose::Purpose,
    traits::{Escrow, Jobs, Models, Reputation, RoundResult},
    update::{Update, UpdateStatus},
    version::Settlement,
    AccountId, Balance, Hash, Ppm, RoundId, PPM,
};

/// A member's part of the validators' pool: without reputation half of what one with full reputation gets.
fn validator_weight(reputation: Ppm) -> u64 {
    u64::from(reputation.min(PPM)).saturating_add(PPM.into()) / 2
}

impl<T: Config> Pallet<T> {
    /// Submissions of a round from position `next` on, at most `most`.
    pub(crate) fn page(id: RoundId, next: u32, most: u32) -> Vec<Submission> {
        Self::contributors(id)
            .into_iter()
            .skip(len(next))
            .take(len(most))
            .filter_map(|contributor| Updates::<T>::get(id, contributor))
            .collect()
    }

    /// Pay updates from `next` on, at most `most` of them.
    pub(crate) fn pay_page(id: RoundId, round: &mut Round, next: u32, most: u32) {
        let end = round.submissions.min(next.saturating_add(most));
        let scores = RoundScores::<T>::get(id);
        let pool = pot(&round.policy);
        let page = Self::page(id, next, end.saturating_sub(next));
        for submission in &page {
            Self::end_update(id, submission, round);
            match &scores {
                Some(scores) => Self::pay_update(id, submission, scores, pool, round),
                None if submission.update.score.is_some() => {
                    // Only a part of the scores came: none of them counts.
                    let mut submission = submission.clone();
                    submission.update.score = None;
                    Updates::<T>::insert(id, submission.update.contributor.clone(), submission);
                }
                None => {}
            }
        }
        Self::close_updates(round, &page);
        round.stage = RoundStage::Paying { next: end };
    }

    fn pay_update(id: RoundId, submission: &Submission, scores: &Scores, pool: Balance, round: &Round) {
        let update = &submission.update;
        let Some(row) = update.index.and_then(|index| scores.rows.get(len(index))) else {
            return;
        };
        let cap = part(pool, round.policy.max_organisation_share);
        let amount = scores.pay(update, row, pool, cap);
        let contributor = update.contributor.clone();
        if Self::credit(id, &contributor, amount) {
            Self::deposit_event(Event::Paid {
                round: id,
                position: submission.position,
                contributor: contributor.clone(),
                score: row.score,
                amount,
            });
        }
        let result = RoundResult {
            score: row.score,
            median: scores.median,
            organisations: round.organisations,
        };
        T::Reputation::scored(&contributor, update.organisation, result);
    }

    /// What an update costs its organisation and contributor in the end. Only now is it known how many organisations took part.
    pub(crate) fn end_update(id: RoundId, submission: &Submission, round: &Round) {
        let update = &submission.update;
        if matches!(update.status, UpdateStatus::Invalid(_)) {
            T::Reputation::invalid(&update.contributor, update.organisation, round.organisations);
        }
        if let Some(offence) = submission.offence {
            Self::punish(id, update, offence, round);
        }
        Self::pay_bonus(id, update, round);
        // A bond that was taken is gone already.
        T::Escrow::release_bond(Purpose::Round(id), &update.contributor);
    }

    /// Empty the escrow, pay the validators, write the settlement: the round is over.
    pub(crate) fn conclude(id: RoundId, round: &mut Round) {
        let escrow = Purpose::Round(id);
        let left = Self::pay_validators(id, round);
        if RoundScores::<T>::contains_key(id) {
            T::Escrow::give_back(escrow, left);
            T::Escrow::close(escrow);
        } else {
            T::Escrow::refund(escrow);
        }
        let (updates_root, statements_root) = Self::write_settlement(id, round);
        SealedOrders::<T>::remove(id);
        RoundScores::<T>::remove(id);
        let retained_until = Self::finish(id, round, RoundEnd::Settled);
        Self::deposit_event(Event::Settled {
            round: id,
            updates_root,
            statements_root,
            retained_until,
        });
    }

    /// Write what proves the round's evidence into its version's record: the roots of its updates, as they are from now on, and of
    /// the statements on its jobs.
    pub(crate) fn write_settlement(id: RoundId, round: &Round) -> (Hash, Hash) {
        let updates: Vec<Update> = Self::updates(id).collect();
        let updates_root = merkle::root_of(&updates);
        let root = |job| T::Jobs::statements_root(round.first_job, job);
        let statements_root = round.job.map(root).unwrap_or_default();
        if let Some(version) = round.version {
            let settlement = Settlement {
                updates_root,
                statements_root,
                assessment_root: Self::assessment_root(round),
                block: Self::now(),
            };
            T::Models::settled(round.model, version, settlement);
        }
        (updates_root, statements_root)
    }

    /// Members who agreed share the validators' part by reputation; those below the floor, and those who were wrong in the first
    /// attempt, get nothing. Returns what is left of it.
    fn pay_validators(id: RoundId, round: &Round) -> Balance {
        let earners = round.job.map(|job| T::Jobs::earners(round.first_job, job));
        let agreed: Vec<(AccountId, Ppm)> = earners
            .unwrap_or_default()
            .into_iter()
            .map(|validator| {
                let reputation = T::Reputation::validator(&validator);
                (validator, reputation)
            })
            .collect();
        let total = agreed.iter().fold(0u64, |sum, (_, reputation)| {
            sum.saturating_add(validator_weight(*reputation))
        });
        let pool = part(round.policy.reward, round.policy.split.validators);
        let mut left = pool;
        for (validator, reputation) in agreed {
            let amount = share(pool, validator_weight(reputation), total);
            if reputation < T::ReputationFloor::get() {
                Self::deposit_event(Event::ValidatorUnpaid {
                    round: id,
                    validator,
                    reputation,
                });
            } else if Self::credit(id, &validator, amount) {
                left = left.saturating_sub(amount);
                Self::deposit_event(Event::ValidatorPaid {
                    round: id,
                    validator,
                    amount,
                });
            }
        }
        left
    }

    /// All submissions of a round, by position.
    pub(crate) fn submitted(id: RoundId) -> impl Iterator<Item = Submission> {
        Self::contributors(id)
            .into_iter()
            .filter_map(move |contributor| Updates::<T>::get(id, contributor))
    }

    /// All updates of a round, by position.
    pub(crate) fn updates(id: RoundId) -> impl Iterator<Item = Update> {
        Self::submitted(id).map(|submission| submission.update)
    }
}
