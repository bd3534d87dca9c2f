//! Division of sums by one constant, rounded half to even.

use crate::{
    cpu::{dispatch, Cpu},
    simd::Vector,
};

/// 1.5 · 2^52: an f64 of this size has steps of one, so that adding it rounds to an integer, which is then the low bits.
pub(crate) const MAGIC: f64 = 6_755_399_441_055_744.0;

/// `out[k] = RHE(sums[k] / den)`.
///
/// Needs `|sums[k]| < 2^63` and a quotient in i32, as every mean of i32 has.
///
/// # Panics
/// If the lengths differ or `den` is 0.
pub fn divide(cpu: Cpu, sums: &[i64], den: u32, out: &mut [i32]) {
    assert_eq!(sums.len(), out.len(), "as many sums as outputs");
    assert!(den > 0, "a divisor of 0");
    if den == 1 {
        sums.iter().zip(out).for_each(|(&sum, out)| *out = sum as i32);
    } else if den.is_power_of_two() {
        let shift = den.trailing_zeros();
        dispatch!(cpu, shift_all(sums: &[i64], shift: u32, out: &mut [i32]));
    } else {
        dispatch!(cpu, divide_all(sums: &[i64], den: u32, out: &mut [i32]));
    }
}

/// Adding half a step less one, and one more where the floor is odd, carries into the floor exactly where it has to go up.
#[inline(always)]
fn shift_all<V: Vector>(sums: &[i64], shift: u32, out: &mut [i32]) {
    let half = (1i64 << (shift - 1)) - 1;
    for (&sum, out) in sums.iter().zip(out) {
        // |sum| ≤ 2^31 · 2^31, so nothing overflows.
        *out = ((sum + half + ((sum >> shift) & 1)) >> shift) as i32;
    }
}

/// The f64 quotient is off by less than 2^-20 before it is rounded: relative errors of three operations, 3 · 2^-53, of a
/// quotient of at most 2^31. So the candidate is the right integer or its neighbour, and the exact remainder says which.
#[inline(always)]
fn divide_all<V: Vector>(sums: &[i64], den: u32, out: &mut [i32]) {
    let (inverse, den) = (1.0 / f64::from(den), i64::from(den));
    for (&sum, out) in sums.iter().zip(out) {
        let candidate = nearest(to_f64(sum) * inverse);
        let twice = (sum.wrapping_sub(candidate.wrapping_mul(den))) << 1;
        let odd = candidate & 1;
        // Up if 2r > den, or 2r = den and the candidate is odd; down likewise.
        let up = i64::from(twice + odd > den);
        let down = i64::from(twice - odd < -den);
        *out = (candidate + up - down) as i32;
    }
}

/// The nearest f64 of any i64, rounded once: both halves are exact.
#[inline(always)]
fn to_f64(x: i64) -> f64 {
    let low = f64::from_bits(0x4330_0000_0000_0000 | (x as u64 & 0xffff_ffff)) - 4_503_599_627_370_496.0;
    let high = f64::from_bits(MAGIC.to_bits().wrapping_add((x >> 32) as u64)) - MAGIC;
    high * 4_294_967_296.0 + low
}

/// The nearest integer to an f64 below 2^51 in magnitude.
#[inline(always)]
fn nearest(x: f64) -> i64 {
    (x + MAGIC).to_bits().wrapping_sub(MAGIC.to_bits()) as i64
}
