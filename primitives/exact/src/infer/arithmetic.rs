//! What inference needs beside `+ − · /`, which Rust rounds once, half to even, subnormals kept, and neither contracts nor
//! reorders. (Division of f32 is part of the core library and correctly rounded as IEEE 754-2019, 5.4.1, asks; only square
//! root and fused multiply-add need the standard library, and are here.)

use crate::wide;

/// The one NaN that a result can be: 0x7FC00000. Which bits a processor's NaN has is its own affair.
pub const NAN: f32 = f32::from_bits(0x7fc0_0000);

/// How `a · b + c` is rounded once: in software, which is the definition, or by whoever has an instruction for it.
pub trait Fma {
    /// `RN(a · b + c)`; a NaN may have any bits.
    fn fma(a: f32, b: f32, c: f32) -> f32;
}

/// [`fma`] in software.
pub struct Software;

impl Fma for Software {
    fn fma(a: f32, b: f32, c: f32) -> f32 {
        // 48 bits and an exponent above −300: exact.
        let product = f64::from(a) * f64::from(b);
        let c = f64::from(c);
        let sum = product + c;
        if !sum.is_finite() {
            return sum as f32;
        }
        // Knuth's TwoSum: sum + rest = product + c exactly.
        let virtual_c = sum - product;
        let rest = (product - (sum - virtual_c)) + (c - virtual_c);
        // Rounded to odd, the 53 bits stand for the exact sum at the second rounding, which keeps 24 or fewer.
        let bits = sum.to_bits();
        let odd = match rest == 0.0 || bits & 1 == 1 {
            true => bits,
            false if (rest > 0.0) == (sum > 0.0) => bits + 1,
            false => bits - 1,
        };
        f64::from_bits(odd) as f32
    }
}

/// `RN(a · b + c)` of the exact value, subnormals kept. An exact zero is +0, unless product and `c` are both −0.
pub fn fma(a: f32, b: f32, c: f32) -> f32 {
    canonical(Software::fma(a, b, c))
}

/// `RN(√x)`; of −0 it is −0, below zero [`NAN`].
pub fn sqrt(x: f32) -> f32 {
    canonical(wide::sqrt(x))
}

/// The smaller, −0 < +0; [`NAN`] if one is NaN.
pub fn min(a: f32, b: f32) -> f32 {
    match (a.is_nan() || b.is_nan(), a < b, b < a) {
        (true, ..) => NAN,
        (_, true, _) => a,
        (_, _, true) => b,
        // Equal bits, or zeros of which one has a sign.
        _ => f32::from_bits(a.to_bits() | b.to_bits()),
    }
}

/// The larger, −0 < +0; [`NAN`] if one is NaN.
pub fn max(a: f32, b: f32) -> f32 {
    match (a.is_nan() || b.is_nan(), a < b, b < a) {
        (true, ..) => NAN,
        (_, true, _) => b,
        (_, _, true) => a,
        _ => f32::from_bits(a.to_bits() & b.to_bits()),
    }
}

/// `x`, or [`NAN`] if it is one.
pub fn canonical(x: f32) -> f32 {
    match x.is_nan() {
        true => NAN,
        false => x,
    }
}
