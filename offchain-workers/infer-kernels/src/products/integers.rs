//! MatMulInteger: sums of products of 8-bit numbers, exact whatever their order.

use quorate_exact::infer::quantised::Quantised;

use crate::{
    isa::{dispatch, Isa},
    simd::Vector,
};

/// Columns of a panel.
const WIDTH: usize = 32;
/// Rows that a panel's numbers are widened for once.
const ROWS: usize = 4;
/// Most pairs of a sum: 33,025 · 255 · 255 is below 2^31.
const PAIRS: usize = 33_025;

/// Weights [n, k] as panels of columns, the last one filled up with zeros.
#[derive(Clone, Debug)]
pub struct PackedIntegers<Q> {
    n: usize,
    k: usize,
    data: Vec<[Q; WIDTH]>,
}

impl<Q: Quantised> PackedIntegers<Q> {
    /// Of weights [n, k]; none if k is above 33,025.
    ///
    /// # Panics
    /// Unless `weights` has these numbers.
    pub fn new(weights: &[Q], n: usize, k: usize) -> Option<Self> {
        assert_eq!(weights.len(), n * k, "numbers of the weights");
        if k > PAIRS {
            return None;
        }
        let number = |row: usize, at: usize| if row < n { weights[row * k + at] } else { Q::saturate(0) };
        let panel = |first: usize| (0..k).map(move |at| core::array::from_fn(|j| number(first + j, at)));
        let data = (0..n).step_by(WIDTH).flat_map(panel).collect();
        Some(Self { n, k, data })
    }

    /// Bytes of memory.
    pub fn bytes(&self) -> usize {
        core::mem::size_of_val(self.data.as_slice())
    }
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
    let a_zero = a_zero.into();
    for (a, y) in a.chunks(ROWS * k).zip(y.chunks_mut(ROWS * n)) {
        for (panel, first) in weights.data.chunks_exact(k).zip((0..n).step_by(WIDTH)) {
            let (sums, totals) = match a.len() / k {
                ROWS => {
                    dispatch!(isa, rows<A: Quantised, B: Quantised>(a: &[A], a_zero: i32, panel: &[[B; WIDTH]]) -> Sums)
                }
                _ => {
                    dispatch!(isa, row<A: Quantised, B: Quantised>(a: &[A], a_zero: i32, panel: &[[B; WIDTH]]) -> Sums)
                }
            };
            for (y, (sums, total)) in y.chunks_exact_mut(n).zip(sums.iter().zip(totals)) {
                for (j, (y, sum)) in y[first..].iter_mut().zip(sums).enumerate() {
                    let zero: i32 = w_zero[if w_zero.len() == 1 { 0 } else { first + j }].into();
                    // Σ (a − z) · w − zero · Σ (a − z): modulo 2^32, and the result is in range.
                    *y = sum.wrapping_sub(zero.wrapping_mul(total));
                }
            }
        }
    }
}

/// For each row, Σ (a − zero) · w of each column, and Σ (a − zero).
type Sums = ([[i32; WIDTH]; ROWS], [i32; ROWS]);

#[inline(always)]
fn rows<V: Vector, A: Quantised, B: Quantised>(a: &[A], a_zero: i32, panel: &[[B; WIDTH]]) -> Sums {
    sums::<A, B, ROWS>(a, a_zero, panel)
}

/// Of fewer rows, one after the other.
#[inline(always)]
fn row<V: Vector, A: Quantised, B: Quantised>(a: &[A], a_zero: i32, panel: &[[B; WIDTH]]) -> Sums {
    let (mut all, mut totals) = ([[0; WIDTH]; ROWS], [0; ROWS]);
    for (i, a) in a.chunks_exact(panel.len()).enumerate() {
        let (sums, total) = sums::<A, B, 1>(a, a_zero, panel);
        (all[i], totals[i]) = (sums[0], total[0]);
    }
    (all, totals)
}

#[inline(always)]
fn sums<A: Quantised, B: Quantised, const N: usize>(a: &[A], a_zero: i32, panel: &[[B; WIDTH]]) -> Sums {
    let k = panel.len();
    let (mut sums, mut totals) = ([[0i32; WIDTH]; ROWS], [0i32; ROWS]);
    let a: [&[A]; N] = core::array::from_fn(|i| &a[i * k..(i + 1) * k]);
    for (at, w) in panel.iter().enumerate() {
        let w: [i32; WIDTH] = w.map(Into::into);
        for i in 0..N {
            let value: i32 = a[i][at].into();
            let value = value - a_zero;
            totals[i] += value;
            for j in 0..WIDTH {
                sums[i][j] = sums[i][j].wrapping_add(value.wrapping_mul(w[j]));
            }
        }
    }
    (sums, totals)
}
