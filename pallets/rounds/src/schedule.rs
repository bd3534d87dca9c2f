//! What every block does for rounds, in bounded work.

use crate::{
    numbers::count,
    pallet::{ActiveRounds, Config, Event, LostBlocks, Pallet, Rounds},
    types::{
        RefundReason, Round, RoundStage, HOOK_SHARE, LEAST_TOUCHED, PAGE_BUDGET, PRUNE_BUDGET, SEED_BLOCKS,
        TOUCH_BUDGET,
    },
    WeightInfo,
};
use frame_support::{traits::Get, weights::Weight};
use quorate_primitives::{
    traits::{Models, Protected, Shards},
    BlockNumber, Hash, RoundId, MAX_UPDATES,
};

/// What is left of a block's work, and what was done.
pub(crate) struct Budget {
    /// Updates that may still be paid or refunded.
    pub pages: u32,
    /// Updates whose evidence may still be removed.
    pub prunes: u32,
    /// Updates of rounds that may still be sealed.
    seals: u32,
    /// Updates of rounds that may still be settled.
    settlements: u32,
    /// What all of it may weigh. Nothing is done that does not fit.
    room: Weight,
    spent: Weight,
}

impl Budget {
    pub fn new(room: Weight) -> Self {
        Self {
            pages: PAGE_BUDGET,
            prunes: PRUNE_BUDGET,
            seals: TOUCH_BUDGET,
            settlements: TOUCH_BUDGET,
            room,
            spent: Weight::zero(),
        }
    }

    /// Whether there is room for `weight`.
    pub fn has_room(&self, weight: Weight) -> bool {
        self.spent.saturating_add(weight).all_lte(self.room)
    }

    /// Take the updates of a round from the seals, if so many are left.
    fn seal(&mut self, updates: u32) -> bool {
        let left = self.seals.checked_sub(updates.max(LEAST_TOUCHED));
        self.seals = left.unwrap_or(self.seals);
        left.is_some()
    }

    /// Take the updates of a round from the settlements, if so many are left.
    pub fn settle(&mut self, updates: u32) -> bool {
        let left = self.settlements.checked_sub(updates.max(LEAST_TOUCHED));
        self.settlements = left.unwrap_or(self.settlements);
        left.is_some()
    }

    pub fn spend(&mut self, weight: Weight) {
        self.spent = self.spent.saturating_add(weight);
    }

    /// Spend `weight` if there is room for it.
    pub fn take(&mut self, weight: Weight) -> bool {
        let fits = self.has_room(weight);
        if fits {
            self.spend(weight);
        }
        fits
    }
}

impl<T: Config> Pallet<T> {
    /// The most that the beginning of a block spends on rounds: every list may be at its bound, and what does not fit waits for the
    /// next block.
    pub fn heaviest_hook() -> Weight {
        let block = T::BlockWeights::get().max_block;
        Weight::from_parts(
            HOOK_SHARE.mul_floor(block.ref_time()),
            HOOK_SHARE.mul_floor(block.proof_size()),
        )
    }

    /// The most that one round asks for at once, with what every block spends before: as much must fit, or the round would wait
    /// for ever.
    pub(crate) fn heaviest_step() -> Weight {
        let active = T::MaxActiveRounds::get();
        let always = T::WeightInfo::look(active).saturating_add(T::WeightInfo::shift().saturating_mul(active.into()));
        let early_end = Self::early_end_weight();
        let most = Self::seal_weight(MAX_UPDATES, true)
            .max(Self::page_weight(PAGE_BUDGET).saturating_add(T::WeightInfo::bonus(PAGE_BUDGET)))
            .max(Self::settle_weight(MAX_UPDATES, true))
            .max(T::WeightInfo::prune(PRUNE_BUDGET).saturating_add(T::Shards::weight()))
            .max(T::WeightInfo::transition().saturating_add(T::Models::is_clean_weight().max(early_end)))
            .max(T::WeightInfo::abort().saturating_add(early_end))
            .max(Self::start_assessment_weight());
        always.saturating_add(T::WeightInfo::look(1)).saturating_add(most)
    }

    /// The most that sealing so many updates weighs: the shards are told, and may be told at once that the round ends.
    fn seal_weight(updates: u32, assessed: bool) -> Weight {
        let assessment = match assessed {
            true => T::Shards::weight().saturating_add(Self::early_end_weight()),
            false => Weight::zero(),
        };
        T::WeightInfo::seal(updates).saturating_add(assessment)
    }

    /// Drive all deadlines and pages.
    pub(crate) fn drive() -> Weight {
        let active = ActiveRounds::<T>::get();
        let mut budget = Budget::new(Self::heaviest_hook());
        budget.spend(T::WeightInfo::look(count(active.len())));
        if T::Protected::no_transactions() {
            LostBlocks::<T>::mutate(|lost| *lost = lost.saturating_add(1));
            for id in active {
                Self::change(id, |round| Self::shift_within(id, round, &mut budget));
            }
            return budget.spent;
        }
        let no_submissions = T::Protected::no_submissions();
        for id in active {
            Self::change(id, |round| Self::step(id, round, no_submissions, &mut budget));
        }
        Self::drive_agenda(&mut budget);
        Self::drive_expiries(&mut budget);
        budget.spent
    }

    /// At the end of a block with room: go on with rounds in which this block's transactions left nothing to wait for. What does not
    /// fit waits for the next block.
    pub(crate) fn hurry(room: Weight) -> Weight {
        let active = ActiveRounds::<T>::get();
        let looks = T::WeightInfo::look(count(active.len()));
        if T::Protected::no_transactions() || !looks.all_lte(room) {
            return Weight::zero();
        }
        let mut budget = Budget::new(room);
        budget.spend(looks);
        for id in active {
            Self::change(id, |round| Self::go_on(id, round, &mut budget));
        }
        budget.spent
    }

    /// Read a round and write it when it changed.
    fn change(id: RoundId, f: impl FnOnce(&mut Round) -> bool) {
        if let Some(mut round) = Rounds::<T>::get(id) {
            if f(&mut round) {
                Rounds::<T>::insert(id, round);
            }
        }
    }

    /// Go on with a round in which nothing is left to wait for. Returns whether it changed.
    fn go_on(id: RoundId, round: &mut Round, budget: &mut Budget) -> bool {
        match round.stage {
            RoundStage::Collecting { .. } => {
                let submissions = Self::submissions(id);
                let goes_on = Self::is_full(round, submissions)
                    && budget.take(T::WeightInfo::transition().saturating_add(Self::early_end_of(round)));
                if goes_on {
                    Self::start_revealing(id, round, submissions);
                }
                goes_on
            }
            RoundStage::Revealing { reveal_until, .. } if round.is_decided(reveal_until, Self::now()) => {
                Self::seal_within(id, round, budget)
            }
            RoundStage::Assessing => Self::assess_within(id, round, budget),
            _ => false,
        }
    }

    /// Do what is due for one active round. Returns whether it changed.
    fn step(id: RoundId, round: &mut Round, no_submissions: bool, budget: &mut Budget) -> bool {
        let now = Self::now();
        if Self::go_on(id, round, budget) {
            return true;
        }
        match round.stage {
            RoundStage::Collecting { .. } if no_submissions => Self::shift_within(id, round, budget),
            RoundStage::Collecting { until } if now >= until => Self::end_collecting(id, round, budget),
            RoundStage::Revealing { vote_until, .. } if now >= vote_until => Self::seal_within(id, round, budget),
            RoundStage::Drawing { blocks, seed } => Self::draw_seed(id, round, (blocks, seed), budget),
            _ => round.shift.before.is_some() && budget.take(T::WeightInfo::shift()) && Self::end_shift(id, round),
        }
    }

    /// What a step weighs more where it may end a round that is to be assessed.
    fn early_end_of(round: &Round) -> Weight {
        match round.assessment {
            Some(_) => Self::early_end_weight(),
            None => Weight::zero(),
        }
    }

    fn end_collecting(id: RoundId, round: &mut Round, budget: &mut Budget) -> bool {
        if !budget.take(T::WeightInfo::transition().saturating_add(Self::early_end_of(round))) {
            return false;
        }
        let submissions = Self::submissions(id);
        let (came, needed) = (submissions.saturating_sub(round.withdrawn), round.policy.min_updates);
        if came < needed {
            Self::refund(id, round, RefundReason::TooFewUpdates { came, needed });
        } else {
            Self::start_revealing(id, round, submissions);
        }
        true
    }

    fn seal_within(id: RoundId, round: &mut Round, budget: &mut Budget) -> bool {
        let updates = round.submissions;
        let weight = Self::seal_weight(updates, round.assessment.is_some());
        if !budget.has_room(weight) || !budget.seal(updates) {
            return false;
        }
        Self::end_shift(id, round);
        Self::seal(id, round);
        budget.spend(weight);
        true
    }

    /// The randomness at hand is the parent block's: the sealing block's own does not count, its author chose what to seal.
    fn draw_seed(id: RoundId, round: &mut Round, (blocks, seed): (u32, Hash), budget: &mut Budget) -> bool {
        let first = round.sealed_at.map_or(0, |sealed| sealed.saturating_add(2));
        let last = blocks.saturating_add(1) >= SEED_BLOCKS;
        let weight = match last {
            true => Self::seal_weight(round.submissions, round.assessment.is_some()),
            false => T::WeightInfo::transition(),
        };
        if Self::now() < first || !budget.has_room(weight) || (last && !budget.seal(round.submissions)) {
            return false;
        }
        budget.spend(weight);
        Self::draw(id, round, blocks, seed);
        true
    }

    /// Shift if there is room for it. Returns whether the round changed.
    fn shift_within(id: RoundId, round: &mut Round, budget: &mut Budget) -> bool {
        let weight = match round.shift.blocks < T::MaxShift::get() {
            true => T::WeightInfo::shift(),
            false => T::WeightInfo::abort().saturating_add(Self::early_end_of(round)),
        };
        budget.take(weight) && Self::shift(id, round)
    }

    /// Move the deadlines on by one block, in which people could not do what they are for. A round that has shifted as far as it may
    /// ends. Returns whether the round changed.
    pub(crate) fn shift(id: RoundId, round: &mut Round) -> bool {
        let later = |until: BlockNumber| until.saturating_add(1);
        let stage = match round.stage {
            RoundStage::Collecting { until } => RoundStage::Collecting { until: later(until) },
            RoundStage::Revealing {
                reveal_until,
                vote_until,
            } => RoundStage::Revealing {
                reveal_until: later(reveal_until),
                vote_until: later(vote_until),
            },
            _ => return false,
        };
        if round.shift.blocks >= T::MaxShift::get() {
            Self::refund(id, round, RefundReason::Halted);
            return true;
        }
        if round.shift.before.is_none() {
            round.shift.before = Some(round.shift.blocks);
            Self::deposit_event(Event::ShiftStarted { round: id });
        }
        round.shift.blocks = round.shift.blocks.saturating_add(1);
        round.stage = stage;
        true
    }

    /// The deadlines stand still again. Returns whether the round changed.
    pub(crate) fn end_shift(id: RoundId, round: &mut Round) -> bool {
        let Some(before) = round.shift.before.take() else {
            return false;
        };
        Self::deposit_event(Event::ShiftEnded {
            round: id,
            blocks: round.shift.blocks.saturating_sub(before),
        });
        true
    }
}
