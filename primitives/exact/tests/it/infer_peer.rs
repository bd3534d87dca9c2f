//! The reference beside onnxruntime's answers (`oracle/peers/with_onnxruntime.py`), where a definition is easily misread: gates,
//! transposed windows, places and divisors of pools, ties, rounding.

use quorate_exact::infer::{
    cast::cast,
    conv::{conv, conv_transpose, Filters},
    moves::{pad, resize_nearest, Fill},
    normalise::{batch_norm, layer_norm, softmax},
    pool::{pool, Pool},
    quantised::{dequantize, dynamic_quantize, matmul_integer, quantize},
    recurrent::{gru, lstm, Gates},
    reduce::{arg_max, reduce, top_k, Reduce},
    Fault, Stride, Tensor,
};
use serde_json::Value;

use crate::{
    infer_tensors::of,
    json::{int, list, text},
};

fn size(value: &Value) -> usize {
    int(value) as usize
}

fn number(value: &Value) -> f32 {
    value.as_f64().unwrap() as f32
}

fn tensor(value: &Value) -> Tensor {
    of(&list(&value["shape"], size), &list(&value["data"], number))
}

fn strides(parameters: &Value) -> [Stride; 2] {
    let all = list(&parameters["strides"], |stride| list(stride, size));
    [0, 1].map(|axis: usize| Stride {
        step: all[axis][0],
        dilation: all[axis][1],
        before: all[axis][2],
        after: all[axis][3],
    })
}

fn pair(value: &Value) -> [usize; 2] {
    list(value, size).try_into().unwrap()
}

fn floats<T: quorate_exact::infer::cast::Castable>(x: &Tensor<T>) -> Tensor {
    cast(x).unwrap()
}

fn answer(op: &str, parameters: &Value, x: &[Tensor]) -> Result<Vec<Tensor>, Fault> {
    let of_key = |key: &str| size(&parameters[key]);
    let flag = |key: &str| parameters[key].as_bool().unwrap();
    let bytes = |x: &Tensor| cast::<f32, u8>(x);
    Ok(match op {
        "conv" | "conv_transpose" => {
            let filters = Filters {
                weights: &x[1],
                bias: Some(&x[2]),
                groups: of_key("groups"),
            };
            vec![match op {
                "conv" => conv(&x[0], filters, strides(parameters))?,
                _ => conv_transpose(&x[0], filters, strides(parameters), pair(&parameters["extra"]))?,
            }]
        }
        "pool" => {
            let kind = match parameters["include"].as_i64() {
                None => Pool::Max,
                Some(include) => Pool::Average {
                    include_padding: include == 1,
                },
            };
            let kernel = pair(&parameters["kernel"]);
            vec![pool(&x[0], kind, kernel, strides(parameters), flag("ceil"))?]
        }
        "lstm" | "gru" => {
            let states = if op == "lstm" { 2 } else { 1 };
            let gates = Gates {
                input: &x[1],
                hidden: &x[2],
                bias: x
                    .get(3 + states..)
                    .filter(|bias| !bias.is_empty())
                    .map(|bias| [&bias[0], &bias[1]]),
            };
            match op {
                "lstm" => lstm(&x[0], gates, [&x[3], &x[4]])?.into(),
                _ => gru(&x[0], gates, &x[3], flag("after"))?.into(),
            }
        }
        "softmax" => vec![softmax(&x[0], of_key("axis"))?],
        "layer_norm" => vec![layer_norm(&x[0], &x[1], Some(&x[2]), number(&parameters["epsilon"]))?],
        "batch_norm" => {
            let parts = [&x[1], &x[2], &x[3], &x[4]];
            vec![batch_norm(&x[0], parts, number(&parameters["epsilon"]))?]
        }
        "reduce" => {
            let how = match text(&parameters["how"]).as_str() {
                "Sum" => Reduce::Sum,
                "Mean" => Reduce::Mean,
                "SumSquare" => Reduce::SumSquare,
                "L1" => Reduce::L1,
                "L2" => Reduce::L2,
                "Max" => Reduce::Max,
                _ => Reduce::Min,
            };
            vec![reduce(&x[0], how, &list(&parameters["axes"], size), false)?]
        }
        "resize" => vec![resize_nearest(&x[0], of_key("axis"), of_key("scale"))?],
        "pad" => {
            let fill = match text(&parameters["mode"]).as_str() {
                "reflect" => Fill::Reflect,
                "edge" => Fill::Edge,
                _ => Fill::Constant(0.0),
            };
            vec![pad(&x[0], of_key("axis"), of_key("before"), of_key("after"), fill)?]
        }
        "top_k" => {
            let (values, indices) = top_k(&x[0], of_key("k"), of_key("axis"), flag("largest"))?;
            vec![values, floats(&indices)]
        }
        "arg_max" => vec![floats(&arg_max(&x[0], of_key("axis"), false)?)],
        "dynamic_quantize" => {
            let (y, scale, zero) = dynamic_quantize(&x[0])?;
            vec![floats(&y), scale, floats(&zero)]
        }
        "dequantize" => vec![dequantize(&bytes(&x[0])?, &x[1], Some(&bytes(&x[2])?))?],
        "quantize" => vec![floats(&quantize(&x[0], &x[1], &bytes(&x[2])?)?)],
        "matmul_integer" => {
            let (w, w_zero): (Tensor<i8>, Tensor<i8>) = (cast(&x[2])?, cast(&x[3])?);
            vec![floats(&matmul_integer(&bytes(&x[0])?, &bytes(&x[1])?, &w, &w_zero)?)]
        }
        other => panic!("unknown operation {other}"),
    })
}

#[test]
fn operations_should_be_close_to_onnxruntime_s() {
    let cases: Vec<Value> = serde_json::from_str(include_str!("../../golden/infer_peer.json")).unwrap();
    assert!(cases.len() > 50);
    for case in cases {
        let (op, parameters) = (text(&case["op"]), &case["parameters"]);
        let ours = answer(&op, parameters, &list(&case["inputs"], tensor)).unwrap();
        let theirs = list(&case["outputs"], tensor);
        assert_eq!(ours.len(), theirs.len());
        for (ours, theirs) in ours.iter().zip(&theirs) {
            assert_eq!(ours.shape(), theirs.shape(), "{op} {parameters}");
            let range = theirs.data().iter().fold(1e-3f32, |range, y| range.max(y.abs()));
            for (a, b) in ours.data().iter().zip(theirs.data()) {
                assert!((a - b).abs() <= 1e-5 * range, "{op} {parameters}: {a} {b}");
            }
        }
    }
}
