//! Evidence whose retention has ended: removed in pages, oldest first. Pay never waits for it.

use crate::{
    pallet::{Config, Contributors, Event, Expiries, Kept, Outcomes, Pallet, Rounds, Updates},
    schedule::Budget,
    types::{Round, RoundEnd, RoundStage, AGENDA_BUDGET},
    WeightInfo,
};
use frame_support::weights::Weight;
use quorate_primitives::{
    traits::{Jobs, Shards},
    RoundId,
};

impl<T: Config> Pallet<T> {
    /// Remove what has expired, as far as the budget goes.
    pub(crate) fn drive_expiries(budget: &mut Budget) {
        for _ in 0..AGENDA_BUDGET {
            let Some(due) = Expiries::<T>::iter_keys()
                .next()
                .filter(|due| due.block() <= Self::now())
            else {
                return;
            };
            // That nothing is due is found out in every block: `look` was measured with it.
            if !budget.take(T::WeightInfo::look(1)) {
                return;
            }
            let id = due.round();
            let Some(mut round) = Rounds::<T>::get(id) else {
                Expiries::<T>::remove(due);
                continue;
            };
            let (next, end) = match round.stage {
                RoundStage::Over { end, .. } => (0, end),
                RoundStage::Pruning { next, end } => (next, end),
                _ => {
                    Expiries::<T>::remove(due);
                    continue;
                }
            };
            if !Self::prune_page(id, &mut round, (next, end), budget) {
                Rounds::<T>::insert(id, round);
                return;
            }
        }
    }

    /// Remove the evidence of updates from `next` on; after the last one the round. What stays is the version's record with its roots.
    /// Returns whether nothing is left.
    fn prune_page(id: RoundId, round: &mut Round, (next, end): (u32, RoundEnd), budget: &mut Budget) -> bool {
        let left = round.submissions.saturating_sub(next);
        let mut removed = left.min(budget.prunes);
        // What pay leaves room for, be it little: it may be there in every block.
        let shards = match round.contribution() {
            Some(_) => T::Shards::weight(),
            None => Weight::zero(),
        };
        let weight = |removed| T::WeightInfo::prune(removed).saturating_add(shards);
        while removed > 1 && !budget.has_room(weight(removed)) {
            removed = removed.div_ceil(2);
        }
        if (removed == 0 && left > 0) || !budget.take(weight(removed)) {
            return false;
        }
        let last = next.saturating_add(removed);
        let page = Self::page(id, next, removed);
        for submission in &page {
            Updates::<T>::remove(id, &submission.update.contributor);
        }
        Self::forget_updates(round, &page);
        budget.prunes = budget.prunes.saturating_sub(removed);
        round.stage = RoundStage::Pruning { next: last, end };
        if last < round.submissions {
            return false;
        }
        for job in [round.first_job, round.job].into_iter().flatten() {
            T::Jobs::prune(job);
        }
        Self::prune_assessment(id, round);
        Self::dequeue(id, round);
        Self::forget_round(round);
        Contributors::<T>::remove(id);
        Outcomes::<T>::remove(id);
        Kept::<T>::remove(id.to_be_bytes());
        Rounds::<T>::remove(id);
        Self::deposit_event(Event::RetentionEnded {
            round: id,
            model: round.model,
        });
        true
    }
}
