//! Random numbers and tensors; `QUORATE_SEED` repeats a run.

use quorate_exact::infer::Tensor;
use quorate_program::{Type, Value};

/// SplitMix64.
pub struct Random(pub u64);

pub const TYPES: [Type; 6] = [Type::F32, Type::I64, Type::I32, Type::I8, Type::U8, Type::Bool];

/// The seed of this run, printed.
pub fn seed() -> u64 {
    let given = std::env::var("QUORATE_SEED").ok().and_then(|seed| seed.parse().ok());
    let time = || std::time::UNIX_EPOCH.elapsed().map_or(0, |time| time.as_nanos() as u64);
    let seed = given.unwrap_or_else(time);
    println!("QUORATE_SEED={seed}");
    seed
}

impl Random {
    pub fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, end: usize) -> usize {
        (self.word() % end.max(1) as u64) as usize
    }

    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub fn flag(&mut self) -> bool {
        self.one_in(2)
    }

    pub fn pick<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())].clone()
    }

    /// From `least` to `most`.
    pub fn size(&mut self, least: usize, most: usize) -> usize {
        least + self.below(most - least + 1)
    }

    pub fn float(&mut self) -> f32 {
        match self.below(24) {
            0 => self.pick(&[0.0, -0.0, 1.0, -1.0, 0.5]),
            1 => f32::from_bits(self.word() as u32 & 0xff7f_ffff),
            2 if self.one_in(8) => self.pick(&[f32::INFINITY, f32::NEG_INFINITY]),
            3 => self.below(300) as f32 - 150.0,
            _ => self.below(1 << 24) as f32 / 4_194_304.0 - 2.0,
        }
    }

    pub fn integer(&mut self, bits: u32) -> i64 {
        match self.below(8) {
            0 => (self.word() as i64) >> (64 - bits),
            _ => self.below(9) as i64 - 4,
        }
    }

    pub fn value(&mut self, element: Type, shape: &[usize]) -> Value {
        let len = shape.iter().product();
        let shape = shape.to_vec();
        let mut each = |_: usize| self.integer(element.bytes() as u32 * 8);
        match element {
            Type::F32 => {
                let data = (0..len).map(|_| self.float()).collect();
                Value::F32(Tensor::new(shape, data).unwrap())
            }
            Type::I64 => Value::I64(Tensor::new(shape, (0..len).map(each).collect()).unwrap()),
            Type::I32 => Value::I32(Tensor::new(shape, (0..len).map(|i| each(i) as i32).collect()).unwrap()),
            Type::I8 => Value::I8(Tensor::new(shape, (0..len).map(|i| each(i) as i8).collect()).unwrap()),
            Type::U8 => Value::U8(Tensor::new(shape, (0..len).map(|i| each(i) as u8).collect()).unwrap()),
            Type::Bool => Value::Bool(Tensor::new(shape, (0..len).map(|i| each(i) & 1 == 1).collect()).unwrap()),
        }
    }
}
