//! Integers of 8 bits and back.

use quorate_exact::infer::{
    quantised::{self as reference, Quantised},
    Fault, Tensor,
};
use quorate_infer_kernels::{
    compare::Values,
    quantised::{dequantize, dynamic_scale, quantize},
    Isa,
};

use crate::{
    grid::{assert_same, tensor, LENGTHS},
    values::{seed, Kind, Random, KINDS},
};

/// Numbers around halves, beside those of a kind.
fn numbers(random: &mut Random, n: usize, kind: Kind, scale: f32) -> Vec<f32> {
    (0..n)
        .map(|_| match random.below(3) {
            0 => (random.below(600) as f32 - 300.0) * 0.5 * scale,
            _ => random.value(kind),
        })
        .collect()
}

fn check<Q: Quantised + std::fmt::Debug + PartialEq>(random: &mut Random, zeros: &[Q]) {
    for n in LENGTHS {
        for kind in KINDS {
            let scales: Vec<f32> = match random.below(2) {
                0 => vec![random.of(&[1.0, 0.05, 0.1, 3e-3]); n],
                _ => (0..n).map(|_| random.value(kind).abs()).collect(),
            };
            let x = numbers(random, n, kind, scales[0]);
            let zero: Vec<Q> = (0..n).map(|_| random.of(zeros)).collect();
            for one in [false, true] {
                let (shape, scale, zero) = match one {
                    true => (vec![], &scales[..1], &zero[..1]),
                    false => (vec![n], &scales[..], &zero[..]),
                };
                let [scale_tensor, x_tensor] = [tensor(&shape, scale), tensor(&[n], &x)];
                let zero_tensor = Tensor::new(shape, zero.to_vec()).unwrap();
                let q = reference::quantize(&x_tensor, &scale_tensor, &zero_tensor);
                let (scale, zero) = match one {
                    true => (Values::One(scale[0]), Values::One(zero[0])),
                    false => (Values::Many(scale), Values::Many(zero)),
                };
                for isa in Isa::available() {
                    let what = format!("{n} {kind:?} {one} {isa:?}");
                    let mut got = vec![zeros[0]; n];
                    let nan = quantize(isa, &x, scale, zero, &mut got);
                    match &q {
                        Err(fault) => assert!(*fault == Fault::NaN && nan, "{what}"),
                        Ok(q) => {
                            assert!(!nan, "{what}");
                            assert_eq!(got, q.data(), "{what}");
                            let back = reference::dequantize(q, &scale_tensor, Some(&zero_tensor));
                            let mut y = vec![0.0; n];
                            let nan = dequantize(isa, &got, scale, zero, &mut y);
                            assert_same((&y, nan), back.map(|y| y.data().to_vec()), &what);
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn numbers_of_8_bits_should_be_the_reference_s() {
    let mut random = Random::new(seed());
    check::<u8>(&mut random, &[0, 1, 128, 255]);
    check::<i8>(&mut random, &[-128, -1, 0, 3, 127]);
}

#[test]
fn dynamic_scales_should_be_the_reference_s() {
    let mut random = Random::new(seed());
    for n in LENGTHS {
        for kind in KINDS {
            let x = random.values(n, kind);
            let expected = reference::dynamic_quantize(&tensor(&[n], &x));
            let expected = expected
                .map(|(_, scale, zero)| (scale.data()[0].to_bits(), zero.data()[0]))
                .ok();
            for isa in Isa::available() {
                let got = dynamic_scale(isa, &x).map(|(scale, zero)| (scale.to_bits(), zero));
                assert_eq!(got, expected, "{n} {kind:?} {isa:?}");
            }
        }
    }
}
