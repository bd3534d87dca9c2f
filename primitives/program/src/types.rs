//! Types of values: what they are made of, and their shapes for all dimensions.

use alloc::{string::String, vec::Vec};
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::expression::Expression;

/// What a tensor is made of.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Type {
    /// 32 bits, IEEE 754.
    F32,
    /// 64 bits, signed.
    I64,
    /// 32 bits, signed.
    I32,
    /// 8 bits, signed.
    I8,
    /// 8 bits, unsigned.
    U8,
    /// One byte, 0 or 1.
    Bool,
}

impl Type {
    /// Bytes of one element.
    pub fn bytes(self) -> usize {
        match self {
            Self::I64 => 8,
            Self::F32 | Self::I32 => 4,
            Self::I8 | Self::U8 | Self::Bool => 1,
        }
    }

    /// Whether it is one of the integers.
    pub fn is_integer(self) -> bool {
        !matches!(self, Self::F32 | Self::Bool)
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::F32 => "f32",
            Self::I64 => "i64",
            Self::I32 => "i32",
            Self::I8 => "i8",
            Self::U8 => "u8",
            Self::Bool => "bool",
        })
    }
}

/// A shape for all dimensions.
pub type Shape = Vec<Expression>;

/// The type of a value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ValueType {
    /// Its elements'.
    pub element: Type,
    /// Its shape.
    pub shape: Shape,
}

impl ValueType {
    /// A value of these elements and this shape.
    pub fn new(element: Type, shape: Shape) -> Self {
        Self { element, shape }
    }

    /// A value of a shape without dimensions.
    pub fn fixed(element: Type, shape: &[u64]) -> Self {
        let size = |&size: &u64| Expression::from(i64::try_from(size).unwrap_or(i64::MAX));
        Self::new(element, shape.iter().map(size).collect())
    }
}

impl fmt::Display for ValueType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.element, shape_text(&self.shape))
    }
}

/// A shape as people read it: `[tokens, 384]`.
pub fn shape_text(shape: &[Expression]) -> String {
    use fmt::Write;
    let mut text = String::from("[");
    for (i, dimension) in shape.iter().enumerate() {
        let separator = if i > 0 { ", " } else { "" };
        // Writing to a string cannot fail.
        let _ = write!(text, "{separator}{dimension}");
    }
    text.push(']');
    text
}

/// An f32 of a program: never a NaN. In JSON its bits, eight capital hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Real(f32);

impl Real {
    /// None of a NaN.
    pub fn new(value: f32) -> Option<Self> {
        (!value.is_nan()).then_some(Self(value))
    }

    /// The number.
    pub fn get(self) -> f32 {
        self.0
    }
}

impl Serialize for Real {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:08X}", self.0.to_bits()))
    }
}

impl<'de> Deserialize<'de> for Real {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let digit = |c: u8| c.is_ascii_digit() || (b'A'..=b'F').contains(&c);
        let bits = (text.len() == 8 && text.bytes().all(digit)).then(|| u32::from_str_radix(&text, 16).ok());
        let value = bits.flatten().and_then(|bits| Self::new(f32::from_bits(bits)));
        value.ok_or_else(|| {
            serde::de::Error::custom("a number that is not the eight capital hexadecimal digits of an f32")
        })
    }
}
