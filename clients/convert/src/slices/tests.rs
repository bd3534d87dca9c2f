//! Loops over slices beside the definition of one value.

use super::*;
use crate::element::is_narrow;
use half::{bf16, f16};
use proptest::{collection::vec, prelude::*};

const FLOATS: [Dtype; 4] = [Dtype::F32, Dtype::F64, Dtype::F16, Dtype::BF16];

/// A new value by its bits in any type, and the bits of the base's.
type Pair = (u64, u32);

fn bytes(dtype: Dtype, bits: u64) -> Vec<u8> {
    bits.to_le_bytes()[..dtype.size() as usize].to_vec()
}

fn value(dtype: Dtype, bits: u64) -> f64 {
    match dtype {
        Dtype::F32 => f32::from_bits(bits as u32).into(),
        Dtype::F64 => f64::from_bits(bits),
        Dtype::F16 => f16::from_bits(bits as u16).to_f64(),
        _ => bf16::from_bits(bits as u16).to_f64(),
    }
}

/// Bits in a type of a value that trained weights may have.
fn weight(dtype: Dtype, value: f64) -> u64 {
    match dtype {
        Dtype::F32 => (value as f32).to_bits().into(),
        Dtype::F64 => value.to_bits(),
        Dtype::F16 => f16::from_f64(value).to_bits().into(),
        _ => bf16::from_f64(value).to_bits().into(),
    }
}

/// Distance of a narrow type's values around a finite one.
fn spacing(dtype: Dtype, value: f64) -> f64 {
    let (digits, least) = match dtype {
        Dtype::F16 => (10, -24),
        _ => (7, -133),
    };
    let exponent = match value == 0.0 {
        true => least,
        false => value.abs().log2().floor() as i32 - digits,
    };
    2f64.powi(exponent.max(least))
}

/// What the definition says of each, one after the other.
fn plain(rule: &Rule, pairs: &[Pair], with_base: bool) -> Result<(Vec<u8>, Tally), (usize, Fault)> {
    let (mut out, mut tally) = (Vec::new(), Tally::default());
    for (index, (new, old)) in pairs.iter().enumerate() {
        let new = value(rule.dtype, *new);
        let old = with_base.then(|| f32::from_bits(*old));
        let (result, exact) = one(rule, new, old).map_err(|fault| (index, fault))?;
        out.extend(result.to_le_bytes());
        tally.negative += u64::from(new < 0.0);
        tally.largest = tally.largest.max(f64::from(result).abs());
        tally.zeros += u64::from(match rule.scale {
            None => result == 0.0,
            Some(scale) => quantize(result.to_bits(), scale) == Ok(0),
        });
        if with_base && rule.counts_rounding {
            tally.changed += u64::from(exact != 0.0);
            tally.squares += f64::from(result).powi(2);
            if is_narrow(rule.dtype) {
                tally.steps += spacing(rule.dtype, new).powi(2);
            }
        }
    }
    Ok((out, tally))
}

fn looped(rule: &Rule, pairs: &[Pair], with_base: bool) -> Result<(Vec<u8>, Tally), (usize, Fault)> {
    let new: Vec<u8> = pairs.iter().flat_map(|(new, _)| bytes(rule.dtype, *new)).collect();
    let old: Vec<u8> = pairs.iter().flat_map(|(_, old)| old.to_le_bytes()).collect();
    let mut out = vec![0; 4 * pairs.len()];
    let tally = results(rule, &new, with_base.then_some(&old[..]), &mut out)?;
    Ok((out, tally))
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs())
}

/// Of a fault what tells it from others: what is no number equals nothing.
fn told((index, fault): (usize, Fault)) -> (usize, String) {
    (index, format!("{fault:?}"))
}

#[track_caller]
fn compare(rule: &Rule, pairs: &[Pair], with_base: bool) {
    match (looped(rule, pairs, with_base), plain(rule, pairs, with_base)) {
        (Ok((out, tally)), Ok((expected, of_each))) => {
            assert_eq!(out, expected, "{rule:?}");
            assert!(near(tally.squares, of_each.squares), "{rule:?} {tally:?} {of_each:?}");
            assert!(near(tally.steps, of_each.steps), "{rule:?} {tally:?} {of_each:?}");
            let sums = |tally| Tally {
                squares: 0.0,
                steps: 0.0,
                ..tally
            };
            assert_eq!(sums(tally), sums(of_each), "{rule:?}");
        }
        (Err(got), Err(expected)) => assert_eq!(told(got), told(expected), "{rule:?}"),
        (got, expected) => panic!("{rule:?} {:?} {:?}", got.err(), expected.err()),
    }
}

/// Weights that all are taken, for all types.
fn weights() -> impl Strategy<Value = Vec<(f64, f32)>> {
    let one = (-1.0f64..1.0, -1e-2f32..1e-2, 0..4u8).prop_map(|(value, by, kind)| match kind {
        0 => (value, value as f32),
        1 => (value, value as f32 + by * 1e-6),
        2 => (0.0, 0.0),
        _ => (value, value as f32 + by),
    });
    vec(one, 0..3_000)
}

/// Scales, `train` or not, with a base or without.
fn rules() -> impl Strategy<Value = (Option<Scale>, bool, bool)> {
    (prop::option::of(-16i8..=40), any::<bool>(), any::<bool>())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn results_of_weights_should_be_those_of_each(weights in weights(), (scale, counts_rounding, with_base) in rules()) {
        for dtype in FLOATS {
            let rule = Rule { dtype, scale, counts_rounding };
            let pairs: Vec<Pair> = weights.iter().map(|(new, old)| (weight(dtype, *new), old.to_bits())).collect();
            compare(&rule, &pairs, with_base);
        }
    }

    #[test]
    fn results_of_any_bits_should_be_those_of_each(
        pairs in vec((any::<u64>(), any::<u32>()), 0..40),
        before in 0usize..2_100,
        (scale, counts_rounding, with_base) in rules(),
    ) {
        for dtype in FLOATS {
            let rule = Rule { dtype, scale, counts_rounding };
            // In any block, and with few faults among them.
            let mut all: Vec<Pair> = vec![(weight(dtype, 0.5), 0.5f32.to_bits()); before];
            all.extend(&pairs);
            compare(&rule, &all, with_base);
            for one in &pairs {
                compare(&rule, &[*one], with_base);
            }
        }
    }

    #[test]
    fn largest_of_any_values_should_be_that_of_each(weights in weights(), wrong in prop::option::of(0usize..3_000)) {
        for dtype in FLOATS {
            let mut values: Vec<u64> = weights.iter().map(|(new, _)| weight(dtype, *new)).collect();
            if let Some(place) = wrong.and_then(|wrong| values.get_mut(wrong)) {
                *place = weight(dtype, f64::INFINITY);
            }
            let all: Vec<u8> = values.iter().flat_map(|bits| bytes(dtype, *bits)).collect();
            let got = largest(dtype, &all);
            match values.iter().position(|bits| !value(dtype, *bits).is_finite()) {
                Some(first) => prop_assert_eq!(got, Err((first, Fault::NonFinite { value: f64::INFINITY }))),
                None => {
                    let all = values.iter().map(|bits| f64::from(value(dtype, *bits) as f32).abs());
                    prop_assert_eq!(got, Ok(all.fold(0.0, f64::max)));
                }
            }
        }
    }
}

#[test]
fn ends_of_the_grid_should_be_those_of_the_definition() {
    for scale in -16..=40 {
        let rule = Rule {
            dtype: Dtype::F32,
            scale: Some(scale),
            counts_rounding: true,
        };
        let half_a_step = 2f32.powi(-1 - i32::from(scale)).to_bits();
        let limit = limit_bits(scale).unwrap();
        for bits in [
            half_a_step - 1,
            half_a_step,
            half_a_step + 1,
            limit - 1,
            limit,
            limit + 1,
            0,
            1,
        ] {
            for sign in [0, SIGN] {
                compare(&rule, &[((bits | sign).into(), 0)], false);
                compare(&rule, &[((bits | sign).into(), 0)], true);
            }
        }
    }
}

#[test]
fn fault_of_the_base_and_of_a_weight_should_be_told_by_their_place_and_not_by_their_kind() {
    let rule = Rule {
        dtype: Dtype::F16,
        scale: Some(24),
        counts_rounding: true,
    };
    let fine = (weight(Dtype::F16, 0.5), 0.5f32.to_bits());
    let wrong_weight = (weight(Dtype::F16, f64::NAN), 0.5f32.to_bits());
    let wrong_base = (weight(Dtype::F16, 0.5), 70_000f32.to_bits());
    let mut pairs = vec![fine; 3 * BLOCK];
    (pairs[1_500], pairs[1_600]) = (wrong_weight, wrong_base);
    assert_eq!(looped(&rule, &pairs, true).unwrap_err().0, 1_500);
    (pairs[1_500], pairs[1_600]) = (wrong_base, wrong_weight);
    assert_eq!(
        looped(&rule, &pairs, true).unwrap_err(),
        (1_500, Fault::Base { value: 70_000.0 })
    );
}
