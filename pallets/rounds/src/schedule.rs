//! What every block does for rounds, in bounded work.

use crate::{
    collecting::count,
    pallet::{ActiveRounds, Config, Pallet, Rounds},
    types::{RefundReason, Round, Stage, PAGE_BUDGET, SEED_BLOCKS, TOUCH_BUDGET},
    WeightInfo,
};
use frame_support::{migrations::MultiStepMigrator, weights::Weight};
use quorate_primitives::{BlockNumber, Hash, RoundId};

/// What is left of a block's work, and what was done.
struct Budget {
    /// Updates that may still be paid or refunded.
    pages: u32,
    /// Updates of rounds that may still be sealed or settled.
    touches: u32,
    spent: Weight,
}

impl Budget {
    /// Take `updates` of the touches, if they are left.
    fn touch(&mut self, updates: u32) -> bool {
        match self.touches.checked_sub(updates) {
            Some(left) => {
                self.touches = left;
                true
            }
            None => false,
        }
    }

    fn spend(&mut self, weight: Weight) {
        self.spent = self.spent.saturating_add(weight);
    }
}

impl<T: Config> Pallet<T> {
    /// Drive all deadlines and pages.
    pub(crate) fn drive() -> Weight {
        let active = ActiveRounds::<T>::get();
        if T::MultiBlockMigrator::ongoing() {
            return Self::shift_deadlines(&active);
        }
        let mut budget = Budget {
            pages: PAGE_BUDGET,
            touches: TOUCH_BUDGET,
            spent: Weight::zero(),
        };
        for id in &active {
            if let Some(mut round) = Rounds::<T>::get(id) {
                if Self::step(*id, &mut round, &mut budget) {
                    Self::keep(*id, round);
                }
            }
        }
        let (models, touched) = Self::drive_genesis();
        budget.spend(T::WeightInfo::transition().saturating_mul(touched.into()));
        budget.spend(T::WeightInfo::look(count(active.len()), models));
        budget.spent
    }

    /// Do what is due for one round. Returns whether it changed.
    fn step(id: RoundId, round: &mut Round, budget: &mut Budget) -> bool {
        let now = Self::now();
        match round.stage {
            Stage::Collecting { until } if now >= until => Self::end_collecting(id, round, budget),
            Stage::Opening { open_until, vote_until } => {
                let due = now >= vote_until || round.is_decided(open_until, now);
                due && Self::seal_by_deadline(id, round, budget)
            }
            Stage::Drawing { blocks, seed } => Self::draw_seed(id, round, (blocks, seed), budget),
            Stage::Scoring { until } if now >= until => {
                Self::give_up_scoring(id, round);
                true
            }
            Stage::Paying { next } if Self::is_vested(round) => Self::pay_or_settle(id, round, next, budget),
            Stage::Refunding { next, end } if budget.pages > 0 => {
                let done = Self::refund_page(id, round, next, end, budget.pages);
                budget.pages = budget.pages.saturating_sub(done);
                budget.spend(T::WeightInfo::pay(done));
                true
            }
            _ => false,
        }
    }

    fn end_collecting(id: RoundId, round: &mut Round, budget: &mut Budget) -> bool {
        if round.committed < round.policy.min_updates {
            Self::refund(id, round, RefundReason::TooFewUpdates);
            budget.spend(T::WeightInfo::abort(0));
        } else {
            Self::start_opening(id, round);
            budget.spend(T::WeightInfo::transition());
        }
        true
    }

    fn seal_by_deadline(id: RoundId, round: &mut Round, budget: &mut Budget) -> bool {
        let updates = round.submissions;
        if !budget.touch(updates) {
            return false;
        }
        Self::seal(id, round);
        budget.spend(T::WeightInfo::seal(updates));
        true
    }

    /// The randomness at hand is the parent block's: the sealing block's own does not count, its author chose what to seal.
    fn draw_seed(id: RoundId, round: &mut Round, (blocks, seed): (u32, Hash), budget: &mut Budget) -> bool {
        let first = round.sealed_at.map_or(0, |sealed| sealed.saturating_add(2));
        let last = blocks.saturating_add(1) >= SEED_BLOCKS;
        if Self::now() < first || (last && !budget.touch(round.submissions)) {
            return false;
        }
        let started = Self::draw(id, round, blocks, seed);
        budget.spend(match started {
            true => T::WeightInfo::seal(round.submissions),
            false => T::WeightInfo::transition(),
        });
        true
    }

    fn pay_or_settle(id: RoundId, round: &mut Round, next: u32, budget: &mut Budget) -> bool {
        let paid = Self::pay_page(id, round, next, budget.pages);
        budget.pages = budget.pages.saturating_sub(paid);
        budget.spend(T::WeightInfo::pay(paid));
        let all_paid = matches!(round.stage, Stage::Paying { next } if next == round.submissions);
        let updates = round.submissions;
        if all_paid && budget.touch(updates) {
            Self::settle(id, round);
            budget.spend(T::WeightInfo::settle(updates));
        }
        true
    }

    /// During a multi-block migration nobody can submit, open or vote: each such block moves the deadlines on by one.
    fn shift_deadlines(active: &[RoundId]) -> Weight {
        for id in active {
            Rounds::<T>::mutate(id, |entry| {
                let Some(round) = entry else { return };
                let later = |until: BlockNumber| until.saturating_add(1);
                round.stage = match round.stage {
                    Stage::Collecting { until } => Stage::Collecting { until: later(until) },
                    Stage::Opening { open_until, vote_until } => Stage::Opening {
                        open_until: later(open_until),
                        vote_until: later(vote_until),
                    },
                    Stage::Scoring { until } => Stage::Scoring { until: later(until) },
                    other => other,
                };
            });
        }
        T::WeightInfo::transition().saturating_mul(u64::from(count(active.len())))
    }
}
