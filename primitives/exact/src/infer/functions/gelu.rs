//! GELU (Hendrycks and Gimpel, 2016), in both forms. Of −∞ it is NaN: −∞ times +0.

use super::{erf, lanes::f, tanh};
use crate::infer::arithmetic::{canonical, Fma};

const SQRT_HALF: f32 = f(0x3f35_04f3);
/// √(2/π).
const SQRT_2_OVER_PI: f32 = f(0x3f4c_422a);
/// 0.044715.
const CUBE: f32 = f(0x3d37_2713);

/// [`gelu`](fn@super::gelu) with this fused multiply-add.
pub fn with<A: Fma>(x: f32) -> f32 {
    canonical((0.5 * x) * (1.0 + erf::with::<A>(x * SQRT_HALF)))
}

/// [`gelu_tanh`](fn@super::gelu_tanh) with this fused multiply-add.
pub fn tanh_with<A: Fma>(x: f32) -> f32 {
    let inner = SQRT_2_OVER_PI * A::fma(CUBE, (x * x) * x, x);
    canonical((0.5 * x) * (1.0 + tanh::with::<A>(inner)))
}
