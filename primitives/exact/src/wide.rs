//! Signed integers of 256 bits, and f32 square roots: what the core library lacks.

use primitive_types::U256;

/// A signed integer below 2^255 in magnitude, as two's complement. Who uses it writes down why nothing exceeds that.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct I256(U256);

impl I256 {
    pub fn zero() -> Self {
        Self(U256::zero())
    }

    pub fn add(self, other: Self) -> Self {
        Self(self.0.overflowing_add(other.0).0)
    }

    pub fn sub(self, other: Self) -> Self {
        Self(self.0.overflowing_sub(other.0).0)
    }

    /// `self · factor`.
    pub fn times(self, factor: u64) -> Self {
        Self(self.0.overflowing_mul(U256::from(factor)).0)
    }

    /// The value, unless it is negative.
    pub fn non_negative(self) -> Option<U256> {
        (!self.0.bit(255)).then_some(self.0)
    }
}

impl From<i128> for I256 {
    fn from(value: i128) -> Self {
        let magnitude = U256::from(value.unsigned_abs());
        match value < 0 {
            true => Self::zero().sub(Self(magnitude)),
            false => Self(magnitude),
        }
    }
}

/// `√x` of an f32, rounded once, half to even: as IEEE 754-2019, 5.4.1. The square root of −0 is −0, of a negative number
/// NaN.
pub(crate) fn sqrt(x: f32) -> f32 {
    if x.is_nan() || x == 0.0 || x == f32::INFINITY {
        return x;
    }
    if x < 0.0 {
        return f32::NAN;
    }
    let bits = x.to_bits();
    let (field, fraction) = (bits >> 23, bits & 0x007f_ffff);
    let (mantissa, exponent) = match field {
        0 => (fraction, -149),
        _ => (fraction | 1 << 23, field as i32 - 150),
    };
    // x = wide · 2^even with 2^61 ≤ wide < 2^63: the root has 31 or 32 bits, so that 24 of them and a rest decide.
    let up = (u64::from(mantissa).leading_zeros() - 1) as i32;
    let up = up - (exponent - up).rem_euclid(2);
    let (wide, even) = (u64::from(mantissa) << up, exponent - up);
    let root = wide.isqrt();
    let exact = root * root == wide;
    let drop = 64 - root.leading_zeros() - 24;
    let (kept, rest, half) = (root >> drop, root & ((1 << drop) - 1), 1u64 << (drop - 1));
    // A root that is not an integer lies above the one found: at half it rounds up.
    let round_up = rest > half || (rest == half && (!exact || kept & 1 == 1));
    // The hidden bit adds the last one to the exponent field, and so does a carry out of rounding.
    let field = (even / 2 + drop as i32 + 149) as u32;
    f32::from_bits((field << 23) + kept as u32 + u32::from(round_up))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_should_equal_the_processor_s() {
        let differ = |bits: u32| {
            let x = f32::from_bits(bits);
            let (ours, theirs) = (sqrt(x), x.sqrt());
            ours.to_bits() != theirs.to_bits() && !(ours.is_nan() && theirs.is_nan())
        };
        // Every mantissa of two neighbouring exponents, and a stride over everything else: all exponents, signs, NaNs.
        let all = (0x3f80_0000..0x4080_0000).chain((0..=u32::MAX).step_by(1021));
        // All subnormals below 2^17 steps, the edges of every exponent.
        let edges = (0..512u32).flat_map(|field| (0..65).map(move |k| (field << 23).wrapping_add(k).wrapping_sub(32)));
        let wrong = all.chain(0..1 << 17).chain(edges).find(|&bits| differ(bits));
        assert_eq!(wrong.map(|bits| format!("{bits:#x}")), None);
    }

    #[test]
    fn signs_should_survive_addition_and_products() {
        let wide = |value: i128| I256::from(value);
        let five = wide(-7).add(wide(12));
        assert_eq!(five.non_negative(), Some(U256::from(5)));
        assert_eq!(wide(-7).non_negative(), None);
        assert_eq!(wide(-7).times(3).add(wide(21)), I256::zero());
        assert_eq!(
            wide(i128::MIN).times(1 << 63).sub(wide(i128::MIN).times(1 << 63)),
            I256::zero()
        );
        assert_eq!(wide(i128::MIN).times(u64::MAX).non_negative(), None);
    }
}
