//! Policies of models.

use crate::{common::model::policy, history::History, DATA, PROGRAM, SHARD_PHASE};
use quorate_primitives::{
    policy::{assessment::MIN_SHARD_ROWS, Assessment, Contribution, Gate, Policy},
    PPM,
};
use quorate_runtime::constants::UNIT;

impl History {
    pub fn policy(&mut self) -> Policy {
        let mut policy = policy();
        let bucketing = self.random.one_in(4);
        policy.pipeline = match self.random.below(3) {
            0 => quorate_exact::Rule::WeightedMean.into(),
            1 => quorate_exact::Rule::Median.into(),
            _ => quorate_exact::Rule::TrimmedMean { trim_ppm: 200_000 }.into(),
        };
        policy.min_updates = [1, 3, 3, 5][self.random.below(4) as usize];
        policy.max_updates = policy.min_updates + self.random.below(4) as u32;
        policy.max_updates_per_organisation = 1 + self.random.below(2) as u32;
        policy.challenge = [0, 0, 15][self.random.below(3) as usize];
        policy.reward = u128::from(self.random.below(40)) * UNIT;
        if bucketing {
            policy.deadlines.collect += 5;
        }
        policy.assessment = self.assessment();
        let contribution = policy.assessment.and_then(|assessment| assessment.contribution);
        if contribution.is_some_and(|rules| !rules.claimed_weights) {
            policy.max_weight = 1;
        }
        policy
    }

    /// Half of the policies ask for an assessment.
    fn assessment(&mut self) -> Option<Assessment> {
        let (gated, by_shards) = match self.random.below(6) {
            0 => (true, false),
            1 => (false, true),
            2 => (true, true),
            _ => return None,
        };
        let contribution = Contribution {
            min_suppliers: 4,
            max_suppliers: 4 + self.random.below(2) as u32,
            min_rows: MIN_SHARD_ROWS,
            max_rows: MIN_SHARD_ROWS,
            max_len: 1 << 20,
            reveal: SHARD_PHASE,
            vote: SHARD_PHASE,
            claimed_weights: self.random.one_in(2),
        };
        Some(Assessment {
            program: PROGRAM,
            benchmark: (!by_shards || self.random.one_in(2)).then_some(DATA),
            operations: 10,
            gate: gated.then_some(Gate {
                max_increase: 0,
                min_correct: PPM / 2,
            }),
            contribution: by_shards.then_some(contribution),
        })
    }
}
