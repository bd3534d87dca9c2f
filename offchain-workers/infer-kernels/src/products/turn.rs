//! Rows written as columns.

use crate::{
    isa::{dispatch, Isa},
    simd::Vector,
    view::View,
};

/// Pairs that are turned at once, where rows are many enough.
const SQUARE: usize = 4;

/// Writes rows as columns: number k of row j to k · step + j.
///
/// # Panics
/// If one has no place in `to`.
pub(crate) fn turn(isa: Isa, rows: View<'_>, to: &mut [f32], step: usize) {
    dispatch!(isa, columns(rows: View<'_>, to: &mut [f32], step: usize));
}

#[inline(always)]
fn columns<V: Vector>(rows: View<'_>, to: &mut [f32], step: usize) {
    let (squares, lanes) = (rows.columns() / SQUARE * SQUARE, rows.rows() / V::LANES * V::LANES);
    let end = match (rows.columns(), rows.rows()) {
        (0, _) | (_, 0) => 0,
        (columns, rows) => (columns - 1) * step + rows,
    };
    assert!(end <= to.len(), "a place for each number");
    for j in (0..lanes).step_by(V::LANES) {
        for k in (0..squares).step_by(SQUARE) {
            // SAFETY: the rows from j on are as many as lanes, and each has four numbers from k on.
            let turned = unsafe { V::read_turned(rows.as_ptr().add(j * rows.step() + k), rows.step()) };
            for (c, vector) in turned.into_iter().enumerate() {
                vector.store(&mut to[(k + c) * step + j..]);
            }
        }
    }
    for j in 0..rows.rows() {
        let first = if j < lanes { squares } else { 0 };
        let places = to[(first * step + j).min(end)..].iter_mut().step_by(step);
        for (to, from) in places.zip(&rows.row(j)[first..]) {
            *to = *from;
        }
    }
}
