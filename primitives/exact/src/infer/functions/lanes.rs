//! What the functions are made of.

use crate::infer::arithmetic::Fma;

pub(super) const SIGN: u32 = 1 << 31;

/// 1.5 · 2^23: adding it rounds to an integer, which is then in the low bits.
pub(super) const ROUNDER: f32 = f(0x4b40_0000);
/// ln 2 in two parts, the first of 17 bits, so that an exponent times it is exact.
pub(super) const LN_2: [f32; 2] = [f(0x3f31_7200), f(0x35bf_be8e)];

pub(super) const fn f(bits: u32) -> f32 {
    f32::from_bits(bits)
}

/// A choice between two computed values.
pub(super) fn select(condition: bool, yes: f32, no: f32) -> f32 {
    match condition {
        true => yes,
        false => no,
    }
}

/// The magnitude: the sign cleared.
pub(super) fn abs(x: f32) -> f32 {
    f(x.to_bits() & !SIGN)
}

/// A magnitude with the sign of `sign`.
pub(super) fn with_sign(magnitude: f32, sign: f32) -> f32 {
    f(magnitude.to_bits() | sign.to_bits() & SIGN)
}

/// A polynomial by Horner's scheme: `[c_n, …, c_0]`, the highest coefficient first; `p = c_n`, then `p = fma(p, t, c_i)`.
pub(super) fn horner<A: Fma, const N: usize>(t: f32, coefficients: [f32; N]) -> f32 {
    let mut rest = coefficients.into_iter();
    let highest = rest.next().unwrap_or(0.0);
    rest.fold(highest, |p, c| A::fma(p, t, c))
}
