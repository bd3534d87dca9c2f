//! Moves that are more than copies of rows.

use crate::{
    isa::{Isa, Level},
    products::turn::turn,
    view::View,
};

/// Lanes of the widest vectors.
const WIDEST: usize = 16;

/// Rows as columns: element (r, c) of x to c · `step` + r. Images [channels, places] become [places, channels] so, and back.
///
/// # Panics
/// If rows overlap, as step is less than x has rows, or one has no place in `to`.
pub fn transpose(isa: Isa, x: View<'_>, to: &mut [f32], step: usize) {
    assert!(step >= x.rows() || x.columns() <= 1, "rows that do not overlap");
    // Rows that do not fill the widest vectors may fill narrower ones.
    let whole = x.rows() / WIDEST * WIDEST;
    turn(isa, x.rows_from(0, whole), to, step);
    if whole < x.rows() {
        let isa = Isa::with(Level::Avx2)
            .filter(|_| isa.level() > Level::Avx2)
            .unwrap_or(isa);
        turn(isa, x.rows_from(whole, x.rows() - whole), &mut to[whole..], step);
    }
}
