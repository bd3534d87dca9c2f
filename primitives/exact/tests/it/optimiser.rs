//! Optimisers against exact rationals, each operation rounded by an oracle that knows no float.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{Signed, Zero};
use proptest::prelude::*;
use quorate_exact::{
    grid::{apply, dequantize},
    Moments, Optimiser, ServerOptimiser, StepError,
};

use crate::common::{grid_integer, nearest, power, property, value};

/// A finite f32 by its value alone; zeros are positive.
type Exact = BigRational;

fn round(x: Exact) -> Exact {
    value(nearest(&x).expect("no overflow in these cases"))
}

fn ratio(x: u32, by: u32) -> Exact {
    round(Exact::new(x.into(), by.into()))
}

fn ppm(x: u32) -> Exact {
    ratio(x, 1_000_000)
}

/// √x to 200 bits, so that no f32's middle lies between it and the truth, unless x is the square of it.
fn sqrt(x: &Exact) -> Exact {
    let scaled: BigInt = (x * power(1000)).floor().to_integer();
    round(Exact::from_integer(scaled.sqrt()) * power(-500))
}

fn expected(server: &ServerOptimiser, d: &Exact, m: &Exact, v: &Exact) -> (Exact, Exact, Exact) {
    let mix = |beta: u32, old: &Exact, new: &Exact| round(round(ppm(beta) * old) + round(ppm(1_000_000 - beta) * new));
    let square = round(d * d);
    let (eta, m, v, tau) = match *server {
        ServerOptimiser::Plain => unreachable!(),
        ServerOptimiser::Momentum { eta, beta } => {
            let m = round(round(ppm(beta) * m) + d);
            return (round(ppm(eta) * &m), m, v.clone());
        }
        ServerOptimiser::Adagrad { eta, beta1, tau } => (eta, mix(beta1, m, d), round(v + &square), tau),
        ServerOptimiser::Adam {
            eta, beta1, beta2, tau, ..
        } => (eta, mix(beta1, m, d), mix(beta2, v, &square), tau),
        ServerOptimiser::Yogi { eta, beta1, beta2, tau } => {
            let t = round(ppm(1_000_000 - beta2) * &square);
            let v = match v.cmp(&square) {
                std::cmp::Ordering::Greater => round(v - t),
                std::cmp::Ordering::Less => round(v + t),
                std::cmp::Ordering::Equal => v.clone(),
            };
            (eta, mix(beta1, m, d), v, tau)
        }
    };
    let below = round(sqrt(&v) + ratio(tau, 1_000_000_000));
    (round(round(ppm(eta) * &m) / below), m, v)
}

fn server() -> impl Strategy<Value = ServerOptimiser> {
    let (eta, beta, tau) = (|| 1u32..1 << 24, || 0u32..1_000_000, || 1u32..1 << 24);
    prop_oneof![
        (eta(), beta()).prop_map(|(eta, beta)| ServerOptimiser::Momentum { eta, beta }),
        (eta(), beta(), tau()).prop_map(|(eta, beta1, tau)| ServerOptimiser::Adagrad { eta, beta1, tau }),
        (eta(), beta(), beta(), tau()).prop_map(|(eta, beta1, beta2, tau)| ServerOptimiser::Adam {
            eta,
            beta1,
            beta2,
            tau,
            bias_correction: false,
        }),
        (eta(), beta(), beta(), tau()).prop_map(|(eta, beta1, beta2, tau)| ServerOptimiser::Yogi {
            eta,
            beta1,
            beta2,
            tau
        }),
    ]
}

/// Positive f32s around one.
fn positive() -> impl Strategy<Value = u32> {
    (100u32 << 23)..(150 << 23)
}

#[test]
fn steps_should_equal_the_rational_oracle() {
    let sign = any::<bool>().prop_map(|negative| u32::from(negative) << 31);
    let inputs = (server(), positive(), grid_integer(), positive(), positive(), sign);
    property(2_000, inputs, |(server, b, a, m, v, sign)| {
        let optimiser = Optimiser::new(&server, None).unwrap();
        let m = m | sign;
        let (value_bits, moments) = optimiser.step(b, a.into(), 24, Moments { m, v }).unwrap();
        let d = value(dequantize(a.into(), 24));
        let (step, m, v) = expected(&server, &d, &value(m), &value(v));
        prop_assert_eq!((value(moments.m), value(moments.v)), (m, v));
        let sum = round(value(b) + &step);
        prop_assert_eq!(value(value_bits), sum);
        prop_assert!(!step.is_zero() || value_bits == b);
        Ok(())
    });
}

#[test]
fn plain_should_add_the_aggregate_and_keep_no_state() {
    let optimiser = Optimiser::new(&ServerOptimiser::Plain, None).unwrap();
    let none = ServerOptimiser::Plain.start();
    property(500, (positive(), grid_integer()), |(b, a)| {
        let expected = apply(b, a.into(), 20).unwrap();
        prop_assert_eq!(optimiser.step(b, a.into(), 20, none), Ok((expected, none)));
        Ok(())
    });
    assert_eq!((none, optimiser.powers()), (Moments { m: 0, v: 0 }, None));
}

#[test]
fn bias_correction_should_make_the_first_step_of_adam_the_size_of_eta() {
    let server = ServerOptimiser::Adam {
        eta: 10_000,
        beta1: 900_000,
        beta2: 999_000,
        tau: 1,
        bias_correction: true,
    };
    let mut powers = None;
    let (mut value_bits, mut moments) = (0, server.start());
    for round in 1..=3 {
        let optimiser = Optimiser::new(&server, powers).unwrap();
        (value_bits, moments) = optimiser.step(value_bits, 1 << 20, 24, moments).unwrap();
        powers = optimiser.powers();
        let moved = f64::from(f32::from_bits(value_bits)) / f64::from(round);
        assert!((moved - 0.01).abs() < 1e-4, "{round}: {moved}");
    }
    let [p1, p2] = powers.unwrap().map(f32::from_bits);
    assert!((p1 - 0.729).abs() < 1e-6 && (p2 - 0.997_003).abs() < 1e-6);
}

#[test]
fn what_is_not_finite_should_be_refused() {
    let adam = ServerOptimiser::Adam {
        eta: 1 << 24,
        beta1: 0,
        beta2: 0,
        tau: 1,
        bias_correction: true,
    };
    let nan = f32::NAN.to_bits();
    assert_eq!(Optimiser::new(&adam, Some([nan, 0])).unwrap_err(), StepError::NonFinite);
    let momentum = ServerOptimiser::Momentum { eta: 1 << 24, beta: 1 };
    let optimiser = Optimiser::new(&momentum, None).unwrap();
    let largest = f32::MAX.to_bits();
    let step = |b, a, m| optimiser.step(b, a, 0, Moments { m, v: 0 });
    assert_eq!(step(0, 1, f32::INFINITY.to_bits()), Err(StepError::NonFinite));
    assert_eq!(step(0, 1 << 30, nan), Err(StepError::NonFinite));
    assert_eq!(step(f32::INFINITY.to_bits(), 0, 0), Err(StepError::NonFinite));
    assert_eq!(step(f32::INFINITY.to_bits(), 1, 0), Err(StepError::NonFinite));
    // η m' beyond the largest f32, though m' is not.
    let eager = ServerOptimiser::Momentum {
        eta: 1 << 24,
        beta: 999_999,
    };
    let optimiser = Optimiser::new(&eager, None).unwrap();
    let moments = Moments { m: largest, v: 0 };
    assert_eq!(optimiser.step(0, 0, 0, moments), Err(StepError::NonFinite));
    let zero = Moments { m: 1 << 31, v: 0 };
    let negative_zero = 1 << 31;
    assert_eq!(
        optimiser.step(negative_zero, 0, 0, zero).map(|(b, _)| b),
        Ok(negative_zero)
    );
}

#[test]
fn no_bits_should_make_a_step_panic() {
    let correct = any::<bool>();
    property(
        3_000,
        (server(), any::<[u32; 5]>(), any::<i64>(), any::<i8>(), correct),
        |(mut server, [b, m, v, p1, p2], a, scale, correct)| {
            if let ServerOptimiser::Adam { bias_correction, .. } = &mut server {
                *bias_correction = correct;
            }
            let Ok(optimiser) = Optimiser::new(&server, Some([p1, p2])) else {
                return Ok(());
            };
            if let Ok((value_bits, moments)) = optimiser.step(b, a, scale, Moments { m, v }) {
                let all = [value_bits, moments.m].map(f32::from_bits);
                prop_assert!(all.iter().all(|x| x.is_finite()));
            }
            Ok(())
        },
    );
}

#[test]
fn ratios_should_be_positive() {
    assert!(ppm(1).is_positive() && sqrt(&ratio(1, 4)) == ratio(1, 2));
}
