//! The answer to a case of a program or of a disputed element (`FORMAT.md` of the oracle of `quorate-exact`, "program", "element"). Without `std`: the Wasm test of
//! `quorate-exact` compiles this file too.

use alloc::{string::ToString, vec::Vec};

use quorate_exact::infer::{Element, Fault, Tensor};
use quorate_program::{check_element, Program, Type, Value};
use serde_json::{json, Value as Json};

/// The root, then the cost and the outputs, or the fault.
pub fn answer(case: &Json) -> Json {
    let file = hex::decode(case["file"].as_str().expect("a file")).expect("hexadecimal digits");
    let Ok(program) = Program::decode(&file) else {
        return json!({ "fault": "file" });
    };
    let mut answer = json!({ "root": hex::encode(program.root()) });
    let run = || -> Result<_, Fault> {
        let inputs: Vec<Value> = values(&case["inputs"])?;
        let shapes: Vec<&[usize]> = inputs.iter().map(Value::shape).collect();
        let flops = program.flops().value(&program.sizes_of(&shapes)?).ok_or(Fault::Size)?;
        Ok((flops, program.run(inputs, &values(&case["tensors"])?)?))
    };
    match run() {
        Ok((flops, outputs)) => {
            answer["flops"] = json!(flops.to_string());
            answer["outputs"] = outputs.iter().map(written).collect();
        }
        Err(Fault::NaN) => answer["fault"] = json!("NaN"),
        Err(Fault::Index { .. }) => answer["fault"] = json!("Index"),
        Err(Fault::Range) => answer["fault"] = json!("Range"),
        Err(_) => answer["fault"] = json!("refused"),
    }
    answer
}

/// Whether what is claimed is right.
pub fn element(case: &Json) -> Json {
    let operation = serde_json::from_value(case["operation"].clone()).expect("an operation");
    let slices = values(&case["slices"]).expect("slices");
    let claimed = value(&case["claimed"]).expect("a claim");
    json!({ "right": check_element(&operation, &slices, &claimed).expect("slices that decide it") })
}

fn values(list: &Json) -> Result<Vec<Value>, Fault> {
    list.as_array().expect("tensors").iter().map(value).collect()
}

fn value(case: &Json) -> Result<Value, Fault> {
    let list = |name: &str| case[name].as_array().expect("a list").iter();
    let integers = || list("values").map(|n| n.as_i64().expect("an integer"));
    let shape: Vec<usize> = list("shape").map(|d| d.as_u64().expect("a size") as usize).collect();
    Ok(match serde_json::from_value(case["type"].clone()).expect("a type") {
        Type::F32 => Value::F32(Tensor::new(
            shape,
            integers().map(|n| f32::from_bits(n as u32)).collect(),
        )?),
        Type::I64 => Value::I64(Tensor::new(shape, integers().collect())?),
        Type::I32 => Value::I32(Tensor::new(shape, integers().map(|n| n as i32).collect())?),
        Type::I8 => Value::I8(Tensor::new(shape, integers().map(|n| n as i8).collect())?),
        Type::U8 => Value::U8(Tensor::new(shape, integers().map(|n| n as u8).collect())?),
        Type::Bool => Value::Bool(Tensor::new(shape, integers().map(|n| n != 0).collect())?),
    })
}

/// A tensor as cases have it.
pub fn written(value: &Value) -> Json {
    fn of<T: Element>(name: &str, x: &Tensor<T>, each: impl Fn(T) -> Json) -> Json {
        let values: Vec<Json> = x.data().iter().map(|&x| each(x)).collect();
        json!({ "type": name, "shape": x.shape(), "values": values })
    }
    match value {
        Value::F32(x) => of("f32", x, |x| x.to_bits().into()),
        Value::I64(x) => of("i64", x, Json::from),
        Value::I32(x) => of("i32", x, Json::from),
        Value::I8(x) => of("i8", x, Json::from),
        Value::U8(x) => of("u8", x, Json::from),
        Value::Bool(x) => of("bool", x, |x| u8::from(x).into()),
    }
}
