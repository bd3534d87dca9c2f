//! Why bytes, or a graph, are no program.

use alloc::{boxed::Box, string::String};
use core::fmt;

use quorate_exact::infer::Fault;

use crate::{
    expression::{Expression, TooLarge},
    types::Type,
};

/// A program is refused.
#[derive(Clone, PartialEq, Debug)]
pub enum ProgramError {
    /// The file is shorter than its header's length, its header, and its constants.
    Short {
        /// Bytes that it should have at least.
        expected: u64,
        /// Bytes that it has.
        got: u64,
    },
    /// The header is longer than [`crate::MAX_HEADER`], or its length no multiple of [`crate::ALIGNMENT`].
    HeaderLength(u64),
    /// The header is not the JSON that was expected.
    Json(String),
    /// The file says the right things in other bytes than the canonical ones.
    NotCanonical {
        /// The first byte that differs, from the start of the file.
        offset: u64,
    },
    /// There is too much of something.
    TooMany {
        /// Of what.
        what: &'static str,
        /// The most that is allowed.
        limit: usize,
        /// What the program has.
        got: usize,
    },
    /// A name is empty, too long, there twice, or has a character that names do not have.
    Name {
        /// Of what.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// An expression names a dimension that is not declared.
    UnknownDimension(String),
    /// A dimension is declared, and no axis of an input is a multiple of it alone, plus a number: nothing says its size.
    UnusedDimension(String),
    /// A dimension's bounds are not 1 ≤ min ≤ max ≤ 2^31 − 1.
    Bounds(String),
    /// An input, tensor or constant has a shape that no tensor has: a dimension of 0, too many elements or axes; an input for the
    /// smallest or the largest sizes.
    Shape {
        /// Input, tensor or constant.
        what: &'static str,
        /// Its number among those.
        index: usize,
    },
    /// More bytes follow the header than the constants' shapes ask for.
    Long {
        /// Bytes that the file should have.
        expected: u64,
        /// Bytes that it has.
        got: u64,
    },
    /// A constant's data: as many bytes as its shape says, no NaN, a bool 0 or 1.
    Constant {
        /// Its number.
        constant: usize,
        /// What is wrong.
        reason: &'static str,
    },
    /// A value that no node before makes.
    UnknownValue {
        /// The node; none of an output.
        node: Option<usize>,
        /// The number of the value.
        value: u32,
    },
    /// Nothing that the program answers depends on this.
    Dead {
        /// Input, tensor, constant or node.
        what: &'static str,
        /// Its number among those.
        index: usize,
    },
    /// A program answers nothing.
    NoOutput,
    /// A node is at fault.
    Node {
        /// Its number.
        node: usize,
        /// Its operation.
        op: &'static str,
        /// What is wrong.
        fault: Box<NodeFault>,
    },
}

/// What is wrong with a node.
#[derive(Clone, PartialEq, Debug)]
pub enum NodeFault {
    /// It has too few or too many operands.
    Operands {
        /// The number that it has.
        got: usize,
    },
    /// An operand has elements of a type that the operation does not take there.
    Type {
        /// Which operand, from 0.
        operand: usize,
        /// Its elements.
        got: Type,
    },
    /// An operand has another number of axes than the operation takes.
    Rank {
        /// Which operand, from 0.
        operand: usize,
        /// Its axes.
        got: usize,
    },
    /// There is no such axis, or axes are not ascending.
    Axis {
        /// The axis.
        axis: usize,
        /// Axes of the operand.
        rank: usize,
    },
    /// Two dimensions are not equal for all sizes.
    Dimension {
        /// The dimension that would fit.
        expected: Expression,
        /// The dimension found.
        got: Expression,
    },
    /// A parameter has a value that the operation does not take.
    Parameter(&'static str),
    /// An operand must be a constant.
    NotConstant {
        /// Which operand, from 0.
        operand: usize,
    },
    /// A shape is no expression of allowed size.
    TooLarge,
    /// It fails for the smallest or the largest sizes.
    Sizes(Fault),
}

impl From<TooLarge> for NodeFault {
    fn from(_: TooLarge) -> Self {
        Self::TooLarge
    }
}

impl fmt::Display for ProgramError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Short { expected, got } => write!(f, "the file has {got} bytes; at least {expected} were expected"),
            Self::HeaderLength(len) => write!(
                f,
                "a header of {len} bytes: at most {} and a multiple of {} were expected",
                crate::MAX_HEADER,
                crate::ALIGNMENT
            ),
            Self::Json(reason) => write!(f, "the header's JSON: {reason}"),
            Self::NotCanonical { offset } => {
                write!(f, "the file differs from its canonical form at byte {offset}: write it with `quorate compile`")
            }
            Self::TooMany { what, limit, got } => write!(f, "{got} {what}; at most {limit} are allowed"),
            Self::Name { what, name } => write!(f, "{what} {name:?}: a name is unique and not empty, of dimensions at most 32 bytes of a-z, 0-9 and _, of others at most 1,024 bytes"),
            Self::UnknownDimension(name) => write!(f, "no dimension {name:?} is declared"),
            Self::UnusedDimension(name) => write!(f, "no input has an axis of dimension {name:?} alone, so that nothing says its size"),
            Self::Bounds(name) => write!(f, "dimension {name:?}: 1 ≤ min ≤ max ≤ 2^31 − 1 was expected"),
            Self::Shape { what, index } => write!(f, "{what} {index}: no tensor has its shape"),
            Self::Long { expected, got } => write!(f, "the file has {got} bytes; {expected} were expected"),
            Self::Constant { constant, reason } => write!(f, "constant {constant}: {reason}"),
            Self::UnknownValue { node: Some(node), value } => write!(f, "node {node} reads value {value}, which nothing before it makes"),
            Self::UnknownValue { node: None, value } => write!(f, "an output is value {value}, which nothing makes"),
            Self::Dead { what, index } => write!(f, "{what} {index}: no output depends on it"),
            Self::NoOutput => f.write_str("the program has no output"),
            Self::Node { node, op, fault } => write!(f, "node {node} ({op}): {fault}"),
        }
    }
}

impl fmt::Display for NodeFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Operands { got } => write!(f, "it does not take {got} operands"),
            Self::Type { operand, got } => write!(f, "operand {operand} cannot be {got}"),
            Self::Rank { operand, got } => write!(f, "operand {operand} cannot have {got} axes"),
            Self::Axis { axis, rank } => write!(f, "axis {axis} is named twice, out of order or not one of {rank}"),
            Self::Dimension { expected, got } => write!(f, "a dimension is {got}; {expected} would fit"),
            Self::Parameter(name) => write!(f, "it does not take this value of {name}"),
            Self::NotConstant { operand } => write!(f, "operand {operand} must be a constant"),
            Self::TooLarge => write!(f, "{TooLarge}"),
            Self::Sizes(fault) => write!(f, "for the smallest or largest sizes: {fault}"),
        }
    }
}

impl core::error::Error for ProgramError {}
impl core::error::Error for NodeFault {}
