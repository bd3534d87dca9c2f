//! The bytes of some columns of all updates.

use crate::simd::Vector;

/// Bytes `start..start + len` of every row.
#[derive(Clone, Copy, Default)]
pub(crate) struct Columns<'a> {
    pub rows: &'a [&'a [u8]],
    pub start: usize,
    pub len: usize,
}

impl Columns<'_> {
    /// Those from column `at` on, `width` or as many as there are.
    pub fn part(&self, at: usize, width: usize) -> Self {
        Self {
            rows: self.rows,
            start: self.start + 4 * at,
            len: (4 * width).min(self.len.saturating_sub(4 * at)),
        }
    }

    /// Fetches the first `rows` rows into the cache and leaves the others. A core waits for few lines at a time, and others have
    /// to wait with it: so whoever has work to do fetches little at once.
    #[inline(always)]
    pub fn fetch<V: Vector>(&mut self, rows: usize) {
        const LINE: usize = 64;
        for _ in 0..rows {
            let Some((row, rest)) = self.rows.split_first() else {
                return;
            };
            self.rows = rest;
            let mut at = 0;
            while at < self.len {
                V::prefetch(row.as_ptr().wrapping_add(self.start + at));
                at += LINE;
            }
        }
    }
}
