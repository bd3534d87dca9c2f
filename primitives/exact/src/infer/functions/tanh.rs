//! Below 3/4 a polynomial in x², above `1 − 2 / (e^2x + 1)`.

use super::{
    exp,
    lanes::{abs, f, horner, select, with_sign},
};
use crate::infer::arithmetic::{canonical, Fma};

/// `tanh a = a + a³ · p(a²)` for a < 3/4.
const P: [f32; 6] = [
    f(0x3ae2_8f2f),
    f(0xbbfa_70ab),
    f(0x3caf_a8b5),
    f(0xbd5c_bbbb),
    f(0x3e08_86c3),
    f(0xbeaa_aaa4),
];
/// From about 9.01 on the result is 1; beyond this bound it is computed of the bound.
const SATURATED: f32 = 10.0;

/// [`tanh`](fn@super::tanh) with this fused multiply-add.
pub fn with<A: Fma>(x: f32) -> f32 {
    let a = abs(x);
    let a = select(a > SATURATED, SATURATED, a);
    let s = a * a;
    let small = A::fma(a * s, horner::<A, 6>(s, P), a);
    let large = 1.0 - 2.0 / (exp::with::<A>(a + a) + 1.0);
    canonical(with_sign(select(a < 0.75, small, large), x))
}
