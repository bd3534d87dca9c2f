#![doc = include_str!("../README.md")]
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

mod causal;
mod check;
mod cost;
mod element;
mod error;
pub mod expression;
mod file;
mod graph;
mod header;
pub mod op;
mod program;
pub mod run;
pub mod shapes;
mod sizes;
pub mod types;
mod value;

pub use element::{check_element, NoRuling};
pub use error::{NodeFault, ProgramError};
pub use expression::{Expression, Sizes};
pub use graph::{
    Constant, Dimension, Graph, Input, ModelTensor, Node, Output, MAX_DIMENSIONS, MAX_DIMENSION_NAME, MAX_NAME,
    MAX_NODES, MAX_OPERANDS, MAX_SHAPES, MAX_VALUES,
};
pub use header::{padded, ALIGNMENT, MAX_HEADER};
pub use op::Op;
pub use program::Program;
pub use sizes::Shapes;
pub use types::{Real, Shape, Type, ValueType};
pub use value::{Held, Value};
