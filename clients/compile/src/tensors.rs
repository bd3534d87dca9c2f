//! Tensors as a safetensors file, from which `quorate convert` makes a model.

use quorate_program::{Constant, Type};
use serde_json::{json, Map, Value};

/// The bytes of a safetensors file.
pub fn safetensors(tensors: &[(String, Constant)]) -> Vec<u8> {
    let mut header = Map::new();
    let mut end = 0usize;
    for (name, tensor) in tensors {
        let begin = end;
        end += tensor.bytes.len();
        let entry = json!({ "dtype": dtype(tensor.element), "shape": tensor.shape, "data_offsets": [begin, end] });
        header.insert(name.clone(), entry);
    }
    let mut text = Value::Object(header).to_string().into_bytes();
    text.resize(text.len().next_multiple_of(8), b' ');
    let mut file = (text.len() as u64).to_le_bytes().to_vec();
    file.extend(text);
    tensors.iter().for_each(|(_, tensor)| file.extend(&tensor.bytes));
    file
}

fn dtype(element: Type) -> &'static str {
    match element {
        Type::F32 => "F32",
        Type::I64 => "I64",
        Type::I32 => "I32",
        Type::I8 => "I8",
        Type::U8 => "U8",
        Type::Bool => "BOOL",
    }
}
