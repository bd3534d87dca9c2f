//! Softmax of rows, and of columns.

use crate::{
    functions::Exp,
    isa::{dispatch, Isa},
    reduce::{ColumnSums, COLUMNS},
    rows::Input,
    simd::Vector,
    sums::{Plain, Sums},
    view::{View, ViewMut},
};

/// Each row's Softmax. Answers whether some result is NaN.
///
/// # Panics
/// Unless x has y's rows and columns, at least one.
#[must_use = "a NaN ends the run"]
pub fn softmax_rows<'a>(isa: Isa, x: impl Into<Input<'a>>, y: ViewMut<'_>) -> bool {
    let x = x.into();
    x.check(&y);
    dispatch!(isa, rows(x: Input<'_>, y: ViewMut<'_>) -> bool)
}

/// The Softmax of each row of scores, which lie in y, each ⊗ scale, then ⊕ the mask's where there is one. Answers whether some result is NaN.
///
/// # Panics
/// Unless the mask has y's rows and columns, at least one.
#[must_use = "a NaN ends the run"]
pub fn softmax_scores(isa: Isa, scale: f32, mask: Option<View<'_>>, y: ViewMut<'_>) -> bool {
    mask.map_or(Input::InPlace, Input::From).check(&y);
    dispatch!(isa, scores(scale: f32, mask: Option<View<'_>>, y: ViewMut<'_>) -> bool)
}

#[inline(always)]
fn scores<V: Vector>(scale: f32, mask: Option<View<'_>>, mut y: ViewMut<'_>) -> bool {
    let mut nan = false;
    for row in 0..y.rows() {
        let scores = match mask {
            Some(mask) => Scores::Masked(scale, mask.row(row)),
            None => Scores::Scaled(scale),
        };
        nan |= softmax::<V>(scores, y.row(row));
    }
    nan
}

/// Each column's Softmax. Answers whether some result is NaN.
///
/// # Panics
/// Unless x has y's rows and columns, at least one.
#[must_use = "a NaN ends the run"]
pub fn softmax_columns(isa: Isa, x: View<'_>, y: ViewMut<'_>) -> bool {
    Input::From(x).check(&y);
    dispatch!(isa, columns(x: View<'_>, y: ViewMut<'_>) -> bool)
}

#[inline(always)]
fn rows<V: Vector>(x: Input<'_>, mut y: ViewMut<'_>) -> bool {
    let mut nan = false;
    for row in 0..y.rows() {
        let y = y.row(row);
        nan |= match x {
            Input::From(x) => softmax::<V>(Scores::From(x.row(row)), y),
            Input::InPlace => softmax::<V>(Scores::Own, y),
        };
    }
    nan
}

/// Where a row's numbers come from.
#[derive(Clone, Copy)]
pub(crate) enum Scores<'a> {
    /// They lie where the results will.
    Own,
    /// Others.
    From(&'a [f32]),
    /// Of those that lie where the results will, each ⊗ scale.
    Scaled(f32),
    /// Of those that lie where the results will, each ⊗ scale, then ⊕ the mask's.
    Masked(f32, &'a [f32]),
}

/// A row's Softmax. Answers whether some result is NaN.
///
/// # Panics
/// Unless all have y's length.
#[inline(always)]
pub(crate) fn softmax<V: Vector>(scores: Scores<'_>, y: &mut [f32]) -> bool {
    let (to, n) = (y.as_mut_ptr(), y.len());
    let x = match scores {
        Scores::From(x) => {
            assert_eq!(x.len(), n, "of one length");
            x.as_ptr()
        }
        Scores::Masked(_, mask) => {
            assert_eq!(mask.len(), n, "of one length");
            to.cast_const()
        }
        Scores::Own | Scores::Scaled(_) => to.cast_const(),
    };
    // SAFETY: all have n elements.
    unsafe {
        let largest = match scores {
            Scores::Own | Scores::From(_) => largest::<V>(x, n),
            Scores::Scaled(scale) => prepare::<V>(to, n, |x: V, _| x.mul(V::splat(scale))),
            Scores::Masked(scale, mask) => {
                let mask = mask.as_ptr();
                prepare::<V>(to, n, |x: V, i| {
                    let mask = match n - i {
                        rest if rest < V::LANES => V::read_part(mask.add(i), rest),
                        _ => V::read(mask.add(i)),
                    };
                    x.mul(V::splat(scale)).add(mask)
                })
            }
        };
        let sum = exponentials::<V>(x, V::splat(largest), to, n);
        let r = 1.0 / sum;
        scale::<V>(V::splat(r), to, n)
    }
}

/// # Safety
/// `n` readable f32 at `x`.
#[inline(always)]
unsafe fn largest<V: Vector>(x: *const f32, n: usize) -> f32 {
    let lowest = V::splat(f32::NEG_INFINITY);
    let mut best = [lowest; 4];
    let mut i = 0;
    // SAFETY: all that is read lies below n.
    unsafe {
        while i + 4 * V::LANES <= n {
            for (j, best) in best.iter_mut().enumerate() {
                *best = V::read(x.add(i + j * V::LANES)).larger(*best);
            }
            i += 4 * V::LANES;
        }
        while i < n {
            let rest = V::LANES.min(n - i);
            let part = V::select(V::first(rest), V::read_part(x.add(i), rest), lowest);
            best[0] = part.larger(best[0]);
            i += V::LANES;
        }
    }
    best[0].larger(best[1]).larger(best[2].larger(best[3])).largest()
}

/// x_i = change(x_i, i) in place; the largest of them.
///
/// # Safety
/// `n` readable and writable f32 at `x`.
#[inline(always)]
unsafe fn prepare<V: Vector>(x: *mut f32, n: usize, change: impl Fn(V, usize) -> V) -> f32 {
    let lowest = V::splat(f32::NEG_INFINITY);
    let mut best = lowest;
    let mut i = 0;
    // SAFETY: all that is read and written lies below n.
    unsafe {
        while i + V::LANES <= n {
            let value = change(V::read(x.add(i)), i);
            value.write(x.add(i));
            best = value.larger(best);
            i += V::LANES;
        }
        if i < n {
            let value = change(V::read_part(x.add(i), n - i), i);
            value.write_part(x.add(i), n - i);
            best = V::select(V::first(n - i), value, lowest).larger(best);
        }
    }
    best.largest()
}

/// y_i = exp(x_i ⊖ m); S32 of them.
///
/// # Safety
/// `n` readable f32 at `x`, as many writable ones at `y`: the same, or others.
#[inline(always)]
unsafe fn exponentials<V: Vector>(x: *const f32, m: V, y: *mut f32, n: usize) -> f32 {
    let mut sums = Sums::<V>::zero();
    let mut i = 0;
    // SAFETY: all that is read and written lies below n, and is read before its place is written.
    unsafe {
        while i + Sums::<V>::VECTORS * V::LANES <= n {
            for j in 0..Sums::<V>::VECTORS {
                let at = i + j * V::LANES;
                let e = Exp::not_above(V::read(x.add(at)).sub(m));
                e.write(y.add(at));
                sums.add(j, Plain, e);
            }
            i += Sums::<V>::VECTORS * V::LANES;
        }
        let mut j = 0;
        while i < n {
            let rest = V::LANES.min(n - i);
            let e = Exp::not_above(V::read_part(x.add(i), rest).sub(m));
            e.write_part(y.add(i), rest);
            // Sums are never −0: what is +0 adds nothing.
            sums.add(j, Plain, e.keep(rest));
            i += V::LANES;
            j += 1;
        }
    }
    sums.sum()
}

/// y_i = y_i ⊗ r; whether some result is NaN.
///
/// # Safety
/// `n` readable and writable f32 at `y`.
#[inline(always)]
unsafe fn scale<V: Vector>(r: V, y: *mut f32, n: usize) -> bool {
    let mut nan = V::none();
    let mut i = 0;
    // SAFETY: all that is read and written lies below n.
    unsafe {
        while i + V::LANES <= n {
            let value = V::read(y.add(i)).mul(r);
            value.write(y.add(i));
            nan = V::either(nan, value.is_nan());
            i += V::LANES;
        }
        if i < n {
            let value = V::read_part(y.add(i), n - i).mul(r);
            value.write_part(y.add(i), n - i);
            nan = V::either(nan, value.keep(n - i).is_nan());
        }
    }
    V::any(nan)
}

#[inline(always)]
fn columns<V: Vector>(x: View<'_>, mut y: ViewMut<'_>) -> bool {
    let mut nan = false;
    for first in (0..x.columns()).step_by(COLUMNS) {
        let width = COLUMNS.min(x.columns() - first);
        let mut largest = [f32::NEG_INFINITY; COLUMNS];
        for row in 0..x.rows() {
            let x = x.run(row, first, width);
            for (x, m) in x.chunks(V::LANES).zip(largest.chunks_mut(V::LANES)) {
                let m = &mut m[..x.len()];
                V::load_part(x).larger(V::load_part(m)).store_part(m);
            }
        }
        let mut sums = ColumnSums::zero();
        for row in 0..x.rows() {
            let (x, y) = (x.run(row, first, width), &mut y.row(row)[first..first + width]);
            for (c, y) in y.chunks_mut(V::LANES).enumerate() {
                let at = c * V::LANES..c * V::LANES + y.len();
                let (x, m) = (V::load_part(&x[at.clone()]), V::load_part(&largest[at]));
                Exp::not_above(x.sub(m)).store_part(y);
            }
            sums.add::<V>(row, Plain, y);
        }
        let sums = sums.sums(x.rows());
        sums.iter_mut().for_each(|sum| *sum = 1.0 / *sum);
        for row in 0..x.rows() {
            let y = &mut y.row(row)[first..first + width];
            for (y, r) in y.iter_mut().zip(sums.iter()) {
                *y *= r;
                nan |= y.is_nan();
            }
        }
    }
    nan
}
