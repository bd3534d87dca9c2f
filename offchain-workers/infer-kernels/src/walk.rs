//! Loops over slices, vector by vector.

use crate::simd::Vector;

/// What becomes of one number, as code over lanes. A NaN gives NaN.
pub(crate) trait Map: Copy {
    fn of<V: Vector>(self, x: V) -> V;
}

/// What becomes of a number and N others, as code over lanes. A NaN gives NaN.
pub(crate) trait Join<const N: usize>: Copy {
    fn of<V: Vector>(self, x: V, others: [V; N]) -> V;
}

/// What becomes of two numbers, as code over lanes. A NaN gives NaN.
pub(crate) trait Pair: Copy {
    fn of<V: Vector>(self, a: V, b: V) -> V;
}

/// The numbers that a result's elements are made of.
#[derive(Clone, Copy)]
pub(crate) enum Source<'a> {
    /// Those that lie where the result will.
    Own,
    /// As many others.
    Values(&'a [f32]),
    /// One for all.
    One(f32),
}

impl<'a> Source<'a> {
    /// The numbers, of a result that has not been written yet.
    #[inline(always)]
    pub fn values<'b>(self, y: &'b [f32]) -> &'b [f32]
    where
        'a: 'b,
    {
        match self {
            Self::Own => y,
            Self::Values(x) => x,
            Self::One(_) => &[],
        }
    }
}

/// y_i = m(x_i); answers whether some y_i is NaN.
///
/// # Panics
/// If there are not as many x as y.
#[inline(always)]
pub(crate) fn map<V: Vector, M: Map>(m: M, x: Source<'_>, y: &mut [f32]) -> bool {
    let (to, n) = (y.as_mut_ptr(), y.len());
    let x = match x {
        Source::Own => to.cast_const(),
        Source::Values(x) => {
            assert_eq!(x.len(), n, "of one length");
            x.as_ptr()
        }
        Source::One(x) => {
            y.fill(x);
            to.cast_const()
        }
    };
    // SAFETY: both have n elements.
    unsafe { each::<V, M>(m, x, to, n) }
}

/// y_i = p(a_i, b_i); answers whether some y_i is NaN.
///
/// # Panics
/// If there are not as many a or b as y.
#[inline(always)]
pub(crate) fn pair<V: Vector, P: Pair>(p: P, a: Source<'_>, b: Source<'_>, y: &mut [f32]) -> bool {
    match (a, b) {
        (Source::One(a), b) => map::<V, _>(First(p, a), b, y),
        (a, Source::One(b)) => map::<V, _>(Second(p, b), a, y),
        (a, Source::Values(b)) => join::<V, _, 1>(InOrder(p), a, [b], y),
        (Source::Values(a), Source::Own) => join::<V, _, 1>(Turned(p), Source::Own, [a], y),
        (Source::Own, Source::Own) => map::<V, _>(Twice(p), Source::Own, y),
    }
}

/// y_i = j(x_i, others_i); answers whether some y_i is NaN.
///
/// # Panics
/// Unless there are as many numbers of each as y.
#[inline(always)]
pub(crate) fn join<V: Vector, J: Join<N>, const N: usize>(
    j: J,
    x: Source<'_>,
    others: [&[f32]; N],
    y: &mut [f32],
) -> bool {
    let n = y.len();
    assert!(others.iter().all(|other| other.len() == n), "of one length");
    if let Source::One(x) = x {
        y.fill(x);
    }
    let to = y.as_mut_ptr();
    let x = match x {
        Source::Own | Source::One(_) => to.cast_const(),
        Source::Values(x) => {
            assert_eq!(x.len(), n, "of one length");
            x.as_ptr()
        }
    };
    // SAFETY: all have n elements.
    unsafe { each_join::<V, J, N>(j, x, others.map(<[f32]>::as_ptr), to, n) }
}

/// The two halves of y turned, i-th with i-th, by the angles of these cosines and sines: a ⊗ c ⊖ b ⊗ s, b ⊗ c ⊕ a ⊗ s. Answers whether some
/// result is NaN.
///
/// # Panics
/// Unless there are as many x as y, and cosines and sines half as many.
#[inline(always)]
pub(crate) fn rotate<V: Vector>(x: Source<'_>, cos: &[f32], sin: &[f32], y: &mut [f32]) -> bool {
    let half = cos.len();
    assert!(y.len() == 2 * half && sin.len() == half, "two halves");
    let to = y.as_mut_ptr();
    let from = match x {
        Source::Own | Source::One(_) => to.cast_const(),
        Source::Values(x) => {
            assert_eq!(x.len(), 2 * half, "of one length");
            x.as_ptr()
        }
    };
    let mut nan = V::none();
    let mut i = 0;
    while i < half {
        let n = V::LANES.min(half - i);
        // SAFETY: n elements from i on lie within each half, and are read before their places are written.
        unsafe {
            let (a, b) = (V::read_part(from.add(i), n), V::read_part(from.add(half + i), n));
            let (c, s) = (
                V::read_part(cos.as_ptr().add(i), n),
                V::read_part(sin.as_ptr().add(i), n),
            );
            let (low, high) = (a.mul(c).sub(b.mul(s)), b.mul(c).add(a.mul(s)));
            low.write_part(to.add(i), n);
            high.write_part(to.add(half + i), n);
            nan = V::either(nan, V::unordered(low, high));
        }
        i += V::LANES;
    }
    V::any(nan)
}

/// A pair as a number and another.
#[derive(Clone, Copy)]
struct InOrder<P>(P);

impl<P: Pair> Join<1> for InOrder<P> {
    #[inline(always)]
    fn of<V: Vector>(self, x: V, [other]: [V; 1]) -> V {
        self.0.of(x, other)
    }
}

/// A pair whose second number is given first.
#[derive(Clone, Copy)]
struct Turned<P>(P);

impl<P: Pair> Join<1> for Turned<P> {
    #[inline(always)]
    fn of<V: Vector>(self, x: V, [other]: [V; 1]) -> V {
        self.0.of(other, x)
    }
}

/// A pair of one number.
#[derive(Clone, Copy)]
struct Twice<P>(P);

impl<P: Pair> Map for Twice<P> {
    #[inline(always)]
    fn of<V: Vector>(self, x: V) -> V {
        self.0.of(x, x)
    }
}

/// With the first number given.
#[derive(Clone, Copy)]
struct First<P>(P, f32);

impl<P: Pair> Map for First<P> {
    #[inline(always)]
    fn of<V: Vector>(self, x: V) -> V {
        self.0.of(V::splat(self.1), x)
    }
}

/// With the second number given.
#[derive(Clone, Copy)]
struct Second<P>(P, f32);

impl<P: Pair> Map for Second<P> {
    #[inline(always)]
    fn of<V: Vector>(self, x: V) -> V {
        self.0.of(x, V::splat(self.1))
    }
}

/// # Safety
/// `n` readable f32 at `x`, as many writable ones at `y`: the same, or others.
#[inline(always)]
unsafe fn each<V: Vector, M: Map>(m: M, x: *const f32, y: *mut f32, n: usize) -> bool {
    let mut nan = V::none();
    let mut i = 0;
    while i + 2 * V::LANES <= n {
        // SAFETY: two vectors from i on lie within n; they are read before their places are written.
        unsafe {
            let values = [m.of(V::read(x.add(i))), m.of(V::read(x.add(i + V::LANES)))];
            values[0].write(y.add(i));
            values[1].write(y.add(i + V::LANES));
            nan = V::either(nan, V::unordered(values[0], values[1]));
        }
        i += 2 * V::LANES;
    }
    while i < n {
        let rest = V::LANES.min(n - i);
        // SAFETY: n − i elements are left.
        unsafe {
            let value = m.of(V::read_part(x.add(i), rest));
            value.write_part(y.add(i), rest);
            nan = V::either(nan, value.keep(rest).is_nan());
        }
        i += rest;
    }
    V::any(nan)
}

/// # Safety
/// `n` readable f32 at `x` and at each of `others`, as many writable ones at `y`: those of `x`, or others.
#[inline(always)]
unsafe fn each_join<V: Vector, J: Join<N>, const N: usize>(
    j: J,
    x: *const f32,
    others: [*const f32; N],
    y: *mut f32,
    n: usize,
) -> bool {
    let mut nan = V::none();
    let mut i = 0;
    while i + V::LANES <= n {
        // SAFETY: a vector from i on lies within n; it is read before its place is written.
        unsafe {
            let mut values = [V::zero(); N];
            for (value, other) in values.iter_mut().zip(others) {
                *value = V::read(other.add(i));
            }
            let value = j.of(V::read(x.add(i)), values);
            value.write(y.add(i));
            nan = V::either(nan, value.is_nan());
        }
        i += V::LANES;
    }
    if i < n {
        let rest = n - i;
        // SAFETY: as many elements are left.
        unsafe {
            let mut values = [V::zero(); N];
            for (value, other) in values.iter_mut().zip(others) {
                *value = V::read_part(other.add(i), rest);
            }
            let value = j.of(V::read_part(x.add(i), rest), values);
            value.write_part(y.add(i), rest);
            nan = V::either(nan, value.keep(rest).is_nan());
        }
    }
    V::any(nan)
}
