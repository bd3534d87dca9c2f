//! Pre-aggregators against their definitions, and what holds for them.

use proptest::prelude::*;
use quorate_exact::{
    pre::permutation, Context, DecideError, MapRow, Needs, PreAggregator, RowMap, RuleError, StageMap, StageProducts,
};

use crate::{common::property, rules::context};

fn slices(rows: &[Vec<i32>]) -> Vec<&[i32]> {
    rows.iter().map(Vec::as_slice).collect()
}

fn apply(pre: PreAggregator, rows: &[Vec<i32>]) -> Result<StageMap, DecideError> {
    let products = StageProducts::of(pre.needs(), &[(0, slices(rows))]).unwrap();
    pre.apply(0, rows.len() as u32, &products, &context(rows.len()))
}

fn rows() -> impl Strategy<Value = Vec<Vec<i32>>> {
    (
        1usize..14,
        1usize..4,
        prop_oneof![Just(2i32), Just(1000), Just(1 << 30)],
    )
        .prop_flat_map(|(n, width, reach)| prop::collection::vec(prop::collection::vec(-reach..=reach, width), n))
}

fn norm(row: &[i32]) -> i128 {
    row.iter().map(|&q| i128::from(q) * i128::from(q)).sum()
}

fn mapped(map: &RowMap, rows: &[Vec<i32>]) -> Vec<Vec<i32>> {
    let mut new = vec![vec![]; map.rows.len()];
    for k in 0..rows[0].len() {
        let column: Vec<i32> = rows.iter().map(|row| row[k]).collect();
        let values = map.column(&column).unwrap();
        new.iter_mut().zip(values).for_each(|(row, value)| row.push(value));
    }
    new
}

#[test]
fn clipping_should_keep_short_rows_and_shorten_long_ones() {
    property(1_500, (rows(), 1u32..5_000), |(rows, tau)| {
        let StageMap { train, stat } = apply(PreAggregator::Clip { tau }, &rows).unwrap();
        prop_assert_eq!(stat, RowMap::identity(rows.len() as u32));
        let new = mapped(&train, &rows);
        for (old, new) in rows.iter().zip(&new) {
            // The context's grid is 2^16: tau counts grid steps. Rounding adds at most half a step to each coordinate.
            if norm(old) <= i128::from(tau) * i128::from(tau) {
                prop_assert_eq!(old, new);
            } else {
                prop_assert!((norm(new) as f64).sqrt() <= f64::from(tau) + 2.0);
                prop_assert!(old
                    .iter()
                    .zip(new)
                    .all(|(&a, &b)| a.signum() * b.signum() >= 0 && b.abs() <= a.abs()));
            }
        }
        Ok(())
    });
}

#[test]
fn arc_should_leave_all_but_the_longest_rows() {
    property(1_000, (rows(), 0u32..500_000), |(rows, f_ppm)| {
        let (r, f) = (rows.len(), f_ppm as usize * rows.len() / 1_000_000);
        let k = 2 * f * (r - f) / r;
        let map = apply(PreAggregator::Arc { f_ppm }, &rows).unwrap();
        let mut norms: Vec<i128> = rows.iter().map(|row| norm(row)).collect();
        norms.sort();
        let bound = norms[r - k - 1];
        for (old, new) in rows.iter().zip(mapped(&map.train, &rows)) {
            prop_assert!(norm(old) > bound || *old == new);
            prop_assert!((norm(&new) as f64).sqrt() <= (bound as f64).sqrt() + 2.0);
        }
        prop_assert_eq!(map.stat, RowMap::identity(r as u32));
        Ok(())
    });
}

#[test]
fn nearest_neighbour_mixing_should_equal_its_definition() {
    property(1_000, (rows(), 0u32..500_000), |(rows, f_ppm)| {
        let (r, f) = (rows.len(), f_ppm as usize * rows.len() / 1_000_000);
        let map = apply(PreAggregator::Nnm { f_ppm }, &rows).unwrap();
        prop_assert_eq!(&map.train, &map.stat);
        for (i, row) in map.train.rows.iter().enumerate() {
            let distance = |j: usize| -> i128 {
                let both = rows[i].iter().zip(&rows[j]);
                both.map(|(&a, &b)| (i128::from(a) - i128::from(b)).pow(2)).sum()
            };
            let mut order: Vec<usize> = (0..r).collect();
            order.sort_by_key(|&j| (distance(j), j));
            let mut near = order[..r - f].to_vec();
            near.sort();
            let terms = near.into_iter().map(|j| (j as u32, 1)).collect();
            prop_assert_eq!(
                row,
                &MapRow {
                    terms,
                    den: (r - f) as u32
                }
            );
        }
        Ok(())
    });
}

#[test]
fn buckets_should_hold_every_row_once() {
    let inputs = (1u32..200).prop_flat_map(|rows| (Just(rows), 1..=rows, any::<[u8; 32]>(), 0u8..2));
    property(1_000, inputs, |(rows, size, seed, stage)| {
        let context = Context {
            seed,
            ..context(rows as usize)
        };
        let pre = PreAggregator::Bucketing { size };
        let map = pre.apply(stage, rows, &StageProducts::Nothing, &context).unwrap();
        prop_assert_eq!(&map.train, &map.stat);
        prop_assert_eq!(map.train.rows.len() as u32, pre.rows_after(rows));
        let mut seen: Vec<u32> = vec![];
        for (b, row) in map.train.rows.iter().enumerate() {
            let last = b as u32 + 1 == pre.rows_after(rows);
            prop_assert_eq!(row.den, if last { rows - b as u32 * size } else { size });
            prop_assert!(row.terms.iter().all(|&(_, c)| c == 1) && row.terms.len() as u32 == row.den);
            prop_assert!(row.terms.windows(2).all(|pair| pair[0].0 < pair[1].0));
            seen.extend(row.terms.iter().map(|term| term.0));
        }
        seen.sort();
        prop_assert_eq!(seen, (0..rows).collect::<Vec<_>>());
        Ok(())
    });
}

#[test]
fn permutations_should_depend_on_seed_and_stage_and_be_uniform() {
    let seed = |k: u32| {
        let mut seed = [0; 32];
        seed[..4].copy_from_slice(&k.to_le_bytes());
        seed
    };
    assert_ne!(permutation(50, &seed(1), 0), permutation(50, &seed(1), 1));
    assert_ne!(permutation(50, &seed(1), 0), permutation(50, &seed(2), 0));
    assert_eq!(permutation(50, &seed(1), 0), permutation(50, &seed(1), 0));
    // 24 orders of 4 rows, 24,000 seeds: each order within five standard deviations of 1,000 (fixed seeds: no chance).
    let mut count = std::collections::BTreeMap::new();
    for k in 0..24_000 {
        *count.entry(permutation(4, &seed(k), 0)).or_insert(0i32) += 1;
    }
    assert_eq!(count.len(), 24);
    assert!(count.values().all(|&c| (c - 1000).abs() < 160), "{count:?}");
    assert!(permutation(0, &seed(0), 0).is_empty());
    assert_eq!(permutation(1, &seed(0), 0), [0]);
}

#[test]
fn wrong_inputs_should_be_refused() {
    let context = context(10);
    let clip = PreAggregator::Clip { tau: 1 };
    assert_eq!(
        clip.apply(0, 3, &StageProducts::Nothing, &context),
        Err(DecideError::ProductsMissing)
    );
    assert_eq!(
        clip.apply(0, 3, &StageProducts::Norms(vec![1, 2]), &context),
        Err(DecideError::Rows { expected: 3, got: 2 })
    );
    assert_eq!(
        clip.apply(0, 2, &StageProducts::Norms(vec![1, -1]), &context),
        Err(DecideError::NotAGram { row: 1 })
    );
    let nnm = PreAggregator::Nnm { f_ppm: 300_000 };
    assert_eq!(nnm.needs(), Needs::Pairs);
    let few = RuleError::TooFewRows { rows: 6, minimum: 7 };
    assert_eq!(
        nnm.apply(0, 6, &StageProducts::Nothing, &context),
        Err(DecideError::Rule(few))
    );
    let few = RuleError::TooFewRows { rows: 3, minimum: 4 };
    let buckets = PreAggregator::Bucketing { size: 4 };
    assert_eq!(buckets.check_rows(3, 10), Err(few));
    for broken in [
        PreAggregator::Clip { tau: 0 },
        PreAggregator::Arc { f_ppm: 500_000 },
        PreAggregator::Nnm { f_ppm: u32::MAX },
        PreAggregator::Bucketing { size: 0 },
    ] {
        let error = broken.apply(0, 3, &StageProducts::Nothing, &context).unwrap_err();
        assert!(
            matches!(error, DecideError::Rule(RuleError::Parameter { .. })),
            "{broken:?}: {error}"
        );
        assert!(broken.rows_after(u32::MAX) > 0);
        let _ = broken.min_rows(u32::MAX);
    }
}

#[test]
fn radius_should_lie_on_the_grid_of_the_products() {
    let radius = |s_max, x| {
        let context = Context { s_max, ..context(1) };
        context.radius(x)
    };
    assert_eq!(radius(16, 5), 5);
    assert_eq!(radius(24, 5), 5 << 8);
    assert_eq!(radius(40, u32::MAX), u64::from(u32::MAX) << 24);
    assert_eq!(radius(0, 0x2_ffff), 2);
    assert_eq!(radius(-16, u32::MAX), 1);
    assert_eq!(radius(15, 1), 1);
    for s_max in i8::MIN..=i8::MAX {
        assert!(radius(s_max, 1) >= 1);
    }
}
