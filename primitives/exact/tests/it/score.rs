use num_bigint::{BigInt, BigUint};
use num_traits::{Signed, Zero};
use proptest::prelude::*;
use quorate_exact::{
    gram::{GRAM_BITS, MAX_ROWS},
    score::{effective_shares, scores},
    Gram, GramError, Products, ProductsShape, ScoreError,
};

use crate::common::{grid_integer, property};

fn slices(rows: &[Vec<i32>]) -> Vec<&[i32]> {
    rows.iter().map(Vec::as_slice).collect()
}

fn gram(rows: &[Vec<i32>]) -> Gram {
    let mut gram = Gram::new(rows.len()).unwrap();
    gram.add_tile(&slices(rows), 0).unwrap();
    gram
}

/// Products of `n` updates, of an aggregate and maybe of a previous one.
fn products(rows: &[Vec<i32>], n: usize, pairs: bool) -> Products {
    let shape = ProductsShape {
        updates: n,
        pairs,
        previous: rows.len() > n + 1,
    };
    let mut products = Products::new(shape).unwrap();
    products.add_tile(&slices(rows), 0).unwrap();
    products
}

fn scores_of(rows: &[Vec<i32>], n: usize) -> Result<Vec<u32>, ScoreError> {
    let with_pairs = scores(&products(rows, n, true));
    assert_eq!(scores(&products(rows, n, false)), with_pairs);
    with_pairs
}

/// Scores of a list of entries with pairs.
fn scores_from(updates: usize, previous: bool, entries: &[i128]) -> Result<Vec<u32>, ScoreError> {
    let shape = ProductsShape {
        updates,
        pairs: true,
        previous,
    };
    scores(&Products::from_entries(shape, entries.to_vec()).unwrap())
}

/// Rows that often point the same way.
fn rows(n: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Vec<i32>>> {
    (n, 1usize..10).prop_flat_map(|(n, width)| {
        let direction = prop::collection::vec(-(1i32 << 29)..1 << 29, width);
        let row = (prop::collection::vec(grid_integer(), width), 0u32..31, any::<bool>());
        (direction, prop::collection::vec(row, n)).prop_map(|(direction, rows)| {
            let bend = |(noise, shift, follow): (Vec<i32>, u32, bool)| match follow {
                true => direction
                    .iter()
                    .zip(noise)
                    .map(|(&d, x)| d + (x >> 1 >> shift))
                    .collect(),
                false => noise,
            };
            rows.into_iter().map(bend).collect()
        })
    })
}

/// The definition itself: residuals as vectors, norms and cosines from them, floors where the specification has them.
fn oracle(rows: &[Vec<i32>], n: usize) -> Vec<u32> {
    let dot = |x: &[BigInt], y: &[BigInt]| x.iter().zip(y).map(|(a, b)| a * b).sum::<BigInt>();
    let big = |row: &Vec<i32>| row.iter().map(|&q| BigInt::from(q)).collect::<Vec<_>>();
    let rows: Vec<Vec<BigInt>> = rows.iter().map(big).collect();
    let residual = |x: &[BigInt]| match rows.get(n + 1).map(|p| (p, dot(p, p))).filter(|(_, pp)| !pp.is_zero()) {
        // pp · x − xp · p, which is pp times the part of x across p.
        Some((p, pp)) => x.iter().zip(p).map(|(a, b)| a * &pp - b * dot(x, p)).collect(),
        None => x.to_vec(),
    };
    let mut norms: Vec<BigInt> = rows[..n].iter().map(|row| dot(row, row)).collect();
    let own = norms.clone();
    norms.sort();
    let (median, aggregate) = (&norms[(n - 1) / 2], residual(&rows[n]));
    let floor_root = |x: BigInt| BigUint::try_from(x).unwrap().sqrt();
    let score = |i: usize| {
        let update = residual(&rows[i]);
        let inner = dot(&update, &aggregate);
        if !inner.is_positive() {
            return 0;
        }
        let bound = dot(&update, &update) * dot(&aggregate, &aggregate);
        let cosine = floor_root(&inner * &inner * BigInt::from(10u64.pow(12)) / bound);
        let factor = floor_root((median << 62u32) / &own[i]).min(BigUint::from(1u32 << 31));
        u32::try_from((cosine * factor) >> 31u32).unwrap()
    };
    (0..n).map(score).collect()
}

#[test]
fn scores_should_equal_the_vector_oracle() {
    property(1_500, (rows(2..12), any::<bool>()), |(rows, previous)| {
        let n = rows.len() - 1 - usize::from(previous && rows.len() > 2);
        let expected = oracle(&rows, n);
        prop_assert_eq!(scores_of(&rows, n), Ok(expected));
        Ok(())
    });
}

#[test]
fn scores_should_be_ppm_and_follow_their_updates() {
    let shuffled = rows(3..12).prop_flat_map(|rows| {
        let order: Vec<usize> = (0..rows.len() - 1).collect();
        (Just(rows), Just(order).prop_shuffle())
    });
    property(1_000, shuffled, |(rows, order)| {
        let n = order.len();
        let straight = scores_of(&rows, n).unwrap();
        prop_assert!(straight.iter().all(|&score| score <= 1_000_000));
        let mut moved: Vec<Vec<i32>> = order.iter().map(|&i| rows[i].clone()).collect();
        moved.push(rows[n].clone());
        let expected: Vec<u32> = order.iter().map(|&i| straight[i]).collect();
        prop_assert_eq!(scores_of(&moved, n), Ok(expected));
        Ok(())
    });
}

#[test]
fn replaying_the_previous_aggregate_should_earn_nothing() {
    let previous = vec![7, 7, 0];
    let honest = vec![5, 6, 9];
    let replay = previous.clone();
    let aggregate = vec![6, 6, 6];
    let rows = [honest.clone(), honest, replay, aggregate, previous];
    let scores = scores_of(&rows, 3).unwrap();
    assert_eq!(scores[2], 0);
    assert!(scores[0] > 900_000 && scores[0] == scores[1]);
}

#[test]
fn update_equal_to_the_aggregate_should_score_one_and_a_long_one_less() {
    let rows = [vec![3, 4], vec![3, 4], vec![6, 8], vec![0, 0], vec![-3, -4], vec![3, 4]];
    assert_eq!(scores_of(&rows, 5), Ok(vec![1_000_000, 1_000_000, 500_000, 0, 0]));
}

#[test]
fn widest_matrix_should_have_scores() {
    let wide = 1i128 << GRAM_BITS;
    let with = |entries: [i128; 6]| scores_from(1, true, &entries);
    assert_eq!(with([wide, wide / 2, 0, wide, 0, wide]), Ok(vec![500_000]));
    assert_eq!(with([wide, wide, wide / 2, wide, wide / 2, wide]), Ok(vec![1_000_000]));
    assert_eq!(with([wide; 6]), Ok(vec![0]));
}

#[test]
fn matrices_of_no_vectors_should_be_refused() {
    let with = |entries: &[i128]| scores_from(1, false, entries);
    assert_eq!(with(&[1, 2, 1]), Err(ScoreError::NotAGram { row: 0 }));
    assert_eq!(with(&[-1, 0, 1]), Err(ScoreError::NotAGram { row: 0 }));
    assert_eq!(with(&[1, 0, -1]), Err(ScoreError::NotAGram { row: 1 }));
    assert_eq!(with(&[0, 1, 1]), Err(ScoreError::NotAGram { row: 0 }));
    assert_eq!(with(&[0, 0, 0]), Ok(vec![0]));
}

#[test]
fn no_matrix_should_make_scores_panic() {
    let limit = 1i128 << GRAM_BITS;
    let entry = (-limit..=limit, 0u32..96).prop_map(|(g, shift)| g >> shift);
    property(
        3_000,
        (1usize..4, prop::collection::vec(entry, 15)),
        |(updates, entries)| {
            for flags in 0..4 {
                let shape = ProductsShape::from_flags(updates, flags).unwrap();
                let entries = entries[..shape.len()].to_vec();
                let _ = scores(&Products::from_entries(shape, entries).unwrap());
            }
            Ok(())
        },
    );
}

#[test]
fn partial_sums_in_any_order_should_give_the_same_matrix() {
    let parts = (1usize..6).prop_flat_map(|n| {
        let tile = (1usize..6, 0u32..8).prop_flat_map(move |(width, shift)| {
            let row = prop::collection::vec(grid_integer(), width);
            (prop::collection::vec(row, n), Just(shift))
        });
        let tiles = prop::collection::vec(tile, 1..6);
        tiles.prop_flat_map(move |tiles| (Just(n), Just(tiles.clone()), Just(tiles).prop_shuffle()))
    });
    property(500, parts, |(n, tiles, shuffled)| {
        let mut whole = Gram::new(n).unwrap();
        for (rows, shift) in &tiles {
            whole.add_tile(&slices(rows), *shift).unwrap();
        }
        let mut merged = Gram::new(n).unwrap();
        for (rows, shift) in &shuffled {
            let mut part = Gram::new(n).unwrap();
            part.add_tile(&slices(rows), *shift).unwrap();
            merged.merge(&part).unwrap();
        }
        prop_assert_eq!(whole, merged);
        Ok(())
    });
}

#[test]
fn entry_should_be_the_inner_product_of_its_rows() {
    property(500, rows(1..8), |rows| {
        let gram = gram(&rows);
        for (i, a) in rows.iter().enumerate() {
            for (j, b) in rows.iter().enumerate() {
                let dot: i128 = a.iter().zip(b).map(|(&a, &b)| i128::from(a) * i128::from(b)).sum();
                prop_assert_eq!(gram.get(i, j), Some(dot));
            }
            prop_assert_eq!(gram.get(i, rows.len()), None);
        }
        Ok(())
    });
}

#[test]
fn matrix_should_keep_its_bounds() {
    assert_eq!(Gram::new(0), Err(GramError::Rows { n: 0 }));
    assert_eq!(Gram::new(MAX_ROWS + 1), Err(GramError::Rows { n: MAX_ROWS + 1 }));
    assert!(Gram::new(MAX_ROWS).is_ok());
    let q = 1 << 30;
    let mut gram = Gram::new(1).unwrap();
    assert_eq!(gram.add_tile(&[&[q; 32]], 15), Ok(()));
    assert_eq!(gram.get(0, 0), Some(1 << 95));
    assert_eq!(gram.add_tile(&[&[1]], 0), Err(GramError::TooWide));
    for shift in [18, 63, 64, u32::MAX] {
        assert_eq!(
            Gram::new(1).unwrap().add_tile(&[&[q]], shift),
            Err(GramError::TooWide),
            "{shift}"
        );
        assert_eq!(Gram::new(1).unwrap().add_tile(&[&[0]], shift), Ok(()), "{shift}");
    }
    assert_eq!(Gram::from_upper(1, vec![(1 << 95) + 1]), Err(GramError::TooWide));
    assert_eq!(Gram::from_upper(1, vec![i128::MIN]), Err(GramError::TooWide));
    assert_eq!(
        Gram::from_upper(2, vec![0; 2]),
        Err(GramError::Size { expected: 3, got: 2 })
    );
    let mut gram = Gram::new(2).unwrap();
    assert_eq!(gram.add_tile(&[&[1]], 0), Err(GramError::Size { expected: 2, got: 1 }));
    assert_eq!(gram.add_tile(&[&[1], &[1, 2]], 0), Err(GramError::RowLength { row: 1 }));
    assert_eq!(
        gram.merge(&Gram::new(1).unwrap()),
        Err(GramError::Size { expected: 2, got: 1 })
    );
}

#[test]
fn shares_should_be_parts_of_one() {
    assert_eq!(
        effective_shares(&[1_000_000, 500_000, 0], &[1, 2, 9]),
        [500_000, 500_000, 0]
    );
    assert_eq!(effective_shares(&[1, 1, 1], &[1, 1, 1]), [333_333; 3]);
    assert_eq!(effective_shares(&[0, 0], &[1, 1]), [0, 0]);
    assert_eq!(effective_shares(&[], &[]), [0u32; 0]);
    assert_eq!(effective_shares(&[u32::MAX; 2], &[u32::MAX; 2]), [500_000; 2]);
}
