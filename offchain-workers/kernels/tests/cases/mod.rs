//! Random and adversarial inputs from a seed.
#![allow(dead_code)]

use quorate_exact::{
    grid::{limit_bits, Q_MAX},
    ServerOptimiser,
};
use quorate_kernels::{Cpu, Rows};

/// Scales that are tried: the extremes, the default, those around where f32 changes.
pub const SCALES: [i8; 9] = [-16, -15, -1, 0, 1, 20, 24, 39, 40];

/// Seed and number of cases.
pub fn settings(count: u64) -> (u64, u64) {
    let read = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    (
        read("QUORATE_SEED").unwrap_or(20_261_124),
        read("QUORATE_CASES").unwrap_or(count),
    )
}

/// Runs `check` on `count` drawn cases for every level.
pub fn for_cases(name: &str, count: u64, check: impl Fn(Cpu, &mut Draw)) {
    let (seed, count) = settings(count);
    for cpu in Cpu::all() {
        for case in 0..count {
            let mut draw = Draw::new(seed, name, case);
            eprintln!("{name}: QUORATE_SEED={seed}, case {case}, {:?}", cpu.level());
            check(cpu, &mut draw);
        }
    }
}

pub fn rows_of(columns: &[Vec<i32>]) -> Rows {
    let mut rows = Rows::default();
    rows.reset(columns.len(), columns[0].len());
    for (i, column) in columns.iter().enumerate() {
        rows.row_mut(i).copy_from_slice(column);
        rows.raise(column.iter().map(|q| q.unsigned_abs()).max().unwrap_or(0));
    }
    rows
}

/// A source of numbers (SplitMix64: Steele, Lea and Flood, 2014).
pub struct Draw(u64);

impl Draw {
    pub fn new(seed: u64, name: &str, case: u64) -> Self {
        let name = name.bytes().fold(seed, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
        });
        Self(name ^ case.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// 0 to `bound − 1`.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    fn sign(&mut self) -> u32 {
        (self.next() as u32) & (1 << 31)
    }

    /// Bits of a value that the scale allows.
    pub fn value(&mut self, scale: i8) -> u32 {
        let limit = limit_bits(scale).expect("a scale");
        let bits = match self.below(6) {
            0 => self.pick(&[0, 1, 0x007f_ffff, 0x0080_0000, limit, limit - 1]),
            // Ties and what lies beside them.
            1 | 2 => {
                let tie = (self.below(1 << 12) as f32 + 0.5) * 2f32.powi(-i32::from(scale));
                tie.to_bits() + self.below(3) as u32 - 1
            }
            3 => self.next() as u32 % (limit + 1),
            _ => limit - (self.next() as u32 % (40 << 23)),
        };
        bits.min(limit) | self.sign()
    }

    /// Bits of a value that it does not allow.
    pub fn bad_value(&mut self, scale: i8) -> u32 {
        let limit = limit_bits(scale).expect("a scale");
        let bits = match self.below(4) {
            0 => 0x7f80_0000,
            1 => 0x7f80_0001 + self.next() as u32 % 0x7f_ffff,
            2 => limit + 1,
            _ => limit + 1 + self.next() as u32 % (0x7f80_0000 - limit - 1),
        };
        bits | self.sign()
    }

    /// A grid integer up to `largest` in magnitude.
    pub fn grid(&mut self, largest: i32) -> i32 {
        let q = match self.below(8) {
            0 => largest,
            1 => 0,
            _ => (self.next() % (largest as u64 + 1)) as i32,
        };
        if self.sign() == 0 {
            q
        } else {
            -q
        }
    }

    /// Rows of one kind: large, small, few different values, all equal.
    pub fn rows(&mut self, n: usize, width: usize) -> Vec<Vec<i32>> {
        let largest = self.pick(&[Q_MAX, Q_MAX, 1, 3, 127, 4095, 4096, 8_386_560, 8_388_608, 1 << 20]);
        let kind = self.below(4);
        let common = self.grid(largest);
        let value = |draw: &mut Self| match kind {
            0 => draw.pick(&[largest, -largest]),
            1 => {
                if draw.below(8) == 0 {
                    draw.grid(largest)
                } else {
                    common
                }
            }
            _ => draw.grid(largest),
        };
        (0..n).map(|_| (0..width).map(|_| value(self)).collect()).collect()
    }

    /// A number of rows, 1 to 1,024.
    pub fn count(&mut self) -> usize {
        match self.below(40) {
            0 => self.pick(&[1023, 1024, 513, 512, 300]),
            1..6 => 129 + self.below(128),
            6..20 => 1 + self.below(128),
            20..25 => self.pick(&[1, 2, 15, 16, 17, 32, 64, 100, 127, 128]),
            _ => 1 + self.below(24),
        }
    }

    pub fn divisor(&mut self) -> u32 {
        let random = self.next() as u32;
        let shift = self.below(32) as u32;
        self.pick(&[
            1,
            2,
            3,
            100,
            1 << shift,
            1 << 31,
            u32::MAX,
            u32::MAX - 1,
            (random >> shift) | 1,
            random | 1,
            (1 << 31) + 1,
        ])
    }

    /// Terms by ascending row with weights from a divisor: Σ w ≤ den.
    pub fn terms(&mut self, n: usize) -> (Vec<(u32, u32)>, u32) {
        let rows: Vec<u32> = (0..n as u32).filter(|_| self.below(3) > 0).collect();
        let rows = if rows.is_empty() { vec![0] } else { rows };
        let mut left = match self.below(3) {
            0 => {
                let den = rows.len() as u32;
                return (rows.into_iter().map(|row| (row, 1)).collect(), den);
            }
            1 => u32::MAX,
            _ => self.divisor().max(rows.len() as u32),
        };
        let den = left;
        let mut terms = Vec::new();
        for row in rows {
            let weight = self.pick(&[left, left / 2, left / 7, 1, 1 << 20]).min(left);
            if weight > 0 {
                terms.push((row, weight));
            }
            left -= weight;
        }
        (terms, den)
    }

    pub fn clip_factor(&mut self) -> u32 {
        let random = self.next() as u32 >> 1;
        self.pick(&[1 << 31, (1 << 31) - 1, 1 << 30, 0, 1, random])
    }

    /// Bits of a base value.
    pub fn base(&mut self) -> u32 {
        let bits = match self.below(40) {
            0 => 0x7f80_0000,
            1..12 => self.pick(&[
                0,
                1,
                0x007f_ffff,
                0x0080_0000,
                0x7f7f_ffff,
                0x3f80_0000,
                0x3f7f_ffff,
                0x4b80_0000,
            ]),
            12..30 => 0x3000_0000 + self.next() as u32 % 0x1800_0000,
            _ => self.next() as u32 % 0x7f80_0000,
        };
        bits | self.sign()
    }

    /// A sum that makes a hard case with the base: cancellation, a tie of the result, the extremes.
    pub fn sum_for(&mut self, base: u32, scale: i8) -> i32 {
        let on_grid = (f64::from(f32::from_bits(base)) * 2f64.powi(i32::from(scale))) as i32;
        let near = on_grid.clamp(-Q_MAX, Q_MAX);
        let q = match self.below(8) {
            0 => 0,
            1 => -near,
            2 => near,
            3 => -near + self.below(5) as i32 - 2,
            4 => 1 << self.below(31),
            5 => -(1 << self.below(31)),
            _ => return self.grid(Q_MAX),
        };
        q.clamp(-Q_MAX, Q_MAX)
    }

    /// An optimiser with a state, of ordinary and of extreme parameters.
    pub fn server(&mut self) -> ServerOptimiser {
        let eta = self.pick(&[1, 100_000, 1_000_000, 1 << 24]);
        let (beta1, beta2) = (self.pick(&[0, 900_000, 999_999]), self.pick(&[0, 990_000, 999_999]));
        let tau = self.pick(&[1, 1_000, 1_000_000, 1 << 24]);
        match self.below(5) {
            0 => ServerOptimiser::Momentum { eta, beta: beta1 },
            1 => ServerOptimiser::Adagrad { eta, beta1, tau },
            2 => ServerOptimiser::Yogi { eta, beta1, beta2, tau },
            bias => ServerOptimiser::Adam {
                eta,
                beta1,
                beta2,
                tau,
                bias_correction: bias == 3,
            },
        }
    }

    /// Bits of a moment: of ordinary size, seldom so large that the step cannot be finite.
    pub fn moment(&mut self) -> u32 {
        let bits = match self.below(60) {
            0 => 0x7f7f_ffff,
            1 => 0x7f80_0000,
            2..12 => self.pick(&[0, 1, 0x0080_0000, 0x007f_ffff]),
            _ => 0x2000_0000 + self.next() as u32 % 0x2400_0000,
        };
        bits | self.sign()
    }

    /// Bits of a value some grid steps from another, ties among them.
    pub fn near(&mut self, base: u32, scale: i8) -> u32 {
        let half_steps = match self.below(3) {
            0 => self.below(64) as f64 - 32.0,
            1 => f64::from(self.grid(Q_MAX)) * 2.0,
            _ => return self.base(),
        };
        let value = f64::from(f32::from_bits(base)) + half_steps * 2f64.powi(-i32::from(scale) - 1);
        (value as f32).to_bits()
    }
}
