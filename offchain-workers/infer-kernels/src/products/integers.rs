//! MatMulInteger: sums of products of 8-bit numbers, exact whatever their order. Two products at once, of i16.

use std::marker::PhantomData;

use quorate_exact::infer::quantised::Quantised;

use crate::{
    isa::{dispatch, Isa},
    simd::Vector,
};

/// Columns of a panel.
const WIDTH: usize = 32;
/// Most rows that share a panel's numbers.
const ROWS: usize = 8;
/// Most numbers of a sum: 33,025 · 255 · 255 is below 2^31.
const MOST: usize = 33_025;
/// Pairs of numbers that are multiplied before the next panel's turn.
const PAIRS: usize = 256;

/// Weights [n, k] as panels of columns, two numbers of each column side by side; filled up with zeros, which change no sum.
#[derive(Clone, Debug)]
pub struct PackedIntegers<Q> {
    n: usize,
    k: usize,
    /// What was taken from each number, so that it is an i8.
    taken: i32,
    data: Vec<[i8; 2 * WIDTH]>,
    numbers: PhantomData<Q>,
}

impl<Q: Quantised> PackedIntegers<Q> {
    /// Of weights [n, k]; none if k is above 33,025.
    ///
    /// # Panics
    /// Unless `weights` has these numbers.
    pub fn new(weights: &[Q], n: usize, k: usize) -> Option<Self> {
        assert_eq!(weights.len(), n * k, "numbers of the weights");
        if k > MOST {
            return None;
        }
        let unsigned = Q::saturate(-1).into() == 0;
        let taken = if unsigned { 128 } else { 0 };
        let number = |row: usize, at: usize| match row < n && at < k {
            true => (weights[row * k + at].into() - taken) as i8,
            false => 0,
        };
        let pairs = k.div_ceil(2);
        let pair = |first: usize, pair: usize| core::array::from_fn(|i| number(first + i / 2, 2 * pair + i % 2));
        let panel = |first: usize| (0..pairs).map(move |at| pair(first, at));
        Some(Self {
            n,
            k,
            taken,
            data: (0..n).step_by(WIDTH).flat_map(panel).collect(),
            numbers: PhantomData,
        })
    }

    /// Bytes of memory.
    pub fn bytes(&self) -> usize {
        core::mem::size_of_val(self.data.as_slice())
    }
}

/// Rows of a, less their zero, two i16 in each number.
#[repr(align(64))]
struct Strip([[u32; PAIRS]; ROWS]);

/// A panel's rows for the strip's pairs, and the sums: of all rows `step` apart.
struct Task<'a> {
    strip: &'a Strip,
    rows: usize,
    panel: &'a [[i8; 2 * WIDTH]],
    y: &'a mut [i32],
    step: usize,
    columns: usize,
    resumes: bool,
}

/// a [m, k] and packed weights give y [m, n]: y = Σ_k (a_k − `a_zero`) · (w_nk − `w_zero`_n). Threads take ranges of rows.
///
/// # Panics
/// If dimensions differ; there is one zero of the weights, or one for each column.
pub fn matmul_integer<A: Quantised, B: Quantised>(
    isa: Isa,
    a: &[A],
    a_zero: A,
    weights: &PackedIntegers<B>,
    w_zero: &[B],
    y: &mut [i32],
) {
    let (n, k) = (weights.n, weights.k);
    assert!(w_zero.len() == 1 || w_zero.len() == n, "a zero, or one for each column");
    if n == 0 || y.is_empty() {
        return assert!(y.is_empty(), "rows of the product");
    }
    assert!(
        y.len().is_multiple_of(n) && a.len() == y.len() / n * k,
        "rows of the product"
    );
    if k == 0 {
        return y.fill(0);
    }
    let pairs = k.div_ceil(2);
    let mut strip = Strip([[0; PAIRS]; ROWS]);
    for (a, y) in a.chunks(ROWS * k).zip(y.chunks_mut(ROWS * n)) {
        let mut totals = [0; ROWS];
        for first in (0..pairs).step_by(PAIRS) {
            let count = PAIRS.min(pairs - first);
            for ((row, to), total) in a.chunks_exact(k).zip(&mut strip.0).zip(&mut totals) {
                *total += fill(row, 2 * first, a_zero.into(), &mut to[..count]);
            }
            for (panel, column) in weights.data.chunks_exact(pairs).zip((0..n).step_by(WIDTH)) {
                let task = Task {
                    strip: &strip,
                    rows: a.len() / k,
                    panel: &panel[first..first + count],
                    y: &mut y[column..],
                    step: n,
                    columns: WIDTH.min(n - column),
                    resumes: first > 0,
                };
                dispatch!(isa, sums(task: Task<'_>));
            }
        }
        for (y, total) in y.chunks_exact_mut(n).zip(totals) {
            for (j, y) in y.iter_mut().enumerate() {
                let zero: i32 = w_zero[if w_zero.len() == 1 { 0 } else { j }].into();
                // Σ (a − z) · w − zero · Σ (a − z): modulo 2^32, and the result is in range.
                *y = y.wrapping_sub((zero - weights.taken).wrapping_mul(total));
            }
        }
    }
}

/// A row's numbers from `first` on, less the zero, in pairs; their sum.
fn fill<A: Quantised>(row: &[A], first: usize, zero: i32, to: &mut [u32]) -> i32 {
    let mut total = 0;
    for (i, to) in to.iter_mut().enumerate() {
        let at = first + 2 * i;
        let low: i32 = row[at].into() - zero;
        let high = row.get(at + 1).map_or(0, |&high| high.into() - zero);
        total += low + high;
        *to = u32::from(low as i16 as u16) | u32::from(high as i16 as u16) << 16;
    }
    total
}

#[inline(always)]
fn sums<V: Vector>(task: Task<'_>) {
    let end = (task.rows - 1) * task.step + task.columns;
    assert!(
        task.rows <= ROWS && task.panel.len() <= PAIRS && end <= task.y.len(),
        "rows of the product"
    );
    let y = task.y.as_mut_ptr();
    let mut row = 0;
    while row < task.rows {
        let left = task.rows - row;
        // SAFETY: y has these rows and columns, the strip these rows.
        row += unsafe {
            match left {
                8 if V::LANES == 16 => rows::<V, 8>(&task, row, y),
                4.. => rows::<V, 4>(&task, row, y),
                2.. => rows::<V, 2>(&task, row, y),
                _ => rows::<V, 1>(&task, row, y),
            }
        };
    }
}

/// `N` rows from `first` on; N.
///
/// # Safety
/// There are as many, and y has all their columns.
#[inline(always)]
#[allow(clippy::needless_range_loop)]
unsafe fn rows<V: Vector, const N: usize>(task: &Task<'_>, first: usize, y: *mut i32) -> usize {
    let vectors = WIDTH / V::LANES;
    for j in 0..vectors {
        let column = j * V::LANES;
        if column >= task.columns {
            break;
        }
        let columns = V::LANES.min(task.columns - column);
        let mut sums = [V::zero(); N];
        // SAFETY: as the caller promises; a panel's row has WIDTH pairs.
        unsafe {
            let place = |i: usize| y.add((first + i) * task.step + column).cast::<f32>();
            if task.resumes {
                for i in 0..N {
                    sums[i] = V::read_part(place(i), columns);
                }
            }
            for (at, panel) in task.panel.iter().enumerate() {
                let w = V::read_pairs(panel.as_ptr().add(2 * column));
                for i in 0..N {
                    let a = V::broadcast(task.strip.0[first + i].as_ptr().add(at).cast());
                    sums[i] = sums[i].add_pairs(a, w);
                }
            }
            for i in 0..N {
                sums[i].write_part(place(i), columns);
            }
        }
    }
    N
}
