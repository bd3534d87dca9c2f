//! The one loop that all products are made of: a strip of rows times a panel of columns, whose chains stay in registers.

use crate::{
    isa::{dispatch, Isa, Level},
    simd::Vector,
};

/// Vectors of a panel.
const VECTORS: usize = 2;

/// Columns of a panel: two vectors.
pub(crate) fn panel_columns(isa: Isa) -> usize {
    match isa.level() {
        Level::Scalar | Level::Avx2 => 16,
        Level::Avx512 => 32,
    }
}

/// Most rows of a strip: their sums fill the registers.
pub(crate) fn most_rows(isa: Isa) -> usize {
    match isa.level() {
        Level::Scalar | Level::Avx2 => 6,
        Level::Avx512 => 14,
    }
}

/// Whole panels that a strip of so few rows is multiplied with at once: fewer sums than these could not hide an fma's latency.
pub(crate) fn panels_at_once(rows: usize) -> usize {
    match rows {
        1 => 4,
        2 | 3 => 2,
        _ => 1,
    }
}

/// Pairs of a chain that follow each other in memory.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Run {
    /// The first number in each row of x.
    pub x: usize,
    /// The first row of the panel.
    pub w: usize,
    /// Pairs.
    pub len: usize,
}

/// A strip of rows of x, and panels that it is multiplied with.
#[derive(Clone, Copy)]
pub(crate) struct Strip<'a> {
    pub x: *const f32,
    pub x_step: usize,
    /// At least 1, at most [`most_rows`].
    pub rows: usize,
    /// Row k of the first panel begins at k · `w_step`.
    pub w: *const f32,
    pub w_step: usize,
    /// Distance between two panels.
    pub w_panel: usize,
    /// The chains' pairs, in this order.
    pub runs: &'a [Run],
    /// Whether row i's chains have i more pairs, which follow the last run's.
    pub grows: bool,
    pub y: *mut f32,
    pub y_step: usize,
    /// Columns of y: those of [`panels_at_once`] panels or, of one panel, at least 1.
    pub columns: usize,
    /// Whether chains go on from y, and do not begin.
    pub resumes: bool,
    /// Whether they end here.
    pub ends: bool,
    /// Added where they end: one for each column, or null.
    pub bias: *const f32,
}

/// Writes the strip's chains to y. Where they end: whether one is NaN.
///
/// # Safety
/// For each run and row, the run's numbers of x are readable, and those that follow where chains grow; of w, a whole panel's width at each of its rows, and that of all panels
/// where there are several; y is writable at each row and column and nothing else refers to it; the bias is readable.
pub(crate) unsafe fn multiply(isa: Isa, strip: &Strip<'_>) -> bool {
    debug_assert!(strip.rows >= 1 && strip.rows <= most_rows(isa) && strip.columns >= 1);
    dispatch!(isa, any_rows(strip: &Strip<'_>) -> bool)
}

#[inline(always)]
fn any_rows<V: Vector>(strip: &Strip<'_>) -> bool {
    let several = strip.columns > VECTORS * V::LANES;
    // SAFETY: as `multiply` asks.
    unsafe {
        match strip.rows {
            1 if several => chains::<V, 1, 8>(strip),
            2 if several => chains::<V, 2, 4>(strip),
            3 if several => chains::<V, 3, 4>(strip),
            _ if strip.columns <= V::LANES => one_panel::<V, 1>(strip),
            _ => one_panel::<V, 2>(strip),
        }
    }
}

/// # Safety
/// As [`multiply`].
#[inline(always)]
unsafe fn one_panel<V: Vector, const WIDE: usize>(strip: &Strip<'_>) -> bool {
    // SAFETY: as `multiply` asks.
    unsafe {
        match strip.rows {
            1 => chains::<V, 1, WIDE>(strip),
            2 => chains::<V, 2, WIDE>(strip),
            3 => chains::<V, 3, WIDE>(strip),
            4 => chains::<V, 4, WIDE>(strip),
            5 => chains::<V, 5, WIDE>(strip),
            6 => chains::<V, 6, WIDE>(strip),
            rows if V::LANES == 16 => match rows {
                7 => chains::<V, 7, WIDE>(strip),
                8 => chains::<V, 8, WIDE>(strip),
                9 => chains::<V, 9, WIDE>(strip),
                10 => chains::<V, 10, WIDE>(strip),
                11 => chains::<V, 11, WIDE>(strip),
                12 => chains::<V, 12, WIDE>(strip),
                13 => chains::<V, 13, WIDE>(strip),
                14 => chains::<V, 14, WIDE>(strip),
                _ => unreachable!("a strip of more rows than registers"),
            },
            _ => unreachable!("a strip of more rows than registers"),
        }
    }
}

/// `WIDE` vectors of one panel or several. Loops over constants count: those over iterators are not unrolled where there are many sums, which
/// would then lie in memory.
///
/// # Safety
/// As [`multiply`].
#[inline(always)]
#[allow(clippy::needless_range_loop)]
unsafe fn chains<V: Vector, const ROWS: usize, const WIDE: usize>(strip: &Strip<'_>) -> bool {
    let (x_step, w_step, w_panel) = (strip.x_step, strip.w_step, strip.w_panel);
    let whole = strip.columns == WIDE * V::LANES;
    let mut sums = [[V::zero(); WIDE]; ROWS];
    // SAFETY: all below: what `multiply` asks, row by row and vector by vector.
    unsafe {
        if strip.resumes {
            for i in 0..ROWS {
                for j in 0..WIDE {
                    let y = strip.y.add(i * strip.y_step);
                    sums[i][j] = read(y, j * V::LANES, strip.columns, whole);
                }
            }
        }
        let (mut x, mut w) = (strip.x, strip.w);
        for run in strip.runs {
            x = strip.x.add(run.x);
            w = strip.w.add(run.w * w_step);
            for _ in 0..run.len {
                let mut values = [V::zero(); WIDE];
                for j in 0..WIDE {
                    let panel = w.add(j / VECTORS * w_panel);
                    values[j] = V::read(panel.add(j % VECTORS * V::LANES));
                }
                for i in 0..ROWS {
                    let x = V::broadcast(x.add(i * x_step));
                    for j in 0..WIDE {
                        sums[i][j] = x.fma(values[j], sums[i][j]);
                    }
                }
                x = x.add(1);
                w = w.add(w_step);
            }
        }
        if strip.grows {
            for first in 1..ROWS {
                for j in 0..WIDE {
                    let value = V::read(w.add(j / VECTORS * w_panel + j % VECTORS * V::LANES));
                    for i in 1..ROWS {
                        if i >= first {
                            sums[i][j] = V::broadcast(x.add(i * x_step)).fma(value, sums[i][j]);
                        }
                    }
                }
                x = x.add(1);
                w = w.add(w_step);
            }
        }
        if strip.ends && !strip.bias.is_null() {
            for j in 0..WIDE {
                let bias = read::<V>(strip.bias, j * V::LANES, strip.columns, whole);
                for i in 0..ROWS {
                    sums[i][j] = sums[i][j].add(bias);
                }
            }
        }
        for i in 0..ROWS {
            for j in 0..WIDE {
                let y = strip.y.add(i * strip.y_step);
                write(sums[i][j], y, j * V::LANES, strip.columns, whole);
            }
        }
        strip.ends && holds_nan(&sums, strip.columns)
    }
}

/// Columns `first`… of a row of `columns`; +0 behind its end.
///
/// # Safety
/// The row is readable.
#[inline(always)]
unsafe fn read<V: Vector>(row: *const f32, first: usize, columns: usize, whole: bool) -> V {
    // SAFETY: as the caller promises; of a vector beyond the end, nothing is read.
    unsafe {
        if whole || first + V::LANES <= columns {
            V::read(row.add(first))
        } else if first < columns {
            V::read_part(row.add(first), columns - first)
        } else {
            V::zero()
        }
    }
}

/// # Safety
/// The row is writable.
#[inline(always)]
unsafe fn write<V: Vector>(vector: V, row: *mut f32, first: usize, columns: usize, whole: bool) {
    // SAFETY: as the caller promises; of a vector beyond the end, nothing is written.
    unsafe {
        if whole || first + V::LANES <= columns {
            vector.write(row.add(first));
        } else if first < columns {
            vector.write_part(row.add(first), columns - first);
        }
    }
}

/// Whether one of the sums in these columns is NaN; the lanes behind them may hold anything.
#[inline(always)]
#[allow(clippy::needless_range_loop)]
fn holds_nan<V: Vector, const ROWS: usize, const WIDE: usize>(sums: &[[V; WIDE]; ROWS], columns: usize) -> bool {
    let mut any = V::zero().is_nan();
    for j in 0..WIDE {
        let mut found = V::zero();
        for i in 0..ROWS {
            found = V::select(sums[i][j].is_nan(), sums[i][j], found);
        }
        let left = columns.saturating_sub(j * V::LANES);
        if left < V::LANES {
            found = V::select(V::first(left), found, V::zero());
        }
        any = V::either(any, found.is_nan());
    }
    V::any(any)
}
