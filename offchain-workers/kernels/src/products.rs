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

/// The products of a row with itself, with the aggregate and, where there is one, with the previous aggregate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RowProducts {
    /// `x·x`.
    pub own: i128,
    /// `x·a`.
    pub aggregate: i128,
    /// `x·p`.
    pub previous: Option<i128>,
}

/// All [`RowProducts`] of a row in one go. Bounds on magnitudes: `x` for row and aggregate, `p` for the previous aggregate.
///
/// # Panics
/// If the lengths differ.
pub fn row_products(cpu: Cpu, row: &[i32], a: &[i32], p: Option<&[i32]>, bounds: (u64, u64)) -> RowProducts {
    assert!(
        row.len() == a.len() && p.is_none_or(|p| p.len() == a.len()),
        "rows of one length"
    );
    let (x, y) = bounds;
    let widest = u128::from(x * x.max(if p.is_some() { y } else { 0 }));
    if widest * (row.len() as u128) < 1 << 63 {
        let other = p.unwrap_or(&[]);
        let [own, aggregate, previous] =
            dispatch!(cpu, three_narrow(row: &[i32], a: &[i32], other: &[i32]) -> [i64; 3]).map(i128::from);
        let previous = p.map(|_| previous);
        return RowProducts {
            own,
            aggregate,
            previous,
        };
    }
    RowProducts {
        own: dot(cpu, row, row, x * x),
        aggregate: dot(cpu, row, a, x * x),
        previous: p.map(|p| dot(cpu, row, p, x * y)),
    }
}

/// Products with the row itself, `a` and `p`, which may be empty; every sum fits i64.
#[inline(always)]
fn three_narrow<V: Vector>(row: &[i32], a: &[i32], p: &[i32]) -> [i64; 3] {
    let whole = row.len() / V::LANES * V::LANES;
    let mut sums = [V::zero(); 3];
    let mut at = 0;
    while at < whole {
        let (x, a) = (V::load(&row[at..at + V::LANES]), V::load(&a[at..at + V::LANES]));
        let higher = x.higher();
        sums[0] = sums[0]
            .add_wide(x.multiply_signed(x))
            .add_wide(higher.multiply_signed(higher));
        sums[1] = sums[1]
            .add_wide(x.multiply_signed(a))
            .add_wide(higher.multiply_signed(a.higher()));
        if !p.is_empty() {
            let p = V::load(&p[at..at + V::LANES]);
            sums[2] = sums[2]
                .add_wide(x.multiply_signed(p))
                .add_wide(higher.multiply_signed(p.higher()));
        }
        at += V::LANES;
    }
    let rest = |y: &[i32]| {
        let pairs = row.iter().zip(y).skip(whole);
        pairs.map(|(&x, &y)| i64::from(x) * i64::from(y)).sum::<i64>()
    };
    [
        sums[0].sum_wide() + rest(row),
        sums[1].sum_wide() + rest(a),
        sums[2].sum_wide() + rest(p),
    ]
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
