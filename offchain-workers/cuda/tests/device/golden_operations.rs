//! The golden cases of `quorate-exact` (op × shape × seed) on a device: the same inputs, the same digests.

use crate::{
    inputs::Inputs,
    support::{build::Variant, Order, Shim},
};
use quorate_cuda::{
    check::{
        nodes::{answer, trial},
        operations::Operation,
    },
    infer::loaded::Answer,
};
use quorate_exact::{infer::Element, root};
use quorate_program::{
    op::{Binary, Clip, Comparison, Fill, Logic, Reduction, Stride, Unary},
    Held, Op, Real, Type, Value,
};
use std::collections::BTreeMap;

const SEEDS: [u64; 6] = [1, 2, 3, 4, 5, 6];
const LENGTHS: [usize; 6] = [1, 31, 32, 33, 97, 389];
/// Cases that no device runs: operations that it lacks; what is no node of a program (samplers, RoPE and attention behind a past).
const ELSEWHERE: [&str; 10] = [
    "attention causal [3, 67",
    "dequantize",
    "dynamic_quantize",
    "gru",
    "lstm",
    "matmul_integer",
    "quantize",
    "rope [9, 2, 8]",
    "sample",
    "gru linear_before_reset",
];

/// Cases run so far.
struct Golden {
    device: std::sync::Arc<Shim>,
    left: BTreeMap<String, String>,
}

impl Golden {
    fn case(&mut self, name: &str, shape: &[usize], op: &Op, operands: impl Fn(&mut Inputs) -> Vec<Value>) {
        for seed in SEEDS {
            let name = format!("{name} {shape:?} {seed}");
            let expected = self
                .left
                .remove(&name)
                .unwrap_or_else(|| panic!("no golden case {name}"));
            let operation = Operation {
                op: op.clone(),
                operands: operands(&mut Inputs::new(seed)),
                results: if matches!(op, Op::TopK { .. }) { 2 } else { 1 },
            };
            let trial = trial(operation, seed % 2 == 0).unwrap_or_else(|why| panic!("{name}: {why}"));
            let got = match answer(&self.device, &trial).unwrap_or_else(|why| panic!("{name}: {why}")) {
                Answer::Outputs(outputs) => {
                    let bytes = outputs.iter().flat_map(Value::bytes).collect::<Vec<u8>>();
                    root(&bytes).iter().map(|byte| format!("{byte:02x}")).collect()
                }
                // Of these operations each can have one kind alone.
                Answer::Fault { node: 0 } if expected == "NaN" || expected == "Range" => expected.clone(),
                Answer::Fault { node } => format!("a fault of node {node}"),
            };
            assert_eq!(got, expected, "{name}");
        }
    }
}

fn of<T: Held + Element>(n: &mut Inputs, shape: &[usize], value: impl FnMut(&mut Inputs) -> T) -> Value {
    T::held(n.filled(shape, value))
}

fn float(n: &mut Inputs, shape: &[usize]) -> Value {
    Value::F32(n.tensor(shape))
}

fn floats(n: &mut Inputs, shapes: &[&[usize]]) -> Vec<Value> {
    shapes.iter().map(|shape| float(n, shape)).collect()
}

fn real(x: f32) -> Real {
    Real::new(x).unwrap()
}

fn stride(step: u32, dilation: u32, before: u32, after: u32) -> Stride {
    Stride {
        after,
        before,
        dilation,
        step,
    }
}

#[test]
fn golden_cases_should_have_their_digests() {
    let device = Shim::new(Variant::Plain, Order::Ascending, 1);
    let text = include_str!("../../../../primitives/exact/golden/infer.json");
    let mut golden = Golden {
        device,
        left: serde_json::from_str(text).unwrap(),
    };
    products(&mut golden);
    elementwise(&mut golden);
    integers(&mut golden);
    rows(&mut golden);
    images(&mut golden);
    moves(&mut golden);
    let known = |name: &String| ELSEWHERE.iter().any(|start| name.starts_with(start));
    let missing: Vec<&String> = golden.left.keys().filter(|name| !known(name)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

fn products(golden: &mut Golden) {
    for k in LENGTHS {
        golden.case("linear", &[3, k, 5], &Op::Linear, |n| {
            floats(n, &[&[3, k], &[5, k], &[5]])
        });
    }
    for [m, k, columns] in [[1, 33, 7], [4, 97, 3], [16, 32, 16]] {
        golden.case("matmul", &[2, m, k, columns], &Op::MatMul, |n| {
            floats(n, &[&[2, m, k], &[k, columns]])
        });
    }
    for [t, s, heads, groups, d] in [[1, 1, 1, 1, 1], [33, 33, 4, 2, 8], [3, 67, 2, 1, 31]] {
        let shape = [t, s, heads, groups, d];
        let (q, kv) = ([t, heads, d], [s, groups, d]);
        let op = |causal| Op::Attention {
            causal,
            scale: real(0.125),
        };
        golden.case("attention", &shape, &op(false), |n| floats(n, &[&q, &kv, &kv, &[t, s]]));
        if t == s {
            golden.case("attention causal", &shape, &op(true), |n| floats(n, &[&q, &kv, &kv]));
        }
    }
}

fn elementwise(golden: &mut Golden) {
    for (name, op) in [
        ("add", Binary::Add),
        ("sub", Binary::Sub),
        ("mul", Binary::Mul),
        ("min", Binary::Min),
        ("max", Binary::Max),
    ] {
        golden.case(name, &[7, 1, 33], &Op::Binary(op), |n| {
            floats(n, &[&[7, 1, 33], &[5, 1]])
        });
    }
    golden.case("div", &[64, 33], &Op::Binary(Binary::Div), |n| {
        vec![float(n, &[64, 33]), of(n, &[33], |n| n.value().abs() + 0.125)]
    });
    golden.case("less", &[64, 33], &Op::Compare(Comparison::Less), |n| {
        floats(n, &[&[64, 33], &[33]])
    });
    let bounds = Clip {
        high: real(1.0),
        low: real(-0.5),
    };
    for (name, op) in [
        ("neg", Unary::Neg),
        ("abs", Unary::Abs),
        ("relu", Unary::Relu),
        ("clip", Unary::Clip(bounds)),
        ("exp", Unary::Exp),
        ("tanh", Unary::Tanh),
        ("erf", Unary::Erf),
        ("sin", Unary::Sin),
        ("cos", Unary::Cos),
        ("sigmoid", Unary::Sigmoid),
        ("silu", Unary::Silu),
        ("gelu", Unary::Gelu),
        ("gelu_tanh", Unary::GeluTanh),
    ] {
        golden.case(name, &[1000], &Op::Unary(op), |n| floats(n, &[&[1000]]));
    }
    for (name, op) in [("sqrt", Unary::Sqrt), ("log", Unary::Log)] {
        golden.case(name, &[1000], &Op::Unary(op), |n| {
            vec![of(n, &[1000], |n| n.value().abs())]
        });
    }
}

fn integers(golden: &mut Golden) {
    const SHAPE: [usize; 3] = [7, 1, 33];
    for (name, how) in [("add", Binary::Add), ("sub", Binary::Sub), ("mul", Binary::Mul)] {
        golden.case(&format!("{name} i64"), &SHAPE, &Op::Binary(how), |n| {
            vec![of(n, &SHAPE, Inputs::long), of(n, &[5, 1], Inputs::long)]
        });
        golden.case(&format!("{name} i32"), &SHAPE, &Op::Binary(how), |n| {
            vec![of(n, &SHAPE, Inputs::int), of(n, &[5, 1], Inputs::int)]
        });
    }
    for (name, how) in [("and", Logic::And), ("or", Logic::Or), ("xor", Logic::Xor)] {
        golden.case(name, &SHAPE, &Op::Logic(how), |n| {
            vec![of(n, &SHAPE, Inputs::flag), of(n, &[5, 1], Inputs::flag)]
        });
    }
    golden.case("not", &[97], &Op::Not, |n| vec![of(n, &[97], Inputs::flag)]);
    golden.case("cast i64", &[97], &Op::Cast { to: Type::I64 }, |n| {
        vec![of(n, &[97], |n| n.value() * 1000.0)]
    });
}

fn rows(golden: &mut Golden) {
    for len in LENGTHS {
        golden.case("softmax", &[3, len], &Op::Softmax { axis: 1 }, |n| {
            floats(n, &[&[3, len]])
        });
        let epsilon = real(1e-12);
        golden.case("layer_norm", &[3, len], &Op::LayerNorm { epsilon }, |n| {
            floats(n, &[&[3, len], &[len], &[len]])
        });
        let epsilon = real(1e-5);
        golden.case("rms_norm", &[3, len], &Op::RmsNorm { epsilon }, |n| {
            floats(n, &[&[3, len], &[len]])
        });
    }
    let epsilon = real(1e-5);
    golden.case("batch_norm", &[2, 5, 5, 7], &Op::BatchNorm { epsilon }, |n| {
        let mut operands = floats(n, &[&[2, 5, 5, 7], &[7], &[7], &[7]]);
        operands.push(of(n, &[7], |n| n.value().abs()));
        operands
    });
    for (name, how) in [
        ("reduce sum", Reduction::Sum),
        ("reduce mean", Reduction::Mean),
        ("reduce sum_square", Reduction::SumSquare),
        ("reduce l1", Reduction::L1),
        ("reduce l2", Reduction::L2),
        ("reduce max", Reduction::Max),
        ("reduce min", Reduction::Min),
    ] {
        let op = Op::Reduce {
            axes: vec![1, 3],
            how,
            keep: false,
        };
        golden.case(name, &[3, 17, 5, 4], &op, |n| floats(n, &[&[3, 17, 5, 4]]));
    }
    let op = Op::TopK {
        axis: 1,
        k: 9.into(),
        largest: true,
    };
    golden.case("top_k", &[4, 33], &op, |n| floats(n, &[&[4, 33]]));
}

fn images(golden: &mut Golden) {
    let (odd, wide) = (stride(2, 1, 1, 2), stride(1, 2, 2, 1));
    for [c, o, groups, kh, kw] in [[3, 8, 1, 3, 3], [8, 8, 8, 3, 3], [33, 5, 1, 1, 1], [4, 6, 2, 2, 3]] {
        let shape = [2, 7, 6, c, o, groups, kh, kw];
        let operands = |n: &mut Inputs| floats(n, &[&[2, 7, 6, c], &[o, kh, kw, c / groups], &[o]]);
        let (groups, strides) = (groups as u32, [odd, wide]);
        golden.case("conv", &shape, &Op::Conv { groups, strides }, operands);
        let back = Op::ConvTranspose {
            extra: [1, 0],
            groups,
            strides,
        };
        golden.case("conv_transpose", &shape, &back, operands);
    }
    let pools = |ceil, kernel, strides| {
        let average = |include_padding| Op::AveragePool {
            ceil,
            include_padding,
            kernel,
            strides,
        };
        [
            ("max_pool", Op::MaxPool { ceil, kernel, strides }),
            ("average_pool", average(false)),
            ("average_pool count_include_pad", average(true)),
        ]
    };
    for (name, op) in pools(true, [3, 2], [odd, Stride::default()]) {
        golden.case(name, &[2, 7, 6, 3], &op, |n| floats(n, &[&[2, 7, 6, 3]]));
    }
    for (name, op) in pools(false, [7, 7], [odd; 2]) {
        golden.case(name, &[1, 9, 9, 2], &op, |n| floats(n, &[&[1, 9, 9, 2]]));
    }
}

fn moves(golden: &mut Golden) {
    golden.case("gather", &[31, 5], &Op::Gather { axis: 0 }, |n| {
        vec![float(n, &[31, 5]), of(n, &[3, 4], |n| i64::from(n.below(62)) - 31)]
    });
    let order = vec![2, 0, 1];
    golden.case("transpose", &[3, 5, 7], &Op::Transpose { order }, |n| {
        floats(n, &[&[3, 5, 7]])
    });
    let pad = Op::Pad {
        after: 2,
        axis: 1,
        before: 4,
        fill: Fill::Reflect,
    };
    golden.case("pad reflect", &[3, 5], &pad, |n| floats(n, &[&[3, 5]]));
    golden.case("resize_nearest", &[2, 3, 4], &Op::Resize { axis: 1, scale: 3 }, |n| {
        floats(n, &[&[2, 3, 4]])
    });
}
