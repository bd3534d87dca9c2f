//! Rows with gaps between them, in which nothing may be written.

use quorate_exact::infer::{Fault, Tensor};
use quorate_infer_kernels::{View, ViewMut};

use crate::values::{assert_bits, Kind, Random, UNTOUCHED};

/// Lengths at which vectors, their halves and blocks of 32 end, and some beside them.
pub const LENGTHS: [usize; 22] = [
    1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 63, 64, 65, 97, 127, 128, 129, 384, 1031,
];

/// A matrix in a larger buffer.
#[derive(Clone)]
pub struct Grid {
    pub data: Vec<f32>,
    pub rows: usize,
    pub columns: usize,
    pub step: usize,
}

impl Grid {
    /// `data`, with `gap` untouched numbers behind each row, and some more at the end.
    pub fn new(data: &[f32], columns: usize, gap: usize) -> Self {
        let mut all = Vec::new();
        for row in data.chunks_exact(columns) {
            all.extend(row);
            all.extend(vec![f32::from_bits(UNTOUCHED); gap]);
        }
        all.extend([f32::from_bits(UNTOUCHED); 40]);
        Self {
            data: all,
            rows: data.len() / columns,
            columns,
            step: columns + gap,
        }
    }

    pub fn random(random: &mut Random, rows: usize, columns: usize, kind: Kind) -> Self {
        let gap = random.of(&[0, 0, 1, 5, 16]);
        Self::new(&random.values(rows * columns, kind), columns, gap)
    }

    /// As large, with nothing in it.
    pub fn empty(&self) -> Self {
        let data = vec![f32::from_bits(UNTOUCHED); self.rows * self.columns];
        Self::new(&data, self.columns, self.step - self.columns)
    }

    pub fn view(&self) -> View<'_> {
        View::with_step(&self.data, self.rows, self.columns, self.step)
    }

    pub fn view_mut(&mut self) -> ViewMut<'_> {
        ViewMut::with_step(&mut self.data, self.rows, self.columns, self.step)
    }

    /// The numbers of the rows; that the others are untouched.
    #[track_caller]
    pub fn numbers(&self) -> Vec<f32> {
        let mut numbers = Vec::new();
        let mut at = 0;
        for _ in 0..self.rows {
            numbers.extend(&self.data[at..at + self.columns]);
            let gap = &self.data[at + self.columns..at + self.step];
            assert!(gap.iter().all(|x| x.to_bits() == UNTOUCHED), "a gap was written");
            at += self.step;
        }
        assert!(
            self.data[at..].iter().all(|x| x.to_bits() == UNTOUCHED),
            "the end was written"
        );
        numbers
    }

    pub fn tensor(&self) -> Tensor {
        tensor(&[self.rows, self.columns], &self.numbers())
    }
}

pub fn tensor(shape: &[usize], data: &[f32]) -> Tensor {
    Tensor::new(shape.to_vec(), data.to_vec()).unwrap()
}

/// That a kernel's numbers are the reference's, or both have a NaN.
#[track_caller]
pub fn assert_same(got: (&[f32], bool), expected: Result<Vec<f32>, Fault>, what: &str) {
    match expected {
        Ok(expected) => {
            assert!(!got.1, "{what}: a NaN that there is not");
            assert_bits(got.0, &expected, what);
        }
        Err(fault) => {
            assert_eq!(fault, Fault::NaN, "{what}");
            assert!(got.1, "{what}: the NaN was not seen");
            assert!(got.0.iter().any(|x| x.is_nan()), "{what}: no NaN");
        }
    }
}
