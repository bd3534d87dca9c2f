//! Operations on corresponding elements, with broadcasting. Functions of one number are `Tensor::map` of
//! [`functions`](super::functions) and of the ones here.

use super::{
    arithmetic::{max, min},
    fault::Fault,
    layout::{broadcast, broadcast_strides, offsets},
    tensor::{Element, Tensor},
};

/// `f` of corresponding elements, broadcast: Add `a ⊕ b`, Sub `a ⊖ b`, Mul `a ⊗ b`, Div `a ⊘ b`, Min, Max, and the comparisons,
/// whose results are bools.
///
/// # Errors
/// `Dimension`, `Size`, `NaN`.
pub fn binary<A: Element, B: Element, Y: Element>(
    a: &Tensor<A>,
    b: &Tensor<B>,
    f: impl Fn(A, B) -> Y,
) -> Result<Tensor<Y>, Fault> {
    let shape = broadcast(a.shape(), b.shape())?;
    let (in_a, in_b) = (
        broadcast_strides(a.shape(), &shape),
        broadcast_strides(b.shape(), &shape),
    );
    let both = offsets(&shape, &in_a).zip(offsets(&shape, &in_b));
    let data = both.map(|(i, j)| f(a.data()[i], b.data()[j])).collect();
    Tensor::new(shape, data)
}

/// Where: a where `condition`, else b; all three broadcast, the condition with a first.
///
/// # Errors
/// `Dimension`, `Size`.
pub fn select<T: Element>(condition: &Tensor<bool>, a: &Tensor<T>, b: &Tensor<T>) -> Result<Tensor<T>, Fault> {
    let shape = broadcast(&broadcast(condition.shape(), a.shape())?, b.shape())?;
    let strides = [condition.shape(), a.shape(), b.shape()].map(|own| broadcast_strides(own, &shape));
    let [which, in_a, in_b] = &strides;
    let data = offsets(&shape, which)
        .zip(offsets(&shape, in_a).zip(offsets(&shape, in_b)))
        .map(|(c, (i, j))| if condition.data()[c] { a.data()[i] } else { b.data()[j] })
        .collect();
    Tensor::new(shape, data)
}

/// Neg: the sign turned, also of zeros.
pub fn neg(x: f32) -> f32 {
    -x
}

/// Relu: `max(x, +0)`; of −0 it is +0.
pub fn relu(x: f32) -> f32 {
    max(x, 0.0)
}

/// Clip: `min(max(x, low), high)`, so that `high` wins where it is below `low`.
pub fn clip(x: f32, low: f32, high: f32) -> f32 {
    min(max(x, low), high)
}
