//! Reductions of rows, and of columns.

pub use quorate_exact::infer::reduce::Reduce;

use crate::{
    isa::{dispatch, Isa},
    simd::Vector,
    sums::{s32, Magnitudes, Plain, Squares, Term, LANES},
    view::View,
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

/// The largest, or the smallest, of numbers.
#[inline(always)]
fn extreme<V: Vector>(row: &[f32], smallest: bool) -> f32 {
    let of = |x: V, y: V| if smallest { x.smaller(y) } else { x.larger(y) };
    let first = V::splat(row[0]);
    let mut best = [first; 4];
    let mut blocks = row.chunks_exact(4 * V::LANES);
    for block in &mut blocks {
        for (i, best) in best.iter_mut().enumerate() {
            *best = of(V::load(&block[i * V::LANES..]), *best);
        }
    }
    for part in blocks.remainder().chunks(V::LANES) {
        best[0] = of(V::select(V::first(part.len()), V::load_part(part), first), best[0]);
    }
    let best = of(of(best[0], best[1]), of(best[2], best[3]));
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
    pub fn zero() -> Self {
        Self {
            lanes: [[0.0; COLUMNS]; LANES],
        }
    }

    /// Adds the terms of the values with this index.
    #[inline(always)]
    pub fn add<V: Vector>(&mut self, index: usize, term: impl Term, x: &[f32]) {
        let lane = &mut self.lanes[index % LANES];
        let mut c = 0;
        while c + V::LANES <= x.len() {
            let sum = &mut lane[c..c + V::LANES];
            term.add(V::load(sum), V::load(&x[c..])).store(sum);
            c += V::LANES;
        }
        if c < x.len() {
            let sum = &mut lane[c..x.len()];
            term.add(V::load_part(sum), V::load_part(&x[c..])).store_part(sum);
        }
    }

    /// The trees, of values with indices below `indices`. What is left of the lanes says nothing.
    #[inline(always)]
    pub fn sums(&mut self, indices: usize) -> &mut [f32; COLUMNS] {
        // Lanes to which nothing was added are +0, and adding that changes nothing: no sum is −0.
        let mut half = indices.clamp(1, LANES).next_power_of_two() / 2;
        while half > 0 {
            let (low, high) = self.lanes.split_at_mut(half);
            for (low, high) in low.iter_mut().zip(high) {
                for (a, b) in low.iter_mut().zip(high.iter()) {
                    *a += *b;
                }
            }
            half /= 2;
        }
        &mut self.lanes[0]
    }
}

#[inline(always)]
fn columns<V: Vector>(how: Reduce, x: View<'_>, y: &mut [f32]) -> bool {
    let mut nan = false;
    for (block, y) in y.chunks_mut(COLUMNS).enumerate() {
        let first = block * COLUMNS;
        match how {
            Reduce::Sum | Reduce::Mean => sum_columns::<V>(Plain, x, first, y),
            Reduce::SumSquare | Reduce::L2 => sum_columns::<V>(Squares, x, first, y),
            Reduce::L1 => sum_columns::<V>(Magnitudes, x, first, y),
            Reduce::Max => extreme_columns::<V>(false, x, first, y),
            Reduce::Min => extreme_columns::<V>(true, x, first, y),
        }
        let n = x.rows() as f32;
        match how {
            Reduce::Mean => y.iter_mut().for_each(|y| *y /= n),
            Reduce::L2 => y.iter_mut().for_each(|y| *y = y.sqrt()),
            _ => {}
        }
        nan |= y.iter().any(|y| y.is_nan());
    }
    nan
}

#[inline(always)]
fn sum_columns<V: Vector>(term: impl Term, x: View<'_>, first: usize, y: &mut [f32]) {
    let mut sums = ColumnSums::zero();
    for row in 0..x.rows() {
        sums.add::<V>(row, term, x.run(row, first, y.len()));
    }
    y.copy_from_slice(&sums.sums(x.rows())[..y.len()]);
}

#[inline(always)]
fn extreme_columns<V: Vector>(smallest: bool, x: View<'_>, first: usize, y: &mut [f32]) {
    let of = |x: V, y: V| if smallest { x.min(y) } else { x.max(y) };
    y.copy_from_slice(x.run(0, first, y.len()));
    for row in 1..x.rows() {
        let x = x.run(row, first, y.len());
        for (x, y) in x.chunks(V::LANES).zip(y.chunks_mut(V::LANES)) {
            of(V::load_part(x), V::load_part(y)).store_part(y);
        }
    }
}
