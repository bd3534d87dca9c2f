//! Rows shortened to a bound: fixed, or that of a row of the round.

use alloc::vec::Vec;

use primitive_types::U256;

use crate::{
    row_map::{MapRow, RowMap},
    rule::count,
};

/// One, as a factor: 2^31.
const W: u32 = 1 << 31;

/// Norm bounding to the radius `t < 2^56`, from the squared norms.
pub(super) fn clip(norms: &[u128], t: u64) -> RowMap {
    // Below 2^112.
    shorten(norms, u128::from(t) * u128::from(t))
}

/// Adaptive robust clipping with `f` tolerated: to the norm of the row after the `k = 2f(r − f) div r` longest.
pub(super) fn arc(norms: &[u128], f: u32) -> RowMap {
    let (r, f) = (norms.len() as u64, u64::from(f));
    let k = (2 * f * r.saturating_sub(f)).checked_div(r).unwrap_or(0);
    let mut sorted = norms.to_vec();
    sorted.sort_unstable();
    let at = r.saturating_sub(k).saturating_sub(1) as usize;
    shorten(norms, sorted.get(at).copied().unwrap_or(0))
}

/// Row i times `λ_i = W` if its squared norm is at most `squared`, else `isqrt(squared · 2^62 div norm)`; over W.
fn shorten(norms: &[u128], squared: u128) -> RowMap {
    let factor = |norm: u128| match norm <= squared {
        true => W,
        // Less than 2^190 on the way. The quotient is below 2^62, its root below 2^31.
        false => ((U256::from(squared) << 62) / U256::from(norm))
            .integer_sqrt()
            .low_u32(),
    };
    let row = |(i, &norm): (usize, &u128)| MapRow {
        terms: Vec::from([(count(i), factor(norm))]),
        den: W,
    };
    RowMap {
        rows: norms.iter().enumerate().map(row).collect(),
    }
}
