//! Functions of one f32, with coefficients of our own (`scripts/coefficients.py`). Nothing loops over data, and every branch is a
//! choice between two computed values, as lanes of a processor make it: a lane's unused value may be anything.
//!
//! Each file has `with`, which takes the fused multiply-add from its caller: whoever has an instruction for it computes the same
//! bits. The functions here take it in software.

pub mod erf;
pub mod exp;
pub mod gelu;
mod lanes;
pub mod log;
pub mod sigmoid;
mod simple;
pub mod tanh;
pub mod turn;

pub use simple::{hard_sigmoid, pow2, pow3, pow_half};

use super::arithmetic::Software;

/// `e^x`.
pub fn exp(x: f32) -> f32 {
    exp::with::<Software>(x)
}

/// The hyperbolic tangent.
pub fn tanh(x: f32) -> f32 {
    tanh::with::<Software>(x)
}

/// The error function.
pub fn erf(x: f32) -> f32 {
    erf::with::<Software>(x)
}

/// The natural logarithm; −∞ of both zeros, [`NAN`](super::arithmetic::NAN) below.
pub fn log(x: f32) -> f32 {
    log::with::<Software>(x)
}

/// The sine of at most 8192 radians, [`NAN`](super::arithmetic::NAN) beyond.
pub fn sin(x: f32) -> f32 {
    turn::sin_with::<Software>(x)
}

/// The cosine of at most 8192 radians, [`NAN`](super::arithmetic::NAN) beyond.
pub fn cos(x: f32) -> f32 {
    turn::cos_with::<Software>(x)
}

/// `1 / (1 + e^−x)`.
pub fn sigmoid(x: f32) -> f32 {
    sigmoid::with::<Software>(x)
}

/// `x · sigmoid(x)`.
pub fn silu(x: f32) -> f32 {
    sigmoid::silu_with::<Software>(x)
}

/// `x / 2 · (1 + erf(x / √2))`.
pub fn gelu(x: f32) -> f32 {
    gelu::with::<Software>(x)
}

/// GELU by its approximation with tanh.
pub fn gelu_tanh(x: f32) -> f32 {
    gelu::tanh_with::<Software>(x)
}
