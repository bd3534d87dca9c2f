//! Properties of the pure rule.

use crate::{
    rule,
    types::{Parameters, INITIAL, MIN_RATE},
};
use proptest::prelude::*;
use quorate_primitives::{job::Verdict, traits::RoundResult, Ppm, PPM};

fn ppm() -> impl Strategy<Value = Ppm> {
    prop_oneof![Just(0), Just(1), Just(PPM - 1), Just(PPM), 0..=PPM]
}

fn parameters() -> impl Strategy<Value = Parameters> {
    (ppm(), ppm(), ppm(), ppm(), ppm(), ppm(), ppm()).prop_map(
        |(median_target, score_rate, invalid_rate, withheld_rate, agreed_rate, wrong_rate, silent_rate)| Parameters {
            median_target,
            score_rate,
            invalid_rate,
            withheld_rate,
            agreed_rate,
            wrong_rate,
            silent_rate,
        },
    )
}

fn verdict() -> impl Strategy<Value = Verdict> {
    prop_oneof![
        Just(Verdict::Agreed),
        Just(Verdict::Wrong),
        Just(Verdict::Silent),
        Just(Verdict::Unjudged)
    ]
}

proptest! {
    #[test]
    fn reputation_should_stay_between_nothing_and_one(
        parameters in parameters(),
        reputation in ppm(),
        score in any::<Ppm>(),
        median in any::<Ppm>(),
        verdict in verdict(),
    ) {
        let result = RoundResult { score, median, organisations: 3 };
        prop_assert!(rule::scored(&parameters, reputation, &result).unwrap_or(0) <= PPM);
        prop_assert!(rule::invalid(&parameters, reputation, 3).is_some_and(|after| after <= reputation));
        prop_assert!(rule::withheld(&parameters, reputation, 3).is_some_and(|after| after <= reputation));
        prop_assert!(rule::judged(&parameters, reputation, verdict).unwrap_or(0) <= PPM);
    }

    #[test]
    fn higher_score_should_never_lead_to_a_lower_reputation(
        parameters in parameters(),
        reputation in ppm(),
        scores in (ppm(), ppm()),
        median in 1..=PPM,
    ) {
        let (low, high) = (scores.0.min(scores.1), scores.0.max(scores.1));
        let after = |score| rule::scored(&parameters, reputation, &RoundResult { score, median, organisations: 3 });
        prop_assert!(after(low) <= after(high));
    }

    #[test]
    fn higher_reputation_should_stay_the_higher_one(
        parameters in parameters(),
        reputations in (ppm(), ppm()),
        score in ppm(),
        median in 1..=PPM,
    ) {
        let (low, high) = (reputations.0.min(reputations.1), reputations.0.max(reputations.1));
        let result = RoundResult { score, median, organisations: 3 };
        prop_assert!(rule::scored(&parameters, low, &result) <= rule::scored(&parameters, high, &result));
    }

    #[test]
    fn nothing_should_move_below_three_organisations_or_without_a_median(
        parameters in parameters(),
        reputation in ppm(),
        score in ppm(),
        median in ppm(),
        organisations in 0u32..3,
    ) {
        prop_assert_eq!(rule::scored(&parameters, reputation, &RoundResult { score, median, organisations }), None);
        prop_assert_eq!(rule::invalid(&parameters, reputation, organisations), None);
        prop_assert_eq!(rule::withheld(&parameters, reputation, organisations), None);
        let no_median = RoundResult { score, median: 0, organisations: 3 };
        prop_assert_eq!(rule::scored(&parameters, reputation, &no_median), None);
    }
}

/// Where a constant result leads.
fn limit(score: Ppm, median: Ppm) -> Ppm {
    let result = RoundResult {
        score,
        median,
        organisations: 3,
    };
    (0..500).fold(INITIAL, |now, _| {
        rule::scored(&Parameters::DEFAULT, now, &result).unwrap()
    })
}

#[test]
fn median_should_converge_to_four_fifths() {
    for median in [100_000, 333_333, 900_000] {
        assert!(
            (799_980..=800_000).contains(&limit(median, median)),
            "{}",
            limit(median, median)
        );
    }
}

#[test]
fn score_of_a_fifth_of_the_median_should_end_at_sixteen_percent() {
    assert!((159_980..=160_000).contains(&limit(100_000, 500_000)));
}

#[test]
fn score_of_nothing_should_end_at_nothing() {
    assert_eq!(limit(0, 500_000), 0);
}

#[test]
fn score_far_above_the_median_should_end_at_one_and_no_higher() {
    assert!((PPM - 10..=PPM).contains(&limit(PPM, 500_000)));
}

#[test]
fn one_fault_should_cost_half_and_silence_little() {
    let parameters = Parameters::DEFAULT;
    assert_eq!(rule::invalid(&parameters, 800_000, 3), Some(400_000));
    assert_eq!(rule::withheld(&parameters, 800_000, 3), Some(640_000));
    assert_eq!(rule::judged(&parameters, 800_000, Verdict::Wrong), Some(400_000));
    assert_eq!(rule::judged(&parameters, 800_000, Verdict::Silent), Some(784_000));
    assert_eq!(rule::judged(&parameters, 800_000, Verdict::Agreed), Some(804_000));
    assert_eq!(rule::judged(&parameters, 800_000, Verdict::Unjudged), None);
}

#[test]
fn least_rates_should_still_move_reputations_both_ways() {
    let parameters = Parameters {
        score_rate: MIN_RATE,
        agreed_rate: MIN_RATE,
        silent_rate: MIN_RATE,
        ..Parameters::DEFAULT
    };
    assert!(parameters.check());
    assert_eq!(rule::judged(&parameters, 500_000, Verdict::Agreed), Some(500_500));
    assert_eq!(rule::judged(&parameters, 500_000, Verdict::Silent), Some(499_500));
}
