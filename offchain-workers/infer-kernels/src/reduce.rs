//! Reductions of rows, and of columns.

pub use quorate_exact::infer::reduce::Reduce;

use crate::{
    isa::{dispatch, Isa},
    simd::Vector,
    sums::{s32, Magnitudes, Plain, Squares, Term, LANES},
    view::View,
    walk::Pair,
};

/// y_r = what becomes of row r. Answers whether some result is NaN.
///
/// # Panics
/// Unless y has a place for each row, and rows have elements.
#[must_use = "a NaN ends the run"]
pub fn reduce_rows(isa: Isa, how: Reduce, x: View<'_>, y: &mut [f32]) -> bool {
    assert!(x.rows() == y.len() && x.columns() > 0, "a result of each row");
    dispatch!(isa, rows(how: Reduce, x: View<'_>, y: &mut [f32]) -> bool)
}

/// y_c = what becomes of column c; its elements' indices are the rows'. Answers whether some result is NaN.
///
/// # Panics
/// Unless y has a place for each column, and columns have elements.
#[must_use = "a NaN ends the run"]
pub fn reduce_columns(isa: Isa, how: Reduce, x: View<'_>, y: &mut [f32]) -> bool {
    assert!(x.columns() == y.len() && x.rows() > 0, "a result of each column");
    dispatch!(isa, columns(how: Reduce, x: View<'_>, y: &mut [f32]) -> bool)
}

#[inline(always)]
fn rows<V: Vector>(how: Reduce, x: View<'_>, y: &mut [f32]) -> bool {
    let n = x.columns() as f32;
    match how {
        Reduce::Sum => each_row(x, y, |row| s32::<V, _>(Plain, row)),
        Reduce::Mean => each_row(x, y, |row| s32::<V, _>(Plain, row) / n),
        Reduce::SumSquare => each_row(x, y, |row| s32::<V, _>(Squares, row)),
        Reduce::L1 => each_row(x, y, |row| s32::<V, _>(Magnitudes, row)),
        Reduce::L2 => each_row(x, y, |row| s32::<V, _>(Squares, row).sqrt()),
        Reduce::Max => each_row(x, y, |row| extreme::<V>(row, false)),
        Reduce::Min => each_row(x, y, |row| extreme::<V>(row, true)),
    }
}

#[inline(always)]
fn each_row(x: View<'_>, y: &mut [f32], of: impl Fn(&[f32]) -> f32) -> bool {
    let mut nan = false;
    for (row, y) in y.iter_mut().enumerate() {
        *y = of(x.row(row));
        nan |= y.is_nan();
    }
    nan
}

#[inline(always)]
fn better<V: Vector>(smallest: bool, x: V, y: V) -> V {
    match smallest {
        true => x.smaller(y),
        false => x.larger(y),
    }
}

/// The largest, or the smallest, of numbers.
#[inline(always)]
fn extreme<V: Vector>(row: &[f32], smallest: bool) -> f32 {
    let first = V::splat(row[0]);
    let mut best = [first; 4];
    let mut blocks = row.chunks_exact(4 * V::LANES);
    for block in &mut blocks {
        for (i, best) in best.iter_mut().enumerate() {
            *best = better(smallest, V::load(&block[i * V::LANES..]), *best);
        }
    }
    for part in blocks.remainder().chunks(V::LANES) {
        best[0] = better(
            smallest,
            V::select(V::first(part.len()), V::load_part(part), first),
            best[0],
        );
    }
    let halves = [better(smallest, best[0], best[1]), better(smallest, best[2], best[3])];
    let best = better(smallest, halves[0], halves[1]);
    let best = match smallest {
        true => -best.neg().largest(),
        false => best.largest(),
    };
    match best == 0.0 {
        false => best,
        // Which zero it is depends on all of them: −0 < +0.
        true if smallest => row
            .iter()
            .fold(0.0, |zero, x| if x.to_bits() == 1 << 31 { *x } else { zero }),
        true => row
            .iter()
            .fold(-0.0, |zero, x| if x.to_bits() == 0 { *x } else { zero }),
    }
}

/// Columns that are reduced together: so wide that rows are read in several lines, so narrow that the sums stay in the first cache.
pub(crate) const COLUMNS: usize = 128;

/// S32 of each of up to [`COLUMNS`] columns.
pub(crate) struct ColumnSums {
    lanes: [[f32; COLUMNS]; LANES],
}

impl ColumnSums {
    #[inline(always)]
    pub fn new() -> Self {
        Self {
            lanes: [[0.0; COLUMNS]; LANES],
        }
    }

    /// Adds the terms of the values with this index. Indices ascend from 0, where all begins anew.
    #[inline(always)]
    pub fn add<V: Vector>(&mut self, index: usize, term: impl Term, x: &[f32]) {
        let lane = &mut self.lanes[index % LANES][..x.len()];
        match index < LANES {
            true => each::<V, _>(First(term), x, lane),
            false => each::<V, _>(Next(term), x, lane),
        }
    }

    /// The trees, of `indices` indices. What is left of the lanes says nothing.
    #[inline(always)]
    pub fn sums(&mut self, indices: usize) -> &mut [f32; COLUMNS] {
        // The other lanes are +0, and adding that changes nothing: no sum is −0.
        let mut lanes = indices.min(LANES);
        let mut half = lanes.next_power_of_two() / 2;
        while half > 0 {
            let (low, high) = self.lanes[..lanes].split_at_mut(half);
            for (low, high) in low.iter_mut().zip(high) {
                for (a, b) in low.iter_mut().zip(high.iter()) {
                    *a += *b;
                }
            }
            lanes = half;
            half /= 2;
        }
        &mut self.lanes[0]
    }
}

/// A term as the first of a sum.
#[derive(Clone, Copy)]
struct First<T>(T);

impl<T: Term> Pair for First<T> {
    #[inline(always)]
    fn of<V: Vector>(self, x: V, _: V) -> V {
        self.0.add(V::zero(), x)
    }
}

/// A term added to a sum.
#[derive(Clone, Copy)]
struct Next<T>(T);

impl<T: Term> Pair for Next<T> {
    #[inline(always)]
    fn of<V: Vector>(self, x: V, sum: V) -> V {
        self.0.add(sum, x)
    }
}

/// y_i = p(x_i, y_i), vector by vector. (A closure in place of p might not be inlined.)
///
/// # Panics
/// Unless both are of one length.
#[inline(always)]
pub(crate) fn each<V: Vector, P: Pair>(p: P, x: &[f32], y: &mut [f32]) {
    assert_eq!(x.len(), y.len(), "of one length");
    let (mut from, mut to) = (x.chunks_exact(V::LANES), y.chunks_exact_mut(V::LANES));
    for (x, y) in (&mut from).zip(&mut to) {
        p.of(V::load(x), V::load(y)).store(y);
    }
    let (x, y) = (from.remainder(), to.into_remainder());
    if !x.is_empty() {
        p.of(V::load_part(x), V::load_part(y)).store_part(y);
    }
}

#[inline(always)]
fn columns<V: Vector>(how: Reduce, x: View<'_>, y: &mut [f32]) -> bool {
    let mut sums = ColumnSums::new();
    let mut nan = false;
    for (block, y) in y.chunks_mut(COLUMNS).enumerate() {
        let first = block * COLUMNS;
        match how {
            Reduce::Sum | Reduce::Mean => sum_columns::<V>(&mut sums, Plain, x, first, y),
            Reduce::SumSquare | Reduce::L2 => sum_columns::<V>(&mut sums, Squares, x, first, y),
            Reduce::L1 => sum_columns::<V>(&mut sums, Magnitudes, x, first, y),
            Reduce::Max => extreme_columns::<V, _>(Largest, x, first, y),
            Reduce::Min => extreme_columns::<V, _>(Smallest, x, first, y),
        }
        let n = x.rows() as f32;
        match how {
            Reduce::Mean => y.iter_mut().for_each(|y| *y /= n),
            Reduce::L2 => y.iter_mut().for_each(|y| *y = y.sqrt()),
            _ => {}
        }
        nan |= y.iter().fold(false, |nan, y| nan | y.is_nan());
    }
    nan
}

#[inline(always)]
fn sum_columns<V: Vector>(sums: &mut ColumnSums, term: impl Term, x: View<'_>, first: usize, y: &mut [f32]) {
    for row in 0..x.rows() {
        sums.add::<V>(row, term, x.run(row, first, y.len()));
    }
    y.copy_from_slice(&sums.sums(x.rows())[..y.len()]);
}

/// Of numbers.
#[derive(Clone, Copy)]
struct Largest;

impl Pair for Largest {
    #[inline(always)]
    fn of<V: Vector>(self, x: V, y: V) -> V {
        x.max_number(y)
    }
}

/// Of numbers.
#[derive(Clone, Copy)]
struct Smallest;

impl Pair for Smallest {
    #[inline(always)]
    fn of<V: Vector>(self, x: V, y: V) -> V {
        x.min_number(y)
    }
}

#[inline(always)]
fn extreme_columns<V: Vector, P: Pair>(p: P, x: View<'_>, first: usize, y: &mut [f32]) {
    y.copy_from_slice(x.run(0, first, y.len()));
    for row in 1..x.rows() {
        each::<V, P>(p, x.run(row, first, y.len()), y);
    }
}
