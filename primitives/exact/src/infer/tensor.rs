//! Tensors: a shape and its values, row-major. None holds a value that is not a number.

use alloc::vec::Vec;
use core::fmt::Debug;

use super::fault::Fault;

/// Most elements of a tensor: every index fits 31 bits, on every machine.
pub const MAX_ELEMENTS: usize = i32::MAX as usize;

/// Most axes of a tensor.
pub const MAX_RANK: usize = 8;

/// What tensors are made of.
pub trait Element: Copy + PartialEq + PartialOrd + Debug {
    /// Whether this is not a number.
    fn is_nan(self) -> bool {
        false
    }

    /// Appends the little-endian bytes, by which tensors are hashed.
    fn put(self, bytes: &mut Vec<u8>);
}

impl Element for f32 {
    fn is_nan(self) -> bool {
        f32::is_nan(self)
    }

    fn put(self, bytes: &mut Vec<u8>) {
        bytes.extend(self.to_bits().to_le_bytes());
    }
}

impl Element for bool {
    fn put(self, bytes: &mut Vec<u8>) {
        bytes.push(u8::from(self));
    }
}

macro_rules! integers {
    ($($integer:ty),*) => {
        $(impl Element for $integer {
            fn put(self, bytes: &mut Vec<u8>) {
                bytes.extend(self.to_le_bytes());
            }
        })*
    };
}

integers!(i8, u8, i32, i64);

/// Values in row-major order. Images are [batch, height, width, channels].
#[derive(Clone, PartialEq, Debug)]
pub struct Tensor<T = f32> {
    shape: Vec<usize>,
    data: Vec<T>,
}

impl<T: Element> Tensor<T> {
    /// The tensor of this shape with these values.
    ///
    /// # Errors
    /// `Size`, `Length`; `NaN` if a value is not a number.
    pub fn new(shape: Vec<usize>, data: Vec<T>) -> Result<Self, Fault> {
        let expected = elements(&shape)?;
        if expected != data.len() {
            let got = data.len();
            return Err(Fault::Length { expected, got });
        }
        match data.iter().any(|value| value.is_nan()) {
            true => Err(Fault::NaN),
            false => Ok(Self { shape, data }),
        }
    }

    /// The dimensions; none of a single number.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// The values, row-major.
    pub fn data(&self) -> &[T] {
        &self.data
    }

    /// The values' little-endian bytes; a bool is 0 or 1.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.data.iter().for_each(|value| value.put(&mut bytes));
        bytes
    }

    /// A tensor of the same shape, with `f` of each value.
    ///
    /// # Errors
    /// `NaN`.
    pub fn map<U: Element>(&self, f: impl Fn(T) -> U) -> Result<Tensor<U>, Fault> {
        Tensor::new(self.shape.clone(), self.data.iter().map(|&value| f(value)).collect())
    }

    /// The dimensions, of exactly N axes.
    ///
    /// # Errors
    /// `Rank`.
    pub fn dims<const N: usize>(&self) -> Result<[usize; N], Fault> {
        <[usize; N]>::try_from(self.shape.as_slice()).map_err(|_| Fault::Rank {
            expected: N,
            got: self.shape.len(),
        })
    }

    /// The last dimension, and the elements that share their indices on all other axes, one after the other.
    ///
    /// # Errors
    /// `Rank` of a single number.
    pub fn rows(&self) -> Result<(usize, impl Iterator<Item = &[T]>), Fault> {
        let &last = self.shape.last().ok_or(Fault::Rank { expected: 1, got: 0 })?;
        Ok((last, self.data.chunks_exact(last)))
    }

    /// That the shape is this one.
    ///
    /// # Errors
    /// `Rank`, `Dimension`.
    pub fn expect(&self, shape: &[usize]) -> Result<(), Fault> {
        if self.shape.len() != shape.len() {
            return Err(Fault::Rank {
                expected: shape.len(),
                got: self.shape.len(),
            });
        }
        let mut pairs = shape.iter().zip(&self.shape);
        match pairs.find(|(expected, got)| expected != got) {
            Some((&expected, &got)) => Err(Fault::Dimension { expected, got }),
            None => Ok(()),
        }
    }
}

/// The number of elements of a shape.
///
/// # Errors
/// `Size`: a dimension of 0, more than [`MAX_ELEMENTS`] or [`MAX_RANK`].
pub fn elements(shape: &[usize]) -> Result<usize, Fault> {
    let product = shape.iter().try_fold(1usize, |product, &d| product.checked_mul(d));
    match product {
        Some(n) if n > 0 && n <= MAX_ELEMENTS && shape.len() <= MAX_RANK => Ok(n),
        _ => Err(Fault::Size),
    }
}

/// That two dimensions are equal.
pub(super) fn same(expected: usize, got: usize) -> Result<(), Fault> {
    match expected == got {
        true => Ok(()),
        false => Err(Fault::Dimension { expected, got }),
    }
}
