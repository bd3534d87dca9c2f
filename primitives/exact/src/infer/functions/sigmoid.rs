//! `1 / (1 + e^−x)`, which rises as exp does; below −88.72283 it is +0.

use super::exp;
use crate::infer::arithmetic::{canonical, Fma};

/// [`sigmoid`](fn@super::sigmoid) with this fused multiply-add.
pub fn with<A: Fma>(x: f32) -> f32 {
    canonical(1.0 / (1.0 + exp::with::<A>(-x)))
}

/// [`silu`](fn@super::silu) with this fused multiply-add. Of −∞ it is NaN: −∞ times +0.
pub fn silu_with<A: Fma>(x: f32) -> f32 {
    canonical(x * with::<A>(x))
}
