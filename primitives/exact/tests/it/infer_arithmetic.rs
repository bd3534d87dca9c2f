//! Arithmetic of inference beside the processor's.

use num_traits::{Signed, Zero};
use quorate_exact::infer::{
    arithmetic::{fma, max, min, sqrt, NAN},
    functions::{hard_sigmoid, pow2, pow3, pow_half},
};

use crate::{
    common::{nearest, seed, value},
    infer_numbers::Numbers,
};

fn same(ours: f32, theirs: f32) -> bool {
    ours.to_bits() == theirs.to_bits() || (ours.to_bits() == NAN.to_bits() && theirs.is_nan())
}

#[track_caller]
fn fma_is_the_processor_s(a: f32, b: f32, c: f32) {
    let (ours, theirs) = (fma(a, b, c), a.mul_add(b, c));
    assert!(
        same(ours, theirs),
        "fma({:#x}, {:#x}, {:#x}) = {:#x}, not {:#x}",
        a.to_bits(),
        b.to_bits(),
        c.to_bits(),
        ours.to_bits(),
        theirs.to_bits()
    );
}

#[test]
fn fma_should_equal_the_processor_s_on_random_bits() {
    let mut numbers = Numbers::new(seed());
    for _ in 0..600_000 {
        fma_is_the_processor_s(numbers.any(), numbers.any(), numbers.any());
    }
}

#[test]
fn fma_should_equal_the_processor_s_where_sums_cancel_or_lie_halfway() {
    let mut numbers = Numbers::new(seed());
    for _ in 0..300_000 {
        let (a, b) = (numbers.any(), numbers.any());
        let product = a * b;
        let near = |steps: u32| f32::from_bits((-product).to_bits().wrapping_add(steps).wrapping_sub(8));
        fma_is_the_processor_s(a, b, -product);
        fma_is_the_processor_s(a, b, near(numbers.below(16)));
        // A product of few bits some 24 places below c: halfway, or next to it.
        let c = numbers.any();
        let half = f32::from_bits(c.to_bits() & 0xff80_0000) * 2f32.powi(-24);
        let tick = [0.0, 1.0, -1.0, 2.0, 0.5][numbers.below(5) as usize];
        fma_is_the_processor_s(half, tick, c);
        fma_is_the_processor_s(half * (1.0 + f32::EPSILON), 1.0 - f32::EPSILON, c);
        // A product among the subnormals: it ends halfway between two of them.
        let small = f32::from_bits(numbers.below(1 << 24));
        fma_is_the_processor_s(small, 0.5, f32::from_bits(numbers.below(1 << 24)));
        fma_is_the_processor_s(small, -0.25, f32::from_bits(numbers.below(1 << 10)));
    }
}

#[test]
fn fma_should_equal_the_processor_s_on_all_triples_of_special_numbers() {
    let special = Numbers::special();
    for &a in &special {
        for &b in &special {
            for &c in &special {
                fma_is_the_processor_s(a, b, c);
            }
        }
    }
}

#[test]
fn fma_should_be_the_exact_value_rounded_once() {
    let mut numbers = Numbers::new(seed());
    for _ in 0..5_000 {
        let [a, b, random] = [numbers.any(), numbers.any(), numbers.any()];
        // Half of the sums cancel.
        let c = match numbers.below(2) {
            0 => random,
            _ => f32::from_bits((-(a * b)).to_bits().wrapping_add(numbers.below(16)).wrapping_sub(8)),
        };
        if !(a.is_finite() && b.is_finite() && c.is_finite()) {
            continue;
        }
        let exact = value(a.to_bits()) * value(b.to_bits()) + value(c.to_bits());
        let ours = fma(a, b, c);
        match nearest(&exact) {
            _ if exact.is_zero() => assert_eq!(ours, 0.0),
            Some(bits) => assert_eq!(ours.to_bits(), bits, "fma({a:e}, {b:e}, {c:e})"),
            None => assert!(ours.is_infinite() && (ours > 0.0) == exact.is_positive()),
        }
    }
}

#[test]
fn roots_should_equal_the_processor_s() {
    let mut numbers = Numbers::new(seed());
    let random: Vec<f32> = (0..300_000).map(|_| numbers.any()).collect();
    for x in random.into_iter().chain(Numbers::special()) {
        assert!(same(sqrt(x), x.sqrt()), "√{:#x}", x.to_bits());
        assert_eq!(pow_half(x).to_bits(), sqrt(x).to_bits());
    }
}

#[test]
fn minus_zero_should_be_below_zero() {
    for (least, greatest) in [(-0.0f32, 0.0f32), (-1.0, 1.0), (f32::NEG_INFINITY, f32::INFINITY)] {
        for (a, b) in [(least, greatest), (greatest, least)] {
            assert_eq!(min(a, b).to_bits(), least.to_bits());
            assert_eq!(max(a, b).to_bits(), greatest.to_bits());
        }
        assert_eq!(min(least, least).to_bits(), least.to_bits());
        assert_eq!(max(least, least).to_bits(), least.to_bits());
    }
    assert_eq!(hard_sigmoid(-0.0, 1.0, -0.0).to_bits(), 0);
}

#[test]
fn every_nan_should_be_the_canonical_one() {
    let odd = f32::from_bits(0xffa0_0001);
    let results = [
        fma(odd, 1.0, 1.0),
        fma(1.0, 1.0, odd),
        fma(0.0, f32::INFINITY, 1.0),
        fma(f32::INFINITY, 1.0, f32::NEG_INFINITY),
        sqrt(odd),
        sqrt(-1.0),
        min(odd, 1.0),
        min(1.0, odd),
        max(odd, 1.0),
        max(1.0, odd),
        pow2(odd),
        pow3(odd),
        hard_sigmoid(odd, 0.2, 0.5),
        hard_sigmoid(f32::INFINITY, 0.0, 0.5),
    ];
    for (i, x) in results.iter().enumerate() {
        assert_eq!(x.to_bits(), NAN.to_bits(), "result {i}");
    }
}
