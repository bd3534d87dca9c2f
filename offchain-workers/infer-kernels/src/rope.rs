//! Rotary position embedding, in the half-split form.

use crate::{
    functions::Function,
    isa::{dispatch, Isa},
    rows::Input,
    simd::Vector,
    view::{View, ViewMut},
    walk::{rotate, Source},
};

/// Cosines and sines of the positions `first`, `first` + 1, …, one row for each, of f32(position) ⊗ inverse_i. Answers whether one is NaN: then an
/// angle is out of range.
///
/// # Panics
/// Unless both have the same rows, and a column for each inverse frequency.
#[must_use = "a NaN ends the run"]
pub fn rope_table(isa: Isa, first: usize, inverse: &[f32], mut cos: ViewMut<'_>, mut sin: ViewMut<'_>) -> bool {
    assert_eq!(cos.rows(), sin.rows(), "a row for each position");
    let mut nan = false;
    for row in 0..cos.rows() {
        let position = (first + row) as f32;
        let (cos, sin) = (cos.row(row), sin.row(row));
        assert!(
            cos.len() == inverse.len() && sin.len() == inverse.len(),
            "a column for each frequency"
        );
        for (angle, inverse) in cos.iter_mut().zip(inverse) {
            *angle = position * inverse;
        }
        nan |= Function::Sin.apply(isa, Source::Values(cos), sin);
        nan |= Function::Cos.apply(isa, Source::Own, cos);
    }
    nan
}

/// RoPE of rows [heads, d], of which row r is at the position of row r of the tables. Answers whether some result is NaN.
///
/// # Panics
/// Unless x has y's rows and columns, columns are a multiple of d, and the tables have a row for each row and d / 2 columns.
#[must_use = "a NaN ends the run"]
pub fn rope<'a>(isa: Isa, x: impl Into<Input<'a>>, cos: View<'_>, sin: View<'_>, y: ViewMut<'_>) -> bool {
    let x = x.into();
    x.check(&y);
    let d = 2 * cos.columns();
    assert!(d > 0 && y.columns().is_multiple_of(d), "heads of d numbers");
    assert!(
        cos.rows() >= y.rows() && sin.rows() >= y.rows(),
        "a row for each position"
    );
    dispatch!(isa, rows(x: Input<'_>, cos: View<'_>, sin: View<'_>, y: ViewMut<'_>) -> bool)
}

#[inline(always)]
fn rows<V: Vector>(x: Input<'_>, cos: View<'_>, sin: View<'_>, mut y: ViewMut<'_>) -> bool {
    let d = 2 * cos.columns();
    let mut nan = false;
    for row in 0..y.rows() {
        for (head, y) in y.row(row).chunks_exact_mut(d).enumerate() {
            let x = match x.row(row) {
                Source::Values(x) => Source::Values(&x[head * d..][..d]),
                own => own,
            };
            nan |= rotate::<V>(x, cos.row(row), sin.row(row), y);
        }
    }
    nan
}
