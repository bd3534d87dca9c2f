//! Below 31/32 a polynomial in x², above `1 − e^−g(x)`.

use super::{exp::Exp, horner, with_sign};
use crate::{simd::Vector, walk::Map};

/// `erf a = a + a · p(a²)` for a < 31/32.
const P: [u32; 7] = [
    0x38a8_9070,
    0xba53_43f9,
    0x3baa_2b6f,
    0xbcdc_0117,
    0x3de7_16b6,
    0xbec0_93a0,
    0x3e03_75d4,
];
/// `g(a) = −ln(1 − erf a)` for 31/32 ≤ a ≤ 4.
const G: [u32; 8] = [
    0x37b5_bab4,
    0xb9e7_3ede,
    0x3b89_bb45,
    0xbcce_7a1a,
    0x3dde_07a4,
    0x3f22_1b09,
    0x3f90_95f1,
    0xb944_9ab8,
];
/// Beyond this bound it is computed of the bound.
const SATURATED: f32 = 4.0;

#[derive(Clone, Copy)]
pub(crate) struct Erf;

impl Map for Erf {
    #[inline(always)]
    fn of<V: Vector>(self, x: V) -> V {
        // `smaller` answers its second operand if one is NaN.
        let a = V::splat(SATURATED).smaller(x.abs());
        let small = a.fma(horner(a.mul(a), P), a);
        let large = V::splat(1.0).sub(Exp::between(horner(a, G).neg()));
        with_sign(V::select(a.lt(V::splat(0.96875)), small, large), x)
    }
}
