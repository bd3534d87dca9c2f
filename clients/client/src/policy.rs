//! A policy to start from.

use quorate_exact::Pipeline;
use quorate_primitives::policy::{Access, Deadlines, Policy, Promotion, Split};

/// One token, in the smallest unit.
pub const UNIT: u128 = 1_000_000_000_000;

/// A policy for rounds of at most `max_updates` updates; every field may be changed. At least half of the updates must be
/// there, as many as the pipeline needs, and so many that it tolerates a faulty one if it tolerates any. Where no number is
/// enough, [`Policy::check`] gives the reason.
pub fn standard(pipeline: impl Into<Pipeline>, max_updates: u32) -> Policy {
    let pipeline = pipeline.into();
    let runs = |min: &u32| pipeline.check_range(*min, max_updates).is_ok() && pipeline.tolerated(*min) != Some(0);
    Policy {
        pipeline,
        min_updates: (max_updates.div_ceil(2)..=max_updates)
            .find(runs)
            .unwrap_or(max_updates),
        max_updates,
        max_weight: 1 << 20,
        max_updates_per_organisation: match pipeline.tolerated(max_updates) {
            None => max_updates.min(2),
            Some(tolerated) => tolerated.clamp(1, 2),
        },
        deadlines: Deadlines {
            collect: 300,
            reveal_updates: 30,
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
        promotion: Promotion::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quorate_exact::Rule;
    use quorate_primitives::policy::PolicyError;

    #[test]
    fn the_standard_policy_should_be_one_that_the_chain_takes() {
        let trimmed = Rule::TrimmedMean { trim_ppm: 200_000 };
        let allowed: [(Rule, &[u32]); 3] = [
            (Rule::WeightedMean, &[1, 2, 5, 10, 100, 1024]),
            (Rule::Median, &[3, 5, 10, 100, 1024]),
            (trimmed, &[5, 10, 100, 1024]),
        ];
        for (rule, all) in allowed {
            for max_updates in all {
                assert_eq!(standard(rule, *max_updates).check(), Ok(()), "{rule:?} {max_updates}");
            }
        }
        // One organisation could move the result of so few at will.
        for (rule, max_updates) in [(Rule::Median, 2), (trimmed, 4)] {
            assert_eq!(standard(rule, max_updates).check(), Err(PolicyError::ToleratesNothing));
        }
    }

    #[test]
    fn the_standard_policy_should_ask_for_as_many_updates_as_the_pipeline_needs() {
        let krum = Rule::MultiKrum { f_ppm: 200_000 };
        for (max_updates, least) in [(5, 5), (7, 5), (10, 5), (100, 50)] {
            let policy = standard(krum, max_updates);
            assert_eq!((policy.min_updates, policy.check()), (least, Ok(())), "{max_updates}");
        }
        // Of 10 updates f is 2, and Bulyan needs 4f + 3 = 11.
        let policy = standard(Rule::Bulyan { f_ppm: 200_000 }, 10);
        assert!(matches!(policy.check(), Err(PolicyError::CannotRun(_))));
    }
}
