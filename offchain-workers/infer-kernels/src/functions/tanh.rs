//! Below 3/4 a polynomial in x², above `1 − 2 / (e^2x + 1)`.

use super::{exp::Exp, horner, with_sign};
use crate::{simd::Vector, walk::Map};

/// `tanh a = a + a³ · p(a²)` for a < 3/4.
const P: [u32; 6] = [
    0x3ae2_8f2f,
    0xbbfa_70ab,
    0x3caf_a8b5,
    0xbd5c_bbbb,
    0x3e08_86c3,
    0xbeaa_aaa4,
];
/// Beyond this bound it is computed of the bound.
const SATURATED: f32 = 10.0;

#[derive(Clone, Copy)]
pub(crate) struct Tanh;

impl Map for Tanh {
    #[inline(always)]
    fn of<V: Vector>(self, x: V) -> V {
        // `smaller` answers its second operand if one is NaN.
        let a = V::splat(SATURATED).smaller(x.abs());
        let s = a.mul(a);
        let small = a.mul(s).fma(horner(s, P), a);
        let one = V::splat(1.0);
        let large = one.sub(V::splat(2.0).div(Exp::between(a.add(a)).add(one)));
        with_sign(V::select(a.lt(V::splat(0.75)), small, large), x)
    }
}
