//! Operations on corresponding elements, with broadcasting. Functions of one number are `Tensor::map` of
//! [`functions`](super::functions) and of the ones here.

use super::{
    arithmetic::{max, min},
    fault::Fault,
    layout::{broadcast, broadcast_strides, offsets},
    tensor::{Element, Tensor},
};

/// `f` of corresponding elements, broadcast: Add `a ⊕ b`, Sub `a ⊖ b`, Mul `a ⊗ b`, Div `a ⊘ b`, Min, Max, the comparisons,
/// whose results are bools, and And, Or, Xor of bools.
///
/// # Errors
/// `Dimension`, `Size`, `NaN`.
pub fn binary<A: Element, B: Element, Y: Element>(
    a: &Tensor<A>,
    b: &Tensor<B>,
    f: impl Fn(A, B) -> Y,
) -> Result<Tensor<Y>, Fault> {
    try_binary(a, b, |a, b| Ok(f(a, b)))
}

/// Add, Sub and Mul of integers: `f` is one of [`Whole`]'s, exact.
///
/// # Errors
/// `Dimension`, `Size`; `Range` if the type does not have a result.
pub fn whole<T: Whole>(a: &Tensor<T>, b: &Tensor<T>, f: impl Fn(T, T) -> Option<T>) -> Result<Tensor<T>, Fault> {
    try_binary(a, b, |a, b| f(a, b).ok_or(Fault::Range))
}

fn try_binary<A: Element, B: Element, Y: Element>(
    a: &Tensor<A>,
    b: &Tensor<B>,
    f: impl Fn(A, B) -> Result<Y, Fault>,
) -> Result<Tensor<Y>, Fault> {
    let shape = broadcast(a.shape(), b.shape())?;
    let (in_a, in_b) = (
        broadcast_strides(a.shape(), &shape),
        broadcast_strides(b.shape(), &shape),
    );
    let both = offsets(&shape, &in_a).zip(offsets(&shape, &in_b));
    let data = both
        .map(|(i, j)| f(a.data()[i], b.data()[j]))
        .collect::<Result<_, _>>()?;
    Tensor::new(shape, data)
}

/// i64 or i32: numbers that are counted with. None of a result that the type does not have.
pub trait Whole: Element {
    /// a + b.
    fn add(a: Self, b: Self) -> Option<Self>;

    /// a − b.
    fn sub(a: Self, b: Self) -> Option<Self>;

    /// a · b.
    fn mul(a: Self, b: Self) -> Option<Self>;
}

macro_rules! whole {
    ($($integer:ty),*) => {
        $(impl Whole for $integer {
            fn add(a: Self, b: Self) -> Option<Self> {
                a.checked_add(b)
            }

            fn sub(a: Self, b: Self) -> Option<Self> {
                a.checked_sub(b)
            }

            fn mul(a: Self, b: Self) -> Option<Self> {
                a.checked_mul(b)
            }
        })*
    };
}

whole!(i64, i32);

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
