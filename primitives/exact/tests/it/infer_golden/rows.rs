//! Products, elementwise operations, rows.

use quorate_exact::infer::{
    arithmetic::{max, min, sqrt},
    elementwise::{binary, clip, neg, relu},
    functions,
    matmul::{linear, matmul},
    normalise::{batch_norm, layer_norm, rms_norm, softmax},
};

use super::{bytes, Binary, Cases, Unary, LENGTHS};
use crate::infer_tensors::{filled, tensor, usual};

pub fn products(cases: &mut Cases) {
    for k in LENGTHS {
        cases.add("linear", &[3, k, 5], |n| {
            let (x, w, b) = (tensor(n, &[3, k]), tensor(n, &[5, k]), tensor(n, &[5]));
            bytes(linear(&x, &w, Some(&b)))
        });
    }
    for [m, k, n] in [[1, 33, 7], [4, 97, 3], [16, 32, 16]] {
        cases.add("matmul", &[2, m, k, n], |numbers| {
            let (a, b) = (tensor(numbers, &[2, m, k]), tensor(numbers, &[k, n]));
            bytes(matmul(&a, &b))
        });
    }
}

pub fn elementwise(cases: &mut Cases) {
    let ops: [Binary; 5] = [
        ("add", |a, b| a + b),
        ("sub", |a, b| a - b),
        ("mul", |a, b| a * b),
        ("min", min),
        ("max", max),
    ];
    for (name, op) in ops {
        cases.add(name, &[7, 1, 33], |n| {
            let (a, b) = (tensor(n, &[7, 1, 33]), tensor(n, &[5, 1]));
            bytes(binary(&a, &b, op))
        });
    }
    cases.add("div", &[64, 33], |n| {
        let (a, b) = (tensor(n, &[64, 33]), filled(&[33], || usual(n).abs() + 0.125));
        bytes(binary(&a, &b, |a, b| a / b))
    });
    cases.add("less", &[64, 33], |n| {
        let (a, b) = (tensor(n, &[64, 33]), tensor(n, &[33]));
        binary(&a, &b, |a, b| a < b).map(|y| y.bytes())
    });
    let maps: [Unary; 13] = [
        ("neg", neg),
        ("abs", f32::abs),
        ("relu", relu),
        ("clip", |x| clip(x, -0.5, 1.0)),
        ("exp", functions::exp),
        ("tanh", functions::tanh),
        ("erf", functions::erf),
        ("sin", functions::sin),
        ("cos", functions::cos),
        ("sigmoid", functions::sigmoid),
        ("silu", functions::silu),
        ("gelu", functions::gelu),
        ("gelu_tanh", functions::gelu_tanh),
    ];
    for (name, op) in maps {
        cases.add(name, &[1000], |n| bytes(tensor(n, &[1000]).map(op)));
    }
    let positive: [Unary; 2] = [("sqrt", sqrt), ("log", functions::log)];
    for (name, op) in positive {
        cases.add(name, &[1000], |n| bytes(filled(&[1000], || usual(n).abs()).map(op)));
    }
}

pub fn rows(cases: &mut Cases) {
    for len in LENGTHS {
        cases.add("softmax", &[3, len], |n| bytes(softmax(&tensor(n, &[3, len]), 1)));
        cases.add("layer_norm", &[3, len], |n| {
            let (x, g, b) = (tensor(n, &[3, len]), tensor(n, &[len]), tensor(n, &[len]));
            bytes(layer_norm(&x, &g, Some(&b), 1e-12))
        });
        cases.add("rms_norm", &[3, len], |n| {
            let (x, g) = (tensor(n, &[3, len]), tensor(n, &[len]));
            bytes(rms_norm(&x, &g, 1e-5))
        });
    }
    cases.add("batch_norm", &[2, 5, 5, 7], |n| {
        let (x, g, b, mean) = (
            tensor(n, &[2, 5, 5, 7]),
            tensor(n, &[7]),
            tensor(n, &[7]),
            tensor(n, &[7]),
        );
        let variance = filled(&[7], || usual(n).abs());
        bytes(batch_norm(&x, [&g, &b, &mean, &variance], 1e-5))
    });
}
