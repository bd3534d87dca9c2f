//! `ln x = k · ln 2 + ln m`, m between 0.69 and 1.38.

use super::lanes::{f, horner, select, LN_2};
use crate::infer::arithmetic::{canonical, Fma, NAN};

/// `ln(1 + t) = t + t² · p(t)` for −0.31 ≤ t ≤ 0.38.
const P: [f32; 9] = [
    f(0xbdbc_6148),
    f(0x3e0a_7acf),
    f(0xbe04_eb88),
    f(0x3e10_3486),
    f(0xbe2a_3ad5),
    f(0x3e4c_de68),
    f(0xbe80_019f),
    f(0x3eaa_aa93),
    f(0xbeff_fffd),
];
/// Bits of 0.69, the least m.
const LEAST_M: u32 = 0x3f30_a3d7;
/// 2^−126, the least normal number, and 2^23, which makes normal numbers of all below it.
const NORMAL: f32 = f(0x0080_0000);
const UP: f32 = f(0x4b00_0000);

/// [`log`](fn@super::log) with this fused multiply-add.
pub fn with<A: Fma>(x: f32) -> f32 {
    let subnormal = x < NORMAL;
    let v = select(subnormal, x * UP, x);
    let k = (v.to_bits().wrapping_sub(LEAST_M) as i32) >> 23;
    let m = f(v.to_bits().wrapping_sub((k as u32) << 23));
    let count = k as f32 - select(subnormal, 23.0, 0.0);
    let t = m - 1.0;
    let rest = A::fma(horner::<A, 9>(t, P), t * t, count * LN_2[1]);
    let y = A::fma(count, LN_2[0], rest + t);
    let y = select(x < f32::INFINITY, y, x);
    let y = select(x == 0.0, f32::NEG_INFINITY, y);
    canonical(select(x < 0.0, NAN, y))
}
