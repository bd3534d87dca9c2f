//! `e^x = 2^k · e^r`, k the integer nearest to x / ln 2.

use super::lanes::{f, horner, select, LN_2, ROUNDER};
use crate::infer::arithmetic::{canonical, Fma};

const LOG2_E: f32 = f(0x3fb8_aa3b);
/// `e^r = 1 + (r + r² · p(r))` for |r| ≤ ln 2 / 2 and a little more.
const P: [f32; 5] = [
    f(0x3ab4_27e9),
    f(0x3c09_1df7),
    f(0x3d2a_adcd),
    f(0x3e2a_aa47),
    f(0x3eff_fffc),
];
/// −103.97209: below, the result is less than half the least subnormal.
const LEAST: f32 = f(0xc2cf_f1b6);
/// 88.72283: above, the result exceeds the largest finite number.
const GREATEST: f32 = f(0x42b1_7217);

/// [`exp`](fn@super::exp) with this fused multiply-add.
pub fn with<A: Fma>(x: f32) -> f32 {
    let shifted = A::fma(x, LOG2_E, ROUNDER);
    let k = shifted.to_bits().wrapping_sub(ROUNDER.to_bits()) as i32;
    let count = shifted - ROUNDER;
    let r = A::fma(count, -LN_2[1], A::fma(count, -LN_2[0], x));
    let half = k >> 1;
    // Summed in this order, no rounding makes neighbours fall.
    let power_of_r = A::fma(r * r, horner::<A, 5>(r, P), r) + 1.0;
    // In two steps, since 2^k itself may be no f32; only the second one can round, among the subnormals.
    let y = (power_of_r * power(half)) * power(k.wrapping_sub(half));
    let y = select(x < LEAST, 0.0, y);
    canonical(select(x > GREATEST, f32::INFINITY, y))
}

/// `2^k` for −126 ≤ k ≤ 127.
fn power(k: i32) -> f32 {
    f((k.wrapping_add(127) as u32) << 23)
}
