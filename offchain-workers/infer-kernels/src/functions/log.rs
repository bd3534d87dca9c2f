//! `ln x = k · ln 2 + ln m`, m between 0.69 and 1.38.

use super::{horner, LN_2};
use crate::{simd::Vector, walk::Map};

/// `ln(1 + t) = t + t² · p(t)` for −0.31 ≤ t ≤ 0.38.
const P: [u32; 9] = [
    0xbdbc_6148,
    0x3e0a_7acf,
    0xbe04_eb88,
    0x3e10_3486,
    0xbe2a_3ad5,
    0x3e4c_de68,
    0xbe80_019f,
    0x3eaa_aa93,
    0xbeff_fffd,
];
/// Bits of 0.69, the least m.
const LEAST_M: u32 = 0x3f30_a3d7;
/// 2^−126, the least normal number, and 2^23, which makes normal numbers of all below it.
const NORMAL: u32 = 0x0080_0000;
const UP: u32 = 0x4b00_0000;

#[derive(Clone, Copy)]
pub(crate) struct Log;

impl Map for Log {
    #[inline(always)]
    fn of<V: Vector>(self, x: V) -> V {
        let subnormal = x.lt(V::splat_bits(NORMAL));
        let v = V::select(subnormal, x.mul(V::splat_bits(UP)), x);
        let k = v.sub_bits(V::splat_bits(LEAST_M)).shift_right(23);
        let m = v.sub_bits(k.shift_left(23));
        let count = k.to_number().sub(V::select(subnormal, V::splat(23.0), V::zero()));
        let t = m.sub(V::splat(1.0));
        let rest = horner(t, P).fma(t.mul(t), count.mul(V::splat_bits(LN_2[1])));
        let y = count.fma(V::splat_bits(LN_2[0]), rest.add(t));
        let y = V::select(x.lt(V::splat(f32::INFINITY)), y, x);
        let y = V::select(x.eq(V::zero()), V::splat(f32::NEG_INFINITY), y);
        V::select(x.lt(V::zero()), V::splat(f32::NAN), y)
    }
}
