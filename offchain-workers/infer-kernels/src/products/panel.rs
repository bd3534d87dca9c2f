//! Many rows by one panel of columns, or by the few that go together.

use std::ops::Range;

use super::strip::{most_rows, multiply, Run, Strip};
use crate::{
    isa::Isa,
    view::{View, ViewMut},
};

/// A panel, or several that are multiplied at once.
#[derive(Clone, Copy)]
pub(crate) struct Panel<'a> {
    /// Row k of the first panel begins at k · `step`.
    pub w: *const f32,
    pub step: usize,
    /// Distance between two panels.
    pub next: usize,
    /// Of a product's columns, those that have ended: added to each.
    pub bias: Option<&'a [f32]>,
    /// Whether chains go on from y.
    pub resumes: bool,
    /// Whether they end here.
    pub ends: bool,
}

/// Chains of all rows of x over these runs, for y's columns. Where they end: whether one is NaN.
///
/// # Safety
/// The panel is readable as [`multiply`] asks: as wide as a whole one at each row of a run.
///
/// # Panics
/// If a run is not inside x's rows, or y has other rows or columns than x and the bias.
pub(crate) unsafe fn rows_by_panel(isa: Isa, x: View<'_>, runs: &[Run], panel: &Panel<'_>, mut y: ViewMut<'_>) -> bool {
    assert_eq!(x.rows(), y.rows(), "rows of the product");
    assert!(
        runs.iter().all(|run| run.x + run.len <= x.columns()),
        "pairs of the rows"
    );
    assert!(
        panel.bias.is_none_or(|bias| bias.len() == y.columns()),
        "a bias for each column"
    );
    let (columns, y_step) = (y.columns(), y.step());
    let mut nan = false;
    for (row, rows) in parts(0..x.rows(), most_rows(isa), 1) {
        let strip = Strip {
            x: x.rows_from(row, rows).as_ptr(),
            x_step: x.step(),
            rows,
            w: panel.w,
            w_step: panel.step,
            w_panel: panel.next,
            runs,
            grows: false,
            y: y.part((row, rows), (0, columns)).as_mut_ptr(),
            y_step,
            columns,
            resumes: panel.resumes,
            ends: panel.ends,
            bias: panel.bias.map_or(core::ptr::null(), <[f32]>::as_ptr),
        };
        // SAFETY: x and y have these rows, and the runs and columns; the panel is the caller's affair.
        nan |= unsafe { multiply(isa, &strip) };
    }
    nan
}

/// Most pairs of a chain that are multiplied before the next strip's turn: a strip's part of x stays in the first cache.
pub(crate) const PAIRS: usize = 512;

/// The pairs of a chain in blocks of about equal length, as first and length; an empty one if there are none.
pub(crate) fn blocks(pairs: usize) -> impl Iterator<Item = (usize, usize)> {
    parts(0..pairs, PAIRS, 16).chain((pairs == 0).then_some((0, 0)))
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
