use codec::{DecodeAll, Encode, MaxEncodedLen};
use num_bigint::BigInt;
use num_rational::BigRational;
use proptest::prelude::*;
use quorate_exact::{
    aggregate_column, aggregate_tile,
    rule::{MAX_UPDATES, MAX_WEIGHT},
    weighted_mean, AggregateError, Rule, RuleError,
};

use crate::common::{grid_integer, half_even, property};

fn rule() -> impl Strategy<Value = Rule> {
    let trimmed = (0..500_000u32).prop_map(|trim_ppm| Rule::TrimmedMean { trim_ppm });
    prop_oneof![Just(Rule::WeightedMean), Just(Rule::Median), trimmed]
}

fn column() -> impl Strategy<Value = (Vec<i32>, Vec<u32>)> {
    let update = (grid_integer(), 1..=MAX_WEIGHT);
    prop::collection::vec(update, 1..40).prop_map(|updates| updates.into_iter().unzip())
}

fn mean(values: impl Iterator<Item = (i32, u32)>) -> i32 {
    let (sum, total) = values.fold((BigInt::ZERO, BigInt::ZERO), |(sum, total), (q, w)| {
        (sum + BigInt::from(q) * BigInt::from(w), total + BigInt::from(w))
    });
    half_even(&BigRational::new(sum, total)).try_into().unwrap()
}

fn oracle(rule: &Rule, column: &[i32], weights: &[u32]) -> i32 {
    let mut sorted = column.to_vec();
    sorted.sort();
    let n = sorted.len();
    let kept = match rule {
        Rule::WeightedMean => return mean(column.iter().copied().zip(weights.iter().copied())),
        Rule::Median => (n - 1) / 2..n / 2 + 1,
        Rule::TrimmedMean { trim_ppm } => {
            let f = (BigInt::from(*trim_ppm) * BigInt::from(n) / BigInt::from(1_000_000))
                .try_into()
                .unwrap();
            f..n - f
        }
        _ => unreachable!("rules that choose whole rows are in rules.rs"),
    };
    mean(sorted[kept].iter().map(|&q| (q, 1)))
}

#[test]
fn rules_should_equal_the_rational_oracle() {
    property(5_000, (rule(), column()), |(rule, (column, weights))| {
        let expected = oracle(&rule, &column, &weights);
        prop_assert_eq!(aggregate_column(&rule, &mut column.clone(), &weights), Ok(expected));
        Ok(())
    });
}

#[test]
fn rules_should_not_depend_on_the_order_of_updates() {
    let shuffled = column().prop_flat_map(|(column, weights)| {
        let updates: Vec<_> = column.into_iter().zip(weights).collect();
        (Just(updates.clone()), Just(updates).prop_shuffle())
    });
    property(2_000, (rule(), shuffled), |(rule, orders)| {
        let [a, b] = [orders.0, orders.1].map(|updates| {
            let (mut column, weights): (Vec<_>, Vec<_>) = updates.into_iter().unzip();
            aggregate_column(&rule, &mut column, &weights)
        });
        prop_assert_eq!(a, b);
        Ok(())
    });
}

#[test]
fn tile_should_give_what_its_columns_give() {
    let rows = (1usize..12, 0usize..20).prop_flat_map(|(n, width)| {
        let row = prop::collection::vec(grid_integer(), width);
        (
            prop::collection::vec(row, n),
            prop::collection::vec(1..=MAX_WEIGHT, n),
            Just(width),
        )
    });
    property(1_000, (rule(), rows), |(rule, (rows, weights, width))| {
        let mut out = vec![0; width];
        let slices: Vec<&[i32]> = rows.iter().map(Vec::as_slice).collect();
        prop_assert_eq!(aggregate_tile(&rule, &slices, &weights, &mut out), Ok(()));
        for (k, &value) in out.iter().enumerate() {
            let mut column: Vec<i32> = rows.iter().map(|row| row[k]).collect();
            prop_assert_eq!(aggregate_column(&rule, &mut column, &weights), Ok(value));
        }
        Ok(())
    });
}

#[test]
fn aggregate_should_lie_within_its_inputs() {
    property(2_000, (rule(), column()), |(rule, (mut column, weights))| {
        let (low, high) = (*column.iter().min().unwrap(), *column.iter().max().unwrap());
        let value = aggregate_column(&rule, &mut column, &weights).unwrap();
        prop_assert!((low..=high).contains(&value));
        Ok(())
    });
}

#[test]
fn round_of_the_largest_size_should_not_overflow() {
    let n = MAX_UPDATES as usize;
    for extreme in [i32::MIN, i32::MAX] {
        for rule in [
            Rule::WeightedMean,
            Rule::Median,
            Rule::TrimmedMean { trim_ppm: 499_999 },
        ] {
            assert_eq!(
                aggregate_column(&rule, &mut vec![extreme; n], &vec![MAX_WEIGHT; n]),
                Ok(extreme)
            );
        }
        assert_eq!(weighted_mean(&[extreme; 2], &[u32::MAX, 0]), Ok(extreme));
    }
}

#[test]
fn inputs_out_of_bounds_should_be_refused() {
    let mean = Rule::WeightedMean;
    let n = MAX_UPDATES as usize + 1;
    let refused = |rule: &Rule, column: &[i32], weights: &[u32]| {
        aggregate_column(rule, &mut column.to_vec(), weights).unwrap_err()
    };
    assert_eq!(
        refused(&mean, &[], &[]),
        RuleError::TooFewRows { rows: 0, minimum: 1 }.into()
    );
    assert_eq!(
        refused(&Rule::Median, &vec![0; n], &[]),
        RuleError::TooManyRows { rows: 1025 }.into()
    );
    assert_eq!(
        refused(&mean, &[1, 2], &[1]),
        RuleError::WeightCount { expected: 2, got: 1 }.into()
    );
    assert_eq!(
        refused(&mean, &[1, 2], &[1, 0]),
        RuleError::Weight { index: 1, weight: 0 }.into()
    );
    let weight = MAX_WEIGHT + 1;
    assert_eq!(
        refused(&mean, &[1, 2], &[weight, 1]),
        RuleError::Weight { index: 0, weight }.into()
    );
    let parameter = RuleError::Parameter {
        name: "trim_ppm",
        value: 500_000,
        least: 0,
        most: 499_999,
    };
    assert_eq!(
        refused(&Rule::TrimmedMean { trim_ppm: 500_000 }, &[1], &[]),
        parameter.into()
    );
    assert_eq!(weighted_mean(&[1, 2], &[0, 0]), Err(AggregateError::WeightSum));
    assert_eq!(weighted_mean(&[1, 2], &[u32::MAX, 1]), Err(AggregateError::WeightSum));
    let error = AggregateError::RowLength {
        row: 1,
        expected: 2,
        got: 1,
    };
    assert_eq!(
        aggregate_tile(&Rule::Median, &[&[1, 2], &[1]], &[], &mut [0; 2]),
        Err(error)
    );
}

#[test]
fn trim_count_should_be_an_integer_floor() {
    let count = |trim_ppm, n| Rule::TrimmedMean { trim_ppm }.trim_count(n);
    assert_eq!(count(290_000, 100), 29);
    assert_eq!(count(333_333, 3), 0);
    assert_eq!(count(499_999, 1024), 511);
    assert_eq!(count(u32::MAX, u32::MAX), u32::MAX);
    assert_eq!(Rule::Median.trim_count(100), 0);
}

#[test]
fn rules_should_have_frozen_encodings() {
    let cases = [
        (Rule::WeightedMean, vec![0]),
        (Rule::Median, vec![1]),
        (Rule::TrimmedMean { trim_ppm: 0x0403_0201 }, vec![2, 1, 2, 3, 4]),
    ];
    for (rule, bytes) in cases {
        assert_eq!(rule.encode(), bytes);
        assert_eq!(Rule::decode_all(&mut &bytes[..]), Ok(rule));
    }
    assert_eq!(Rule::max_encoded_len(), 6);
}
