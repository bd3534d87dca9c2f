//! A policy to start from.

use quorate_exact::Rule;
use quorate_primitives::policy::{Access, Deadlines, Policy, Split};

/// One token, in the smallest unit.
pub const UNIT: u128 = 1_000_000_000_000;

/// A policy for rounds of at most `max_updates` updates; every field may be changed.
pub fn standard(rule: Rule, max_updates: u32) -> Policy {
    let trim = rule.trim_count(max_updates);
    Policy {
        rule,
        min_updates: rule.min_updates().max(max_updates.div_ceil(2)),
        max_updates,
        max_weight: 1 << 20,
        max_updates_per_organisation: if trim == 0 { max_updates.min(2) } else { trim.min(2) },
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
}
