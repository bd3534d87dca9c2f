use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::Signed;
use proptest::prelude::*;
use quorate_exact::grid::{
    apply, dequantize, div_half_even, quantize, step, ApplyError, QuantizeError, Q_MAX, SCALE_MAX, SCALE_MIN,
};

use crate::common::{half_even, integer, nearest, power, property, value};

fn scale() -> impl Strategy<Value = i8> {
    SCALE_MIN..=SCALE_MAX
}

/// All bits, and bits of numbers that the scale can hold, ties among them.
fn bits_and_scale() -> impl Strategy<Value = (u32, i8)> {
    let all = (any::<u32>(), scale());
    let small = (any::<u32>(), scale(), -26i32..33).prop_map(|(bits, scale, exponent)| {
        let field = (127 - i32::from(scale) + exponent).clamp(0, 254) as u32;
        let coarse = u32::MAX << (bits >> 23 & 0x1f).min(23);
        (bits & 0x807f_ffff & (coarse | 1 << 31) | field << 23, scale)
    });
    prop_oneof![1 => all, 3 => small]
}

#[test]
fn quantize_should_equal_the_rational_oracle() {
    property(20_000, bits_and_scale(), |(bits, scale)| {
        let expected = match f32::from_bits(bits).is_finite() {
            false => Err(QuantizeError::NonFinite),
            true => match half_even(&(value(bits) * power(scale.into()))) {
                q if q.abs() > BigInt::from(Q_MAX) => Err(QuantizeError::OutOfRange),
                q => Ok(i32::try_from(q).unwrap()),
            },
        };
        prop_assert_eq!(quantize(bits, scale), expected);
        Ok(())
    });
}

#[test]
fn apply_should_equal_the_rational_oracle() {
    let near = (integer(), scale(), -3i32..4).prop_map(|(a, scale, ulps)| {
        let cancelling = nearest(&(-BigRational::from_integer(a.into()) * power(-i32::from(scale)))).unwrap();
        (cancelling.wrapping_add_signed(ulps), a, scale)
    });
    let inputs = prop_oneof![(any::<u32>(), integer(), scale()), near];
    property(3_000, inputs, |(base, a, scale)| {
        let expected = match f32::from_bits(base).is_finite() {
            false => Err(ApplyError::NonFiniteBase),
            true if a == 0 => Ok(base),
            true => nearest(&(value(base) + BigRational::from_integer(a.into()) * power(-i32::from(scale))))
                .ok_or(ApplyError::NonFiniteResult),
        };
        prop_assert_eq!(apply(base, a, scale), expected);
        Ok(())
    });
}

#[test]
fn dequantize_and_step_should_equal_the_rational_oracle() {
    property(
        2_000,
        (integer(), scale(), any::<u32>(), any::<u32>()),
        |(a, scale, new, base)| {
            let x = BigRational::from_integer(a.into()) * power(-i32::from(scale));
            prop_assert_eq!(Some(dequantize(a, scale)), nearest(&x));
            let expected = match [new, base].iter().all(|&bits| f32::from_bits(bits).is_finite()) {
                false => Err(QuantizeError::NonFinite),
                true => {
                    let q = half_even(&((value(new) - value(base)) * power(scale.into())));
                    Ok(i32::try_from(q.clamp(BigInt::from(-Q_MAX), BigInt::from(Q_MAX))).unwrap())
                }
            };
            prop_assert_eq!(step(new, base, scale), expected);
            Ok(())
        },
    );
}

#[test]
fn step_should_read_back_what_apply_added_to_a_nearby_base() {
    // With |base| < 2^-s · 2^23 the sum is exact in f32 as long as it keeps to 24 bits.
    property(
        2_000,
        (scale(), -(1i64 << 22)..1 << 22, -(1i64 << 22)..1 << 22),
        |(scale, base, a)| {
            let base = dequantize(base, scale);
            let new = apply(base, a, scale).unwrap();
            prop_assert_eq!(step(new, base, scale), Ok(a as i32));
            Ok(())
        },
    );
}

#[test]
fn quantize_should_undo_dequantize_where_f32_is_exact() {
    property(5_000, (-(1i32 << 24)..=1 << 24, scale()), |(q, scale)| {
        prop_assert_eq!(quantize(dequantize(q.into(), scale), scale), Ok(q));
        Ok(())
    });
}

#[test]
fn division_should_equal_the_rational_oracle() {
    property(20_000, (integer(), 1u32.., 0u32..32), |(num, den, shift)| {
        let den = (den >> shift).max(1);
        let expected = half_even(&BigRational::new(num.into(), den.into()));
        prop_assert_eq!(div_half_even(num, den).map(BigInt::from), Some(expected));
        Ok(())
    });
}

#[test]
fn ties_should_go_to_even_in_both_directions() {
    let cases = [
        (0.5, 0),
        (1.5, 2),
        (2.5, 2),
        (-0.5, 0),
        (-1.5, -2),
        (-2.5, -2),
        (0.500_000_06, 1),
        (0.499_999_97, 0),
    ];
    for (x, q) in cases {
        assert_eq!(quantize(f32::to_bits(x), 0), Ok(q), "{x}");
    }
    assert_eq!([-3, -1, 1, 3].map(|num| div_half_even(num, 2)), [-2, 0, 0, 2].map(Some));
    assert_eq!(div_half_even(7, 0), None);
    assert_eq!(div_half_even(i64::MIN, 1), Some(i64::MIN));
    assert_eq!(div_half_even(i64::MAX, 2), Some(1 << 62));
}

#[test]
fn limit_should_be_two_to_the_thirty_at_every_scale() {
    for scale in SCALE_MIN..=SCALE_MAX {
        let limit = dequantize(Q_MAX.into(), scale);
        for sign in [0, 1 << 31] {
            let q = if sign == 0 { Q_MAX } else { -Q_MAX };
            assert_eq!(quantize(limit | sign, scale), Ok(q));
            assert_eq!(quantize((limit + 1) | sign, scale), Err(QuantizeError::OutOfRange));
        }
    }
}

#[test]
fn zero_aggregate_should_copy_every_finite_base() {
    for base in [0, 1 << 31, 1, 0x807f_ffff, 0x7f7f_ffff] {
        assert_eq!(apply(base, 0, 24), Ok(base));
    }
    assert_eq!(apply(0x7f80_0000, 0, 24), Err(ApplyError::NonFiniteBase));
    // A sum that cancels is +0, also beside a negative zero.
    assert_eq!(apply(f32::to_bits(-1.0), 1 << 24, 24), Ok(0));
}

#[test]
fn scales_out_of_range_should_be_refused() {
    for scale in [i8::MIN, SCALE_MIN - 1, SCALE_MAX + 1, i8::MAX] {
        assert_eq!(quantize(0, scale), Err(QuantizeError::Scale));
        assert_eq!(apply(0, 1, scale), Err(ApplyError::Scale));
        assert_eq!(step(0, 0, scale), Err(QuantizeError::Scale));
        dequantize(i64::MIN, scale);
    }
}
