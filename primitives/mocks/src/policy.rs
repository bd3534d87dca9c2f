//! A policy to begin with.

use quorate_exact::rule::Rule;
use quorate_primitives::policy::{Access, Deadlines, Policy, Promotion, Split, MIN_BOND, MIN_RETENTION};

/// A mean of two to four updates, with short phases and no time to challenge.
pub fn policy() -> Policy {
    Policy {
        pipeline: Rule::WeightedMean.into(),
        min_updates: 2,
        max_updates: 4,
        max_weight: 1_000,
        max_updates_per_organisation: 2,
        deadlines: Deadlines {
            collect: 10,
            reveal_updates: 10,
            vote: 10,
            commit: 10,
            reveal: 10,
        },
        bond: MIN_BOND,
        reward: 100_000,
        split: Split {
            contributors: 700_000,
            validators: 200_000,
            treasury: 100_000,
        },
        max_organisation_share: 1_000_000,
        retention: MIN_RETENTION,
        challenge: 0,
        access: Access::Public,
        promotion: Promotion::default(),
        assessment: None,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn policy_should_pass_its_check() {
        super::policy().check().unwrap();
    }
}
