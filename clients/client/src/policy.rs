//! A policy to start from.

use quorate_exact::Pipeline;
use quorate_primitives::policy::{Access, Deadlines, Policy, Split};

/// One token, in the smallest unit.
pub const UNIT: u128 = 1_000_000_000_000;

/// A policy for rounds of at most `max_updates` updates; every field may be changed. At least half of the updates must be
/// there, and as many as the pipeline needs. Where no number is enough, [`Policy::check`] says why.
pub fn standard(pipeline: impl Into<Pipeline>, max_updates: u32) -> Policy {
    let pipeline = pipeline.into();
    let tolerated = pipeline.tolerated(max_updates);
    let runs = |min: &u32| pipeline.check_range(*min, max_updates).is_ok();
    Policy {
        pipeline,
        min_updates: (max_updates.div_ceil(2)..=max_updates)
            .find(runs)
            .unwrap_or(max_updates),
        max_updates,
        max_weight: 1 << 20,
        max_updates_per_organisation: match tolerated {
            0 => max_updates.min(2),
            some => some.min(2),
        },
        deadlines: Deadlines {
            collect: 300,
            open: 30,
            vote: 30,
            commit: 30,
            reveal: 15,
        },
        bond: UNIT,
        reward: 100 * UNIT,
        split: Split {
            contributors: 700_000,
            validators: 250_000,
            treasury: 50_000,
        },
        max_organisation_share: 500_000,
        retention: 43_200,
        challenge: 0,
        access: Access::Public,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quorate_exact::Rule;
    use quorate_primitives::policy::PolicyError;

    #[test]
    fn the_standard_policy_should_be_one_that_the_chain_takes() {
        for rule in [
            Rule::WeightedMean,
            Rule::Median,
            Rule::TrimmedMean { trim_ppm: 200_000 },
        ] {
            for max_updates in [1, 2, 5, 10, 100, 1024] {
                assert_eq!(standard(rule, max_updates).check(), Ok(()), "{rule:?} {max_updates}");
            }
        }
    }

    #[test]
    fn the_standard_policy_should_ask_for_as_many_updates_as_the_pipeline_needs() {
        let krum = Rule::MultiKrum { f_ppm: 200_000 };
        for (max_updates, least) in [(3, 3), (5, 3), (10, 5), (100, 50)] {
            let policy = standard(krum, max_updates);
            assert_eq!((policy.min_updates, policy.check()), (least, Ok(())), "{max_updates}");
        }
        // Of 10 updates f is 2, and Bulyan needs 4f + 3 = 11.
        let policy = standard(Rule::Bulyan { f_ppm: 200_000 }, 10);
        assert!(matches!(policy.check(), Err(PolicyError::CannotRun(_))));
    }
}
