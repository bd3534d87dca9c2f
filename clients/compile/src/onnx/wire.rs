//! A walk over the bytes before they are decoded: every length fits into what is around it, nothing is nested without end, and parts that
//! programs do not have are named rather than passed over.

/// The messages that are decoded later.
#[derive(Clone, Copy)]
enum Message {
    Model,
    Graph,
    Node,
    Attribute,
    ValueInfo,
    Type,
    TensorType,
    Shape,
    /// A message without others inside, but for a tensor's places of external data (13).
    Leaf,
}

use Message::{Attribute, Graph, Leaf, Model, Node, Shape, TensorType, Type, ValueInfo};

/// Checks a model's bytes.
pub fn check(bytes: &[u8]) -> Result<(), String> {
    walk(bytes, Model)
}

fn walk(bytes: &[u8], message: Message) -> Result<(), String> {
    let mut rest = bytes;
    while !rest.is_empty() {
        let (number, content) = field(&mut rest)?;
        if let Some(what) = foreign(message, number) {
            return Err(what.into());
        }
        let Some(content) = content else { continue };
        let inside = match (message, number) {
            (Model, 7) => Graph,
            (Model, 8 | 14) | (Graph, 5) | (Attribute, 5 | 10) | (Shape, 1) | (Leaf, 13) => Leaf,
            (Graph, 1) => Node,
            (Graph, 11..=13) => ValueInfo,
            (Node, 5) => Attribute,
            (ValueInfo, 2) => Type,
            (Type, 1) => TensorType,
            (TensorType, 2) => Shape,
            _ => continue,
        };
        walk(content, inside).map_err(|what| match message {
            Graph if number == 1 => in_node(content, &what),
            _ => what,
        })?;
    }
    Ok(())
}

/// What a field is that programs do not have.
fn foreign(message: Message, number: u64) -> Option<&'static str> {
    match (message, number) {
        (Model, 25) => Some("it has functions: export it without them, or inline them (onnx.inliner)"),
        (Graph, 15) => Some("it has sparse initializers: make them dense"),
        (Attribute, 6 | 11) => {
            Some("it has a subgraph (If, Loop, Scan): export the model without, for instance by tracing, or simplify it with its inputs fixed")
        }
        (Attribute, 21) => Some("it has attributes of functions: inline them (onnx.inliner)"),
        (Attribute, 22 | 23) => Some("it has sparse tensors: make them dense"),
        (Type, 4 | 5 | 8 | 9) => Some("a value is a sequence, map, sparse or optional value; programs have tensors only"),
        _ => None,
    }
}

/// Takes one field from the front: its number, and its bytes if it has a length.
fn field<'a>(rest: &mut &'a [u8]) -> Result<(u64, Option<&'a [u8]>), String> {
    let tag = varint(rest)?;
    let content = match tag & 7 {
        0 => {
            varint(rest)?;
            None
        }
        1 => take(rest, 8).map(|_| None)?,
        2 => {
            let len = varint(rest)?;
            Some(take(rest, len)?)
        }
        5 => take(rest, 4).map(|_| None)?,
        _ => return Err("not the form of Protocol Buffers".into()),
    };
    Ok((tag >> 3, content))
}

fn take<'a>(rest: &mut &'a [u8], len: u64) -> Result<&'a [u8], String> {
    let split = usize::try_from(len).ok().and_then(|len| rest.split_at_checked(len));
    let (taken, behind) = split.ok_or("it is cut off, or a length in it is wrong")?;
    *rest = behind;
    Ok(taken)
}

fn varint(rest: &mut &[u8]) -> Result<u64, String> {
    let mut value = 0u64;
    for place in 0..10 {
        let byte = take(rest, 1)?.first().copied().unwrap_or(0);
        value |= u64::from(byte & 127).checked_shl(7 * place).unwrap_or(0);
        if byte < 128 {
            return Ok(value);
        }
    }
    Err("a number of more than 64 bits".into())
}

/// Says of which node something is true.
fn in_node(node: &[u8], what: &str) -> String {
    let (mut name, mut op) = (String::new(), String::new());
    let mut rest = node;
    while let Ok((number, content)) = field(&mut rest) {
        let text = || String::from_utf8_lossy(content.unwrap_or(&[])).into_owned();
        match number {
            3 => name = text(),
            4 => op = text(),
            _ => {}
        }
        if rest.is_empty() {
            break;
        }
    }
    let shown = quorate_convert::names::shown;
    format!("node {} ({}): {what}", shown(&name), shown(&op))
}
