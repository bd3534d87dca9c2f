//! The agenda: what waits for a block rather than for people, sorted by it. Scores that do not come, pay that vests, pages of pay and
//! of refunds, and evidence whose retention has ended. Any number of rounds may wait in it at no cost to a block.

use crate::{
    pallet::{
        ActiveRounds, Agenda, Config, Contributors, Event, Kept, LostBlocks, Outcomes, Pallet, RootUses, Rounds,
        RoundsOf, Updates, Usages,
    },
    schedule::Budget,
    types::{Due, RefundReason, RootUse, Round, RoundEnd, RoundStage, AGENDA_BUDGET},
    WeightInfo,
};
use frame_support::traits::Get;
use quorate_primitives::{
    policy::MIN_RETENTION,
    traits::{Jobs, Models},
    update::UpdateStatus,
    BlockNumber, RoundId,
};

impl<T: Config> Pallet<T> {
    /// Put a round onto the agenda for block `at`, away from wherever it was.
    pub(crate) fn enqueue(id: RoundId, round: &mut Round, at: BlockNumber) {
        Self::dequeue(id, round);
        round.due = Some(at);
        Agenda::<T>::insert(Due::new(at, id), ());
    }

    pub(crate) fn dequeue(id: RoundId, round: &mut Round) {
        if let Some(at) = round.due.take() {
            Agenda::<T>::remove(Due::new(at, id));
        }
    }

    /// Blocks without transactions since the round went onto the agenda that its deadlines may still shift by.
    pub(crate) fn shifted_since(round: &mut Round) -> BlockNumber {
        let lost = LostBlocks::<T>::get();
        let room = T::MaxShift::get().saturating_sub(round.shift.blocks);
        let shifted = lost.saturating_sub(round.lost).min(room);
        round.lost = lost;
        round.shift.blocks = round.shift.blocks.saturating_add(shifted);
        shifted
    }

    /// Take a round off the list that every block looks at.
    pub(crate) fn deactivate(id: RoundId, round: &mut Round) {
        ActiveRounds::<T>::mutate(|active| active.retain(|other| *other != id));
        Usages::<T>::mutate(round.owner, |usage| usage.active = usage.active.saturating_sub(1));
        Self::end_shift(id, round);
        round.lost = LostBlocks::<T>::get();
    }

    /// Everybody is paid or refunded. Returns the block before which the evidence is kept: of a refunded round not for long, since
    /// nothing was made from it.
    pub(crate) fn finish(id: RoundId, round: &mut Round, end: RoundEnd) -> BlockNumber {
        let retention = match end {
            RoundEnd::Settled => round.policy.retention,
            RoundEnd::Aborted | RoundEnd::Failed => MIN_RETENTION,
        };
        let until = Self::now().saturating_add(retention);
        Usages::<T>::mutate(round.owner, |usage| usage.rounds = usage.rounds.saturating_sub(1));
        RoundsOf::<T>::mutate_exists(round.model, |rounds| {
            if let Some(list) = rounds {
                list.retain(|other| *other != id);
                if list.is_empty() {
                    *rounds = None;
                }
            }
        });
        round.stage = RoundStage::Over { until, end };
        Self::enqueue(id, round, until);
        until
    }

    /// Do what is due, oldest first, as far as the budget goes.
    pub(crate) fn drive_agenda(budget: &mut Budget) {
        for _ in 0..AGENDA_BUDGET {
            budget.spend(T::WeightInfo::look(1));
            let Some(due) = Agenda::<T>::iter_keys().next().filter(|due| due.block() <= Self::now()) else {
                return;
            };
            let id = due.round();
            let Some(mut round) = Rounds::<T>::get(id) else {
                Agenda::<T>::remove(due);
                continue;
            };
            let done = Self::work_off(id, &mut round, budget);
            if !matches!(round.stage, RoundStage::Pruning { .. }) || round.due.is_some() {
                Rounds::<T>::insert(id, round);
            }
            if !done {
                return;
            }
        }
    }

    /// Do what is due for one round. Returns false when the budget is used up.
    fn work_off(id: RoundId, round: &mut Round, budget: &mut Budget) -> bool {
        match round.stage {
            RoundStage::Scoring { until } => {
                let shifted = Self::shifted_since(round);
                budget.spend(T::WeightInfo::transition());
                if shifted > 0 {
                    let until = until.saturating_add(shifted);
                    round.stage = RoundStage::Scoring { until };
                    Self::postpone(id, round, until, shifted);
                } else {
                    Self::give_up_scoring(id, round);
                }
                true
            }
            RoundStage::Vesting { until } => {
                let shifted = Self::shifted_since(round);
                budget.spend(T::WeightInfo::transition());
                if shifted > 0 {
                    let until = until.saturating_add(shifted);
                    round.stage = RoundStage::Vesting { until };
                    Self::postpone(id, round, until, shifted);
                } else {
                    budget.spend(T::Models::is_clean_weight());
                    Self::vest(id, round);
                }
                true
            }
            RoundStage::Paying { next } => Self::pay_or_settle(id, round, next, budget),
            RoundStage::Refunding { next, end } => {
                if budget.pages == 0 {
                    return false;
                }
                let done = Self::refund_page(id, round, next, end, budget.pages);
                budget.pages = budget.pages.saturating_sub(done);
                budget.spend(T::WeightInfo::pay(done));
                round.is_over()
            }
            RoundStage::Over { end, .. } => {
                round.stage = RoundStage::Pruning { next: 0, end };
                true
            }
            RoundStage::Pruning { next, end } => Self::prune_page(id, round, next, end, budget),
            _ => {
                Self::dequeue(id, round);
                true
            }
        }
    }

    fn postpone(id: RoundId, round: &mut Round, until: BlockNumber, blocks: BlockNumber) {
        Self::enqueue(id, round, until);
        Self::deposit_event(Event::Postponed {
            round: id,
            blocks,
            until,
        });
    }

    /// The challenge window is over: pay, unless the version was revoked in it.
    fn vest(id: RoundId, round: &mut Round) {
        let clean = round
            .version
            .is_some_and(|version| T::Models::is_clean(round.model, version));
        if clean {
            round.stage = RoundStage::Paying { next: 0 };
        } else {
            Self::refund(id, round, RefundReason::VersionRevoked);
        }
    }

    fn pay_or_settle(id: RoundId, round: &mut Round, next: u32, budget: &mut Budget) -> bool {
        let updates = round.submissions;
        if next < updates {
            if budget.pages == 0 {
                return false;
            }
            let paid = Self::pay_page(id, round, next, budget.pages);
            budget.pages = budget.pages.saturating_sub(paid);
            budget.spend(T::WeightInfo::pay(paid));
        }
        let all_paid = matches!(round.stage, RoundStage::Paying { next } if next == updates);
        if !all_paid || !budget.settle(updates) {
            return false;
        }
        Self::conclude(id, round);
        budget.spend(T::WeightInfo::settle(updates));
        true
    }

    /// Remove the evidence of updates from `next` on; after the last one the round. What stays: the roots of updates that went into
    /// a version, and the version's record with its roots.
    fn prune_page(id: RoundId, round: &mut Round, next: u32, end: RoundEnd, budget: &mut Budget) -> bool {
        if budget.prunes == 0 && next < round.submissions {
            return false;
        }
        let last = round.submissions.min(next.saturating_add(budget.prunes));
        let removed = last.saturating_sub(next);
        for submission in Self::page(id, next, removed) {
            let update = submission.update;
            let aggregated = end == RoundEnd::Settled && update.status == UpdateStatus::Available;
            if let Some(root) = update.root.filter(|_| !aggregated) {
                let own = |known: &RootUse| known.round == id && known.position == submission.position;
                if RootUses::<T>::get(round.model, root).is_some_and(|known| own(&known)) {
                    RootUses::<T>::remove(round.model, root);
                }
            }
            Updates::<T>::remove(id, &update.contributor);
        }
        budget.prunes = budget.prunes.saturating_sub(removed);
        budget.spend(T::WeightInfo::prune(removed));
        round.stage = RoundStage::Pruning { next: last, end };
        if last < round.submissions {
            return false;
        }
        for job in [round.first_job, round.job].into_iter().flatten() {
            T::Jobs::prune(job);
        }
        Self::dequeue(id, round);
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
