//! The policy of the tests' models.

use quorate_exact::Pipeline;
use quorate_primitives::{
    policy::{Access, Deadlines, Policy, Promotion, Split},
    PPM,
};

/// One whole token.
pub const UNIT: u128 = 1_000_000_000_000;

/// The policy of the tests: one update may be missing, if the pipeline then still tolerates a faulty one. Every phase ends as soon
/// as what it waits for is there: the deadlines are only for what never comes, and far enough for a slow machine.
pub(crate) fn policy(pipeline: Pipeline, updates: u32) -> Policy {
    Policy {
        pipeline,
        min_updates: least(&pipeline, updates),
        max_updates: updates,
        max_weight: 1_000,
        max_updates_per_organisation: 1,
        deadlines: Deadlines {
            collect: 100,
            reveal_updates: 40,
            vote: 40,
            commit: 60,
            reveal: 60,
        },
        bond: UNIT,
        reward: 100 * UNIT,
        split: Split {
            contributors: 700_000,
            validators: 200_000,
            treasury: 100_000,
        },
        max_organisation_share: PPM,
        retention: 1_000,
        challenge: 0,
        access: Access::Public,
        promotion: Promotion::default(),
        assessment: None,
    }
}

/// One fewer than there may be, if the pipeline then still tolerates a faulty one.
pub(crate) fn least(pipeline: &Pipeline, updates: u32) -> u32 {
    let runs = |min: &u32| pipeline.check_range(*min, updates).is_ok() && pipeline.tolerated(*min) != Some(0);
    (updates - 1..updates).find(runs).unwrap_or(updates)
}
