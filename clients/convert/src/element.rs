//! Elements as f64, which holds every value of the narrower types exactly.

use half::{bf16, f16};
use quorate_exact::Dtype;

/// Whether elements of this type can be trained.
pub fn is_float(dtype: Dtype) -> bool {
    matches!(dtype, Dtype::F32 | Dtype::F64 | Dtype::F16 | Dtype::BF16)
}

/// Whether this type holds fewer values than f32.
pub fn is_narrow(dtype: Dtype) -> bool {
    matches!(dtype, Dtype::F16 | Dtype::BF16)
}

/// Whether this is a float of eight bits, which holds too little of a weight to be trained.
pub fn is_tiny(dtype: Dtype) -> bool {
    matches!(dtype, Dtype::F8E4M3 | Dtype::F8E5M2)
}

/// The values of `bytes`; nothing for types that are no floats.
pub fn values(dtype: Dtype, bytes: &[u8]) -> Vec<f64> {
    match dtype {
        Dtype::F32 => each(bytes, |b| f64::from(f32::from_le_bytes(b))),
        Dtype::F64 => each(bytes, f64::from_le_bytes),
        Dtype::BF16 => each(bytes, |b| bf16::from_le_bytes(b).to_f64()),
        Dtype::F16 => each(bytes, |b| f16::from_le_bytes(b).to_f64()),
        _ => Vec::new(),
    }
}

fn each<const N: usize>(bytes: &[u8], value: impl Fn([u8; N]) -> f64) -> Vec<f64> {
    bytes.as_chunks().0.iter().map(|chunk| value(*chunk)).collect()
}

/// The nearest value that this type has; half to even.
pub fn nearest(dtype: Dtype, value: f32) -> f64 {
    match dtype {
        Dtype::F16 => f16::from_f32(value).to_f64(),
        Dtype::BF16 => bf16::from_f32(value).to_f64(),
        _ => f64::from(value),
    }
}

/// Distance of this type's values around a finite `value` of it.
pub fn spacing(dtype: Dtype, value: f64) -> f64 {
    let (digits, least) = match dtype {
        Dtype::F16 => (10, -24),
        Dtype::BF16 => (7, -133),
        _ => (23, -149),
    };
    let exponent = match value == 0.0 {
        true => least,
        false => value.abs().log2().floor() as i32 - digits,
    };
    2f64.powi(exponent.max(least))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_should_be_read_as_the_standard_says() {
        let known = [
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x7bff, 65504.0),
            (0x0001, 5.960_464_477_539_063e-8),
            (0x8000, 0.0),
        ];
        let read = |bits: u16| values(Dtype::F16, &bits.to_le_bytes())[0];
        for (bits, value) in known {
            assert_eq!(read(bits), value, "{bits:#x}");
        }
        assert!(read(0x7c01).is_nan() && read(0xfc00) == f64::NEG_INFINITY);
    }

    #[test]
    fn brain_floats_should_be_the_upper_half_of_an_f32() {
        let read = |bits: u16| values(Dtype::BF16, &bits.to_le_bytes())[0];
        assert_eq!((read(0x3f80), read(0xc2f7)), (1.0, -123.5));
    }

    #[test]
    fn spacing_should_be_that_of_the_type() {
        for (dtype, value, expected) in [
            (Dtype::F16, 1.0, 2f64.powi(-10)),
            (Dtype::F16, -1.5, 2f64.powi(-10)),
            (Dtype::F16, 0.0, 2f64.powi(-24)),
            (Dtype::BF16, 2.0, 2f64.powi(-6)),
            (Dtype::BF16, 0.999, 2f64.powi(-8)),
        ] {
            assert_eq!(spacing(dtype, value), expected, "{dtype:?} {value}");
        }
    }

    #[test]
    fn a_value_should_be_rounded_half_to_even() {
        assert_eq!(nearest(Dtype::BF16, 1.0 + 2f32.powi(-8)), 1.0);
        assert_eq!(nearest(Dtype::BF16, 1.0 + 3.0 * 2f32.powi(-8)), 1.0 + 2f64.powi(-6));
        assert_eq!(nearest(Dtype::F16, 70000.0), f64::INFINITY);
        assert_eq!(nearest(Dtype::F32, 0.1), f64::from(0.1f32));
    }
}
