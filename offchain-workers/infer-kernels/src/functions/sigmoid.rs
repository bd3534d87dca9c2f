//! `1 / (1 + e^−x)`, which rises as exp does.

use super::exp::Exp;
use crate::{simd::Vector, walk::Map};

#[derive(Clone, Copy)]
pub(crate) struct Sigmoid;

impl Map for Sigmoid {
    #[inline(always)]
    fn of<V: Vector>(self, x: V) -> V {
        let one = V::splat(1.0);
        one.div(one.add(Exp.of(x.neg())))
    }
}

#[derive(Clone, Copy)]
pub(crate) struct Silu;

impl Map for Silu {
    #[inline(always)]
    fn of<V: Vector>(self, x: V) -> V {
        x.mul(Sigmoid.of(x))
    }
}
