//! Of `e^−|x|`, which cannot overflow: of a negative x the result is `e / (1 + e)`, so that it keeps its digits down to the
//! subnormals.

use super::{
    exp,
    lanes::{abs, select},
};
use crate::infer::arithmetic::{canonical, Fma};

/// [`sigmoid`](fn@super::sigmoid) with this fused multiply-add.
pub fn with<A: Fma>(x: f32) -> f32 {
    let e = exp::with::<A>(-abs(x));
    canonical(select(x < 0.0, e, 1.0) / (1.0 + e))
}

/// [`silu`](fn@super::silu) with this fused multiply-add. Of −∞ it is NaN: −∞ times +0.
pub fn silu_with<A: Fma>(x: f32) -> f32 {
    canonical(x * with::<A>(x))
}
