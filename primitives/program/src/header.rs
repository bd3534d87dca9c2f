//! The bytes before the constants.

use alloc::{string::String, vec::Vec};

use quorate_exact::Root;
use serde::Serialize;

use crate::{
    graph::{Dimension, Graph, Input, ModelTensor, Node, Output},
    types::Type,
};

/// The header's length is a multiple of this.
pub const ALIGNMENT: u64 = 1_024;
/// Longest header, with the 8 bytes of its length.
pub const MAX_HEADER: u64 = 4 << 20;
/// Version of this format.
pub(crate) const FORMAT: u32 = 1;

/// The header as it is written.
#[derive(Serialize)]
struct Written<'a> {
    constants: Vec<WrittenConstant<'a>>,
    dimensions: &'a [Dimension],
    inputs: &'a [Input],
    nodes: &'a [Node],
    outputs: &'a [Output],
    quorate_program: u32,
    tensors: &'a [ModelTensor],
    #[serde(skip_serializing_if = "Option::is_none")]
    tokenizer: Option<String>,
}

#[derive(Serialize)]
struct WrittenConstant<'a> {
    shape: &'a [u64],
    #[serde(rename = "type")]
    element: Type,
}

/// The bytes before the constants.
pub(crate) fn header(graph: &Graph) -> Vec<u8> {
    let constants = graph.constants.iter().map(|constant| WrittenConstant {
        shape: &constant.shape,
        element: constant.element,
    });
    let header = Written {
        constants: constants.collect(),
        dimensions: &graph.dimensions,
        inputs: &graph.inputs,
        nodes: &graph.nodes,
        outputs: &graph.outputs,
        quorate_program: FORMAT,
        tensors: &graph.tensors,
        tokenizer: graph.tokenizer.as_ref().map(hex),
    };
    // No map with keys that are not strings, nothing that cannot be written.
    padded(serde_json::to_vec(&header).unwrap_or_default())
}

/// A header of this text: its length, the text, and spaces up to a multiple of [`ALIGNMENT`].
pub fn padded(text: Vec<u8>) -> Vec<u8> {
    let len = (text.len() as u64 + 8).next_multiple_of(ALIGNMENT);
    let mut bytes = (len - 8).to_le_bytes().to_vec();
    bytes.extend(text);
    bytes.resize(len as usize, b' ');
    bytes
}

fn hex(root: &Root) -> String {
    use core::fmt::Write;
    root.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
