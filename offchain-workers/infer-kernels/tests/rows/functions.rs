//! Functions of one number: the committed digests of each 4,096th input, all inputs on request, and lengths.

use quorate_exact::infer::{arithmetic::canonical, elementwise as reference, functions as exact, Tensor};
use quorate_infer_kernels::{
    functions::{map, map_in_place, Function},
    Isa, Level,
};
use serde_json::Value;

use crate::{
    grid::{assert_same, LENGTHS},
    values::{seed, Random, KINDS, UNTOUCHED},
};

const NAMED: [(&str, Function); 10] = [
    ("exp", Function::Exp),
    ("tanh", Function::Tanh),
    ("erf", Function::Erf),
    ("log", Function::Log),
    ("sin", Function::Sin),
    ("cos", Function::Cos),
    ("sigmoid", Function::Sigmoid),
    ("silu", Function::Silu),
    ("gelu", Function::Gelu),
    ("gelu_tanh", Function::GeluTanh),
];

/// The digest of each `stride`-th result of inputs that begin with `top`.
fn digest(isa: Isa, function: Function, top: u8, stride: usize) -> String {
    let mut hasher = blake3::Hasher::new();
    let inputs: Vec<u32> = (0..1 << 24)
        .step_by(stride)
        .map(|low| u32::from(top) << 24 | low)
        .collect();
    for part in inputs.chunks(4096) {
        let x: Vec<f32> = part.iter().map(|&bits| f32::from_bits(bits)).collect();
        let mut y = vec![0.0; x.len()];
        let nan = map(isa, function, &x, &mut y);
        assert_eq!(nan, y.iter().any(|y| y.is_nan()), "{function:?} {top:#x}");
        let bytes: Vec<u8> = y.iter().flat_map(|&y| canonical(y).to_le_bytes()).collect();
        hasher.update(&bytes);
    }
    hex::encode(&hasher.finalize().as_bytes()[..16])
}

fn golden(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn sampled_results_should_be_the_golden_ones() {
    let golden = golden(include_str!(
        "../../../../primitives/exact/golden/functions-sampled.json"
    ));
    for isa in Isa::available() {
        for (name, function) in NAMED {
            for top in 0..=255u8 {
                let expected = &golden[name]["digests"][usize::from(top)];
                assert_eq!(*expected, digest(isa, function, top, 4096), "{name} {top:#x} {isa:?}");
            }
            for text in golden[name]["values"].as_array().unwrap() {
                let bits = |part: usize| {
                    let text = text.as_str().unwrap().split(' ').nth(part).unwrap();
                    u32::from_str_radix(text, 16).unwrap()
                };
                let mut y = [0.0];
                let nan = map(isa, function, &[f32::from_bits(bits(0))], &mut y);
                assert_eq!(canonical(y[0]).to_bits(), bits(1), "{name}({:#x}) {isa:?}", bits(0));
                assert_eq!(nan, y[0].is_nan());
            }
        }
    }
}

#[test]
#[ignore = "all inputs: minutes on each level"]
fn all_results_should_be_the_golden_ones() {
    let golden = golden(include_str!("../../../../primitives/exact/golden/functions.json"));
    // In software the fused multiply-add takes hours; the reference's own sweep has done that.
    for isa in Isa::available().into_iter().filter(|isa| isa.level() != Level::Scalar) {
        for (name, function) in NAMED {
            for top in 0..=255u8 {
                let expected = &golden[name][usize::from(top)];
                assert_eq!(*expected, digest(isa, function, top, 1), "{name} {top:#x} {isa:?}");
            }
            println!("{name} {isa:?}");
        }
    }
}

type Pair = (Function, fn(f32) -> f32);

/// All functions beside the reference's.
fn all() -> Vec<Pair> {
    vec![
        (Function::Exp, exact::exp),
        (Function::Tanh, exact::tanh),
        (Function::Erf, exact::erf),
        (Function::Log, exact::log),
        (Function::Sin, exact::sin),
        (Function::Cos, exact::cos),
        (Function::Sigmoid, exact::sigmoid),
        (Function::Silu, exact::silu),
        (Function::Gelu, exact::gelu),
        (Function::GeluTanh, exact::gelu_tanh),
        (
            Function::HardSigmoid {
                alpha: 1.0 / 6.0,
                beta: 0.5,
            },
            |x| exact::hard_sigmoid(x, 1.0 / 6.0, 0.5),
        ),
        // A slope that turns signs, and a value that cancels.
        (
            Function::HardSigmoid {
                alpha: -3.0,
                beta: -0.0,
            },
            |x| exact::hard_sigmoid(x, -3.0, -0.0),
        ),
        (Function::Square, exact::pow2),
        (Function::Cube, exact::pow3),
        (Function::Sqrt, exact::pow_half),
        (Function::Neg, reference::neg),
        (Function::Abs, f32::abs),
        (Function::Relu, reference::relu),
        (Function::Clip { low: -0.5, high: 0.75 }, |x| {
            reference::clip(x, -0.5, 0.75)
        }),
        (Function::Clip { low: -0.0, high: 0.0 }, |x| {
            reference::clip(x, -0.0, 0.0)
        }),
        (Function::Clip { low: 0.0, high: -0.0 }, |x| {
            reference::clip(x, 0.0, -0.0)
        }),
        (
            Function::Clip {
                low: f32::NEG_INFINITY,
                high: f32::INFINITY,
            },
            |x| x,
        ),
    ]
}

#[test]
fn functions_should_be_the_reference_s_at_all_lengths_and_in_place() {
    let mut random = Random::new(seed());
    for (function, exact) in all() {
        for length in LENGTHS {
            let kind = random.of(&KINDS);
            let x = random.values(length, kind);
            let expected = Tensor::new(vec![length], x.clone()).unwrap().map(exact);
            let expected = expected.map(|y| y.data().to_vec());
            for isa in Isa::available() {
                let what = format!("{function:?} {length} {kind:?} {isa:?}");
                let mut y = vec![f32::from_bits(UNTOUCHED); length + 20];
                let nan = map(isa, function, &x, &mut y[..length]);
                assert_same((&y[..length], nan), expected.clone(), &what);
                assert!(y[length..].iter().all(|y| y.to_bits() == UNTOUCHED), "{what}");
                y[..length].copy_from_slice(&x);
                let nan = map_in_place(isa, function, &mut y[..length]);
                assert_same((&y[..length], nan), expected.clone(), &what);
                assert!(y[length..].iter().all(|y| y.to_bits() == UNTOUCHED), "{what}");
            }
        }
    }
}

#[test]
fn a_nan_should_stay_one_and_be_seen_wherever_it_is() {
    for isa in Isa::available() {
        for (function, _) in all() {
            for length in [1, 9, 40] {
                for at in 0..length {
                    let mut y = vec![0.25; length];
                    y[at] = f32::from_bits(0xff80_0001);
                    assert!(map_in_place(isa, function, &mut y), "{function:?} {at} {isa:?}");
                    assert!(y[at].is_nan(), "{function:?} {at} {isa:?}");
                }
            }
        }
    }
}
