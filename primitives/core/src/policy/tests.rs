use super::*;
use quorate_exact::{PreAggregation, Rule};

/// Runs with 5 to 20 updates, of which it tolerates 1 to 4.
pub(crate) fn policy() -> Policy {
    Policy {
        pipeline: Rule::Krum { f_ppm: 200_000 }.into(),
        min_updates: 5,
        max_updates: 20,
        max_weight: MAX_WEIGHT,
        max_updates_per_organisation: 4,
        deadlines: Deadlines {
            collect: MIN_PHASE,
            reveal_updates: MIN_PHASE,
            vote: MAX_PHASE,
            commit: MAX_PHASE,
            reveal: MIN_PHASE,
        },
        bond: MIN_BOND,
        reward: 0,
        split: Split {
            contributors: PPM,
            validators: 0,
            treasury: 0,
        },
        max_organisation_share: PPM,
        retention: MAX_RETENTION,
        challenge: MAX_CHALLENGE,
        access: Access::Public,
        promotion: Promotion::default(),
        assessment: None,
    }
}

fn checked(change: impl Fn(&mut Policy)) -> Result<(), PolicyError> {
    let mut policy = policy();
    change(&mut policy);
    policy.check()
}

#[test]
fn policy_at_its_bounds_should_pass() {
    assert_eq!(policy().check(), Ok(()));
    assert_eq!(checked(|p| p.max_weight = 1), Ok(()));
    assert_eq!(checked(|p| p.max_organisation_share = 1), Ok(()));
    assert_eq!(
        checked(|p| (p.retention, p.challenge) = (MIN_RETENTION, MIN_RETENTION)),
        Ok(())
    );
    assert_eq!(checked(|p| (p.bond, p.reward) = (MAX_BOND, MAX_REWARD)), Ok(()));
}

#[test]
fn pipeline_should_be_refused_when_it_cannot_run_for_every_number_of_updates() {
    let broken = checked(|p| p.pipeline.rule = Rule::Krum { f_ppm: 500_000 });
    assert!(matches!(broken, Err(PolicyError::Pipeline(_))), "{broken:?}");
    let too_few = checked(|p| p.min_updates = 2);
    assert!(matches!(too_few, Err(PolicyError::CannotRun(_))), "{too_few:?}");
    assert_eq!(checked(|p| p.min_updates = 0), Err(PolicyError::Updates));
    assert_eq!(checked(|p| p.min_updates = 21), Err(PolicyError::Updates));
    assert_eq!(checked(|p| p.max_updates = 1025), Err(PolicyError::Updates));
}

#[test]
fn weight_should_be_refused_outside_its_range() {
    assert_eq!(checked(|p| p.max_weight = 0), Err(PolicyError::Weight));
    assert_eq!(checked(|p| p.max_weight = MAX_WEIGHT + 1), Err(PolicyError::Weight));
}

#[test]
fn cap_of_an_organisation_should_be_at_most_what_the_pipeline_tolerates() {
    assert_eq!(
        checked(|p| p.max_updates_per_organisation = 0),
        Err(PolicyError::OrganisationCap)
    );
    assert_eq!(
        checked(|p| p.max_updates_per_organisation = 5),
        Err(PolicyError::OrganisationCap)
    );
    let capped = |cap| {
        checked(|p| {
            p.pipeline.rule = Rule::Median;
            p.max_updates_per_organisation = cap;
        })
    };
    assert_eq!(capped(9), Ok(()));
    assert_eq!(capped(10), Err(PolicyError::OrganisationCap), "⌊(20 − 1)/2⌋ is 9");
    let mean = |cap| {
        checked(|p| {
            p.pipeline.rule = Rule::WeightedMean;
            p.max_updates_per_organisation = cap;
        })
    };
    assert_eq!(mean(20), Ok(()), "the plain mean has no cap");
    assert_eq!(mean(21), Err(PolicyError::OrganisationCap), "more than there can be");
}

#[test]
fn pipeline_should_be_refused_when_it_tolerates_nobody_of_the_fewest_updates() {
    let refused = Err(PolicyError::ToleratesNothing);
    let least = |rule: Rule, min| {
        checked(|p| {
            p.pipeline.rule = rule;
            p.min_updates = min;
            p.max_updates_per_organisation = 1;
        })
    };
    assert_eq!(least(Rule::Krum { f_ppm: 200_000 }, 4), refused);
    assert_eq!(least(Rule::TrimmedMean { trim_ppm: 0 }, 20), refused);
    assert_eq!(least(Rule::TrimmedMean { trim_ppm: 100_000 }, 9), refused);
    assert_eq!(least(Rule::TrimmedMean { trim_ppm: 100_000 }, 10), Ok(()));
    assert_eq!(least(Rule::Median, 2), refused, "of two values neither is the odd one");
    assert_eq!(least(Rule::Median, 3), Ok(()));
    assert_eq!(least(Rule::WeightedMean, 1), Ok(()));
    let pre = |pre, min| {
        checked(|p| {
            p.pipeline.pre = PreAggregation::One(pre);
            p.pipeline.rule = Rule::WeightedMean;
            p.min_updates = min;
            p.max_updates_per_organisation = 1;
        })
    };
    assert_eq!(pre(PreAggregator::Nnm { f_ppm: 100_000 }, 9), refused);
    assert_eq!(pre(PreAggregator::Nnm { f_ppm: 100_000 }, 10), Ok(()));
    assert_eq!(pre(PreAggregator::Clip { tau: 1 }, 1), Ok(()));
}

#[test]
fn phases_should_be_refused_outside_their_range() {
    type Phase = fn(&mut Deadlines) -> &mut BlockNumber;
    let phases: [Phase; 5] = [
        |d| &mut d.collect,
        |d| &mut d.reveal_updates,
        |d| &mut d.vote,
        |d| &mut d.commit,
        |d| &mut d.reveal,
    ];
    for phase in phases {
        for wrong in [0, MIN_PHASE - 1, MAX_PHASE + 1, BlockNumber::MAX] {
            assert_eq!(
                checked(|p| *phase(&mut p.deadlines) = wrong),
                Err(PolicyError::Deadline)
            );
        }
    }
}

#[test]
fn split_should_sum_to_one_million() {
    assert_eq!(checked(|p| p.split.treasury = 1), Err(PolicyError::Split));
    assert_eq!(checked(|p| p.split.contributors = PPM - 1), Err(PolicyError::Split));
    let wraps = |p: &mut Policy| (p.split.validators, p.split.treasury) = (u32::MAX, 1);
    assert_eq!(checked(wraps), Err(PolicyError::Split), "a sum that wraps round");
}

#[test]
fn share_of_an_organisation_should_be_a_part_of_one() {
    assert_eq!(checked(|p| p.max_organisation_share = 0), Err(PolicyError::Share));
    assert_eq!(checked(|p| p.max_organisation_share = PPM + 1), Err(PolicyError::Share));
}

#[test]
fn bond_should_be_refused_outside_its_range() {
    assert_eq!(checked(|p| p.bond = 0), Err(PolicyError::Bond));
    assert_eq!(checked(|p| p.bond = MIN_BOND - 1), Err(PolicyError::Bond));
    assert_eq!(checked(|p| p.bond = MAX_BOND + 1), Err(PolicyError::Bond));
    assert_eq!(checked(|p| p.bond = Balance::MAX), Err(PolicyError::Bond));
}

#[test]
fn reward_should_be_refused_above_the_maximum() {
    assert_eq!(checked(|p| p.reward = MAX_REWARD + 1), Err(PolicyError::Reward));
    assert_eq!(checked(|p| p.reward = Balance::MAX), Err(PolicyError::Reward));
}

#[test]
fn challenge_and_retention_should_be_refused_outside_their_ranges() {
    assert_eq!(
        checked(|p| p.challenge = MAX_CHALLENGE + 1),
        Err(PolicyError::Challenge)
    );
    assert_eq!(checked(|p| p.challenge = BlockNumber::MAX), Err(PolicyError::Challenge));
    assert_eq!(
        checked(|p| (p.challenge, p.retention) = (0, MIN_RETENTION - 1)),
        Err(PolicyError::Retention)
    );
    assert_eq!(
        checked(|p| p.retention = MAX_RETENTION + 1),
        Err(PolicyError::Retention)
    );
    assert_eq!(
        checked(|p| p.retention = MAX_CHALLENGE - 1),
        Err(PolicyError::Retention),
        "the evidence outlives the challenge"
    );
}

#[test]
fn phases_of_transfers_should_last_as_long_as_all_updates_need() {
    assert_eq!(
        transfer_blocks(10_240, 10, 25_000_000),
        MIN_PHASE,
        "small ones cost nothing"
    );
    assert_eq!(transfer_blocks(28 << 30, 10, 25_000_000), MIN_PHASE + 12_025);
    assert_eq!(transfer_blocks(u64::MAX, u32::MAX, 1), BlockNumber::MAX);
    assert_eq!(transfer_blocks(1, 1, 0), BlockNumber::MAX, "nothing moves at rate 0");
    let lasting = |reveal, vote| {
        let mut policy = policy();
        (policy.deadlines.reveal_updates, policy.deadlines.vote) = (reveal, vote);
        // 20 updates of 1,000 bytes, 500 of which move in a block's time.
        policy.check_transfers(1_000, 500)
    };
    let (least, short) = (MIN_PHASE + 40, Err(PolicyError::Transfer { blocks: MIN_PHASE + 40 }));
    assert_eq!(lasting(least, least), Ok(()));
    assert_eq!(lasting(least - 1, least), short);
    assert_eq!(lasting(least, least - 1), short);
    let never = policy().check_transfers(1 << 40, 1).unwrap_err().to_string();
    assert!(never.contains("lower max_updates"), "{never}");
}
