//! Functions of one number: errors against f64, special values, symmetries, and what the sweep over all inputs found.

use quorate_exact::infer::{
    arithmetic::{Software, NAN},
    functions::{cos, erf, exp, gelu, gelu_tanh, log, sigmoid, silu, sin, tanh},
};
use serde_json::Value;

use crate::{
    common::seed,
    function_table::{digest, functions, inputs, ulps, Native},
    infer_numbers::Numbers,
};

const SIGN: u32 = 1 << 31;

fn f(bits: u32) -> f32 {
    f32::from_bits(bits)
}

/// A number of any size below `end`, either sign.
fn below(numbers: &mut Numbers, end: f32) -> f32 {
    match numbers.below(2) {
        // Uniform bits: as many small numbers as large ones.
        0 => f(numbers.below(end.to_bits()) | numbers.below(2) << 31),
        _ => (numbers.below(1 << 24) as f32 / (1 << 23) as f32 - 1.0) * end,
    }
}

#[test]
fn errors_should_be_within_their_bounds() {
    let mut numbers = Numbers::new(seed());
    for function in functions::<Software>() {
        for i in 0..200_000 {
            let end = [1.0, 4.0, 10.0, 104.0, 8192.0, f32::MAX][i % 6];
            let x = below(&mut numbers, end);
            if !(function.domain[0]..=function.domain[1]).contains(&x) {
                continue;
            }
            let ours = (function.exact)(x);
            let error = ulps(ours, (function.real)(x.into())).unwrap_or(0.0);
            assert!(
                error <= function.bound,
                "{}({:#x}): {error} ulp",
                function.name,
                x.to_bits()
            );
        }
    }
}

#[test]
fn results_should_not_depend_on_whose_fma_is_taken() {
    let mut numbers = Numbers::new(seed());
    for (software, native) in functions::<Software>().iter().zip(functions::<Native>()) {
        for i in 0..100_000 {
            let end = [1.0, 10.0, 104.0, 8192.0, f32::MAX][i % 5];
            let x = if i % 16 == 0 {
                numbers.any()
            } else {
                below(&mut numbers, end)
            };
            let (ours, theirs) = ((software.exact)(x), (native.exact)(x));
            assert_eq!(
                ours.to_bits(),
                theirs.to_bits(),
                "{}({:#x})",
                software.name,
                x.to_bits()
            );
        }
    }
}

#[test]
fn special_numbers_should_give_the_written_results() {
    let infinity = f32::INFINITY;
    let least = f(1);
    let cases: [(&str, f32, f32); 47] = [
        ("exp +0", exp(0.0), 1.0),
        ("exp -0", exp(-0.0), 1.0),
        ("exp +inf", exp(infinity), infinity),
        ("exp -inf", exp(-infinity), 0.0),
        ("exp above", exp(f(0x42b1_7218)), infinity),
        ("exp of the greatest", exp(f32::MAX), infinity),
        ("exp below", exp(f(0xc2cf_f1b7)), 0.0),
        ("exp at the bound", exp(f(0xc2cf_f1b6)), 0.0),
        ("exp whose result is the least", exp(f(0xc2cf_f1b4)), least),
        ("exp of the least", exp(least), 1.0),
        ("tanh +0", tanh(0.0), 0.0),
        ("tanh -0", tanh(-0.0), -0.0),
        ("tanh of the least", tanh(-least), -least),
        ("tanh +inf", tanh(infinity), 1.0),
        ("tanh -inf", tanh(-infinity), -1.0),
        ("tanh 9.02", tanh(9.02), 1.0),
        ("erf +0", erf(0.0), 0.0),
        ("erf -0", erf(-0.0), -0.0),
        ("erf of the least", erf(-least), -least),
        ("erf +inf", erf(infinity), 1.0),
        ("erf -inf", erf(-infinity), -1.0),
        ("erf 4", erf(-4.0), -1.0),
        ("log +0", log(0.0), -infinity),
        ("log -0", log(-0.0), -infinity),
        ("log 1", log(1.0), 0.0),
        ("log +inf", log(infinity), infinity),
        ("log -least", log(-least), NAN),
        ("log -inf", log(-infinity), NAN),
        ("sin +0", sin(0.0), 0.0),
        ("sin -0", sin(-0.0), -0.0),
        ("sin of the least", sin(-least), -least),
        ("sin beyond", sin(f(0x4600_0001)), NAN),
        ("sin -inf", sin(-infinity), NAN),
        ("cos +0", cos(0.0), 1.0),
        ("cos beyond", cos(f(0xc600_0001)), NAN),
        ("sigmoid -0", sigmoid(-0.0), 0.5),
        ("sigmoid +inf", sigmoid(infinity), 1.0),
        ("sigmoid below", sigmoid(f(0xc2b1_7218)), 0.0),
        ("sigmoid at the bound", sigmoid(f(0xc2b1_7217)), f(0x0020_0010)),
        ("sigmoid -inf", sigmoid(-infinity), 0.0),
        ("silu -0", silu(-0.0), -0.0),
        ("silu +inf", silu(infinity), infinity),
        ("silu -inf", silu(-infinity), NAN),
        ("gelu -0", gelu(-0.0), -0.0),
        ("gelu of the least normal number's negative", gelu(f32::MIN), -0.0),
        ("gelu -inf", gelu(-infinity), NAN),
        ("gelu_tanh -inf", gelu_tanh(-infinity), NAN),
    ];
    for (name, ours, expected) in cases {
        assert_eq!(ours.to_bits(), expected.to_bits(), "{name}: {ours}");
    }
    assert!(exp(f(0x42b1_7217)).is_finite() && sin(-8192.0).is_finite() && cos(8192.0).is_finite());
    for function in functions::<Software>() {
        for bits in [0x7fc0_0000, 0xffc0_0000, 0x7f80_0001, 0xffff_ffff] {
            assert_eq!((function.exact)(f(bits)).to_bits(), NAN.to_bits(), "{}", function.name);
        }
    }
}

#[test]
fn odd_functions_should_be_odd_and_the_cosine_even() {
    let mut numbers = Numbers::new(seed());
    for _ in 0..100_000 {
        let x = below(&mut numbers, 8192.0);
        for odd in [tanh, erf, sin] {
            assert_eq!(odd(-x).to_bits(), odd(x).to_bits() ^ SIGN, "{:#x}", x.to_bits());
        }
        assert_eq!(cos(-x).to_bits(), cos(x).to_bits(), "{:#x}", x.to_bits());
    }
}

#[test]
fn neighbours_should_not_fall() {
    let mut numbers = Numbers::new(seed());
    for rising in [exp, tanh, sigmoid] {
        for _ in 0..10_000 {
            let first = below(&mut numbers, 104.0).to_bits() & !SIGN;
            for bits in first..first + 16 {
                let (x, next) = (f(bits), f(bits + 1));
                assert!(rising(x) <= rising(next), "{bits:#x}");
                assert!(rising(-next) <= rising(-x), "-{bits:#x}");
            }
        }
    }
}

#[test]
fn exp_should_not_fall_where_its_reduction_steps() {
    for k in -150..128 {
        let middle = ((f64::from(k) + 0.5) * core::f64::consts::LN_2) as f32;
        for bits in middle.to_bits() - 200..middle.to_bits() + 200 {
            let (x, y) = (f(bits), f(bits + 1));
            assert!(exp(x.min(y)) <= exp(x.max(y)), "{bits:#x}");
        }
    }
}

#[test]
fn results_should_be_the_golden_ones() {
    let golden: Value = serde_json::from_str(include_str!("../../golden/functions-sampled.json")).unwrap();
    for function in functions::<Software>() {
        let golden = &golden[function.name];
        let of = |bits| (function.exact)(f(bits));
        for (i, bits) in inputs().into_iter().enumerate() {
            assert_eq!(
                golden["values"][i],
                format!("{bits:08X} {:08X}", of(bits).to_bits()),
                "{}",
                function.name
            );
        }
        for top in 0..=255 {
            assert_eq!(
                golden["digests"][usize::from(top)],
                digest(top, 4096, of),
                "{} {top:#x}",
                function.name
            );
        }
    }
}

#[test]
fn all_results_of_some_first_bytes_should_be_those_of_the_sweep() {
    let golden: Value = serde_json::from_str(include_str!("../../golden/functions.json")).unwrap();
    let mut numbers = Numbers::new(seed());
    let functions = functions::<Software>();
    for _ in 0..2 {
        let function = &functions[numbers.below(functions.len() as u32) as usize];
        // Magnitudes from 2^-31 to 2^17, where something happens.
        let top = (0x30 + numbers.below(0x18) + (numbers.below(2) << 7)) as u8;
        let ours = digest(top, 1, |bits| (function.exact)(f(bits)));
        assert_eq!(
            golden[function.name][usize::from(top)],
            ours,
            "{} {top:#x}",
            function.name
        );
    }
}
