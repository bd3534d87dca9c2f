//! The reference's answers to cases of one operation (`oracle/FORMAT.md`, "infer"). Without `std`: `wasm/` compiles this file too.

use alloc::{vec, vec::Vec};

use quorate_exact::infer::{
    arithmetic::{max, min, sqrt},
    attention::{attention, Seen},
    cast::cast,
    conv::{conv, conv_transpose, Filters},
    elementwise::{binary, clip, neg, relu, select, whole, Whole},
    functions,
    matmul::{linear, matmul},
    moves::{concat, expand, gather, pad, reshape, resize_nearest, slice, split, transpose, Fill},
    normalise::{batch_norm, layer_norm, rms_norm, softmax},
    pool::{pool, Pool},
    quantised::{dequantize, dynamic_quantize, matmul_integer, quantize},
    recurrent::{gru, lstm, Gates},
    reduce::{arg_max, reduce, top_k, Reduce},
    rope::rope,
    sample::{sample, Sampler},
    Element, Fault, Stride, Tensor,
};
use serde_json::{json, Value};

use self::any::{each, number, size, written, Typed};
use crate::json::{bits, int, list, root, text};

mod any;

pub use any::{tensor, Any};

type Answer = Result<Vec<Any>, Fault>;

fn flag(value: &Value) -> bool {
    value.as_bool().expect("a bool")
}

/// The results of a case, or its fault.
pub fn results(case: &Value) -> Answer {
    let inputs = case["inputs"].as_array().expect("inputs");
    let inputs = inputs.iter().map(tensor).collect::<Result<Vec<_>, _>>()?;
    let (name, parameters) = (text(&case["name"]), &case["parameters"]);
    let families = [rows, images, sequences, choices, moves, quantised];
    let mut answers = families.iter().filter_map(|family| family(&name, parameters, &inputs));
    answers.next().unwrap_or_else(|| panic!("unknown operation {name}"))
}

/// The answer to a case. Faults that follow from shapes and parameters alone have no order: "refused".
pub fn answer(case: &Value) -> Value {
    match results(case) {
        Ok(results) => json!({ "outputs": results.iter().map(written).collect::<Vec<_>>() }),
        Err(Fault::NaN) => json!({ "fault": "NaN" }),
        Err(Fault::Index { .. }) => json!({ "fault": "Index" }),
        Err(Fault::Range) => json!({ "fault": "Range" }),
        Err(_) => json!({ "fault": "refused" }),
    }
}

fn one<T: Element>(y: Result<Tensor<T>, Fault>) -> Answer
where
    Any: From<Tensor<T>>,
{
    y.map(|y| vec![y.into()])
}

fn f(x: &Any) -> &Tensor {
    f32::of(x)
}

/// Products, elementwise operations, rows.
fn rows(name: &str, parameters: &Value, x: &[Any]) -> Option<Answer> {
    let arithmetic = |op: fn(f32, f32) -> f32| one(binary(f(&x[0]), f(&x[1]), op));
    let map = |op: fn(f32) -> f32| one(f(&x[0]).map(op));
    let key = |key: &str| number(&parameters[key]);
    Some(match name {
        "linear" => one(linear(f(&x[0]), f(&x[1]), x.get(2).map(f))),
        "matmul" => one(matmul(f(&x[0]), f(&x[1]))),
        "add" | "sub" | "mul" => match &x[0] {
            Any::F32(_) => arithmetic(match name {
                "add" => |a, b| a + b,
                "sub" => |a, b| a - b,
                _ => |a, b| a * b,
            }),
            Any::I64(a) => integers(name, a, Typed::of(&x[1])),
            a => integers(name, i32::of(a), Typed::of(&x[1])),
        },
        "and" => one(binary(bool::of(&x[0]), bool::of(&x[1]), |a, b| a & b)),
        "or" => one(binary(bool::of(&x[0]), bool::of(&x[1]), |a, b| a | b)),
        "xor" => one(binary(bool::of(&x[0]), bool::of(&x[1]), |a, b| a ^ b)),
        "not" => one(bool::of(&x[0]).map(|x| !x)),
        "div" => arithmetic(|a, b| a / b),
        "min" => arithmetic(min),
        "max" => arithmetic(max),
        "equal" | "less" | "less_equal" | "greater" | "greater_equal" => match &x[0] {
            Any::F32(a) => compare(name, a, f(&x[1])),
            other => compare(name, i64::of(other), i64::of(&x[1])),
        },
        "where" => each!(&x[1], a => one(select(bool::of(&x[0]), a, Typed::of(&x[2])))),
        "neg" => map(neg),
        "abs" => map(f32::abs),
        "relu" => map(relu),
        "sqrt" => map(sqrt),
        "exp" => map(functions::exp),
        "tanh" => map(functions::tanh),
        "erf" => map(functions::erf),
        "log" => map(functions::log),
        "sin" => map(functions::sin),
        "cos" => map(functions::cos),
        "sigmoid" => map(functions::sigmoid),
        "silu" => map(functions::silu),
        "gelu" => map(functions::gelu),
        "gelu_tanh" => map(functions::gelu_tanh),
        "pow2" => map(functions::pow2),
        "pow3" => map(functions::pow3),
        "pow_half" => map(functions::pow_half),
        "hard_sigmoid" => one(f(&x[0]).map(|x| functions::hard_sigmoid(x, key("alpha"), key("beta")))),
        "clip" => one(f(&x[0]).map(|x| clip(x, key("low"), key("high")))),
        "softmax" => one(softmax(f(&x[0]), size(&parameters["axis"]))),
        "layer_norm" => one(layer_norm(f(&x[0]), f(&x[1]), x.get(2).map(f), key("epsilon"))),
        "rms_norm" => one(rms_norm(f(&x[0]), f(&x[1]), key("epsilon"))),
        "batch_norm" => {
            let parts = [f(&x[1]), f(&x[2]), f(&x[3]), f(&x[4])];
            one(batch_norm(f(&x[0]), parts, key("epsilon")))
        }
        _ => return None,
    })
}

fn integers<T: Whole + Typed>(name: &str, a: &Tensor<T>, b: &Tensor<T>) -> Answer
where
    Any: From<Tensor<T>>,
{
    one(match name {
        "add" => whole(a, b, T::add),
        "sub" => whole(a, b, T::sub),
        _ => whole(a, b, T::mul),
    })
}

fn compare<T: Element>(name: &str, a: &Tensor<T>, b: &Tensor<T>) -> Answer {
    one(match name {
        "equal" => binary(a, b, |a, b| a == b),
        "less" => binary(a, b, |a, b| a < b),
        "less_equal" => binary(a, b, |a, b| a <= b),
        "greater" => binary(a, b, |a, b| a > b),
        _ => binary(a, b, |a, b| a >= b),
    })
}

fn pair(value: &Value) -> [usize; 2] {
    [size(&value[0]), size(&value[1])]
}

fn strides(value: &Value) -> [Stride; 2] {
    [0, 1].map(|axis: usize| Stride {
        step: size(&value[axis][0]),
        dilation: size(&value[axis][1]),
        before: size(&value[axis][2]),
        after: size(&value[axis][3]),
    })
}

fn images(name: &str, parameters: &Value, x: &[Any]) -> Option<Answer> {
    let strides = || strides(&parameters["strides"]);
    let filters = || Filters {
        weights: f(&x[1]),
        bias: x.get(2).map(f),
        groups: size(&parameters["groups"]),
    };
    Some(match name {
        "conv" => one(conv(f(&x[0]), filters(), strides())),
        "conv_transpose" => one(conv_transpose(
            f(&x[0]),
            filters(),
            strides(),
            pair(&parameters["extra"]),
        )),
        "max_pool" | "average_pool" => {
            let kind = match name {
                "max_pool" => Pool::Max,
                _ => Pool::Average {
                    include_padding: flag(&parameters["count_include_pad"]),
                },
            };
            let (kernel, ceil) = (pair(&parameters["kernel"]), flag(&parameters["ceil"]));
            one(pool(f(&x[0]), kind, kernel, strides(), ceil))
        }
        _ => return None,
    })
}

fn sequences(name: &str, parameters: &Value, x: &[Any]) -> Option<Answer> {
    let key = |key: &str| size(&parameters[key]);
    let gates = |first: usize| Gates {
        input: f(&x[1]),
        hidden: f(&x[2]),
        bias: x.get(first + 1).map(|bias| [f(&x[first]), f(bias)]),
    };
    Some(match name {
        "rope" => {
            let inverse = list(&parameters["inverse"], number);
            one(rope(f(&x[0]), key("first"), &inverse, key("largest")))
        }
        "attention" => {
            let seen = match parameters["first"].is_null() {
                true => Seen::All,
                false => Seen::Causal { first: key("first") },
            };
            let qkv = [f(&x[0]), f(&x[1]), f(&x[2])];
            one(attention(qkv, number(&parameters["scale"]), x.get(3).map(f), seen))
        }
        "lstm" => lstm(f(&x[0]), gates(5), [f(&x[3]), f(&x[4])]).map(|all| all.map(Any::from).into()),
        "gru" => {
            let after = flag(&parameters["linear_before_reset"]);
            gru(f(&x[0]), gates(4), f(&x[3]), after).map(|all| all.map(Any::from).into())
        }
        "sample" => {
            let sampler = match parameters["top_k"].is_null() {
                true => Sampler::Argmax,
                false => Sampler::Draw {
                    temperature: number(&parameters["temperature"]),
                    top_k: bits(&parameters["top_k"]),
                },
            };
            let position = int(&parameters["position"]) as u64;
            let token = sample(f(&x[0]), sampler, &root(&parameters["seed"]), position);
            one(token.and_then(|token| Tensor::new(vec![], vec![token as i64])))
        }
        _ => return None,
    })
}

fn choices(name: &str, parameters: &Value, x: &[Any]) -> Option<Answer> {
    let axis = || size(&parameters["axis"]);
    let how = match name {
        "reduce_sum" => Reduce::Sum,
        "reduce_mean" => Reduce::Mean,
        "reduce_sum_square" => Reduce::SumSquare,
        "reduce_l1" => Reduce::L1,
        "reduce_l2" => Reduce::L2,
        "reduce_max" => Reduce::Max,
        "reduce_min" => Reduce::Min,
        "arg_max" => return Some(each!(&x[0], x => one(arg_max(x, axis(), flag(&parameters["keep"]))))),
        "top_k" => {
            let (k, largest) = (size(&parameters["k"]), flag(&parameters["largest"]));
            return Some(each!(&x[0], x => {
                top_k(x, k, axis(), largest).map(|(values, indices)| vec![values.into(), indices.into()])
            }));
        }
        _ => return None,
    };
    let axes = list(&parameters["axes"], size);
    Some(one(reduce(f(&x[0]), how, &axes, flag(&parameters["keep"]))))
}

fn moves(name: &str, parameters: &Value, x: &[Any]) -> Option<Answer> {
    let key = |key: &str| size(&parameters[key]);
    let sizes = |key: &str| list(&parameters[key], size);
    Some(each!(x.first()?, first => match name {
        "gather" => one(gather(first, i64::of(&x[1]), key("axis"))),
        "concat" => {
            let mut parts = vec![first];
            parts.extend(x[1..].iter().map(Typed::of));
            one(concat(&parts, key("axis")))
        }
        "slice" => one(slice(first, key("axis"), key("start"), int(&parameters["step"]), key("count"))),
        "split" => split(first, key("axis"), &sizes("sizes")).map(|parts| parts.into_iter().map(Any::from).collect()),
        "reshape" => one(reshape(first, &sizes("shape"))),
        "transpose" => one(transpose(first, &sizes("order"))),
        "expand" => one(expand(first, &sizes("shape"))),
        "pad" => {
            let fill = match parameters["fill"].as_str() {
                Some("edge") => Fill::Edge,
                Some(_) => Fill::Reflect,
                // The constant is the only element of a second input.
                None => Fill::Constant(*Typed::of(&x[1]).data().first()?),
            };
            one(pad(first, key("axis"), key("before"), key("after"), fill))
        }
        "resize" => one(resize_nearest(first, key("axis"), key("scale"))),
        "cast" => match text(&parameters["to"]).as_str() {
            "f32" => one(cast::<_, f32>(first)),
            "i64" => one(cast::<_, i64>(first)),
            "i32" => one(cast::<_, i32>(first)),
            "i8" => one(cast::<_, i8>(first)),
            "u8" => one(cast::<_, u8>(first)),
            _ => one(cast::<_, bool>(first)),
        },
        _ => return None,
    }))
}

fn quantised(name: &str, _: &Value, x: &[Any]) -> Option<Answer> {
    Some(match name {
        "quantize" => match &x[2] {
            Any::I8(zero) => one(quantize(f(&x[0]), f(&x[1]), zero)),
            zero => one(quantize(f(&x[0]), f(&x[1]), u8::of(zero))),
        },
        "dequantize" => one(match &x[0] {
            Any::I8(q) => dequantize(q, f(&x[1]), x.get(2).map(i8::of)),
            Any::U8(q) => dequantize(q, f(&x[1]), x.get(2).map(u8::of)),
            q => dequantize(i32::of(q), f(&x[1]), x.get(2).map(i32::of)),
        }),
        "dynamic_quantize" => {
            dynamic_quantize(f(&x[0])).map(|(y, scale, zero)| vec![y.into(), scale.into(), zero.into()])
        }
        "matmul_integer" => one(match (&x[0], &x[2]) {
            (Any::U8(a), Any::U8(w)) => matmul_integer(a, u8::of(&x[1]), w, u8::of(&x[3])),
            (Any::U8(a), w) => matmul_integer(a, u8::of(&x[1]), i8::of(w), i8::of(&x[3])),
            (a, Any::U8(w)) => matmul_integer(i8::of(a), i8::of(&x[1]), w, u8::of(&x[3])),
            (a, w) => matmul_integer(i8::of(a), i8::of(&x[1]), i8::of(w), i8::of(&x[3])),
        }),
        _ => return None,
    })
}
