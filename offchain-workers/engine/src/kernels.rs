//! The inner loops. Each gives exactly what the function of `quorate-exact` named beside it gives; where a shorter way is
//! not certainly exact, the reference itself is asked.
//!
//! All f64 arithmetic here is exact or checked to be: powers of two, and sums whose rounding error (Knuth's TwoSum) is zero.

use quorate_exact::{
    aggregate::AggregateError,
    grid::{self, div_half_even, limit_bits, ApplyError, QuantizeError, Q_MAX},
    Scale,
};

/// 1.5 · 2^52: adding and subtracting it rounds a magnitude below 2^51 to an integer, half to even.
const ROUNDER: f64 = 6_755_399_441_055_744.0;
const SIGN: u32 = 1 << 31;
const INFINITY: u32 = 0x7f80_0000;
/// Coordinates whose products are summed together: 66 rows of them fit a core's second-level cache.
const WIDTH: usize = 2048;

fn power_of_two(exponent: i32) -> f64 {
    f64::from_bits(((1023 + exponent) as u64) << 52)
}

/// [`grid::quantize`] of little-endian f32 values.
///
/// # Errors
/// Index and error of the first value that is not on the grid.
pub(crate) fn quantize(bytes: &[u8], scale: Scale, out: &mut [i32]) -> Result<(), (usize, QuantizeError)> {
    let limit = limit_bits(scale).ok_or((0, QuantizeError::Scale))?;
    let factor = power_of_two(i32::from(scale));
    let mut largest = 0;
    for (value, q) in bytes.chunks_exact(4).zip(out.iter_mut()) {
        let bits = word(value);
        largest = largest.max(bits & !SIGN);
        let rounded = (f64::from(f32::from_bits(bits)) * factor + ROUNDER) - ROUNDER;
        *q = rounded as i32;
    }
    if largest <= limit {
        return Ok(());
    }
    for (index, value) in bytes.chunks_exact(4).enumerate() {
        grid::quantize(word(value), scale).map_err(|error| (index, error))?;
    }
    Ok(())
}

/// [`grid::step`] from `old` to `new`, both little-endian f32 values.
///
/// # Errors
/// Index and error of the first value that is not finite.
pub(crate) fn steps(new: &[u8], old: &[u8], scale: Scale, out: &mut [i32]) -> Result<(), (usize, QuantizeError)> {
    let factor = power_of_two(i32::from(scale));
    for (index, ((new, old), q)) in new.chunks_exact(4).zip(old.chunks_exact(4)).zip(out).enumerate() {
        let (new, old) = (word(new), word(old));
        *q = step(new, old, scale, factor).map_err(|error| (index, error))?;
    }
    Ok(())
}

fn step(new: u32, old: u32, scale: Scale, factor: f64) -> Result<i32, QuantizeError> {
    let (difference, error) = two_sum(widen(new), -widen(old));
    let scaled = difference * factor;
    if error == 0.0 && scaled.abs() <= f64::from(Q_MAX) {
        return Ok(((scaled + ROUNDER) - ROUNDER) as i32);
    }
    grid::step(new, old, scale)
}

/// [`grid::apply`] of the aggregate to little-endian f32 values, in place.
///
/// # Errors
/// Index and error of the first value that cannot be represented.
pub(crate) fn apply(values: &mut [u8], aggregate: &[i32], scale: Scale) -> Result<(), (usize, ApplyError)> {
    let unit = power_of_two(-i32::from(scale));
    for (index, (value, &a)) in values.chunks_exact_mut(4).zip(aggregate).enumerate() {
        let new = apply_one(word(value), a, scale, unit).map_err(|error| (index, error))?;
        value.copy_from_slice(&new.to_le_bytes());
    }
    Ok(())
}

fn apply_one(base: u32, a: i32, scale: Scale, unit: f64) -> Result<u32, ApplyError> {
    if a != 0 {
        let (sum, error) = two_sum(widen(base), f64::from(a) * unit);
        let rounded = (sum as f32).to_bits();
        // Not a number or infinite: `error` is NaN, or the rounded result is caught here.
        if error == 0.0 && rounded & !SIGN < INFINITY {
            return Ok(rounded);
        }
    }
    grid::apply(base, i64::from(a), scale)
}

/// `Σ w q / Σ w`, half to even, for every coordinate: [`quorate_exact::weighted_mean`] over the columns of `rows`.
pub(crate) fn weighted_mean<'a>(
    rows: impl Iterator<Item = (&'a [i32], u32)>,
    sums: &mut [i64],
    out: &mut [i32],
) -> Result<(), AggregateError> {
    let mut total = 0u32;
    sums.fill(0);
    for (row, weight) in rows {
        total = total.checked_add(weight).ok_or(AggregateError::WeightSum)?;
        for (sum, &q) in sums.iter_mut().zip(row) {
            *sum += i64::from(weight) * i64::from(q);
        }
    }
    for (mean, &sum) in out.iter_mut().zip(sums.iter()) {
        let quotient = div_half_even(sum, total).ok_or(AggregateError::WeightSum)?;
        *mean = i32::try_from(quotient).map_err(|_| AggregateError::WeightSum)?;
    }
    Ok(())
}

/// Adds the inner products of `rows`, times `4^shift`, to the upper triangle `upper`: [`quorate_exact::Gram::add_tile`].
///
/// The header of a model keeps every sum within 2^95.
pub(crate) fn add_products(rows: &[&[i32]], shift: u32, upper: &mut [i128]) {
    let len = rows.first().map_or(0, |row| row.len());
    let mut largest = Vec::with_capacity(rows.len());
    for start in (0..len).step_by(WIDTH) {
        let range = start..len.min(start + WIDTH);
        largest.clear();
        largest.extend(rows.iter().map(|row| magnitude(&row[range.clone()])));
        let mut entries = upper.iter_mut();
        for (i, left) in rows.iter().enumerate() {
            let left = &left[range.clone()];
            for ((right, &most), entry) in rows.iter().zip(&largest).skip(i).zip(&mut entries) {
                *entry += dot(left, &right[range.clone()], largest[i], most) << (2 * shift);
            }
        }
    }
}

fn magnitude(row: &[i32]) -> u64 {
    u64::from(row.iter().fold(0, |most, q| most.max(q.unsigned_abs())))
}

/// As many products at a time as i64 certainly holds: at least seven, and all of them unless the values are extreme.
fn dot(left: &[i32], right: &[i32], most_left: u64, most_right: u64) -> i128 {
    let bound = (i64::MAX as u64) / (most_left * most_right).max(1);
    if bound >= WIDTH as u64 {
        return i128::from(narrow_dot(left, right));
    }
    let at_once = bound.max(1) as usize;
    left.chunks(at_once)
        .zip(right.chunks(at_once))
        .map(|(a, b)| i128::from(narrow_dot(a, b)))
        .sum()
}

fn narrow_dot(left: &[i32], right: &[i32]) -> i64 {
    left.iter().zip(right).map(|(&a, &b)| i64::from(a) * i64::from(b)).sum()
}

fn widen(bits: u32) -> f64 {
    f64::from(f32::from_bits(bits))
}

/// The rounded sum and its exact error.
fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let part = sum - a;
    (sum, (a - (sum - part)) + (b - part))
}

fn word(bytes: &[u8]) -> u32 {
    bytes.try_into().map_or(0, u32::from_le_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use quorate_exact::Gram;

    /// Values of every kind: all bit patterns, small ones, and ones close to a tie on the grid.
    fn bits() -> impl Strategy<Value = u32> {
        let ties = (any::<i32>(), -40i32..40)
            .prop_map(|(n, e)| ((f64::from(n >> 8) + 0.5) * power_of_two(-e)) as f32)
            .prop_map(f32::to_bits);
        prop_oneof![any::<u32>(), (-1.0f32..1.0).prop_map(f32::to_bits), ties]
    }

    fn grid_integer() -> impl Strategy<Value = i32> {
        prop_oneof![-Q_MAX..=Q_MAX, -300i32..300, Just(Q_MAX), Just(-Q_MAX), Just(0)]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]

        #[test]
        fn quantize_should_equal_the_reference(bits in bits(), scale in -16i8..=40) {
            let mut out = [0];
            let fast = quantize(&bits.to_le_bytes(), scale, &mut out).map(|()| out[0]).map_err(|e| e.1);
            prop_assert_eq!(fast, grid::quantize(bits, scale));
        }

        #[test]
        fn steps_should_equal_the_reference(new in bits(), old in bits(), scale in -16i8..=40) {
            let mut out = [0];
            let fast = steps(&new.to_le_bytes(), &old.to_le_bytes(), scale, &mut out).map(|()| out[0]).map_err(|e| e.1);
            prop_assert_eq!(fast, grid::step(new, old, scale));
        }

        #[test]
        fn apply_should_equal_the_reference(base in bits(), a in grid_integer(), scale in -16i8..=40) {
            let mut value = base.to_le_bytes();
            let fast = apply(&mut value, &[a], scale).map(|()| u32::from_le_bytes(value)).map_err(|e| e.1);
            prop_assert_eq!(fast, grid::apply(base, i64::from(a), scale));
        }
    }

    proptest! {
        #[test]
        fn products_should_equal_the_reference(
            rows in prop::collection::vec(prop::collection::vec(grid_integer(), 40), 1..5),
            shift in 0u32..8,
        ) {
            let rows: Vec<&[i32]> = rows.iter().map(Vec::as_slice).collect();
            let mut gram = Gram::new(rows.len()).unwrap();
            gram.add_tile(&rows, shift).unwrap();
            let mut upper = vec![0; gram.upper().len()];
            add_products(&rows, shift, &mut upper);
            prop_assert_eq!(upper.as_slice(), gram.upper());
        }
    }
}
