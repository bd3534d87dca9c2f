//! Exact inner products of rows of grid integers.

use crate::{
    cpu::{dispatch, Cpu},
    simd::Vector,
};

/// Values per step where a product may have 60 bits: 2^16 products of half a value and a whole one fit i64.
const WIDE: usize = 1 << 16;

/// `Σ x_k · y_k`. `bound` is the product of bounds on the magnitudes of x and of y, which are grid integers: at most 2^60.
///
/// # Panics
/// If the lengths differ.
pub fn dot(cpu: Cpu, x: &[i32], y: &[i32], bound: u64) -> i128 {
    assert_eq!(x.len(), y.len(), "rows of one length");
    if u128::from(bound) * (x.len() as u128) < 1 << 63 {
        return i128::from(dispatch!(cpu, dot_narrow(x: &[i32], y: &[i32]) -> i64));
    }
    let parts = x.chunks(WIDE).zip(y.chunks(WIDE));
    parts
        .map(|(x, y)| {
            let (high, low) = dispatch!(cpu, dot_wide(x: &[i32], y: &[i32]) -> (i64, i64));
            (i128::from(high) << 15) + i128::from(low)
        })
        .sum()
}

#[inline(always)]
fn dot_narrow<V: Vector>(x: &[i32], y: &[i32]) -> i64 {
    x.iter().zip(y).map(|(&x, &y)| i64::from(x) * i64::from(y)).sum()
}

/// The parts of x above and below 2^15 times y: at most 2^15 · 2^30 · 2^16.
#[inline(always)]
fn dot_wide<V: Vector>(x: &[i32], y: &[i32]) -> (i64, i64) {
    x.iter().zip(y).fold((0, 0), |(high, low), (&x, &y)| {
        let y = i64::from(y);
        (high + i64::from(x >> 15) * y, low + i64::from(x & 0x7fff) * y)
    })
}
