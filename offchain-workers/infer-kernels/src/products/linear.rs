//! y = x · wᵀ, then bias, then whatever else is done to each number before it leaves the cache.

use std::ops::Range;

use super::{
    pack::Packed,
    panel::{blocks, parts, rows_by_panel, Panel},
    strip::{most_rows, panels_at_once, Run},
};
use crate::view::{View, ViewMut};

/// Rows of x whose numbers stay in the second cache while panels pass by.
const ROWS: usize = 168;
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
    let (isa, k) = (weights.isa(), x.columns());
    let at_once = weights.width() * panels_at_once(x.rows());
    let (rows, end) = (y.rows(), y.columns());
    let mut nan = false;
    for (first, pairs) in blocks(k) {
        let run = [Run {
            x: first,
            w: first,
            len: pairs,
        }];
        let mut at = 0;
        while at < end {
            let (w, own, next) = weights.panel(column + at);
            let columns = if at_once <= end - at { at_once } else { own };
            let panel = Panel {
                w,
                step: own,
                next,
                bias: bias.map(|bias| &bias[column + at..][..columns]),
                resumes: first > 0,
                ends: first + pairs == k,
            };
            // SAFETY: packed panels are readable as whole ones; where several are wanted they are.
            nan |= unsafe { rows_by_panel(isa, x, &run, &panel, y.part((0, rows), (at, columns))) };
            at += columns;
        }
    }
    nan
}
