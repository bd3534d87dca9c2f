//! Softmax of rows, and of columns.

use crate::{
    elementwise::Mul,
    functions::Exp,
    isa::{dispatch, Isa},
    reduce::{each, ColumnSums, COLUMNS},
    rows::{together, Input, TOGETHER},
    simd::Vector,
    sums::{Plain, Sums},
    view::{View, ViewMut},
    walk::{pair, Pair, Source},
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
    let seen = Seen {
        first: y.columns(),
        more: 0,
    };
    dispatch!(isa, scores(scale: f32, mask: Option<View<'_>>, seen: Seen, y: ViewMut<'_>) -> bool)
}

/// [`softmax_scores`] where row r has only its first `seen` + r columns, and the others are left alone.
///
/// # Panics
/// Unless the mask has y's rows and columns, and each row as many columns, at least one.
#[must_use = "a NaN ends the run"]
pub fn softmax_causal(isa: Isa, scale: f32, mask: Option<View<'_>>, seen: usize, y: ViewMut<'_>) -> bool {
    let seen = Seen { first: seen, more: 1 };
    dispatch!(isa, scores(scale: f32, mask: Option<View<'_>>, seen: Seen, y: ViewMut<'_>) -> bool)
}

/// Columns of a row.
#[derive(Clone, Copy)]
struct Seen {
    first: usize,
    /// As many more in each further row.
    more: usize,
}

#[inline(always)]
fn scores<V: Vector>(scale: f32, mask: Option<View<'_>>, seen: Seen, mut y: ViewMut<'_>) -> bool {
    if let Some(mask) = mask {
        Input::From(mask).check(&y);
    }
    let mut nan = false;
    for first in (0..y.rows()).step_by(together(y.columns())) {
        nan |= softmax::<V>(first, seen, &mut y, |row, len| match mask {
            Some(mask) => Scores::Masked(scale, &mask.row(row)[..len]),
            None => Scores::Scaled(scale),
        });
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
    let all = Seen {
        first: y.columns(),
        more: 0,
    };
    let mut nan = false;
    for first in (0..y.rows()).step_by(together(y.columns())) {
        nan |= softmax::<V>(first, all, &mut y, |row, _| match x {
            Input::From(x) => Scores::From(x.row(row)),
            Input::InPlace => Scores::Own,
        });
    }
    nan
}

/// Where a row's numbers come from.
#[derive(Clone, Copy)]
enum Scores<'a> {
    /// They lie where the results will.
    Own,
    /// Others.
    From(&'a [f32]),
    /// Of those that lie where the results will, each ⊗ scale.
    Scaled(f32),
    /// Of those that lie where the results will, each ⊗ scale, then ⊕ the mask's.
    Masked(f32, &'a [f32]),
}

/// The Softmax of as many rows as are taken [`together`] from this one on. Answers whether some result is NaN.
#[inline(always)]
fn softmax<'a, V: Vector>(
    first: usize,
    seen: Seen,
    y: &mut ViewMut<'_>,
    of_row: impl Fn(usize, usize) -> Scores<'a>,
) -> bool {
    let rows = first..y.rows().min(first + together(y.columns()));
    let mut scores = [Scores::Own; TOGETHER];
    let mut m = [0.0; TOGETHER];
    let mut r = [0.0; TOGETHER];
    for (i, row) in rows.clone().enumerate() {
        let len = seen.first + row * seen.more;
        scores[i] = of_row(row, len);
        m[i] = scores[i].largest::<V>(&mut y.row(row)[..len]);
    }
    for (i, row) in rows.clone().enumerate() {
        let y = &mut y.row(row)[..seen.first + row * seen.more];
        let (to, n) = (y.as_mut_ptr(), y.len());
        let x = match scores[i] {
            Scores::From(x) => x.as_ptr(),
            _ => to.cast_const(),
        };
        // SAFETY: both have n elements, as `Scores::largest` checked.
        r[i] = 1.0 / unsafe { exponentials::<V>(x, V::splat(m[i]), to, n) };
    }
    let mut nan = false;
    for (i, row) in rows.enumerate() {
        let y = &mut y.row(row)[..seen.first + row * seen.more];
        nan |= pair::<V, _>(Mul, Source::Own, Source::One(r[i]), y);
    }
    nan
}

impl Scores<'_> {
    /// The largest score; scores are in `y` then, unless they come from elsewhere.
    #[inline(always)]
    fn largest<V: Vector>(self, y: &mut [f32]) -> f32 {
        let (to, n) = (y.as_mut_ptr(), y.len());
        match self {
            // SAFETY: it has n elements.
            Self::Own => unsafe { largest::<V>(to.cast_const(), n) },
            Self::From(x) => {
                assert_eq!(x.len(), n, "of one length");
                // SAFETY: as was checked.
                unsafe { largest::<V>(x.as_ptr(), n) }
            }
            // SAFETY: it has n elements.
            Self::Scaled(scale) => unsafe { prepare::<V, false>(V::splat(scale), to.cast_const(), to, n) },
            Self::Masked(scale, mask) => {
                assert_eq!(mask.len(), n, "of one length");
                // SAFETY: as was checked.
                unsafe { prepare::<V, true>(V::splat(scale), mask.as_ptr(), to, n) }
            }
        }
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

/// x_i = x_i ⊗ scale, then ⊕ mask_i if `MASKED`; the largest of them.
///
/// # Safety
/// `n` readable and writable f32 at `x`, as many readable ones at `mask`.
#[inline(always)]
unsafe fn prepare<V: Vector, const MASKED: bool>(scale: V, mask: *const f32, x: *mut f32, n: usize) -> f32 {
    let lowest = V::splat(f32::NEG_INFINITY);
    let mut best = lowest;
    let mut i = 0;
    // SAFETY: all that is read and written lies below n.
    unsafe {
        while i + V::LANES <= n {
            let mut value = V::read(x.add(i)).mul(scale);
            if MASKED {
                value = value.add(V::read(mask.add(i)));
            }
            value.write(x.add(i));
            best = value.larger(best);
            i += V::LANES;
        }
        if i < n {
            let mut value = V::read_part(x.add(i), n - i).mul(scale);
            if MASKED {
                value = value.add(V::read_part(mask.add(i), n - i));
            }
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

#[inline(always)]
fn columns<V: Vector>(x: View<'_>, mut y: ViewMut<'_>) -> bool {
    let mut sums = ColumnSums::new();
    let mut nan = V::none();
    for first in (0..x.columns()).step_by(COLUMNS) {
        let width = COLUMNS.min(x.columns() - first);
        let mut largest = [f32::NEG_INFINITY; COLUMNS];
        for row in 0..x.rows() {
            each::<V, _>(Larger, x.run(row, first, width), &mut largest[..width]);
        }
        for row in 0..x.rows() {
            let y = &mut y.row(row)[first..first + width];
            y.copy_from_slice(x.run(row, first, width));
            each::<V, _>(Below, &largest[..width], y);
            sums.add::<V>(row, Plain, y);
        }
        let r = &mut sums.sums(x.rows())[..width];
        r.iter_mut().for_each(|sum| *sum = 1.0 / *sum);
        for row in 0..x.rows() {
            each::<V, _>(Mul, r, &mut y.row(row)[first..first + width]);
        }
        // A column whose sum is NaN is NaN as a whole, and another has none: each e is at most 1.
        for r in r.chunks(V::LANES) {
            nan = V::either(nan, V::load_part(r).is_nan());
        }
    }
    V::any(nan)
}

#[derive(Clone, Copy)]
struct Larger;

impl Pair for Larger {
    #[inline(always)]
    fn of<V: Vector>(self, x: V, y: V) -> V {
        x.larger(y)
    }
}

/// exp(x ⊖ m).
#[derive(Clone, Copy)]
struct Below;

impl Pair for Below {
    #[inline(always)]
    fn of<V: Vector>(self, m: V, x: V) -> V {
        Exp::not_above(x.sub(m))
    }
}
