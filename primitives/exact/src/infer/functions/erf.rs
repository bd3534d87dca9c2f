//! Below 31/32 a polynomial in x², above `1 − e^−g(x)`.

use super::{
    exp,
    lanes::{abs, f, horner, select, with_sign},
};
use crate::infer::arithmetic::{canonical, Fma};

/// `erf a = a + a · p(a²)` for a < 31/32.
const P: [f32; 7] = [
    f(0x38a8_9070),
    f(0xba53_43f9),
    f(0x3baa_2b6f),
    f(0xbcdc_0117),
    f(0x3de7_16b6),
    f(0xbec0_93a0),
    f(0x3e03_75d4),
];
/// `g(a) = −ln(1 − erf a)` for 31/32 ≤ a ≤ 4.
const G: [f32; 8] = [
    f(0x37b5_bab4),
    f(0xb9e7_3ede),
    f(0x3b89_bb45),
    f(0xbcce_7a1a),
    f(0x3dde_07a4),
    f(0x3f22_1b09),
    f(0x3f90_95f1),
    f(0xb944_9ab8),
];
/// From about 3.83 on the result is 1; beyond this bound it is computed of the bound.
const SATURATED: f32 = 4.0;

/// [`erf`](fn@super::erf) with this fused multiply-add.
pub fn with<A: Fma>(x: f32) -> f32 {
    let a = abs(x);
    let a = select(a > SATURATED, SATURATED, a);
    let small = A::fma(a, horner::<A, 7>(a * a, P), a);
    let large = 1.0 - exp::with::<A>(-horner::<A, 8>(a, G));
    canonical(with_sign(select(a < 0.96875, small, large), x))
}
