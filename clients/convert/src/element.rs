//! Elements as f64, which holds every value of the narrower types exactly.

use half::{bf16, f16, slice::HalfFloatSliceExt};
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

/// Elements that are converted at once: their values stay in a core's first cache.
pub const BLOCK: usize = 1024;

/// Room for the values of a block.
pub struct Values {
    values: [f64; BLOCK],
    singles: [f32; BLOCK],
    halves: [f16; BLOCK],
}

impl Values {
    pub fn new() -> Self {
        Self {
            values: [0.0; BLOCK],
            singles: [0.0; BLOCK],
            halves: [f16::ZERO; BLOCK],
        }
    }

    /// The values of at most a block of elements; nothing for types that are no floats.
    pub fn decode(&mut self, dtype: Dtype, bytes: &[u8]) -> &mut [f64] {
        match dtype {
            Dtype::F32 => each(&mut self.values, bytes, |b| f64::from(f32::from_le_bytes(b))),
            Dtype::F64 => each(&mut self.values, bytes, f64::from_le_bytes),
            Dtype::BF16 => each(&mut self.values, bytes, |b| {
                f64::from(f32::from_bits(u32::from(u16::from_le_bytes(b)) << 16))
            }),
            Dtype::F16 => {
                let halves = each(&mut self.halves, bytes, f16::from_le_bytes);
                let singles = &mut self.singles[..halves.len()];
                halves.convert_to_f32_slice(singles);
                widen(&mut self.values, singles)
            }
            _ => &mut [],
        }
    }

    /// The values that a type has nearest to at most a block of f32s, half to even.
    pub fn rounded(&mut self, dtype: Dtype, bytes: &[u8]) -> &mut [f64] {
        match dtype {
            Dtype::BF16 => each(&mut self.values, bytes, |b| {
                f64::from(f32::from_bits(u32::from(brain(f32::from_le_bytes(b))) << 16))
            }),
            Dtype::F16 => {
                let singles = each(&mut self.singles, bytes, f32::from_le_bytes);
                let halves = &mut self.halves[..singles.len()];
                halves.convert_from_f32_slice(singles);
                halves.convert_to_f32_slice(singles);
                widen(&mut self.values, singles)
            }
            _ => self.decode(Dtype::F32, bytes),
        }
    }

    /// Writes at most a block of f32s in a type, rounded likewise.
    pub fn encode(&mut self, dtype: Dtype, bytes: &[u8], out: &mut [u8]) {
        let values = bytes.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes));
        match dtype {
            Dtype::F16 => {
                let singles = each(&mut self.singles, bytes, f32::from_le_bytes);
                let halves = &mut self.halves[..singles.len()];
                halves.convert_from_f32_slice(singles);
                put(out, halves.iter().map(|half| half.to_le_bytes()));
            }
            Dtype::BF16 => put(out, values.map(|value| brain(value).to_le_bytes())),
            Dtype::F64 => put(out, values.map(|value| f64::from(value).to_le_bytes())),
            _ => put(out, values.map(f32::to_le_bytes)),
        }
    }
}

fn put<const N: usize>(out: &mut [u8], elements: impl Iterator<Item = [u8; N]>) {
    for (out, element) in out.as_chunks_mut().0.iter_mut().zip(elements) {
        *out = element;
    }
}

fn each<'a, const N: usize, T>(out: &'a mut [T], bytes: &[u8], value: impl Fn([u8; N]) -> T) -> &'a mut [T] {
    let chunks = bytes.as_chunks().0;
    for (out, chunk) in out.iter_mut().zip(chunks) {
        *out = value(*chunk);
    }
    let len = chunks.len().min(out.len());
    &mut out[..len]
}

fn widen<'a>(out: &'a mut [f64], singles: &[f32]) -> &'a mut [f64] {
    for (out, single) in out.iter_mut().zip(singles) {
        *out = f64::from(*single);
    }
    &mut out[..singles.len()]
}

/// The bits of the nearest bf16, half to even; of what is no number those of one that is none either.
pub fn brain(value: f32) -> u16 {
    let bits = value.to_bits();
    let even = bits >> 16 & 1;
    let rounded = bits.wrapping_add(0x7fff + even) >> 16;
    let quiet = bits >> 16 | 0x40;
    (if value.is_nan() { quiet } else { rounded }) as u16
}

/// The nearest value that this type has; half to even.
pub fn nearest(dtype: Dtype, value: f32) -> f64 {
    match dtype {
        Dtype::F16 => f16::from_f32(value).to_f64(),
        Dtype::BF16 => bf16::from_f32(value).to_f64(),
        _ => f64::from(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{collection::vec, prelude::*};

    #[test]
    fn halves_should_be_read_as_the_standard_says() {
        let known = [
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x7bff, 65504.0),
            (0x0001, 5.960_464_477_539_063e-8),
            (0x8000, 0.0),
        ];
        let read = |bits: u16| Values::new().decode(Dtype::F16, &bits.to_le_bytes())[0];
        for (bits, value) in known {
            assert_eq!(read(bits), value, "{bits:#x}");
        }
        assert!(read(0x7c01).is_nan() && read(0xfc00) == f64::NEG_INFINITY);
    }

    #[test]
    fn brain_floats_should_be_the_upper_half_of_an_f32() {
        let read = |bits: u16| Values::new().decode(Dtype::BF16, &bits.to_le_bytes())[0];
        assert_eq!((read(0x3f80), read(0xc2f7)), (1.0, -123.5));
    }

    #[test]
    fn a_value_should_be_rounded_half_to_even() {
        assert_eq!(nearest(Dtype::BF16, 1.0 + 2f32.powi(-8)), 1.0);
        assert_eq!(nearest(Dtype::BF16, 1.0 + 3.0 * 2f32.powi(-8)), 1.0 + 2f64.powi(-6));
        assert_eq!(nearest(Dtype::F16, 70000.0), f64::INFINITY);
        assert_eq!(nearest(Dtype::F32, 0.1), f64::from(0.1f32));
    }

    #[test]
    fn all_halves_should_be_read_as_the_library_says() {
        let all: Vec<u8> = (0..=u16::MAX).flat_map(u16::to_le_bytes).collect();
        let mut values = Values::new();
        for (block, bytes) in all.chunks(2 * BLOCK).enumerate() {
            for (dtype, value) in [
                (Dtype::F16, (|bits| f16::from_bits(bits).to_f64()) as fn(u16) -> f64),
                (Dtype::BF16, |bits| bf16::from_bits(bits).to_f64()),
            ] {
                for (index, got) in values.decode(dtype, bytes).iter().enumerate() {
                    let bits = (block * BLOCK + index) as u16;
                    let expected = value(bits);
                    let same = got.to_bits() == expected.to_bits() || got.is_nan() && expected.is_nan();
                    assert!(same, "{dtype:?} {bits:#x}: {got}, not {expected}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn blocks_should_be_rounded_as_each_value_is(bits: Vec<u32>, edges in vec(edge(), 0..9)) {
            let all: Vec<u32> = bits.into_iter().chain(edges).collect();
            let bytes: Vec<u8> = all.iter().flat_map(|bits| bits.to_le_bytes()).collect();
            for dtype in [Dtype::F16, Dtype::BF16, Dtype::F32, Dtype::F64] {
                let mut values = Values::new();
                let got = values.rounded(dtype, &bytes);
                prop_assert_eq!(got.len(), all.len());
                for (got, bits) in got.iter().zip(&all) {
                    let expected = nearest(dtype, f32::from_bits(*bits));
                    let same = got.to_bits() == expected.to_bits() || got.is_nan() && expected.is_nan();
                    prop_assert!(same, "{:?} {:#x}: {} and not {}", dtype, bits, got, expected);
                }
            }
        }
    }

    /// Bits of f32s around the values of 16 bits, their halves, and the ends of their ranges.
    fn edge() -> impl Strategy<Value = u32> {
        let near = (
            any::<u16>(),
            prop::sample::select(vec![0, 0x8000, 0x1000, 0xffff]),
            -1i64..2,
        );
        let near = near.prop_map(|(high, low, by)| ((i64::from(high) << 16 | low) + by) as u32);
        prop_oneof![
            near,
            Just(0x477f_f000),
            Just(0x477f_efff),
            Just(0x7f7f_8000),
            Just(0x7fff_ffff),
            Just(0xffff_ffff)
        ]
    }
}
