//! y = x · wᵀ, then bias, then whatever else is done to each number before it leaves the cache.

use std::ops::Range;

use super::{
    pack::Packed,
    strip::{most_rows, multiply, panels_at_once, Run, Strip},
};
use crate::view::{View, ViewMut};

/// Rows of x whose numbers stay in the second cache while panels pass by.
const ROWS: usize = 168;
/// Pairs of a chain that are multiplied before the next strip's turn: a strip's part of x stays in the first cache.
const PAIRS: usize = 512;
/// Columns that are finished together.
const COLUMNS: usize = 256;

/// A part of a product that is finished: its numbers, and where in the product they are.
#[derive(Debug)]
pub struct Tile<'a> {
    /// The numbers.
    pub values: ViewMut<'a>,
    /// Their first row, of those given to the product.
    pub row: usize,
    /// Their first column, of all columns of the weights.
    pub column: usize,
}

/// What is done to each part of a product while it is in the cache; whether a number was NaN.
pub type Finish<'a> = &'a (dyn Fn(Tile<'_>) -> bool + Sync);

/// y_mn = chain over k of (x_mk, w_nk), then ⊕ bias_n, for the columns of these panels, which y has alone; then `finish`. Whether a number
/// was NaN, before `finish` or by what it says.
///
/// # Panics
/// If dimensions differ; `bias` is that of all columns.
pub fn linear(
    x: View<'_>,
    weights: &Packed,
    panels: Range<usize>,
    bias: Option<&[f32]>,
    mut y: ViewMut<'_>,
    finish: Option<Finish<'_>>,
) -> bool {
    let columns = weights.columns_of(panels);
    assert_eq!(x.columns(), weights.pairs(), "pairs of a chain");
    assert_eq!(
        (y.rows(), y.columns()),
        (x.rows(), columns.len()),
        "rows and columns of the product"
    );
    assert!(
        bias.is_none_or(|bias| bias.len() == weights.columns()),
        "a bias for each column"
    );
    let mut nan = false;
    for (row, rows) in parts(0..x.rows(), ROWS, most_rows(weights.isa())) {
        let x = x.rows_from(row, rows);
        for column in columns.clone().step_by(COLUMNS) {
            let count = COLUMNS.min(columns.end - column);
            let mut values = y.part((row, rows), (column - columns.start, count));
            nan |= tile(x, weights, column, bias, values.again());
            if let Some(finish) = finish {
                nan |= finish(Tile { values, row, column });
            }
        }
    }
    nan
}

/// The chains of these rows and of y's columns, which begin with this one.
fn tile(x: View<'_>, weights: &Packed, column: usize, bias: Option<&[f32]>, mut y: ViewMut<'_>) -> bool {
    let (isa, width, k) = (weights.isa(), weights.width(), x.columns());
    let end = column + y.columns();
    let mut nan = false;
    for (first, pairs) in blocks(k) {
        let run = [Run {
            x: first,
            w: first,
            len: pairs,
        }];
        let mut at = column;
        while at < end {
            let (w, own, w_panel) = weights.panel(at);
            let several = width * panels_at_once(x.rows());
            let columns = if several <= end - at { several } else { own };
            for (row, rows) in parts(0..x.rows(), most_rows(isa), 1) {
                let strip = Strip {
                    x: x.rows_from(row, rows).as_ptr(),
                    x_step: x.step(),
                    rows,
                    w,
                    w_step: own,
                    w_panel,
                    runs: &run,
                    y: y.part((row, rows), (at - column, columns)).as_mut_ptr(),
                    y_step: y.step(),
                    columns,
                    resumes: first > 0,
                    ends: first + pairs == k,
                    bias: bias.map_or(core::ptr::null(), |bias| bias[at..][..columns].as_ptr()),
                };
                // SAFETY: x and y have these rows, and the columns of the run and of the panels; a panel is readable as a whole one.
                nan |= unsafe { multiply(isa, &strip) };
            }
            at += columns;
        }
    }
    nan
}

/// Blocks of about equal length, none longer than [`PAIRS`]; an empty one of no pairs.
fn blocks(k: usize) -> impl Iterator<Item = (usize, usize)> {
    parts(0..k, PAIRS, 16).chain((k == 0).then_some((0, 0)))
}

/// A range in as few parts of at most `most` as there can be, of about equal length, most of them a multiple of `unit`; first and length
/// of each.
pub(crate) fn parts(range: Range<usize>, most: usize, unit: usize) -> impl Iterator<Item = (usize, usize)> {
    let count = range.len().div_ceil(most);
    let each = match count {
        0 => 1,
        _ => range.len().div_ceil(count).next_multiple_of(unit).min(most),
    };
    let end = range.end;
    range.step_by(each).map(move |first| (first, each.min(end - first)))
}
