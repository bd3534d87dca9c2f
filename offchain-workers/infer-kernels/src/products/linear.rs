//! y = x · wᵀ, then bias, then whatever else is done to each number before it leaves the cache.

use std::ops::Range;

use super::{
    pack::Packed,
    panel::{blocks, parts, rows_by_panel, Panel, PAIRS},
    strip::{most_rows, panels_at_once, Run},
    tile::{Finish, Tile},
};
use crate::view::{View, ViewMut};

/// Rows of x whose numbers stay in the second cache while panels pass by.
const ROWS: usize = 168;
/// Columns that are finished together.
const COLUMNS: usize = 256;

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
            let columns = Columns {
                weights,
                first: column,
                bias,
            };
            nan |= tile(x, columns, values.again());
            if let Some(finish) = finish {
                nan |= finish(Tile {
                    values,
                    row,
                    row_step: 1,
                    column,
                });
            }
        }
    }
    nan
}

/// Columns that begin somewhere among those of the weights, and their bias.
#[derive(Clone, Copy)]
struct Columns<'a> {
    weights: &'a Packed,
    first: usize,
    bias: Option<&'a [f32]>,
}

/// The chains of these rows and columns.
fn tile(x: View<'_>, columns: Columns<'_>, mut y: ViewMut<'_>) -> bool {
    let (isa, pairs) = (columns.weights.isa(), x.columns());
    let (rows, width) = (y.rows(), y.columns());
    let mut nan = false;
    for (first, len) in blocks(pairs) {
        let (resumes, ends) = (first > 0, first + len == pairs);
        if !crowded(x) || width < 4 * columns.weights.width() {
            nan |= panels(
                x,
                Run {
                    x: first,
                    w: first,
                    len,
                },
                columns,
                [resumes, ends],
                y.again(),
            );
            continue;
        }
        let mut copy = Copy([0.0; COPY_ROWS * COPY_STEP]);
        for (row, rows) in parts(0..rows, most_rows(isa), 1) {
            for (to, row) in copy.0.chunks_exact_mut(COPY_STEP).zip(row..row + rows) {
                to[..len].copy_from_slice(&x.row(row)[first..][..len]);
            }
            let x = View::with_step(&copy.0, rows, len, COPY_STEP);
            let y = y.part((row, rows), (0, width));
            nan |= panels(x, Run { x: 0, w: first, len }, columns, [resumes, ends], y);
        }
    }
    nan
}

/// One run of all chains.
fn panels(x: View<'_>, run: Run, columns: Columns<'_>, [resumes, ends]: [bool; 2], mut y: ViewMut<'_>) -> bool {
    let Columns { weights, first, bias } = columns;
    let at_once = weights.width() * panels_at_once(x.rows());
    let (rows, end) = (y.rows(), y.columns());
    let (mut at, mut nan) = (0, false);
    while at < end {
        let (w, own, next) = weights.panel(first + at);
        let columns = if at_once <= end - at { at_once } else { own };
        let panel = Panel {
            w,
            step: own,
            next,
            bias: bias.map(|bias| &bias[first + at..][..columns]),
            resumes,
            ends,
        };
        // SAFETY: packed panels are readable as whole ones; where several are wanted they are.
        nan |= unsafe { rows_by_panel(weights.isa(), x, &[run], &panel, y.part((0, rows), (at, columns))) };
        at += columns;
    }
    nan
}

/// Rows of a copy: those of the longest strip.
const COPY_ROWS: usize = 14;
/// Numbers from one row of a copy to the next: no multiple of what caches count by.
const COPY_STEP: usize = PAIRS + 16;

#[repr(align(64))]
struct Copy([f32; COPY_ROWS * COPY_STEP]);

/// Whether the rows of a strip would push each other out of the first cache, whose sets repeat each 4,096 bytes.
fn crowded(x: View<'_>) -> bool {
    x.rows() > 8 && x.step().is_multiple_of(1024)
}
