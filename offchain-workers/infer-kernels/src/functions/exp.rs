//! `e^x = 2^k · e^r`, k the integer nearest to x / ln 2.

use super::{horner, LN_2, ROUNDER, SIGN};
use crate::{simd::Vector, walk::Map};

const LOG2_E: u32 = 0x3fb8_aa3b;
/// `e^r = 1 + (r + r² · p(r))`.
const P: [u32; 5] = [0x3ab4_27e9, 0x3c09_1df7, 0x3d2a_adcd, 0x3e2a_aa47, 0x3eff_fffc];
/// Below, the result is +0.
const LEAST: u32 = 0xc2cf_f1b6;
/// Above, the result is infinite.
const GREATEST: u32 = 0x42b1_7217;

#[derive(Clone, Copy)]
pub(crate) struct Exp;

impl Map for Exp {
    #[inline(always)]
    fn of<V: Vector>(self, x: V) -> V {
        let y = Self::not_above(x);
        V::select(V::splat_bits(GREATEST).lt(x), V::splat(f32::INFINITY), y)
    }
}

impl Exp {
    /// Of at most [`GREATEST`].
    #[inline(always)]
    pub(crate) fn not_above<V: Vector>(x: V) -> V {
        V::select(x.lt(V::splat_bits(LEAST)), V::zero(), Self::between(x))
    }

    /// Of [`LEAST`] to [`GREATEST`].
    #[inline(always)]
    pub(crate) fn between<V: Vector>(x: V) -> V {
        let rounder = V::splat_bits(ROUNDER);
        let count = x.fma(V::splat_bits(LOG2_E), rounder).sub(rounder);
        let r = count.fma(V::splat_bits(LN_2[0] ^ SIGN), x);
        let r = count.fma(V::splat_bits(LN_2[1] ^ SIGN), r);
        // Summed in this order, no rounding makes neighbours fall.
        r.mul(r).fma(horner(r, P), r).add(V::splat(1.0)).scale(count)
    }
}
