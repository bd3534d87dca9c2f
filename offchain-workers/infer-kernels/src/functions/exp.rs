//! `e^x = 2^k · e^r`, k the integer nearest to x / ln 2.

use super::{horner, LN_2, ROUNDER, SIGN};
use crate::{simd::Vector, walk::Map};

const LOG2_E: u32 = 0x3fb8_aa3b;
/// `e^r = 1 + (r + r² · p(r))`.
const P: [u32; 5] = [0x3ab4_27e9, 0x3c09_1df7, 0x3d2a_adcd, 0x3e2a_aa47, 0x3eff_fffc];
/// −103.97209: of it and of all below the result is +0.
const LEAST: u32 = 0xc2cf_f1b6;
/// 88.72284: of it and of all above the result is infinite.
const BEYOND: u32 = 0x42b1_7218;

#[derive(Clone, Copy)]
pub(crate) struct Exp;

impl Map for Exp {
    #[inline(always)]
    fn of<V: Vector>(self, x: V) -> V {
        // The second operand is the result if it is NaN.
        Self::not_above(V::splat_bits(BEYOND).smaller(x))
    }
}

impl Exp {
    /// Of at most [`BEYOND`].
    #[inline(always)]
    pub(crate) fn not_above<V: Vector>(x: V) -> V {
        Self::between(V::splat_bits(LEAST).larger(x))
    }

    /// Of [`LEAST`] to [`BEYOND`].
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
