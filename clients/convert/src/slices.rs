//! The values of a tensor, many at once: loops over slices without a branch for each element, which compilers turn into vector instructions.
//!
//! [`one`] is the definition. What the loops say of a block of values is what it says of each; where one of them is refused it is asked which.

use crate::element::{nearest, Values, BLOCK};
use quorate_exact::{
    grid::{limit_bits, quantize, Scale},
    Dtype,
};

/// Sums and maxima are kept in so many lanes, element `i` of a slice in lane `i % LANES`.
const LANES: usize = 8;
const SIGN: u32 = 1 << 31;
const INFINITY: u32 = 0x7f80_0000;

/// What is done with the values of a tensor.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rule {
    /// Type of the new values.
    pub dtype: Dtype,
    /// Of an update: the grid on which the differences must lie.
    pub scale: Option<Scale>,
    /// Whether it is counted how much of the differences is rounding.
    pub counts_rounding: bool,
}

/// Why a value is refused.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Fault {
    /// The base's value is not finite in the type of the new one.
    Base { value: f32 },
    /// Not finite as f32.
    NonFinite { value: f64 },
    /// Beyond the grid.
    OutOfRange { value: f64 },
}

/// What some values were like.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Tally {
    /// New values below zero.
    pub negative: u64,
    /// Results that are zero: on the grid of an update, and as f32 in a version.
    pub zeros: u64,
    /// The largest magnitude of a result.
    pub largest: f64,
    /// Differences that are not zero before they are rounded, the squares of the results, and those of the steps of the new values.
    pub changed: u64,
    pub squares: f64,
    pub steps: f64,
}

/// A new value, or its difference to the base's: as f32, rounded once, and before. The base's is first rounded to the type of the new one, so that
/// what training did not touch is exactly zero.
pub(crate) fn one(rule: &Rule, new: f64, old: Option<f32>) -> Result<(f32, f64), Fault> {
    let value = match old {
        None => new,
        Some(old) => match nearest(rule.dtype, old) {
            rounded if rounded.is_finite() => new - rounded,
            _ => return Err(Fault::Base { value: old }),
        },
    };
    let result = value as f32;
    if !result.is_finite() {
        return Err(Fault::NonFinite { value });
    }
    let on_grid = rule.scale.map(|scale| quantize(result.to_bits(), scale));
    match on_grid {
        Some(Err(_)) => Err(Fault::OutOfRange { value }),
        _ => Ok((result, value)),
    }
}

/// The bytes of the results of [`one`], f32, for the values whose bytes are `new`, and f32s of the base whose bytes are `old`.
///
/// The sums of the tally depend on where the slices begin and end, in their last digits.
///
/// # Errors
/// The first value that is refused, and where in the slice it is; `out` then has anything.
pub(crate) fn results(rule: &Rule, new: &[u8], old: Option<&[u8]>, out: &mut [u8]) -> Result<Tally, (usize, Fault)> {
    let mut sums = Sums::default();
    let limits = Limits::of(rule.scale);
    let mut blocks = Blocks::new();
    let mut old_blocks = old.map(|old| old.chunks(4 * BLOCK));
    let new_blocks = new.chunks(rule.dtype.size() as usize * BLOCK);
    for (block, (new, out)) in new_blocks.zip(out.chunks_mut(4 * BLOCK)).enumerate() {
        let old = old_blocks.as_mut().and_then(Iterator::next);
        let peak = match old {
            Some(old) if rule.dtype == Dtype::F32 => sums.subtract(new, old, out),
            _ => blocks.results(rule, (new, old), out, &mut sums),
        };
        if peak > limits.largest {
            let fault = first_fault(rule, new, old);
            return Err(fault.map_or(
                (block * BLOCK, Fault::NonFinite { value: f64::NAN }),
                |(index, fault)| (block * BLOCK + index, fault),
            ));
        }
        sums.largest = sums.largest.max(peak);
        sums.zeros(out, limits.zero);
        if old.is_some() && rule.counts_rounding {
            sums.squares(out);
        }
    }
    Ok(sums.tally(rule))
}

/// Room for a block of new values, and one of the base's.
struct Blocks {
    news: Values,
    olds: Values,
}

impl Blocks {
    fn new() -> Self {
        Self {
            news: Values::new(),
            olds: Values::new(),
        }
    }

    /// The results of a block, and the bits of the largest magnitude; those of an infinity where a value of the base is not finite.
    fn results(&mut self, rule: &Rule, (new, old): (&[u8], Option<&[u8]>), out: &mut [u8], sums: &mut Sums) -> u32 {
        let values = self.news.decode(rule.dtype, new);
        sums.negative(values);
        let mut fine = true;
        if let Some(old) = old {
            let rounded = self.olds.rounded(rule.dtype, old);
            fine = all_finite(rounded);
            if rule.counts_rounding {
                sums.steps(rule.dtype, values);
            }
            for (value, old) in values.iter_mut().zip(rounded) {
                *value -= *old;
            }
            sums.changed(values);
        }
        let peak = round(values, out);
        match fine {
            true => peak,
            false => INFINITY,
        }
    }
}

/// The largest magnitude among values, which must all be f32s.
///
/// # Errors
/// The first that is none, and where in the slice it is.
pub(crate) fn largest(dtype: Dtype, bytes: &[u8]) -> Result<f64, (usize, Fault)> {
    let mut out = [0; 4 * BLOCK];
    let rule = Rule {
        dtype,
        scale: None,
        counts_rounding: false,
    };
    let mut largest = 0f64;
    for (block, bytes) in bytes.chunks(dtype.size() as usize * BLOCK).enumerate() {
        let len = 4 * bytes.len() / dtype.size() as usize;
        let tally = results(&rule, bytes, None, &mut out[..len]);
        let tally = tally.map_err(|(index, fault)| (block * BLOCK + index, fault))?;
        largest = largest.max(tally.largest);
    }
    Ok(largest)
}

/// Where in a block the definition refuses a value first.
#[cold]
fn first_fault(rule: &Rule, new: &[u8], old: Option<&[u8]>) -> Option<(usize, Fault)> {
    let mut news = Values::new();
    let olds = old.map(|old| old.as_chunks().0);
    news.decode(rule.dtype, new)
        .iter()
        .enumerate()
        .find_map(|(index, new)| {
            let old = olds
                .and_then(|olds| olds.get(index))
                .map(|old| f32::from_le_bytes(*old));
            Some((index, one(rule, *new, old).err()?))
        })
}

/// Bits of the largest magnitudes that are zero, and that are allowed.
struct Limits {
    zero: u32,
    largest: u32,
}

impl Limits {
    fn of(scale: Option<Scale>) -> Self {
        match scale {
            None => Self {
                zero: 0,
                largest: INFINITY - 1,
            },
            // Half a step of the grid rounds to even, which is zero. No header has another scale.
            Some(scale) => Self {
                zero: ((126 - i32::from(scale)) as u32) << 23,
                largest: limit_bits(scale).unwrap_or(0),
            },
        }
    }
}

/// The values as f32, and the bits of the largest magnitude: those of infinities and of what is no number are larger than those of every number.
fn round(values: &[f64], out: &mut [u8]) -> u32 {
    let mut peak = 0i32;
    for (value, out) in values.iter().zip(out.as_chunks_mut().0) {
        let bits = (*value as f32).to_bits();
        *out = bits.to_le_bytes();
        peak = peak.max((bits & !SIGN) as i32);
    }
    peak as u32
}

fn all_finite(values: &[f64]) -> bool {
    // Infinity times zero is no number, and what is none stays none.
    let mut sums = [0f64; LANES];
    lanes(&mut sums, values, |sum, value| sum + value * 0.0);
    sums.iter().all(|sum| *sum == 0.0)
}

/// Folds element `i` into lane `i % LANES`.
fn lanes(lanes: &mut [f64; LANES], values: &[f64], fold: impl Fn(f64, f64) -> f64) {
    let (groups, rest) = values.as_chunks::<LANES>();
    for group in groups {
        for (lane, value) in lanes.iter_mut().zip(group) {
            *lane = fold(*lane, *value);
        }
    }
    for (lane, value) in lanes.iter_mut().zip(rest) {
        *lane = fold(*lane, *value);
    }
}

/// A tally in lanes.
#[derive(Default)]
struct Sums {
    negative: u64,
    zeros: u64,
    changed: u64,
    /// Bits of a magnitude.
    largest: u32,
    squares: [f64; LANES],
    steps: [f64; LANES],
}

impl Sums {
    /// The differences of a block of f32s, and the bits of the largest magnitude. They need no wider type: of two f32s, the difference that is
    /// rounded to f64 and then to f32 is the one that is rounded to f32 alone, since f64 has more than twice as many digits and two (Figueroa, "When is
    /// double rounding innocuous?", 1995). One with a value that is not finite is not finite.
    fn subtract(&mut self, new: &[u8], old: &[u8], out: &mut [u8]) -> u32 {
        let (mut peak, mut negative, mut changed) = (0i32, 0i32, 0i32);
        let pairs = new.as_chunks().0.iter().zip(old.as_chunks().0);
        for ((new, old), out) in pairs.zip(out.as_chunks_mut().0) {
            let (new, old) = (f32::from_le_bytes(*new), f32::from_le_bytes(*old));
            let result = new - old;
            *out = result.to_le_bytes();
            peak = peak.max((result.to_bits() & !SIGN) as i32);
            negative += i32::from(new < 0.0);
            changed += i32::from(new != old);
        }
        self.negative += negative as u64;
        self.changed += changed as u64;
        peak as u32
    }

    fn negative(&mut self, values: &[f64]) {
        self.negative += values.iter().map(|value| u64::from(*value < 0.0)).sum::<u64>();
    }

    fn changed(&mut self, values: &[f64]) {
        self.changed += values.iter().map(|value| u64::from(*value != 0.0)).sum::<u64>();
    }

    fn zeros(&mut self, out: &[u8], limit: u32) {
        let bits = out.as_chunks().0.iter().map(|bytes| u32::from_le_bytes(*bytes) & !SIGN);
        // As i32, which vector instructions compare; no more than a block has.
        let zeros: i32 = bits.map(|bits| i32::from(bits as i32 <= limit as i32)).sum();
        self.zeros += zeros as u64;
    }

    fn squares(&mut self, out: &[u8]) {
        let (groups, rest) = out.as_chunks::<{ 4 * LANES }>();
        let squared = |sum: &mut f64, bytes: &[u8; 4]| {
            let value = f64::from(f32::from_le_bytes(*bytes));
            *sum += value * value;
        };
        for group in groups.iter().map(|group| &group[..]).chain([rest]) {
            for (sum, bytes) in self.squares.iter_mut().zip(group.as_chunks().0) {
                squared(sum, bytes);
            }
        }
    }

    /// Squares of the distances of a type's values around each of these.
    fn steps(&mut self, dtype: Dtype, values: &[f64]) {
        let (digits, least) = match dtype {
            Dtype::F16 => (10, -24),
            Dtype::BF16 => (7, -133),
            _ => return,
        };
        // On biased exponents: that of zero lies below all.
        let (digits, least) = (digits, (1023 + least) as u64);
        lanes(&mut self.steps, values, |sum, value| {
            let exponent = (value.to_bits() >> 52 & 0x7ff).saturating_sub(digits).max(least);
            let step = f64::from_bits(exponent << 52);
            sum + step * step
        });
    }

    fn tally(self, rule: &Rule) -> Tally {
        Tally {
            negative: self.negative,
            zeros: self.zeros,
            changed: match rule.counts_rounding {
                true => self.changed,
                false => 0,
            },
            largest: f32::from_bits(self.largest).into(),
            squares: self.squares.iter().sum(),
            steps: self.steps.iter().sum(),
        }
    }
}

#[cfg(test)]
mod tests;
