//! Numbers to multiply: ordinary ones, and those at which a wrong order or a lost rounding shows.

/// Which numbers a case is made of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Between −1 and 1.
    Ordinary,
    /// Any exponent, zeros of both signs, subnormals.
    Wild,
    /// Few bits around powers of two: sums that cancel, halfway cases.
    Cancelling,
    /// Products that underflow, so that sums become −0.
    Tiny,
    /// Infinities among ordinary ones.
    Infinite,
}

pub const KINDS: [Kind; 5] = [Kind::Ordinary, Kind::Wild, Kind::Cancelling, Kind::Tiny, Kind::Infinite];

/// Random numbers from a seed: SplitMix64 (Steele, Lea, Flood 2014).
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    /// One of these.
    pub fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    pub fn value(&mut self, kind: Kind) -> f32 {
        let bits = self.next() as u32;
        let sign = bits & (1 << 31);
        let ordinary =
            f32::from_bits(sign | 0x3f00_0000 | (bits & 0x007f_ffff)) - f32::from_bits(sign | 0x3f00_0000) * 0.5;
        match kind {
            Kind::Ordinary => ordinary,
            Kind::Wild => match bits % 13 {
                0 => f32::from_bits(sign),
                1 => f32::from_bits(bits & 0x807f_ffff),
                // Exponents from 2^−60 to 2^60: products stay finite.
                _ => f32::from_bits(sign | (67 + (self.next() % 120) as u32) << 23 | (bits & 0x007f_ffff)),
            },
            Kind::Cancelling => {
                let low = [0, 1, 2, 0x40_0000, 0x7f_ffff, 0x20_0001][(bits >> 8) as usize % 6];
                f32::from_bits(sign | (120 + (bits & 15)) << 23 | low)
            }
            Kind::Tiny => f32::from_bits(sign | (bits % 24 + 50) << 23 | (bits & 0x007f_fff8)),
            Kind::Infinite if bits.is_multiple_of(97) => f32::from_bits(sign | 0x7f80_0000),
            Kind::Infinite => ordinary,
        }
    }

    pub fn values(&mut self, n: usize, kind: Kind) -> Vec<f32> {
        (0..n).map(|_| self.value(kind)).collect()
    }
}

/// A seed, printed by the tests that fail: `QUORATE_SEED` repeats it.
pub fn seed() -> u64 {
    let given = std::env::var("QUORATE_SEED").ok().and_then(|text| text.parse().ok());
    let seed = given.unwrap_or(20_261_128);
    println!("QUORATE_SEED={seed}");
    seed
}

/// How many cases a test takes: `QUORATE_CASES` wants more.
pub fn cases(least: usize) -> usize {
    let given = std::env::var("QUORATE_CASES").ok().and_then(|text| text.parse().ok());
    given.map_or(least, |given: usize| given.max(least))
}

/// Bits that no result has: where they are still found, nothing was written.
pub const UNTOUCHED: u32 = 0x7fa5_5a5a;

/// Asserts equal bits; NaN in one or the other is for the caller.
#[track_caller]
pub fn assert_bits(got: &[f32], expected: &[f32], what: &str) {
    assert_eq!(got.len(), expected.len(), "{what}");
    for (i, (got, expected)) in got.iter().zip(expected).enumerate() {
        assert_eq!(
            got.to_bits(),
            expected.to_bits(),
            "{what}: number {i}: {got:e}, not {expected:e}"
        );
    }
}
