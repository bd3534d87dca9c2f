//! Sine and cosine: |x| less j quarter turns, j the nearest integer, then a polynomial by j's parity.

use super::lanes::{abs, f, horner, select, ROUNDER, SIGN};
use crate::infer::arithmetic::{canonical, Fma, NAN};

const TWO_OVER_PI: f32 = f(0x3f22_f983);
/// π/2 in three parts (Cody and Waite).
const HALF_PI: [f32; 3] = [f(0x3fc9_0fdb), f(0xb33b_bd2e), f(0xa6f7_2ced)];
/// `sin r = r + r³ · p(r²)` for |r| ≤ 0.7858.
const S: [f32; 4] = [f(0x363b_effc), f(0xb950_2431), f(0x3c08_88b2), f(0xbe2a_aaab)];
/// `cos r = 1 − r²/2 + r⁴ · p(r²)` there.
const C: [f32; 5] = [f(0x37cc_f482), f(0xbab6_0615), f(0x3d2a_aaa5), -0.5, 1.0];
/// Beyond, three parts of π/2 would not be enough.
const DOMAIN: f32 = 8192.0;

/// [`sin`](fn@super::sin) with this fused multiply-add.
pub fn sin_with<A: Fma>(x: f32) -> f32 {
    let y = quarter::<A>(x, 0);
    canonical(f(y.to_bits() ^ (x.to_bits() & SIGN)))
}

/// [`cos`](fn@super::cos) with this fused multiply-add.
pub fn cos_with<A: Fma>(x: f32) -> f32 {
    canonical(quarter::<A>(x, 1))
}

/// The sine of |x| and `ahead` quarter turns.
fn quarter<A: Fma>(x: f32, ahead: u32) -> f32 {
    let a = abs(x);
    let shifted = A::fma(a, TWO_OVER_PI, ROUNDER);
    let j = shifted.to_bits().wrapping_sub(ROUNDER.to_bits()).wrapping_add(ahead);
    let count = shifted - ROUNDER;
    let r = A::fma(count, -HALF_PI[0], a);
    let r = A::fma(count, -HALF_PI[1], r);
    let r = A::fma(count, -HALF_PI[2], r);
    let s = r * r;
    let sine = A::fma(r * s, horner::<A, 4>(s, S), r);
    let cosine = horner::<A, 5>(s, C);
    let y = select(j & 1 == 0, sine, cosine);
    let y = f(y.to_bits() ^ ((j & 2) << 30));
    select(a <= DOMAIN, y, NAN)
}
