//! Functions of one number, of whole slices: docs/exactness.md, section 13, lane by lane, and what else changes an element by
//! itself.

mod erf;
mod exp;
mod gelu;
mod log;
mod sigmoid;
mod simple;
mod tanh;
mod turn;

pub(crate) use exp::Exp;
pub(crate) use sigmoid::Sigmoid;
pub(crate) use tanh::Tanh;

use crate::{
    isa::{dispatch, Isa},
    simd::Vector,
    walk::{self, Source},
};

/// What becomes of each element by itself.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Function {
    /// e^x.
    Exp,
    /// The hyperbolic tangent.
    Tanh,
    /// The error function.
    Erf,
    /// The natural logarithm.
    Log,
    /// The sine, NaN beyond 8,192.
    Sin,
    /// The cosine, NaN beyond 8,192.
    Cos,
    /// 1 ⊘ (1 ⊕ exp(−x)).
    Sigmoid,
    /// x ⊗ sigmoid(x).
    Silu,
    /// max(+0, min(1, fma(alpha, x, beta))).
    HardSigmoid {
        /// The slope.
        alpha: f32,
        /// The value at 0.
        beta: f32,
    },
    /// (½ ⊗ x) ⊗ (1 ⊕ erf(x ⊗ √½)).
    Gelu,
    /// GELU by its approximation with tanh.
    GeluTanh,
    /// Pow 2: x ⊗ x.
    Square,
    /// Pow 3: (x ⊗ x) ⊗ x.
    Cube,
    /// √x; Pow ½ too.
    Sqrt,
    /// The sign turned.
    Neg,
    /// The sign cleared.
    Abs,
    /// max(x, +0).
    Relu,
    /// min(max(x, low), high).
    Clip {
        /// The least result, −∞ if there is none.
        low: f32,
        /// The largest result, +∞ if there is none.
        high: f32,
    },
}

/// y_i = function(x_i). Answers whether some result is NaN.
///
/// # Panics
/// Unless both are of one length.
#[must_use = "a NaN ends the run"]
pub fn map(isa: Isa, function: Function, x: &[f32], y: &mut [f32]) -> bool {
    function.apply(isa, Source::Values(x), y)
}

/// [`map`] in place.
#[must_use = "a NaN ends the run"]
pub fn map_in_place(isa: Isa, function: Function, y: &mut [f32]) -> bool {
    function.apply(isa, Source::Own, y)
}

impl Function {
    pub(crate) fn apply(self, isa: Isa, x: Source<'_>, y: &mut [f32]) -> bool {
        let function = self;
        dispatch!(isa, apply(function: Function, x: Source<'_>, y: &mut [f32]) -> bool)
    }
}

#[inline(always)]
fn apply<V: Vector>(function: Function, x: Source<'_>, y: &mut [f32]) -> bool {
    match function {
        Function::Exp => walk::map::<V, _>(Exp, x, y),
        Function::Tanh => walk::map::<V, _>(tanh::Tanh, x, y),
        Function::Erf => walk::map::<V, _>(erf::Erf, x, y),
        Function::Log => walk::map::<V, _>(log::Log, x, y),
        Function::Sin => walk::map::<V, _>(turn::Sin, x, y),
        Function::Cos => walk::map::<V, _>(turn::Cos, x, y),
        Function::Sigmoid => walk::map::<V, _>(sigmoid::Sigmoid, x, y),
        Function::Silu => walk::map::<V, _>(sigmoid::Silu, x, y),
        Function::HardSigmoid { alpha, beta } => walk::map::<V, _>(simple::HardSigmoid { alpha, beta }, x, y),
        Function::Gelu => walk::map::<V, _>(gelu::Gelu, x, y),
        Function::GeluTanh => walk::map::<V, _>(gelu::GeluTanh, x, y),
        Function::Square => walk::map::<V, _>(simple::Square, x, y),
        Function::Cube => walk::map::<V, _>(simple::Cube, x, y),
        Function::Sqrt => walk::map::<V, _>(simple::Sqrt, x, y),
        Function::Neg => walk::map::<V, _>(simple::Neg, x, y),
        Function::Abs => walk::map::<V, _>(simple::Abs, x, y),
        Function::Relu => walk::map::<V, _>(simple::Relu, x, y),
        Function::Clip { low, high } => walk::map::<V, _>(simple::Clip { low, high }, x, y),
    }
}

/// A polynomial by Horner's scheme: `[c_n, …, c_0]`, bits of f32, the highest coefficient first.
#[inline(always)]
fn horner<V: Vector, const N: usize>(t: V, coefficients: [u32; N]) -> V {
    let mut p = V::splat_bits(coefficients[0]);
    for &c in &coefficients[1..] {
        p = p.fma(t, V::splat_bits(c));
    }
    p
}

/// 1.5 · 2^23: adding it rounds to an integer, which is then in the low bits.
const ROUNDER: u32 = 0x4b40_0000;

/// ln 2 in two parts, the first of 17 bits, so that an exponent times it is exact.
const LN_2: [u32; 2] = [0x3f31_7200, 0x35bf_be8e];

/// The sign of `sign` on a magnitude.
#[inline(always)]
fn with_sign<V: Vector>(magnitude: V, sign: V) -> V {
    magnitude.or(sign.and(V::splat_bits(SIGN)))
}

const SIGN: u32 = 1 << 31;
