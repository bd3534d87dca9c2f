//! The new value of a coordinate, and the step between two versions: exact sums of an f64 pair, rounded once.
//!
//! The sum of two f64 is s + e exactly, s the rounded sum and e its error (Knuth's TwoSum: six operations, none of which the
//! compiler may change). Where e is not 0 the last bit of s is made odd on the side of e: rounding such a number to 24 bits, or to
//! an integer, gives what rounding the exact sum would (Boldo and Melquiond, "Emulation of FMA and correctly rounded sums", 2008).

use quorate_exact::{
    grid::{apply as apply_one, is_scale, step as step_one, Scale, Q_MAX},
    ApplyError, QuantizeError,
};

use crate::{
    cpu::{dispatch, Cpu},
    quantize::Fault,
    simd::Vector,
};

const MAGNITUDE: u32 = 0x7fff_ffff;
const INFINITY: u32 = 0x7f80_0000;
/// 1.5 · 2^52, see the module `divide`.
const MAGIC: f64 = 6_755_399_441_055_744.0;

/// A base value to which nothing can be added.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ApplyFault {
    /// Its index.
    pub index: usize,
    /// What is wrong with it.
    pub error: ApplyError,
}

/// `out[4k..]` = the little-endian f32 `RN(base_k + sums[k] · 2^−scale)`, the base's bits where `sums[k]` is 0.
///
/// # Errors
/// The first [`ApplyFault`]; `out` is then unspecified.
///
/// # Panics
/// If the lengths differ.
pub fn apply(cpu: Cpu, base: &[u8], sums: &[i32], scale: Scale, out: &mut [u8]) -> Result<(), ApplyFault> {
    assert_eq!(base.len(), 4 * sums.len(), "as many base values as sums");
    assert_eq!(base.len(), out.len(), "as many base values as outputs");
    if !is_scale(scale) {
        return Err(ApplyFault {
            index: 0,
            error: ApplyError::Scale,
        });
    }
    let unit = power_of_two(-i32::from(scale));
    let largest = dispatch!(cpu, apply_all(base: &[u8], sums: &[i32], unit: f64, out: &mut [u8]) -> u32);
    // No result is infinite: |a · 2^−s| ≤ 2^47 is less than half a step of the largest f32.
    match largest < INFINITY {
        true => Ok(()),
        false => Err(first_apply_fault(base, sums, scale)),
    }
}

/// `out[k] = RHE((new_k − base_k) · 2^scale)` of little-endian f32, clamped to ±2^30.
///
/// # Errors
/// The first [`Fault`]; `out` is then unspecified.
///
/// # Panics
/// If the lengths differ.
pub fn step(cpu: Cpu, new: &[u8], base: &[u8], scale: Scale, out: &mut [i32]) -> Result<(), Fault> {
    assert_eq!(new.len(), 4 * out.len(), "as many new values as outputs");
    assert_eq!(base.len(), 4 * out.len(), "as many base values as outputs");
    if !is_scale(scale) {
        return Err(Fault {
            index: 0,
            error: QuantizeError::Scale,
        });
    }
    let factor = power_of_two(i32::from(scale));
    let largest = dispatch!(cpu, step_all(new: &[u8], base: &[u8], factor: f64, out: &mut [i32]) -> u32);
    match largest < INFINITY {
        true => Ok(()),
        false => Err(first_step_fault(new, base, scale)),
    }
}

fn power_of_two(exponent: i32) -> f64 {
    f64::from_bits(((1023 + exponent) as u64) << 52)
}

/// Bits of the largest magnitude of a base value.
#[inline(always)]
fn apply_all<V: Vector>(base: &[u8], sums: &[i32], unit: f64, out: &mut [u8]) -> u32 {
    let (base, out) = (base.as_chunks::<4>().0, out.as_chunks_mut::<4>().0);
    let mut largest = 0;
    for ((&b, &a), out) in base.iter().zip(sums).zip(out) {
        let bits = u32::from_le_bytes(b);
        largest = largest.max(bits & MAGNITUDE);
        let sum = odd_sum(f64::from(f32::from_bits(bits)), f64::from(a) * unit) as f32;
        *out = (if a == 0 { bits } else { sum.to_bits() }).to_le_bytes();
    }
    largest
}

/// Bits of the largest magnitude of a value.
#[inline(always)]
fn step_all<V: Vector>(new: &[u8], base: &[u8], factor: f64, out: &mut [i32]) -> u32 {
    let (new, base) = (new.as_chunks::<4>().0, base.as_chunks::<4>().0);
    let limit = f64::from(Q_MAX);
    let mut largest = 0;
    for ((&v, &b), out) in new.iter().zip(base).zip(out) {
        let (v, b) = (u32::from_le_bytes(v), u32::from_le_bytes(b));
        largest = largest.max(v & MAGNITUDE).max(b & MAGNITUDE);
        let difference = odd_sum(f64::from(f32::from_bits(v)), -f64::from(f32::from_bits(b))) * factor;
        // Of what is NaN the result does not matter.
        let clamped = if difference > limit { limit } else { difference };
        let clamped = if clamped < -limit { -limit } else { clamped };
        *out = (clamped + MAGIC).to_bits() as i32;
    }
    largest
}

/// `a + b` rounded to odd: an f64 from which every shorter rounding is that of the exact sum.
#[inline(always)]
fn odd_sum(a: f64, b: f64) -> f64 {
    let sum = a + b;
    let from_b = sum - a;
    let error = (a - (sum - from_b)) + (b - from_b);
    let bits = sum.to_bits();
    // Away from zero where the error has the sign of the sum, else toward it. A sum of 0 has no error.
    let aside = if (error.to_bits() ^ bits) >> 63 == 0 {
        bits.wrapping_add(1)
    } else {
        bits.wrapping_sub(1)
    };
    f64::from_bits(if error != 0.0 && bits & 1 == 0 { aside } else { bits })
}

fn words(bytes: &[u8]) -> impl Iterator<Item = u32> + '_ {
    bytes.as_chunks().0.iter().map(|&word| u32::from_le_bytes(word))
}

#[cold]
fn first_apply_fault(base: &[u8], sums: &[i32], scale: Scale) -> ApplyFault {
    let found = words(base).zip(sums).enumerate().find_map(|(index, (base, &a))| {
        let error = apply_one(base, i64::from(a), scale).err()?;
        Some(ApplyFault { index, error })
    });
    found.unwrap_or(ApplyFault {
        index: sums.len(),
        error: ApplyError::NonFiniteBase,
    })
}

#[cold]
fn first_step_fault(new: &[u8], base: &[u8], scale: Scale) -> Fault {
    let found = words(new)
        .zip(words(base))
        .enumerate()
        .find_map(|(index, (new, base))| {
            let error = step_one(new, base, scale).err()?;
            Some(Fault { index, error })
        });
    found.unwrap_or(Fault {
        index: new.len() / 4,
        error: QuantizeError::NonFinite,
    })
}
