//! What needs no polynomial.

use crate::{simd::Vector, walk::Map};

#[derive(Clone, Copy)]
pub(crate) struct HardSigmoid {
    pub alpha: f32,
    pub beta: f32,
}

impl Map for HardSigmoid {
    #[inline(always)]
    fn of<V: Vector>(self, x: V) -> V {
        let line = V::splat(self.alpha).fma(x, V::splat(self.beta));
        V::zero().max(V::splat(1.0).min(line))
    }
}

#[derive(Clone, Copy)]
pub(crate) struct Square;

impl Map for Square {
    #[inline(always)]
    fn of<V: Vector>(self, x: V) -> V {
        x.mul(x)
    }
}

#[derive(Clone, Copy)]
pub(crate) struct Cube;

impl Map for Cube {
    #[inline(always)]
    fn of<V: Vector>(self, x: V) -> V {
        x.mul(x).mul(x)
    }
}

#[derive(Clone, Copy)]
pub(crate) struct Sqrt;

impl Map for Sqrt {
    #[inline(always)]
    fn of<V: Vector>(self, x: V) -> V {
        x.sqrt()
    }
}

#[derive(Clone, Copy)]
pub(crate) struct Neg;

impl Map for Neg {
    #[inline(always)]
    fn of<V: Vector>(self, x: V) -> V {
        x.neg()
    }
}

#[derive(Clone, Copy)]
pub(crate) struct Abs;

impl Map for Abs {
    #[inline(always)]
    fn of<V: Vector>(self, x: V) -> V {
        x.abs()
    }
}

#[derive(Clone, Copy)]
pub(crate) struct Relu;

impl Map for Relu {
    #[inline(always)]
    fn of<V: Vector>(self, x: V) -> V {
        // Of −0 it is +0, of NaN NaN.
        V::select(x.le(V::zero()), V::zero(), x)
    }
}

#[derive(Clone, Copy)]
pub(crate) struct Clip {
    pub low: f32,
    pub high: f32,
}

impl Map for Clip {
    #[inline(always)]
    fn of<V: Vector>(self, x: V) -> V {
        x.max(V::splat(self.low)).min(V::splat(self.high))
    }
}
