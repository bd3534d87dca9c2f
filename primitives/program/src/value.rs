//! Values of a run: tensors of any type.

use alloc::vec::Vec;

use quorate_exact::infer::{Fault, Tensor};

use crate::types::Type;

/// A tensor.
#[derive(Clone, PartialEq, Debug)]
pub enum Value {
    /// Of f32.
    F32(Tensor<f32>),
    /// Of i64.
    I64(Tensor<i64>),
    /// Of i32.
    I32(Tensor<i32>),
    /// Of i8.
    I8(Tensor<i8>),
    /// Of u8.
    U8(Tensor<u8>),
    /// Of bool.
    Bool(Tensor<bool>),
}

/// Does the same with a tensor of any type.
#[macro_export]
#[doc(hidden)]
macro_rules! each_type {
    ($value:expr, $tensor:ident => $result:expr) => {
        match $value {
            $crate::Value::F32($tensor) => $result,
            $crate::Value::I64($tensor) => $result,
            $crate::Value::I32($tensor) => $result,
            $crate::Value::I8($tensor) => $result,
            $crate::Value::U8($tensor) => $result,
            $crate::Value::Bool($tensor) => $result,
        }
    };
}

impl Value {
    /// Reads little-endian elements.
    ///
    /// # Errors
    /// `Size`, `Length`; `NaN`; `Range` of a bool that is neither 0 nor 1.
    pub fn from_bytes(element: Type, shape: &[usize], bytes: &[u8]) -> Result<Self, Fault> {
        let shape = shape.to_vec();
        let (expected, got) = (quorate_exact::infer::elements(&shape)?, bytes.len() / element.bytes());
        if !bytes.len().is_multiple_of(element.bytes()) || expected != got {
            return Err(Fault::Length { expected, got });
        }
        Ok(match element {
            Type::F32 => Self::F32(Tensor::new(shape, words(bytes, f32::from_le_bytes))?),
            Type::I64 => Self::I64(Tensor::new(shape, words(bytes, i64::from_le_bytes))?),
            Type::I32 => Self::I32(Tensor::new(shape, words(bytes, i32::from_le_bytes))?),
            Type::I8 => Self::I8(Tensor::new(shape, words(bytes, i8::from_le_bytes))?),
            Type::U8 => Self::U8(Tensor::new(shape, bytes.to_vec())?),
            Type::Bool => match bytes.iter().any(|&byte| byte > 1) {
                true => return Err(Fault::Range),
                false => Self::Bool(Tensor::new(shape, bytes.iter().map(|&byte| byte == 1).collect())?),
            },
        })
    }

    /// Its elements' little-endian bytes.
    pub fn bytes(&self) -> Vec<u8> {
        each_type!(self, tensor => tensor.bytes())
    }

    /// Its shape.
    pub fn shape(&self) -> &[usize] {
        each_type!(self, tensor => tensor.shape())
    }

    /// What it is made of.
    pub fn element(&self) -> Type {
        match self {
            Self::F32(_) => Type::F32,
            Self::I64(_) => Type::I64,
            Self::I32(_) => Type::I32,
            Self::I8(_) => Type::I8,
            Self::U8(_) => Type::U8,
            Self::Bool(_) => Type::Bool,
        }
    }
}

fn words<T, const N: usize>(bytes: &[u8], read: impl Fn([u8; N]) -> T) -> Vec<T> {
    bytes
        .chunks_exact(N)
        .filter_map(|word| word.try_into().ok().map(&read))
        .collect()
}

/// A type of elements that values can have.
pub trait Held: Sized + quorate_exact::infer::Element {
    /// The tensor, if the value is of this type.
    fn of(value: &Value) -> Option<&Tensor<Self>>;

    /// A value of this type.
    fn held(tensor: Tensor<Self>) -> Value;
}

macro_rules! held {
    ($($element:ty => $variant:ident),*) => {
        $(impl Held for $element {
            fn of(value: &Value) -> Option<&Tensor<Self>> {
                match value {
                    Value::$variant(tensor) => Some(tensor),
                    _ => None,
                }
            }

            fn held(tensor: Tensor<Self>) -> Value {
                Value::$variant(tensor)
            }
        })*
    };
}

held!(f32 => F32, i64 => I64, i32 => I32, i8 => I8, u8 => U8, bool => Bool);
