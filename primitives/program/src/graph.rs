//! A graph before it is checked, and how much it may have.

use alloc::{string::String, vec::Vec};

use quorate_exact::Root;
use serde::{Deserialize, Serialize};

use crate::{
    op::Op,
    types::{Shape, Type},
};

/// Most nodes of a program.
pub const MAX_NODES: usize = 65_536;
/// Most operands of a node.
pub const MAX_OPERANDS: usize = 1_024;
/// Most values of a program.
pub const MAX_VALUES: usize = 262_144;
/// Most parts of the shapes of all operands and results together ([`crate::Expression::parts`]).
pub const MAX_SHAPES: usize = 1 << 22;
/// Most dimensions of a program.
pub const MAX_DIMENSIONS: usize = 8;
/// Longest name of an input, tensor or output, in bytes.
pub const MAX_NAME: usize = 1_024;
/// Longest name of a dimension, in bytes.
pub const MAX_DIMENSION_NAME: usize = 32;

/// A size that a request has and the program does not know.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dimension {
    /// The largest.
    pub max: u32,
    /// The smallest, at least 1.
    pub min: u32,
    /// What expressions call it: a-z, 0-9 and _.
    pub name: String,
}

impl Dimension {
    /// Whether its name has only letters that names of dimensions have, and at most [`MAX_DIMENSION_NAME`] of them.
    pub fn is_named(&self) -> bool {
        let letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        (1..=MAX_DIMENSION_NAME).contains(&self.name.len()) && self.name.chars().all(letter)
    }

    /// Whether 1 ≤ min ≤ max ≤ 2^31 − 1.
    pub fn is_bounded(&self) -> bool {
        self.min >= 1 && self.min <= self.max && self.max <= i32::MAX as u32
    }
}

/// What a request brings.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Its name.
    pub name: String,
    /// Its shape.
    pub shape: Shape,
    /// Its elements.
    #[serde(rename = "type")]
    pub element: Type,
}

/// A tensor of the model, by its name there.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelTensor {
    /// Its name.
    pub name: String,
    /// Its shape.
    pub shape: Vec<u64>,
    /// Its elements.
    #[serde(rename = "type")]
    pub element: Type,
}

/// A tensor of the program itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Constant {
    /// Its shape.
    pub shape: Vec<u64>,
    /// Its elements.
    pub element: Type,
    /// Little-endian, row-major.
    pub bytes: Vec<u8>,
}

/// An operation and the values that it reads.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Node {
    /// Numbers of values.
    #[serde(rename = "in")]
    pub operands: Vec<u32>,
    /// What is done.
    pub op: Op,
}

/// What a run answers.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Output {
    /// Its name.
    pub name: String,
    /// The number of the value.
    pub value: u32,
}

/// A graph before it is checked. Values are numbered: inputs, tensors, constants, then the results of the nodes in their order.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Graph {
    /// Sizes of requests.
    pub dimensions: Vec<Dimension>,
    /// What a request brings.
    pub inputs: Vec<Input>,
    /// Of the model.
    pub tensors: Vec<ModelTensor>,
    /// Of the program.
    pub constants: Vec<Constant>,
    /// In an order in which they can run.
    pub nodes: Vec<Node>,
    /// At least one.
    pub outputs: Vec<Output>,
    /// The root of what makes text of token ids, and these of text.
    pub tokenizer: Option<Root>,
}

impl Constant {
    /// Its values, if it holds f32.
    pub fn floats(&self) -> impl Iterator<Item = f32> + '_ {
        let bytes: &[u8] = if self.element == Type::F32 { &self.bytes } else { &[] };
        bytes
            .chunks_exact(4)
            .filter_map(|bytes| bytes.try_into().ok().map(f32::from_le_bytes))
    }

    /// Bytes that its shape asks for; none if that is no number.
    pub fn len(&self) -> Option<u64> {
        byte_len(self.element, &self.shape)
    }

    /// Whether it has no bytes: of no valid one.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }
}

pub(crate) fn byte_len(element: Type, shape: &[u64]) -> Option<u64> {
    shape
        .iter()
        .try_fold(element.bytes() as u64, |len, &d| len.checked_mul(d))
}
