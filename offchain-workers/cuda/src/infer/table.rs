//! What kernels read of shapes, laid out as the sources declare it.

use super::launch::Place;
use quorate_exact::infer::MAX_RANK;

/// Most operands of [`Table::axes`].
const OPERANDS: usize = 3;

/// The tables of a plan, one after the other.
#[derive(Clone, Debug, Default)]
pub struct Table(pub Vec<u8>);

impl Table {
    fn words(&mut self, words: impl IntoIterator<Item = u64>) -> Place {
        let at = self.0.len();
        self.0.extend(words.into_iter().flat_map(u64::to_le_bytes));
        Place::Table(at)
    }

    /// `Axes`: a result's, and for each operand the distance of neighbours.
    pub fn axes(&mut self, dims: &[usize], operands: &[Vec<i64>]) -> Place {
        let padded = |all: Vec<u64>| (0..MAX_RANK).map(move |axis| all.get(axis).copied().unwrap_or(0));
        let mut words = vec![dims.len() as u64];
        words.extend(padded(dims.iter().map(|&d| d as u64).collect()));
        for operand in 0..OPERANDS {
            let strides = operands.get(operand).map_or(&[][..], Vec::as_slice);
            words.extend(padded(strides.iter().map(|&stride| stride as u64).collect()));
        }
        self.words(words)
    }

    /// `Along`.
    pub fn along(&mut self, along: Along) -> Place {
        let (mode, start, step, fill) = match along.from {
            Source::Every { start, step } => (0, start as u64, step as u64, 0),
            Source::Repeated(times) => (1, 0, times as u64, 0),
            Source::Nearest { before } => (2, before as u64, 0, 0),
            Source::Mirrored { before } => (3, before as u64, 0, 0),
            Source::Filled { before, bits } => (4, before as u64, 0, bits),
        };
        let [outer, inner, size, count] = [along.outer, along.inner, along.size, along.count].map(|n| n as u64);
        self.words([
            outer,
            inner,
            size,
            count,
            along.first as u64,
            along.size_there as u64,
            mode,
            start,
            step,
            fill,
        ])
    }

    /// A structure of u32.
    pub fn small(&mut self, words: &[usize]) -> Place {
        let at = self.0.len();
        self.0
            .extend(words.iter().flat_map(|&word| (word as u32).to_le_bytes()));
        // The next one begins at a multiple of eight bytes.
        self.0.resize(self.0.len().next_multiple_of(8), 0);
        Place::Table(at)
    }
}

/// Places along an axis of a result, and where in x [outer, size, inner] their elements are from.
#[derive(Clone, Copy, Debug)]
pub struct Along {
    /// Elements of the axes before.
    pub outer: usize,
    /// Elements of the axes behind.
    pub inner: usize,
    /// The axis' dimension in x.
    pub size: usize,
    /// Places that are filled,
    pub count: usize,
    /// from this one on,
    pub first: usize,
    /// of so many.
    pub size_there: usize,
    /// Where from.
    pub from: Source,
}

/// The index in x for place i.
#[derive(Clone, Copy, Debug)]
pub enum Source {
    /// start + i · step.
    Every {
        /// The first one.
        start: usize,
        /// Distance.
        step: i64,
    },
    /// i div this.
    Repeated(usize),
    /// i − before, or the nearest one.
    Nearest {
        /// Places before the first element.
        before: usize,
    },
    /// i − before, or mirrored at the outermost one.
    Mirrored {
        /// Places before the first element.
        before: usize,
    },
    /// i − before, or these bits.
    Filled {
        /// Places before the first element.
        before: usize,
        /// Of the element.
        bits: u64,
    },
}

/// The distance between neighbours on each axis of a row-major shape.
pub fn strides(shape: &[usize]) -> Vec<i64> {
    let behind = |axis: usize| shape[axis + 1..].iter().product::<usize>() as i64;
    (0..shape.len()).map(behind).collect()
}

/// Strides that read a tensor of shape `from` as if it had the shape `to`, which it is broadcast to.
pub fn broadcast(from: &[usize], to: &[usize]) -> Vec<i64> {
    let mut all = vec![0; to.len().saturating_sub(from.len())];
    let own = from.iter().zip(strides(from));
    all.extend(own.map(|(&d, stride)| if d == 1 { 0 } else { stride }));
    all
}

/// Elements before an axis, of it, and behind it.
pub fn around(shape: &[usize], axis: u32) -> [usize; 3] {
    let axis = axis as usize;
    [
        shape[..axis].iter().product(),
        shape[axis],
        shape[axis + 1..].iter().product(),
    ]
}
