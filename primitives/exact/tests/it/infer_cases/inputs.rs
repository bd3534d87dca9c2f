//! Seeded inputs (`oracle/FORMAT.md`, "inference").

use alloc::vec::Vec;

use quorate_exact::infer::{Element, Tensor};

/// Where sums round, cancel or lie halfway.
const CRITICAL: [u32; 12] = [
    0x0000_0000,
    0x8000_0000,
    0x3f80_0000,
    0xbf80_0000,
    0x3f80_0001,
    0xbf80_0001,
    0x3f7f_ffff,
    0x4b80_0000,
    0xcb80_0000,
    0x3380_0000,
    0xb380_0000,
    0x33c0_0000,
];

/// A stream of inputs.
pub struct Inputs {
    state: u64,
    hard: bool,
}

impl Inputs {
    /// Seeds above 3 give hard numbers, the others those of a model.
    pub fn new(seed: u64) -> Self {
        Self {
            state: seed,
            hard: seed > 3,
        }
    }

    /// SplitMix64.
    fn word(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.state ^ self.state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    pub fn below(&mut self, bound: u32) -> u32 {
        (self.word() % u64::from(bound)) as u32
    }

    /// −2 to 2 in steps of 2^−22.
    fn uniform(&mut self) -> f32 {
        self.below(1 << 24) as f32 / 4_194_304.0 - 2.0
    }

    /// One of the first `of`.
    fn critical(&mut self, of: u32) -> f32 {
        f32::from_bits(CRITICAL[self.below(of) as usize])
    }

    fn subnormal(&mut self) -> f32 {
        f32::from_bits(self.below(1 << 23) | self.below(2) << 31)
    }

    pub fn value(&mut self) -> f32 {
        let kind = self.below(32);
        match (self.hard, kind) {
            (false, 0) => self.critical(6),
            (true, 0..=7) => self.critical(12),
            (_, 8) | (true, 9..=11) => self.subnormal(),
            (true, 12) if self.below(256) == 0 => f32::from_bits(0x7f80_0000 | self.below(2) << 31),
            (true, 13..=31) => {
                let power = f32::from_bits((127 - 24 + self.below(49)) << 23);
                self.uniform() * power
            }
            _ => self.uniform(),
        }
    }

    pub fn filled<T: Element>(&mut self, shape: &[usize], mut value: impl FnMut(&mut Self) -> T) -> Tensor<T> {
        let data = (0..shape.iter().product()).map(|_: usize| value(self)).collect();
        Tensor::new(shape.to_vec(), data).unwrap()
    }

    pub fn tensor(&mut self, shape: &[usize]) -> Tensor {
        self.filled(shape, Self::value)
    }

    /// An integer of 64 bits; for the first seeds one whose products with others the type has.
    pub fn long(&mut self) -> i64 {
        let word = self.word() as i64;
        word >> if self.hard { self.below(64) } else { 33 + self.below(31) }
    }

    /// The same of 32 bits.
    pub fn int(&mut self) -> i32 {
        let word = self.word() as i32;
        word >> if self.hard { self.below(32) } else { 17 + self.below(15) }
    }

    pub fn flag(&mut self) -> bool {
        self.below(2) == 1
    }

    /// Any bits of 8.
    pub fn byte(&mut self) -> u8 {
        self.below(256) as u8
    }
}

/// A tensor of these values.
pub fn of<T: Element>(shape: &[usize], data: &[T]) -> Tensor<T> {
    Tensor::new(shape.to_vec(), Vec::from(data)).unwrap()
}
