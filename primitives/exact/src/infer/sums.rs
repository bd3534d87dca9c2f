//! The two orders in which everything is summed.

use super::arithmetic::fma;

/// Lanes of [`s32`].
const LANES: usize = 32;

/// **Chain**: acc = +0; for k ascending, acc = fma(a_k, b_k, acc).
pub fn chain(pairs: impl IntoIterator<Item = (f32, f32)>) -> f32 {
    pairs.into_iter().fold(0.0, |acc, (a, b)| fma(a, b, acc))
}

/// **S32** of values: see [`s32_at`]; value i has index i.
pub fn s32(values: impl IntoIterator<Item = f32>) -> f32 {
    s32_at(values.into_iter().enumerate())
}

/// **S32**: 32 lanes start at +0; each (index, value), in the order given, is added to lane index mod 32; then
/// a_j = a_j ⊕ a_{j+h} for j < h, with h = 16, 8, 4, 2, 1. Indices may be missing: they add nothing.
pub fn s32_at(values: impl IntoIterator<Item = (usize, f32)>) -> f32 {
    let mut lanes = [0.0; LANES];
    for (index, value) in values {
        lanes[index % LANES] += value;
    }
    halve(lanes)
}

/// **S32** of squares: lane = fma(x, x, lane).
pub fn s32_squares(values: impl IntoIterator<Item = f32>) -> f32 {
    let mut lanes = [0.0; LANES];
    for (index, value) in values.into_iter().enumerate() {
        lanes[index % LANES] = fma(value, value, lanes[index % LANES]);
    }
    halve(lanes)
}

/// n as a divisor: the nearest f32, ties to even.
pub fn count(n: usize) -> f32 {
    n as f32
}

fn halve(mut lanes: [f32; LANES]) -> f32 {
    for half in [16, 8, 4, 2, 1] {
        for j in 0..half {
            lanes[j] += lanes[j + half];
        }
    }
    lanes[0]
}
