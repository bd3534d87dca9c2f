//! The agenda: what waits for a block rather than for people, sorted by it. Scores that do not come, pay that vests, pages of pay and
//! of refunds. Rounds that are over wait apart, so that pay never waits for what is removed. Any number of rounds may wait in
//! either at no cost to a block.

use crate::{
    pallet::{ActiveRounds, Agenda, Config, Event, Expiries, LostBlocks, Pallet, Rounds, RoundsOf, Usages},
    schedule::Budget,
    types::{Due, RefundReason, Round, RoundEnd, RoundStage, AGENDA_BUDGET},
    WeightInfo,
};
use frame_support::{traits::Get, weights::Weight};
use quorate_primitives::{
    policy::MIN_RETENTION,
    purpose::Purpose,
    traits::{Escrow, Models},
    BlockNumber, RoundId,
};

impl<T: Config> Pallet<T> {
    /// Let a round wait for block `at`, and no longer for another: in the agenda, or to expire if it is over.
    pub(crate) fn enqueue(id: RoundId, round: &mut Round, at: BlockNumber) {
        Self::dequeue(id, round);
        round.due = Some(at);
        let due = Due::new(at, id);
        match round.is_over() {
            true => Expiries::<T>::insert(due, ()),
            false => Agenda::<T>::insert(due, ()),
        }
    }

    pub(crate) fn dequeue(id: RoundId, round: &mut Round) {
        if let Some(at) = round.due.take() {
            let due = Due::new(at, id);
            match round.is_over() {
                true => Expiries::<T>::remove(due),
                false => Agenda::<T>::remove(due),
            }
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

    /// Everybody is paid or refunded. Returns the block before which the evidence is kept: not for long where nothing was made
    /// from it.
    pub(crate) fn finish(id: RoundId, round: &mut Round, end: RoundEnd) -> BlockNumber {
        let retention = match round.version {
            Some(_) => round.policy.retention,
            None => MIN_RETENTION,
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
        Self::dequeue(id, round);
        // What could not be shared of the fee and of the shards' bonds.
        T::Escrow::close(Purpose::Assessment(id));
        round.stage = RoundStage::Over { until, end };
        Self::enqueue(id, round, until);
        until
    }

    /// Do what is due, oldest first, as far as the budget goes.
    pub(crate) fn drive_agenda(budget: &mut Budget) {
        for _ in 0..AGENDA_BUDGET {
            let Some(due) = Agenda::<T>::iter_keys().next().filter(|due| due.block() <= Self::now()) else {
                return;
            };
            // That nothing is due is found out in every block: `look` was measured with it.
            if !budget.take(T::WeightInfo::look(1)) {
                return;
            }
            let id = due.round();
            let Some(mut round) = Rounds::<T>::get(id) else {
                Agenda::<T>::remove(due);
                continue;
            };
            let done = Self::work_off(id, &mut round, budget);
            Rounds::<T>::insert(id, round);
            if !done {
                return;
            }
        }
    }

    /// Do what is due for one round. Returns false when the budget is used up.
    fn work_off(id: RoundId, round: &mut Round, budget: &mut Budget) -> bool {
        match round.stage {
            RoundStage::Scoring { until } => {
                if !budget.take(T::WeightInfo::transition()) {
                    return false;
                }
                let shifted = Self::shifted_since(round);
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
                if !budget.take(T::WeightInfo::transition().saturating_add(T::Models::is_clean_weight())) {
                    return false;
                }
                let shifted = Self::shifted_since(round);
                if shifted > 0 {
                    let until = until.saturating_add(shifted);
                    round.stage = RoundStage::Vesting { until };
                    Self::postpone(id, round, until, shifted);
                } else {
                    Self::vest(id, round);
                }
                true
            }
            RoundStage::Paying { next } => Self::pay_or_settle(id, round, next, budget),
            RoundStage::Refunding { next, end } => Self::refund_or_end(id, round, (next, end), budget),
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
            let Some(page) = Self::page_within(round, updates.saturating_sub(next), budget) else {
                return false;
            };
            Self::pay_page(id, round, next, page);
        }
        let all_paid = matches!(round.stage, RoundStage::Paying { next } if next == updates);
        if !all_paid || !Self::settles_within(round, budget) {
            return false;
        }
        Self::conclude(id, round);
        true
    }

    /// How many of so many updates are paid or refunded now; `None` when the budget is used up.
    fn page_within(round: &Round, updates: u32, budget: &mut Budget) -> Option<u32> {
        let page = updates.min(budget.pages);
        let bonus = match Self::has_bonus(round) {
            true => T::WeightInfo::bonus(page),
            false => Weight::zero(),
        };
        let goes_on = page > 0 && budget.take(Self::page_weight(page).saturating_add(bonus));
        goes_on.then(|| {
            budget.pages = budget.pages.saturating_sub(page);
            page
        })
    }

    /// The most that a page of so many updates weighs, whether they are paid or punished.
    pub(crate) fn page_weight(updates: u32) -> Weight {
        T::WeightInfo::pay(updates).max(T::WeightInfo::punish(updates))
    }

    /// The most that settling a round of so many updates weighs; the statements on the jobs of an assessment are hashed too.
    pub(crate) fn settle_weight(updates: u32, assessed: bool) -> Weight {
        let statements = match assessed {
            true => T::WeightInfo::assessment_root(),
            false => Weight::zero(),
        };
        T::WeightInfo::settle(updates).saturating_add(statements)
    }

    /// Whether a round is settled now.
    fn settles_within(round: &Round, budget: &mut Budget) -> bool {
        let updates = round.submissions;
        let weight = Self::settle_weight(updates, round.assessment.is_some());
        let settles = budget.has_room(weight) && budget.settle(updates);
        if settles {
            budget.spend(weight);
        }
        settles
    }

    /// A version that was recorded gets its settlement however its round ends: it may come to stand after all, and what was made
    /// from it can be proved.
    fn refund_or_end(id: RoundId, round: &mut Round, (next, end): (u32, RoundEnd), budget: &mut Budget) -> bool {
        let updates = round.submissions;
        if next < updates {
            let Some(page) = Self::page_within(round, updates.saturating_sub(next), budget) else {
                return false;
            };
            Self::refund_page(id, round, (next, end), page);
            if next.saturating_add(page) < updates {
                return false;
            }
        }
        if round.version.is_some() {
            if !Self::settles_within(round, budget) {
                return false;
            }
            Self::write_settlement(id, round);
        } else if !budget.take(T::WeightInfo::transition()) {
            return false;
        }
        Self::finish(id, round, end);
        Self::deposit_event(Event::Refunded { round: id });
        true
    }
}
