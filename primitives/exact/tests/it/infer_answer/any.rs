//! Tensors of any type, as cases write them.

use alloc::vec::Vec;

use quorate_exact::infer::{Element, Fault, Tensor};
use serde_json::{json, Value};

use crate::json::{bits, int, list, text};

/// A tensor of any type.
#[derive(Clone)]
pub enum Any {
    F32(Tensor),
    I64(Tensor<i64>),
    I32(Tensor<i32>),
    I8(Tensor<i8>),
    U8(Tensor<u8>),
    Bool(Tensor<bool>),
}

macro_rules! conversions {
    ($($name:ident $type:ty),*) => {
        $(impl From<Tensor<$type>> for Any {
            fn from(x: Tensor<$type>) -> Self {
                Self::$name(x)
            }
        }

        impl Typed for $type {
            fn of(x: &Any) -> &Tensor<Self> {
                match x {
                    Any::$name(x) => x,
                    _ => panic!("another type was expected"),
                }
            }
        })*
    };
}

/// What a tensor of any type can be.
pub trait Typed: Element {
    fn of(x: &Any) -> &Tensor<Self>;
}

conversions!(F32 f32, I64 i64, I32 i32, I8 i8, U8 u8, Bool bool);

/// The same expression for whichever type `$any` has.
macro_rules! each {
    ($any:expr, $x:ident => $body:expr) => {
        match $any {
            Any::F32($x) => $body,
            Any::I64($x) => $body,
            Any::I32($x) => $body,
            Any::I8($x) => $body,
            Any::U8($x) => $body,
            Any::Bool($x) => $body,
        }
    };
}

/// What no `usize` of this machine holds is as far out of bounds as the largest one: Wasm has 32 bits.
pub fn size(value: &Value) -> usize {
    usize::try_from(int(value)).unwrap_or(usize::MAX)
}

pub fn number(value: &Value) -> f32 {
    f32::from_bits(bits(value))
}

/// A tensor of a case.
pub fn tensor(value: &Value) -> Result<Any, Fault> {
    fn of<T: Element>(value: &Value, item: impl Fn(&Value) -> T) -> Result<Any, Fault>
    where
        Any: From<Tensor<T>>,
    {
        let (shape, values) = (list(&value["shape"], size), list(&value["values"], item));
        Tensor::new(shape, values).map(Any::from)
    }
    match text(&value["type"]).as_str() {
        "f32" => of(value, number),
        "i64" => of(value, int),
        "i32" => of(value, |value| int(value) as i32),
        "i8" => of(value, |value| int(value) as i8),
        "u8" => of(value, |value| int(value) as u8),
        "bool" => of(value, |value| int(value) != 0),
        other => panic!("unknown type {other}"),
    }
}

pub fn written(x: &Any) -> Value {
    fn of<T: Element>(name: &str, x: &Tensor<T>, value: impl Fn(T) -> Value) -> Value {
        let values: Vec<Value> = x.data().iter().map(|&x| value(x)).collect();
        json!({ "type": name, "shape": x.shape(), "values": values })
    }
    match x {
        Any::F32(x) => of("f32", x, |x| x.to_bits().into()),
        Any::I64(x) => of("i64", x, Value::from),
        Any::I32(x) => of("i32", x, Value::from),
        Any::I8(x) => of("i8", x, Value::from),
        Any::U8(x) => of("u8", x, Value::from),
        Any::Bool(x) => of("bool", x, |x| u8::from(x).into()),
    }
}

pub(super) use each;
