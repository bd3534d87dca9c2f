//! From the bytes of f32 values to grid integers.
//!
//! Exact: multiplying by 2^s only moves the exponent, except where a result is subnormal (and then it rounds to 0, as the
//! exact product does) or above the range (and then the check refuses it). So neither flushing of subnormals nor the order of
//! scaling and check matters; rounding to the nearest integer, ties to even, is one conversion instruction.

use quorate_exact::{
    grid::{limit_bits, quantize as quantize_one, Scale},
    QuantizeError,
};

use crate::{
    cpu::{dispatch, Cpu},
    simd::Vector,
};

/// A value that has no place on its grid.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fault {
    /// Its index.
    pub index: usize,
    /// What is wrong with it.
    pub error: QuantizeError,
}

/// `out[k] = round_half_even(x_k · 2^scale)` of the little-endian f32 at `bytes[4k..]`, and the largest |q|.
///
/// # Errors
/// The first [`Fault`]; `out` is then unspecified.
///
/// # Panics
/// If `bytes` has not four bytes for every value of `out`.
pub fn quantize(cpu: Cpu, bytes: &[u8], scale: Scale, out: &mut [i32]) -> Result<u32, Fault> {
    quantize_and_fetch(cpu, bytes, &[], scale, out)
}

/// [`quantize`], while `ahead` is fetched into the cache: values that are wanted soon.
pub(crate) fn quantize_and_fetch(
    cpu: Cpu,
    bytes: &[u8],
    ahead: &[u8],
    scale: Scale,
    out: &mut [i32],
) -> Result<u32, Fault> {
    assert_eq!(bytes.len(), 4 * out.len(), "bytes of as many f32 as there are outputs");
    let Some((factor, limit)) = grid(scale) else {
        return Err(Fault {
            index: 0,
            error: QuantizeError::Scale,
        });
    };
    let largest = dispatch!(cpu, quantize_all(bytes: &[u8], ahead: &[u8], factor: f32, out: &mut [i32]) -> u32);
    if largest > limit {
        return Err(first_fault(bytes, scale));
    }
    // Rounding is monotone: the largest value has the largest integer.
    Ok(quantize_one(largest, scale).map_or(0, i32::unsigned_abs))
}

/// 2^scale, and the bits of the largest magnitude that the scale allows.
pub(crate) fn grid(scale: Scale) -> Option<(f32, u32)> {
    let limit = limit_bits(scale)?;
    Some((f32::from_bits(((127 + i32::from(scale)) as u32) << 23), limit))
}

/// The bits of the largest magnitude. Those of infinities and NaN are larger than those of every number.
#[inline(always)]
fn quantize_all<V: Vector>(bytes: &[u8], ahead: &[u8], factor: f32, out: &mut [i32]) -> u32 {
    let mut largest = V::zero();
    let mut values = bytes.chunks_exact(4 * V::LANES);
    let mut places = out.chunks_exact_mut(V::LANES);
    let mut fetch = ahead.as_ptr();
    let step = if ahead.is_empty() { 0 } else { 4 * V::LANES };
    for (value, place) in (&mut values).zip(&mut places) {
        V::prefetch(fetch);
        fetch = fetch.wrapping_add(step);
        let x = V::load_bytes(value);
        largest = largest.max(x.magnitude());
        x.quantize(factor).store(place);
    }
    let (rest, places) = (values.remainder(), places.into_remainder());
    let (mut padded, mut q) = ([0u8; 64], [0i32; 16]);
    padded[..rest.len()].copy_from_slice(rest);
    let x = V::load_bytes(&padded);
    x.quantize(factor).store(&mut q);
    places.copy_from_slice(&q[..places.len()]);
    largest.max(x.magnitude()).largest() as u32
}

#[cold]
pub(crate) fn first_fault(bytes: &[u8], scale: Scale) -> Fault {
    let (values, _) = bytes.as_chunks();
    values
        .iter()
        .enumerate()
        .find_map(|(index, &value)| {
            let error = quantize_one(u32::from_le_bytes(value), scale).err()?;
            Some(Fault { index, error })
        })
        .unwrap_or(Fault {
            index: values.len(),
            error: QuantizeError::OutOfRange,
        })
}
