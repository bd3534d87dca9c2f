//! Sine and cosine: |x| less j quarter turns, j the nearest integer, then a polynomial by j's parity.

use super::{horner, ROUNDER, SIGN};
use crate::{simd::Vector, walk::Map};

const TWO_OVER_PI: u32 = 0x3f22_f983;
/// −π/2 in three parts (Cody and Waite).
const HALF_PI: [u32; 3] = [0xbfc9_0fdb, 0x333b_bd2e, 0x26f7_2ced];
/// `sin r = r + r³ · p(r²)` for |r| ≤ 0.7858.
const S: [u32; 4] = [0x363b_effc, 0xb950_2431, 0x3c08_88b2, 0xbe2a_aaab];
/// `cos r = 1 − r²/2 + r⁴ · p(r²)` there.
const C: [u32; 5] = [0x37cc_f482, 0xbab6_0615, 0x3d2a_aaa5, 0xbf00_0000, 0x3f80_0000];
/// Beyond, three parts of π/2 would not be enough.
const DOMAIN: f32 = 8192.0;

#[derive(Clone, Copy)]
pub(crate) struct Sin;

impl Map for Sin {
    #[inline(always)]
    fn of<V: Vector>(self, x: V) -> V {
        quarter(x, 0).xor(x.and(V::splat_bits(SIGN)))
    }
}

#[derive(Clone, Copy)]
pub(crate) struct Cos;

impl Map for Cos {
    #[inline(always)]
    fn of<V: Vector>(self, x: V) -> V {
        quarter(x, 1)
    }
}

/// The sine of |x| and `ahead` quarter turns.
#[inline(always)]
fn quarter<V: Vector>(x: V, ahead: u32) -> V {
    let (a, rounder) = (x.abs(), V::splat_bits(ROUNDER));
    let shifted = a.fma(V::splat_bits(TWO_OVER_PI), rounder);
    // The rounder's lowest bits are 0: those of the sum count the turns.
    let j = shifted.add_bits(V::splat_bits(ahead));
    let count = shifted.sub(rounder);
    let r = count.fma(V::splat_bits(HALF_PI[0]), a);
    let r = count.fma(V::splat_bits(HALF_PI[1]), r);
    let r = count.fma(V::splat_bits(HALF_PI[2]), r);
    let s = r.mul(r);
    let sine = r.mul(s).fma(horner(s, S), r);
    let cosine = horner(s, C);
    let y = V::select(j.is_odd(), cosine, sine);
    let y = y.xor(j.and(V::splat_bits(2)).shift_left(30));
    V::select(a.le(V::splat(DOMAIN)), y, V::splat(f32::NAN))
}
