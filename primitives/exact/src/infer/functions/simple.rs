//! What needs no polynomial.

use crate::infer::arithmetic::{canonical, fma, max, min, sqrt};

/// `max(+0, min(1, fma(alpha, x, beta)))`.
pub fn hard_sigmoid(x: f32, alpha: f32, beta: f32) -> f32 {
    max(0.0, min(1.0, fma(alpha, x, beta)))
}

/// `x ⊗ x`.
pub fn pow2(x: f32) -> f32 {
    canonical(x * x)
}

/// `(x ⊗ x) ⊗ x`.
pub fn pow3(x: f32) -> f32 {
    canonical((x * x) * x)
}

/// `√x`.
pub fn pow_half(x: f32) -> f32 {
    sqrt(x)
}
