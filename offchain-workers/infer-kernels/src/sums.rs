//! S32 over lanes: 32 sums as vectors, and the halving tree.

use crate::simd::Vector;

/// Sums of S32.
pub(crate) const LANES: usize = 32;

/// What is added for a value.
pub(crate) trait Term: Copy {
    fn add<V: Vector>(self, sum: V, x: V) -> V;
}

/// x.
#[derive(Clone, Copy)]
pub(crate) struct Plain;

impl Term for Plain {
    #[inline(always)]
    fn add<V: Vector>(self, sum: V, x: V) -> V {
        sum.add(x)
    }
}

/// x², fused.
#[derive(Clone, Copy)]
pub(crate) struct Squares;

impl Term for Squares {
    #[inline(always)]
    fn add<V: Vector>(self, sum: V, x: V) -> V {
        x.fma(x, sum)
    }
}

/// |x|.
#[derive(Clone, Copy)]
pub(crate) struct Magnitudes;

impl Term for Magnitudes {
    #[inline(always)]
    fn add<V: Vector>(self, sum: V, x: V) -> V {
        sum.add(x.abs())
    }
}

/// (x ⊖ m)², fused.
#[derive(Clone, Copy)]
pub(crate) struct Deviations(pub f32);

impl Term for Deviations {
    #[inline(always)]
    fn add<V: Vector>(self, sum: V, x: V) -> V {
        let d = x.sub(V::splat(self.0));
        d.fma(d, sum)
    }
}

/// The 32 sums, of which a vector has `V::LANES`; the array has more places than there are vectors.
#[derive(Clone, Copy)]
pub(crate) struct Sums<V>([V; 4]);

impl<V: Vector> Sums<V> {
    pub const VECTORS: usize = LANES / V::LANES;

    #[inline(always)]
    pub fn zero() -> Self {
        const { assert!(Self::VECTORS <= 4) };
        Self([V::zero(); 4])
    }

    /// The `i`-th vector of values whose index is a multiple of 32 and above.
    #[inline(always)]
    pub fn add(&mut self, i: usize, term: impl Term, x: V) {
        self.0[i] = term.add(self.0[i], x);
    }

    /// As [`Sums::add`], of the first `n` lanes alone.
    #[inline(always)]
    pub fn add_part(&mut self, i: usize, term: impl Term, x: V, n: usize) {
        self.0[i] = V::select(V::first(n), term.add(self.0[i], x), self.0[i]);
    }

    /// The tree.
    #[inline(always)]
    pub fn sum(self) -> f32 {
        let [a, b, c, d] = self.0;
        match Self::VECTORS {
            2 => a.add(b).sum_by_halves(),
            // a is lanes 0 to 7, b to 15, c to 23, d to 31.
            _ => a.add(c).add(b.add(d)).sum_by_halves(),
        }
    }
}

/// S32 of a row's terms.
#[inline(always)]
pub(crate) fn s32<V: Vector, T: Term>(term: T, x: &[f32]) -> f32 {
    let mut sums = Sums::<V>::zero();
    let mut blocks = x.chunks_exact(LANES);
    for block in &mut blocks {
        for i in 0..Sums::<V>::VECTORS {
            sums.add(i, term, V::load(&block[i * V::LANES..]));
        }
    }
    for (i, part) in blocks.remainder().chunks(V::LANES).enumerate() {
        sums.add_part(i, term, V::load_part(part), part.len());
    }
    sums.sum()
}
