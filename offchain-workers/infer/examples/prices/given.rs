//! Inputs of a case, made when it runs: all at once would fill the memory.

use quorate_exact::infer::{Element, Tensor};
use quorate_program::{op::Stride, Op, Value};

/// What it is, the operation, its operands.
pub type Case = (String, Op, Vec<Given>);

/// A tensor of numbers without a meaning, the same ones each time.
#[derive(Clone)]
pub struct Given {
    shape: Vec<usize>,
    numbers: Numbers,
}

#[derive(Clone, Copy)]
enum Numbers {
    Floats,
    Ascending,
    Integers(i64),
    Bytes,
    Signed,
    Bools,
}

fn given(shape: &[usize], numbers: Numbers) -> Given {
    let shape = shape.to_vec();
    Given { shape, numbers }
}

pub fn floats(shape: &[usize]) -> Given {
    given(shape, Numbers::Floats)
}

/// Along the last axis, the worst for who keeps the largest in order.
pub fn ascending(shape: &[usize]) -> Given {
    given(shape, Numbers::Ascending)
}

/// From 0 on.
pub fn integers(shape: &[usize], below: i64) -> Given {
    given(shape, Numbers::Integers(below))
}

pub fn bytes(shape: &[usize]) -> Given {
    given(shape, Numbers::Bytes)
}

pub fn signed(shape: &[usize]) -> Given {
    given(shape, Numbers::Signed)
}

pub fn bools(shape: &[usize]) -> Given {
    given(shape, Numbers::Bools)
}

impl Given {
    pub fn value(&self) -> Value {
        let mut state = 0x9e37_79b9_7f4a_7c15;
        let last = self.shape.last().copied().unwrap_or(1);
        match self.numbers {
            Numbers::Floats => Value::F32(self.tensor(|_| (word(&mut state) >> 24) as f32 / (1u64 << 24) as f32 + 0.5)),
            Numbers::Ascending => Value::F32(self.tensor(|i| (i % last) as f32)),
            Numbers::Integers(below) => Value::I64(self.tensor(|_| (word(&mut state) % below as u64) as i64)),
            Numbers::Bytes => Value::U8(self.tensor(|_| word(&mut state) as u8)),
            Numbers::Signed => Value::I8(self.tensor(|_| word(&mut state) as i8)),
            Numbers::Bools => Value::Bool(self.tensor(|_| word(&mut state) & 1 == 1)),
        }
    }

    fn tensor<T: Element>(&self, one: impl FnMut(usize) -> T) -> Tensor<T> {
        let data = (0..self.shape.iter().product()).map(one).collect();
        Tensor::new(self.shape.clone(), data).expect("as many as the shape says")
    }
}

fn word(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state >> 16
}

/// Down and across alike, without padding.
pub fn strides(step: u32) -> [Stride; 2] {
    [Stride {
        after: 0,
        before: 0,
        dilation: 1,
        step,
    }; 2]
}
