//! Seeds and oracles.

use std::time::{SystemTime, UNIX_EPOCH};

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed, Zero};
use proptest::{
    strategy::Strategy,
    test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner},
};
use quorate_exact::{Dtype, Role, TensorSpec};

/// The seed of this run, from `QUORATE_SEED` or the clock; printed.
pub fn seed() -> u64 {
    let now = || {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |now| now.as_nanos() as u64)
    };
    let given = std::env::var("QUORATE_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = given.unwrap_or_else(now);
    println!("QUORATE_SEED={seed}");
    seed
}

/// Runs a property on `cases` values; prints the seed, which `QUORATE_SEED` repeats.
pub fn property<S: Strategy>(cases: u32, strategy: S, test: impl Fn(S::Value) -> Result<(), TestCaseError>) {
    let seed = seed();
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
    if let Err(error) = runner.run(&strategy, test) {
        panic!("QUORATE_SEED={seed}: {error}");
    }
}

/// 2^exponent.
pub fn power(exponent: i32) -> BigRational {
    BigRational::from_integer(2.into()).pow(exponent)
}

/// The finite f32 with these bits.
pub fn value(bits: u32) -> BigRational {
    BigRational::from_float(f32::from_bits(bits)).expect("a finite value")
}

/// The nearest integer, ties to even.
pub fn half_even(x: &BigRational) -> BigInt {
    let floor = x.floor();
    let twice = (x - &floor) * BigInt::from(2);
    let odd = !(floor.numer() % BigInt::from(2)).is_zero();
    let up = twice > BigRational::one() || (twice.is_one() && odd);
    floor.to_integer() + BigInt::from(u8::from(up))
}

/// Bits of the nearest f32, ties to even; none beyond the largest. Bisection over the f32s, whose bits are ordered.
pub fn nearest(x: &BigRational) -> Option<u32> {
    let magnitude = x.abs();
    let (mut low, mut high) = (0u32, 0x7f80_0000u32);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        match value(middle) <= magnitude {
            true => low = middle,
            false => high = middle,
        }
    }
    // What would be the next f32 beyond the largest is 2^128.
    let above = if high == 0x7f80_0000 { power(128) } else { value(high) };
    let (down, up) = (&magnitude - value(low), above - &magnitude);
    let bits = if up < down || (up == down && low % 2 == 1) {
        high
    } else {
        low
    };
    (bits < 0x7f80_0000).then_some(if x.is_negative() { bits | 1 << 31 } else { bits })
}

/// Integers of all widths: uniform bits would rarely be small.
pub fn integer() -> impl Strategy<Value = i64> {
    (proptest::num::i64::ANY, 0u32..64).prop_map(|(a, shift)| a >> shift)
}

/// Grid integers that often coincide.
pub fn grid_integer() -> impl Strategy<Value = i32> {
    (-(1i32 << 30)..=1 << 30, 0u32..31).prop_map(|(q, shift)| q >> shift)
}

/// A tensor with defaults.
pub fn tensor(name: &str, role: Role, shape: &[u64]) -> TensorSpec {
    TensorSpec {
        name: name.into(),
        dtype: Dtype::F32,
        shape: shape.into(),
        role,
        scale: 24,
        original_dtype: Dtype::F32,
        aliases: vec![],
    }
}

/// A model with BatchNorm and tied weights.
pub fn resnet() -> Vec<TensorSpec> {
    let batches = TensorSpec {
        dtype: Dtype::I64,
        original_dtype: Dtype::I64,
        ..tensor("bn.num_batches_tracked", Role::Const, &[])
    };
    let head = TensorSpec {
        aliases: vec!["encoder.embed.weight".into(), "decoder.embed.weight".into()],
        ..tensor("shared.weight", Role::Train, &[4, 3])
    };
    vec![
        head,
        batches,
        TensorSpec {
            original_dtype: Dtype::BF16,
            ..tensor("bn.weight", Role::Train, &[3])
        },
        TensorSpec {
            scale: 12,
            ..tensor("bn.running_var", Role::Stat, &[3])
        },
        TensorSpec {
            scale: 16,
            ..tensor("bn.running_mean", Role::Stat, &[3])
        },
        tensor("bn.bias", Role::Train, &[3]),
    ]
}
