//! Paying and settling: in pages, after the version is final.

use crate::{
    pallet::{ActiveRounds, Config, Event, Pallet, PositionOf, Retained, RoundScores, Rounds, SealedOrders, Updates},
    scoring::part,
    types::{Round, Scores, Stage, RETENTION_SWEEP},
};
use alloc::vec::Vec;
use quorate_primitives::{
    job::Verdict,
    merkle,
    traits::{Escrow, Jobs, Models, Reputation, RoundResult},
    update::{Update, UpdateStatus},
    version::Settlement,
    AccountId, Balance, BlockNumber, RoundId,
};

impl<T: Config> Pallet<T> {
    /// Whether the challenge window of the round's version has passed.
    pub(crate) fn is_vested(round: &Round) -> bool {
        round
            .recorded_at
            .is_some_and(|at| Self::now() >= at.saturating_add(round.policy.challenge))
    }

    /// Pay updates from `next` on, at most `most` of them. Returns how many.
    pub(crate) fn pay_page(id: RoundId, round: &mut Round, next: u32, most: u32) -> u32 {
        let end = round.submissions.min(next.saturating_add(most));
        let scores = RoundScores::<T>::get(id);
        let pool = part(round.policy.reward, round.policy.split.contributors);
        for position in next..end {
            let Some(update) = Updates::<T>::get(id, position) else {
                continue;
            };
            T::Escrow::release_bond(id, &update.contributor);
            PositionOf::<T>::remove(id, &update.contributor);
            Self::hold_against(&update, round);
            match &scores {
                Some(scores) => Self::pay_update(id, position, &update, scores, pool, round),
                None if update.score.is_some() => {
                    // Only a part of the scores came: none of them counts.
                    Updates::<T>::insert(id, position, Update { score: None, ..update });
                }
                None => {}
            }
        }
        round.stage = Stage::Paying { next: end };
        end.saturating_sub(next)
    }

    fn pay_update(id: RoundId, position: u32, update: &Update, scores: &Scores, pool: Balance, round: &Round) {
        let index = update.index.and_then(|index| usize::try_from(index).ok());
        let Some(row) = index.and_then(|index| scores.rows.get(index)) else {
            return;
        };
        let cap = part(pool, round.policy.max_organisation_share);
        let amount = scores.pay(update, row, pool, cap);
        let contributor = update.contributor.clone();
        if Self::credit(id, &contributor, amount) {
            let score = row.score;
            Self::deposit_event(Event::Paid {
                round: id,
                position,
                contributor: contributor.clone(),
                score,
                amount,
            });
        }
        let showing = RoundResult {
            score: row.score,
            median: scores.median,
            organisations: round.organisations,
        };
        T::Reputation::scored(&contributor, update.organisation, showing);
    }

    /// Tell the reputation of an Invalid update: only now is it known how many organisations took part.
    pub(crate) fn hold_against(update: &Update, round: &Round) {
        if matches!(update.status, UpdateStatus::Invalid(_)) {
            T::Reputation::invalid(&update.contributor, update.organisation, round.organisations);
        }
    }

    /// Pay the validators, empty the escrow, write the settlement: the round is over.
    pub(crate) fn settle(id: RoundId, round: &mut Round) {
        Self::pay_validators(id, round);
        if RoundScores::<T>::contains_key(id) {
            T::Escrow::close(id);
        } else {
            T::Escrow::refund(round.model, id);
        }
        let updates: Vec<Update> = Self::updates(id, round).collect();
        let updates_root = merkle::root_of(&updates);
        let statements_root = round.job.map(T::Jobs::statements_root).unwrap_or_default();
        let now = Self::now();
        if let Some(version) = round.version {
            T::Models::settled(
                round.model,
                version,
                Settlement {
                    updates_root,
                    statements_root,
                    block: now,
                },
            );
        }
        SealedOrders::<T>::remove(id);
        RoundScores::<T>::remove(id);
        let retained_until = now.saturating_add(round.policy.retention);
        Self::retain(id, retained_until);
        round.stage = Stage::Settled;
        Self::end(id);
        Self::deposit_event(Event::Settled {
            round: id,
            updates_root,
            statements_root,
            retained_until,
        });
    }

    /// Members who agreed share the validators' part equally.
    fn pay_validators(id: RoundId, round: &Round) {
        let verdicts = round.job.map(T::Jobs::verdicts).unwrap_or_default();
        let agreed: Vec<AccountId> = verdicts
            .into_iter()
            .filter(|(_, verdict)| *verdict == Verdict::Agreed)
            .map(|(who, _)| who)
            .collect();
        let pool = part(round.policy.reward, round.policy.split.validators);
        let members = Balance::from(crate::collecting::count(agreed.len()));
        let Some(amount) = pool.checked_div(members) else {
            return;
        };
        for validator in agreed {
            if Self::credit(id, &validator, amount) {
                Self::deposit_event(Event::ValidatorPaid {
                    round: id,
                    validator,
                    amount,
                });
            }
        }
    }

    /// All updates of a round, by position.
    pub(crate) fn updates(id: RoundId, round: &Round) -> impl Iterator<Item = Update> {
        (0..round.submissions).filter_map(move |position| Updates::<T>::get(id, position))
    }

    /// Take a round off the active ones.
    pub(crate) fn end(id: RoundId) {
        ActiveRounds::<T>::mutate(|active| active.retain(|other| *other != id));
    }

    fn retain(id: RoundId, until: BlockNumber) {
        Retained::<T>::insert(id, until);
        let now = Self::now();
        // Entries from a place that moves with the rounds, so that every one is looked at again and again.
        let start = Retained::<T>::hashed_key_for(id);
        let some: Vec<(RoundId, BlockNumber)> = Retained::<T>::iter_from(start)
            .chain(Retained::<T>::iter())
            .take(usize::try_from(RETENTION_SWEEP).unwrap_or_default())
            .collect();
        for (round, _) in some.into_iter().filter(|(_, until)| *until <= now) {
            Retained::<T>::remove(round);
        }
    }

    /// Keep what was changed of a round.
    pub(crate) fn keep(id: RoundId, round: Round) {
        Rounds::<T>::insert(id, round);
    }
}
