//! Seeded tensors, and their bits.

use quorate_exact::infer::{elements, Element, Tensor};

use crate::infer_numbers::Numbers;

/// Any number but a NaN; infinities only where `infinite`.
pub fn any(numbers: &mut Numbers, infinite: bool) -> f32 {
    loop {
        let x = numbers.any();
        if x.is_finite() || (infinite && !x.is_nan()) {
            return x;
        }
    }
}

/// Numbers of a model: below 4 in magnitude, one in sixteen a zero, an integer or tiny.
pub fn usual(numbers: &mut Numbers) -> f32 {
    let uniform = numbers.below(1 << 24) as f32 / (1 << 22) as f32 - 2.0;
    match numbers.below(32) {
        0 => [0.0, -0.0, 1.0, -1.0, 2.0][numbers.below(5) as usize],
        1 => f32::from_bits(numbers.below(1 << 23) | numbers.below(2) << 31),
        2 => uniform * 2f32.powi(-20),
        _ => uniform,
    }
}

/// A tensor of `value`s.
pub fn filled<T: Element>(shape: &[usize], mut value: impl FnMut() -> T) -> Tensor<T> {
    let data = (0..elements(shape).unwrap()).map(|_| value()).collect();
    Tensor::new(shape.to_vec(), data).unwrap()
}

/// A tensor of [`usual`] numbers.
pub fn tensor(numbers: &mut Numbers, shape: &[usize]) -> Tensor {
    filled(shape, || usual(numbers))
}

/// A tensor of these values.
pub fn of<T: Element>(shape: &[usize], data: &[T]) -> Tensor<T> {
    Tensor::new(shape.to_vec(), data.to_vec()).unwrap()
}

/// Bits of the values: equal numbers can differ in the sign of zero.
pub fn bits(x: &Tensor) -> Vec<u32> {
    x.data().iter().map(|x| x.to_bits()).collect()
}

/// The elements from `first` on of each tensor's first axis.
pub fn row<T: Element>(x: &Tensor<T>, first: usize, rows: usize) -> Tensor<T> {
    let len = x.data().len() / x.shape()[0];
    let mut shape = x.shape().to_vec();
    shape[0] = rows;
    Tensor::new(shape, x.data()[first * len..][..rows * len].to_vec()).unwrap()
}
