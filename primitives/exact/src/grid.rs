//! The integer grid: f32 bits to integers and back, with integer arithmetic only.
//!
//! A tensor has one [`Scale`] `s`; its grid has the step 2^−s. The layout of f32 is that of IEEE 754-2019, 3.4 (binary32),
//! the rounding that of its 4.3.1 (roundTiesToEven).

use core::fmt;

use primitive_types::U512;

/// Binary logarithm of the grid points per unit: a value `x` lies at `x · 2^s`.
pub type Scale = i8;

/// Coarsest grid: steps of 65,536.
pub const SCALE_MIN: Scale = -16;
/// Finest grid: steps of 2^−40.
pub const SCALE_MAX: Scale = 40;
/// Scale of a tensor whose owner set none: steps of 2^−24, values up to ±64.
pub const SCALE_DEFAULT: Scale = 24;
/// Largest magnitude of a grid integer in an update.
pub const Q_MAX: i32 = 1 << 30;

const SIGN: u32 = 1 << 31;
const INFINITY: u32 = 0x7f80_0000;

/// Why a value has no place on the grid.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum QuantizeError {
    /// The value is infinite or not a number.
    NonFinite,
    /// `|x · 2^s|` rounds to more than [`Q_MAX`].
    OutOfRange,
    /// The scale is outside [`SCALE_MIN`]`..=`[`SCALE_MAX`].
    Scale,
}

/// Why a sum cannot be added to a base value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ApplyError {
    /// The base value is infinite or not a number.
    NonFiniteBase,
    /// The rounded sum exceeds the largest finite f32. Cannot happen while `|a · 2^−s| ≤ 2^79`, less than half a step there.
    NonFiniteResult,
    /// The scale is outside [`SCALE_MIN`]`..=`[`SCALE_MAX`].
    Scale,
}

/// Whether `scale` is one that a tensor may have.
pub fn is_scale(scale: Scale) -> bool {
    (SCALE_MIN..=SCALE_MAX).contains(&scale)
}

/// Bits of 2^(30 − s), the largest f32 magnitude that [`quantize`] accepts; none for a scale out of range.
///
/// The next f32 above it lies at 2^30 + 2^7 on the grid: no value in between could round down to [`Q_MAX`].
pub fn limit_bits(scale: Scale) -> Option<u32> {
    is_scale(scale).then(|| ((127 + 30 - i32::from(scale)) as u32) << 23)
}

/// `round_half_even(x · 2^s)` of the f32 with these bits, in `−Q_MAX..=Q_MAX`. Both zeros give 0.
///
/// # Errors
/// As [`QuantizeError`] says.
pub fn quantize(bits: u32, scale: Scale) -> Result<i32, QuantizeError> {
    let limit = limit_bits(scale).ok_or(QuantizeError::Scale)?;
    let magnitude = bits & !SIGN;
    if magnitude >= INFINITY {
        return Err(QuantizeError::NonFinite);
    }
    if magnitude > limit {
        return Err(QuantizeError::OutOfRange);
    }
    let (mantissa, exponent) = split(magnitude);
    let shift = exponent + i32::from(scale);
    let q = if shift >= 0 {
        // At most 2^30, as the limit was kept.
        u64::from(mantissa) << shift
    } else {
        shift_right_half_even(u64::from(mantissa), shift.unsigned_abs())
    };
    let q = q as i32;
    Ok(if bits & SIGN == 0 { q } else { -q })
}

/// The new value of a coordinate: `RN_f32(base + a · 2^−s)`, the exact sum rounded once, half to even.
///
/// `a = 0` copies the base's bits (so a negative zero stays); any other sum that is exactly zero is +0. Subnormal bases and
/// results are exact like all others.
///
/// # Errors
/// As [`ApplyError`] says.
pub fn apply(base_bits: u32, a: i64, scale: Scale) -> Result<u32, ApplyError> {
    if !is_scale(scale) {
        return Err(ApplyError::Scale);
    }
    if base_bits & !SIGN >= INFINITY {
        return Err(ApplyError::NonFiniteBase);
    }
    if a == 0 {
        return Ok(base_bits);
    }
    let base = Fixed::from_bits(base_bits);
    let sum = base.add(Fixed::from_grid(a, scale));
    sum.round().ok_or(ApplyError::NonFiniteResult)
}

/// `RN_f32(a · 2^−s)`; 0 gives +0. A scale out of range is taken at the nearer end of the range. Never overflows:
/// |a · 2^−s| ≤ 2^79.
pub fn dequantize(a: i64, scale: Scale) -> u32 {
    Fixed::from_grid(a, scale.clamp(SCALE_MIN, SCALE_MAX))
        .round()
        .unwrap_or(0)
}

/// The step from one version's value to the next on the grid: `round_half_even((new − base) · 2^s)` of the exact difference,
/// clamped to ±[`Q_MAX`]. This is how the previous aggregate of [`crate::score`] is read back from two version files.
///
/// The clamp matters only where rounding to f32 carried a step of nearly [`Q_MAX`] above it.
///
/// # Errors
/// `NonFinite` if either value is, `Scale` for a scale out of range; never `OutOfRange`.
pub fn step(new_bits: u32, base_bits: u32, scale: Scale) -> Result<i32, QuantizeError> {
    if !is_scale(scale) {
        return Err(QuantizeError::Scale);
    }
    if new_bits & !SIGN >= INFINITY || base_bits & !SIGN >= INFINITY {
        return Err(QuantizeError::NonFinite);
    }
    let difference = Fixed::from_bits(new_bits).add(Fixed::from_bits(base_bits ^ SIGN));
    let q = difference.shift_right_half_even(Fixed::grid_shift(scale));
    let q = if q > U512::from(Q_MAX as u32) {
        Q_MAX
    } else {
        q.low_u32() as i32
    };
    Ok(if difference.negative { -q } else { q })
}

/// `num / den` rounded to the nearest integer: floor, then half to even on the remainder. None if `den` is 0.
pub fn div_half_even(num: i64, den: u32) -> Option<i64> {
    if den == 0 {
        return None;
    }
    let den = i64::from(den);
    let (floor, remainder) = (num.div_euclid(den), num.rem_euclid(den));
    let up = 2 * remainder > den || (2 * remainder == den && floor % 2 != 0);
    Some(floor + i64::from(up))
}

/// Mantissa and exponent of a finite magnitude: it is `mantissa · 2^exponent`.
fn split(magnitude: u32) -> (u32, i32) {
    let (field, fraction) = (magnitude >> 23, magnitude & 0x007f_ffff);
    match field {
        0 => (fraction, -149),
        _ => (fraction | 1 << 23, field as i32 - 150),
    }
}

/// `round_half_even(value / 2^shift)` for a value below 2^62.
fn shift_right_half_even(value: u64, shift: u32) -> u64 {
    if shift > 62 {
        return 0;
    }
    let floor = value >> shift;
    let (twice, one) = ((value - (floor << shift)) << 1, 1u64 << shift);
    floor + u64::from(twice > one || (twice == one && floor & 1 == 1))
}

/// An exact number in steps of 2^−149, the smallest f32: 277 bits hold the largest f32, 229 bits the largest `a · 2^−s`.
#[derive(Clone, Copy)]
struct Fixed {
    negative: bool,
    steps: U512,
}

impl Fixed {
    /// How far left a grid integer has to move to count steps of 2^−149: 109 to 165.
    fn grid_shift(scale: Scale) -> usize {
        (149 - i32::from(scale)) as usize
    }

    fn from_bits(bits: u32) -> Self {
        let (mantissa, exponent) = split(bits & !SIGN);
        Self {
            negative: bits & SIGN != 0,
            steps: U512::from(mantissa) << (exponent + 149) as usize,
        }
    }

    fn from_grid(a: i64, scale: Scale) -> Self {
        Self {
            negative: a < 0,
            steps: U512::from(a.unsigned_abs()) << Self::grid_shift(scale),
        }
    }

    fn add(self, other: Self) -> Self {
        if self.negative == other.negative {
            return Self {
                negative: self.negative,
                steps: self.steps.overflowing_add(other.steps).0,
            };
        }
        let (large, small) = if self.steps >= other.steps {
            (self, other)
        } else {
            (other, self)
        };
        let steps = large.steps.overflowing_sub(small.steps).0;
        Self {
            negative: large.negative && !steps.is_zero(),
            steps,
        }
    }

    fn shift_right_half_even(self, shift: usize) -> U512 {
        if shift == 0 {
            return self.steps;
        }
        let floor = self.steps >> shift;
        let half = U512::one() << (shift - 1);
        let rest = self.steps ^ (floor << shift);
        let up = rest > half || (rest == half && floor.bit(0));
        floor.overflowing_add(U512::from(u8::from(up))).0
    }

    /// The nearest f32, half to even; none above the largest finite one.
    fn round(self) -> Option<u32> {
        let shift = self.steps.bits().saturating_sub(24);
        let mantissa = self.shift_right_half_even(shift).low_u32();
        // The hidden bit adds the last one to the exponent field, and so does a carry out of rounding.
        let magnitude = ((shift as u32) << 23).checked_add(mantissa)?;
        (magnitude < INFINITY).then_some(if self.negative { magnitude | SIGN } else { magnitude })
    }
}

impl fmt::Display for QuantizeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NonFinite => "the value is infinite or not a number",
            Self::OutOfRange => "the value exceeds 2^(30 - scale): use a smaller update or a model with a lower scale",
            Self::Scale => "the scale is outside -16..=40",
        })
    }
}

impl fmt::Display for ApplyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NonFiniteBase => "the base value is infinite or not a number",
            Self::NonFiniteResult => "base plus aggregate exceeds the largest finite f32",
            Self::Scale => "the scale is outside -16..=40",
        })
    }
}

impl core::error::Error for QuantizeError {}
impl core::error::Error for ApplyError {}
