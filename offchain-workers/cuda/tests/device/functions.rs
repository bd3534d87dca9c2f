//! Functions of one number on a device, all over their domains.

use crate::support::{build::Variant, Order, Shim};
use quorate_cuda::{
    check::{
        nodes::{answer, trial},
        operations::Operation,
    },
    infer::loaded::Answer,
};
use quorate_exact::infer::Tensor;
use quorate_program::{
    op::{Clip, HardSigmoid, Unary},
    run::unary,
    Op, Real, Value,
};

/// One of so many numbers, a prime: every exponent and all kinds of last digits.
const STEP: usize = 65_537;

#[test]
fn functions_should_equal_the_reference_all_over_their_domains() {
    let device = Shim::new(Variant::Plain, Order::Ascending, 1);
    let real = |x| Real::new(x).unwrap();
    let bounds = Clip {
        high: real(-0.0),
        low: real(-2.5),
    };
    let line = HardSigmoid {
        alpha: real(0.2),
        beta: real(0.5),
    };
    for function in [
        Unary::Abs,
        Unary::Clip(bounds),
        Unary::Cos,
        Unary::Cube,
        Unary::Erf,
        Unary::Exp,
        Unary::Gelu,
        Unary::GeluTanh,
        Unary::HardSigmoid(line),
        Unary::Log,
        Unary::Neg,
        Unary::Relu,
        Unary::Sigmoid,
        Unary::Silu,
        Unary::Sin,
        Unary::Sqrt,
        Unary::Square,
        Unary::Tanh,
    ] {
        let all = (0..=u32::MAX).step_by(STEP).map(f32::from_bits);
        let (inside, outside): (Vec<f32>, Vec<f32>) =
            all.filter(|x| !x.is_nan()).partition(|&x| !unary(function, x).is_nan());
        assert!(inside.len() > 30_000, "{function:?}");
        let run = |values: &[f32]| {
            let x = Tensor::new(vec![values.len()], values.to_vec()).unwrap();
            let operation = Operation {
                op: Op::Unary(function),
                operands: vec![Value::F32(x)],
                results: 1,
            };
            answer(&device, &trial(operation, false).unwrap()).unwrap()
        };
        let Answer::Outputs(got) = run(&inside) else {
            panic!("{function:?}: a fault within the domain")
        };
        let [Value::F32(got)] = got.as_slice() else {
            panic!("{function:?}: {} outputs", got.len())
        };
        for (&x, y) in inside.iter().zip(got.data()) {
            let expected = unary(function, x);
            assert_eq!(
                y.to_bits(),
                expected.to_bits(),
                "{function:?} of {x:e} ({:08x})",
                x.to_bits()
            );
        }
        // Each of them alone is a fault; the bounds of domains are among them.
        for &x in outside.iter().step_by(outside.len().div_ceil(20).max(1)) {
            assert_eq!(run(&[1.0, x]), Answer::Fault { node: 0 }, "{function:?} of {x:e}");
        }
    }
}
