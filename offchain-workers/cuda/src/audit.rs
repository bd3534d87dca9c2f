//! What is recomputed by the reference before a result is used.
//!
//! The places and factors come from the operating system's randomness: who provokes a wrong answer of a device cannot know where
//! nobody looks. A tile always has one window of its aggregate recomputed. Where its products are audited too, products
//! with single vectors are recomputed as they are, and a matrix G of all pairs is multiplied by a vector r of random words:
//! `G r` must be `X (Xᵀ r)` (R. Freivalds, "Probabilistic machines can use less running time", 1977). A wrong entry survives
//! that with a chance of 2^−32.

use crate::reference::{column, combined, mapped, pairs, piece_at, product_column};
use quorate_kernels::{BackendError, Finish, Tile, TileOp, TileResult};
use rand::{Rng, RngCore};
use rayon::prelude::*;

/// Coordinates of the window.
const WINDOW: usize = 64;
/// Coordinates whose products are summed by one task.
const CHUNK: usize = 512;

/// Compares one window of the aggregate with the reference.
///
/// # Errors
/// `Device`, where they differ.
pub fn window(
    tile: &Tile<'_>,
    work: &TileOp,
    result: &TileResult,
    random: &mut dyn RngCore,
) -> Result<(), BackendError> {
    let Finish::Aggregate { train, stat, .. } = &work.finish else {
        return Ok(());
    };
    let len = tile.len();
    let start = random.random_range(0..=len.saturating_sub(WINDOW));
    for index in start..len.min(start + WINDOW) {
        let Some(piece) = piece_at(tile, index) else { continue };
        let rows = mapped(work, piece, &column(tile, piece, index)?)?;
        let expected = combined([train, stat], piece, &rows)?;
        let got = result.aggregate[index];
        if got != expected {
            return Err(BackendError::Device(format!(
                "wrong aggregate at coordinate {index} of a tile: {got}, the reference says {expected}"
            )));
        }
    }
    Ok(())
}

/// Compares the products of a tile with the reference.
///
/// # Errors
/// `Device`, where they differ.
pub fn products(
    tile: &Tile<'_>,
    work: &TileOp,
    result: &TileResult,
    random: &mut dyn RngCore,
) -> Result<(), BackendError> {
    if result.products.is_empty() {
        return Ok(());
    }
    let rows = work.check(tile.rows.len())?;
    let others = usize::from(tile.previous.is_some());
    let (expected, got) = match work.finish {
        Finish::Pairs => {
            let factors: Vec<i128> = (0..rows + others).map(|_| i128::from(random.next_u32())).collect();
            let expected = sum(tile, work, factors.len(), |values, sums| {
                project(values, &factors, sums)
            })?;
            (expected, multiply(&result.products, &factors))
        }
        _ => {
            let vectors = match work.finish {
                Finish::Norms => rows,
                _ => tile.rows.len() + 1 + others,
            };
            let pairs = pairs(work, tile, vectors);
            let expected = sum(tile, work, pairs.len(), |values, sums| {
                for (sum, &(i, j)) in sums.iter_mut().zip(&pairs) {
                    *sum = i128::from(i64::from(values[i]) * i64::from(values[j]));
                }
            })?;
            (expected, result.products.clone())
        }
    };
    match expected.iter().zip(&got).position(|(a, b)| a != b) {
        None => Ok(()),
        Some(at) => Err(BackendError::Device(format!(
            "wrong products of a tile ({at} of {} comparisons is the first)",
            got.len()
        ))),
    }
}

/// `x_i (Σ_j r_j x_j)` of one coordinate for every i. At most 2^30 · 2^72.
fn project(values: &[i32], factors: &[i128], sums: &mut [i128]) {
    let mixed: i128 = values.iter().zip(factors).map(|(&x, r)| i128::from(x) * r).sum();
    for (sum, &x) in sums.iter_mut().zip(values) {
        *sum = i128::from(x) * mixed;
    }
}

/// `G r` modulo 2^128 from the upper triangle of G.
fn multiply(upper: &[i128], factors: &[i128]) -> Vec<i128> {
    let n = factors.len();
    let mut product = vec![0i128; n];
    let mut entries = upper.iter();
    for i in 0..n {
        for j in i..n {
            let Some(&entry) = entries.next() else { continue };
            product[i] = product[i].wrapping_add(entry.wrapping_mul(factors[j]));
            if i != j {
                product[j] = product[j].wrapping_add(entry.wrapping_mul(factors[i]));
            }
        }
    }
    product
}

/// Adds up, modulo 2^128 and with the shifts of the pieces, what `term` makes of every `train` coordinate.
fn sum(
    tile: &Tile<'_>,
    work: &TileOp,
    count: usize,
    term: impl Fn(&[i32], &mut [i128]) + Sync,
) -> Result<Vec<i128>, BackendError> {
    let len = tile.len();
    let chunk = |start: usize| {
        let mut sums = vec![0i128; count];
        let mut terms = vec![0i128; count];
        for index in start..len.min(start + CHUNK) {
            let Some(piece) = piece_at(tile, index).filter(|piece| piece.train) else {
                continue;
            };
            term(&product_column(work, tile, piece, index)?, &mut terms);
            for (sum, term) in sums.iter_mut().zip(&terms) {
                *sum = sum.wrapping_add(term.wrapping_shl(2 * piece.shift));
            }
        }
        Ok(sums)
    };
    let add = |mut a: Vec<i128>, b: Vec<i128>| {
        a.iter_mut().zip(b).for_each(|(a, b)| *a = a.wrapping_add(b));
        Ok(a)
    };
    let starts = (0..len).into_par_iter().step_by(CHUNK);
    starts.map(chunk).try_reduce(|| vec![0; count], add)
}
