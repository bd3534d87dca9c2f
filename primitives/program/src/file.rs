//! The file: exactly one for each program.
//!
//! ```text
//! offset 0   u64le: H - 8
//! offset 8   JSON (RFC 8785), then spaces up to H, a multiple of 1,024
//! offset H   the constants' bytes, one after the other
//! ```

use alloc::{
    string::{String, ToString},
    vec::Vec,
};
use core::cmp::Ordering;

use quorate_exact::Root;
use serde::Deserialize;

use crate::{
    error::ProgramError,
    graph::{byte_len, Constant, Dimension, Graph, Input, ModelTensor, Node, Output},
    header::{header, ALIGNMENT, FORMAT, MAX_HEADER},
    program::Program,
    types::Type,
};

/// The header's JSON; members in the order of their names.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    constants: Vec<ConstantEntry>,
    dimensions: Vec<Dimension>,
    inputs: Vec<Input>,
    nodes: Vec<Node>,
    outputs: Vec<Output>,
    quorate_program: u32,
    tensors: Vec<ModelTensor>,
    #[serde(default)]
    tokenizer: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ConstantEntry {
    shape: Vec<u64>,
    #[serde(rename = "type")]
    element: Type,
}

impl Program {
    /// The file's bytes. Their BLAKE3 is the program's root.
    pub fn encode(&self) -> Vec<u8> {
        let mut file = header(self.graph());
        self.graph()
            .constants
            .iter()
            .for_each(|constant| file.extend(&constant.bytes));
        file
    }

    /// The program's name.
    pub fn root(&self) -> Root {
        quorate_exact::root(&self.encode())
    }

    /// Reads exactly the bytes that [`Program::encode`] writes.
    ///
    /// # Errors
    /// As [`ProgramError`] says. Memory is bounded by the file's length.
    pub fn decode(file: &[u8]) -> Result<Self, ProgramError> {
        let got = file.len() as u64;
        let short = |expected| ProgramError::Short { expected, got };
        let prefix = file.first_chunk().ok_or(short(8))?;
        let len = u64::from_le_bytes(*prefix).saturating_add(8);
        if len > MAX_HEADER || len % ALIGNMENT != 0 {
            return Err(ProgramError::HeaderLength(len));
        }
        let (head, data) = file.split_at_checked(len as usize).ok_or(short(len))?;
        let text = core::str::from_utf8(head.get(8..).unwrap_or(&[]));
        let text = text.map_err(json)?;
        let read: Header = serde_json::from_str(text.trim_end_matches(' ')).map_err(json)?;
        if read.quorate_program != FORMAT {
            return Err(ProgramError::Json(alloc::format!(
                "format {}; {FORMAT} was expected",
                read.quorate_program
            )));
        }
        let constants = constants(read.constants, data, len)?;
        let graph = Graph {
            dimensions: read.dimensions,
            inputs: read.inputs,
            tensors: read.tensors,
            constants,
            nodes: read.nodes,
            outputs: read.outputs,
            tokenizer: read.tokenizer.as_deref().map(root).transpose()?,
        };
        let program = Self::new(graph)?;
        let canonical = header(program.graph());
        match canonical.iter().zip(head).position(|(a, b)| a != b) {
            Some(offset) => Err(ProgramError::NotCanonical { offset: offset as u64 }),
            None if canonical.len() != head.len() => Err(ProgramError::NotCanonical {
                offset: canonical.len().min(head.len()) as u64,
            }),
            None => Ok(program),
        }
    }
}

/// Cuts the data behind a header into constants, of which nothing may be left.
fn constants(entries: Vec<ConstantEntry>, mut data: &[u8], header: u64) -> Result<Vec<Constant>, ProgramError> {
    let got = header.saturating_add(data.len() as u64);
    let mut expected = header;
    for (index, entry) in entries.iter().enumerate() {
        let len = byte_len(entry.element, &entry.shape).and_then(|len| expected.checked_add(len));
        expected = len.ok_or(ProgramError::Shape {
            what: "constant",
            index,
        })?;
    }
    match got.cmp(&expected) {
        Ordering::Less => return Err(ProgramError::Short { expected, got }),
        Ordering::Greater => return Err(ProgramError::Long { expected, got }),
        Ordering::Equal => {}
    }
    let mut constants = Vec::with_capacity(entries.len());
    for ConstantEntry { shape, element } in entries {
        let len = byte_len(element, &shape).unwrap_or(0) as usize;
        let (bytes, rest) = data.split_at_checked(len).unwrap_or((data, &[]));
        data = rest;
        constants.push(Constant {
            shape,
            element,
            bytes: bytes.to_vec(),
        });
    }
    Ok(constants)
}

/// What serde says of a header, which may quote all of it: as much as people read.
fn json(error: impl ToString) -> ProgramError {
    ProgramError::Json(error.to_string().chars().take(256).collect())
}

fn root(text: &str) -> Result<Root, ProgramError> {
    let error = || ProgramError::Json("tokenizer: 64 small hexadecimal digits were expected".into());
    let digit = |c: u8| c.is_ascii_digit() || (b'a'..=b'f').contains(&c);
    if text.len() != 64 || !text.bytes().all(digit) {
        return Err(error());
    }
    let mut root = Root::default();
    for (byte, pair) in root.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        let pair = core::str::from_utf8(pair).map_err(|_| error())?;
        *byte = u8::from_str_radix(pair, 16).map_err(|_| error())?;
    }
    Ok(root)
}
