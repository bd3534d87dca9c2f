//! Values of the vectors. Without `std`, as the Wasm build of these tests has none.

use alloc::{string::String, vec::Vec};

use quorate_exact::{Dtype, Role, Root, TensorSpec};
use serde_json::Value;

pub fn int(value: &Value) -> i64 {
    value.as_i64().unwrap_or_else(|| panic!("{value} is no integer"))
}

pub fn bits(value: &Value) -> u32 {
    int(value) as u32
}

pub fn list<T>(value: &Value, item: impl Fn(&Value) -> T) -> Vec<T> {
    value.as_array().unwrap().iter().map(item).collect()
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap().into()
}

pub fn wide(value: &Value) -> i128 {
    value.as_str().unwrap().parse().unwrap()
}

pub fn root(value: &Value) -> Root {
    hex::decode(text(value)).unwrap().try_into().unwrap()
}

pub fn spec(tensor: &Value) -> TensorSpec {
    let dtype = |name: &Value| Dtype::ALL.into_iter().find(|dtype| dtype.name() == name).unwrap();
    let role = text(&tensor["role"]).to_lowercase();
    TensorSpec {
        name: text(&tensor["name"]),
        dtype: dtype(&tensor["dtype"]),
        shape: list(&tensor["shape"], |d| int(d) as u64),
        role: Role::ALL.into_iter().find(|known| known.name() == role).unwrap(),
        scale: int(&tensor["scale"]) as i8,
        original_dtype: dtype(&tensor["original_dtype"]),
        aliases: list(&tensor["aliases"], text),
    }
}
