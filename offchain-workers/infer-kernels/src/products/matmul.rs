//! Products of two activations: the second one is not packed beforehand.

use super::{
    panel::{blocks, parts, rows_by_panel, Panel},
    strip::{most_rows, panel_columns, Run},
};
use crate::{
    isa::Isa,
    view::{View, ViewMut},
};

/// Rows that a panel is copied for.
const ROWS: usize = 168;
/// Numbers that are read behind a copied panel.
const MARGIN: usize = 32;

/// Numbers of scratch for [`matmul`] with this many pairs in a chain.
pub fn matmul_scratch(isa: Isa, pairs: usize) -> usize {
    panel_columns(isa) * pairs + MARGIN
}

/// a [m, k], b [k, n] give y [m, n]; y_mn = chain over k of (a_mk, b_kn). Whether one is NaN. Threads take ranges of rows, or of b's and
/// y's columns.
///
/// # Panics
/// If dimensions differ, or the scratch has less than [`matmul_scratch`] says.
pub fn matmul(isa: Isa, a: View<'_>, b: View<'_>, mut y: ViewMut<'_>, scratch: &mut [f32]) -> bool {
    assert_eq!(a.columns(), b.rows(), "pairs of a chain");
    assert_eq!(
        (y.rows(), y.columns()),
        (a.rows(), b.columns()),
        "rows and columns of the product"
    );
    assert!(scratch.len() >= matmul_scratch(isa, b.rows()), "enough scratch");
    let (width, pairs) = (panel_columns(isa), b.rows());
    let mut nan = false;
    for (row, rows) in parts(0..a.rows(), ROWS, most_rows(isa)) {
        let a = a.rows_from(row, rows);
        for column in (0..b.columns()).step_by(width) {
            let columns = width.min(b.columns() - column);
            let narrow = columns < width;
            // A copy pays where several strips read it.
            let copied = narrow || rows > 2 * most_rows(isa) && b.step() > width;
            if copied {
                for (k, to) in scratch.chunks_exact_mut(columns).take(pairs).enumerate() {
                    to.copy_from_slice(&b.row(k)[column..][..columns]);
                }
            }
            for (first, len) in blocks(pairs) {
                let panel = Panel {
                    w: match copied {
                        true => scratch.as_ptr(),
                        // No pairs, no rows: nothing is read.
                        false if pairs == 0 => scratch.as_ptr(),
                        false => b.row(0)[column..].as_ptr(),
                    },
                    step: if copied { columns } else { b.step() },
                    next: 0,
                    bias: None,
                    resumes: first > 0,
                    ends: first + len == pairs,
                };
                let run = [Run {
                    x: first,
                    w: first,
                    len,
                }];
                let y = y.part((row, rows), (column, columns));
                // SAFETY: the copy has a margin, and of b's own rows all columns of the panel are readable, since it is not narrow.
                nan |= unsafe { rows_by_panel(isa, a, &run, &panel, y) };
            }
        }
    }
    nan
}
