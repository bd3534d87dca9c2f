//! Seeded f32 of every kind.

/// A stream of numbers (SplitMix64).
pub struct Numbers(u64);

impl Numbers {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    /// An integer below `bound`.
    pub fn below(&mut self, bound: u32) -> u32 {
        (self.next() % u64::from(bound)) as u32
    }

    /// Mostly uniform bits; one in eight subnormal, one in eight of moderate size, one in sixteen special.
    pub fn any(&mut self) -> f32 {
        let bits = self.next() as u32;
        match self.below(16) {
            0 => {
                let special = Self::special();
                special[self.below(special.len() as u32) as usize]
            }
            1 | 2 => f32::from_bits(bits & 0x807f_ffff),
            3 | 4 => f32::from_bits(bits & 0x87ff_ffff | 0x3c00_0000),
            _ => f32::from_bits(bits),
        }
    }

    /// Zeros, edges of the subnormals and of the finite, ones, infinities, a NaN; both signs.
    pub fn special() -> Vec<f32> {
        let magnitudes = [
            0,
            1,
            2,
            3,
            0x0040_0000,
            0x007f_ffff,
            0x0080_0000,
            0x0080_0001,
            0x0100_0000,
            0x3380_0000,
            0x3f00_0000,
            0x3f7f_ffff,
            0x3f80_0000,
            0x3f80_0001,
            0x3fff_ffff,
            0x4000_0000,
            0x4b80_0000,
            0x7f00_0000,
            0x7f7f_ffff,
            0x7f80_0000,
            0x7fc0_0000,
        ];
        magnitudes
            .iter()
            .flat_map(|&bits| [bits, bits | 1 << 31])
            .map(f32::from_bits)
            .collect()
    }
}
