//! Products, elementwise operations, rows.

use quorate_exact::infer::{
    arithmetic::{max, min, sqrt},
    elementwise::{binary, clip, neg, relu, whole, Whole},
    functions,
    matmul::{linear, matmul},
    normalise::{batch_norm, layer_norm, rms_norm, softmax},
};

use alloc::format;

use super::{bytes, inputs::Inputs, Binary, Cases, Unary, LENGTHS};

pub fn products(cases: &mut Cases) {
    for k in LENGTHS {
        cases.add("linear", &[3, k, 5], |n| {
            let (x, w, b) = (n.tensor(&[3, k]), n.tensor(&[5, k]), n.tensor(&[5]));
            bytes(linear(&x, &w, Some(&b)))
        });
    }
    for [m, k, n] in [[1, 33, 7], [4, 97, 3], [16, 32, 16]] {
        cases.add("matmul", &[2, m, k, n], |numbers| {
            let (a, b) = (numbers.tensor(&[2, m, k]), numbers.tensor(&[k, n]));
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
            let (a, b) = (n.tensor(&[7, 1, 33]), n.tensor(&[5, 1]));
            bytes(binary(&a, &b, op))
        });
    }
    cases.add("div", &[64, 33], |n| {
        let (a, b) = (n.tensor(&[64, 33]), n.filled(&[33], |n| n.value().abs() + 0.125));
        bytes(binary(&a, &b, |a, b| a / b))
    });
    cases.add("less", &[64, 33], |n| {
        let (a, b) = (n.tensor(&[64, 33]), n.tensor(&[33]));
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
        cases.add(name, &[1000], |n| bytes(n.tensor(&[1000]).map(op)));
    }
    let positive: [Unary; 2] = [("sqrt", sqrt), ("log", functions::log)];
    for (name, op) in positive {
        cases.add(name, &[1000], |n| bytes(n.filled(&[1000], |n| n.value().abs()).map(op)));
    }
}

/// Integers, and bools.
pub fn exact(cases: &mut Cases) {
    const SHAPE: [usize; 3] = [7, 1, 33];
    type Of<T> = fn(T, T) -> Option<T>;
    type Connective = fn(bool, bool) -> bool;
    fn each<T: Whole>(cases: &mut Cases, name: &str, integer: fn(&mut Inputs) -> T) {
        let ops: [(&str, Of<T>); 3] = [("add", T::add), ("sub", T::sub), ("mul", T::mul)];
        for (op, f) in ops {
            cases.add(&format!("{op} {name}"), &SHAPE, |n| {
                let (a, b) = (n.filled(&SHAPE, integer), n.filled(&[5, 1], integer));
                whole(&a, &b, f).map(|y| y.bytes())
            });
        }
    }
    each(cases, "i64", Inputs::long);
    each(cases, "i32", Inputs::int);
    let logic: [(&str, Connective); 3] = [("and", |a, b| a & b), ("or", |a, b| a | b), ("xor", |a, b| a ^ b)];
    for (op, f) in logic {
        cases.add(op, &SHAPE, |n| {
            let (a, b) = (n.filled(&SHAPE, Inputs::flag), n.filled(&[5, 1], Inputs::flag));
            binary(&a, &b, f).map(|y| y.bytes())
        });
    }
    cases.add("not", &[97], |n| {
        n.filled(&[97], Inputs::flag).map(|x| !x).map(|y| y.bytes())
    });
}

pub fn rows(cases: &mut Cases) {
    for len in LENGTHS {
        cases.add("softmax", &[3, len], |n| bytes(softmax(&n.tensor(&[3, len]), 1)));
        cases.add("layer_norm", &[3, len], |n| {
            let (x, g, b) = (n.tensor(&[3, len]), n.tensor(&[len]), n.tensor(&[len]));
            bytes(layer_norm(&x, &g, Some(&b), 1e-12))
        });
        cases.add("rms_norm", &[3, len], |n| {
            let (x, g) = (n.tensor(&[3, len]), n.tensor(&[len]));
            bytes(rms_norm(&x, &g, 1e-5))
        });
    }
    cases.add("batch_norm", &[2, 5, 5, 7], |n| {
        let (x, g, b, mean) = (n.tensor(&[2, 5, 5, 7]), n.tensor(&[7]), n.tensor(&[7]), n.tensor(&[7]));
        let variance = n.filled(&[7], |n| n.value().abs());
        bytes(batch_norm(&x, [&g, &b, &mean, &variance], 1e-5))
    });
}
