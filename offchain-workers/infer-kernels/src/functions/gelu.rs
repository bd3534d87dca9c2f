//! GELU in both forms.

use super::{erf::Erf, tanh::Tanh};
use crate::{simd::Vector, walk::Map};

const SQRT_HALF: u32 = 0x3f35_04f3;
/// √(2/π).
const SQRT_2_OVER_PI: u32 = 0x3f4c_422a;
/// 0.044715.
const CUBE: u32 = 0x3d37_2713;

#[derive(Clone, Copy)]
pub(crate) struct Gelu;

impl Map for Gelu {
    #[inline(always)]
    fn of<V: Vector>(self, x: V) -> V {
        let erf = Erf.of(x.mul(V::splat_bits(SQRT_HALF)));
        x.mul(V::splat(0.5)).mul(V::splat(1.0).add(erf))
    }
}

#[derive(Clone, Copy)]
pub(crate) struct GeluTanh;

impl Map for GeluTanh {
    #[inline(always)]
    fn of<V: Vector>(self, x: V) -> V {
        let cubic = V::splat_bits(CUBE).fma(x.mul(x).mul(x), x);
        let tanh = Tanh.of(V::splat_bits(SQRT_2_OVER_PI).mul(cubic));
        x.mul(V::splat(0.5)).mul(V::splat(1.0).add(tanh))
    }
}
