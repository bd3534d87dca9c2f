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
}

/// Columns that are fetched into the cache row by row, while there is work to do: a core waits for few lines at a time, and the
/// work would have to wait with it.
pub(crate) struct Gradual<'a> {
    columns: Columns<'a>,
    /// Work for each row, and work done that no row was fetched for yet.
    each: usize,
    done: usize,
}

impl<'a> Gradual<'a> {
    pub fn new(columns: Columns<'a>, each: usize) -> Self {
        let each = each.max(1);
        Self { columns, each, done: 0 }
    }

    /// Fetches the rows for which so much more work was done.
    #[inline(always)]
    pub fn worked<V: Vector>(&mut self, work: usize) {
        const LINE: usize = 64;
        self.done += work;
        while self.done >= self.each {
            self.done -= self.each;
            let Some((row, rest)) = self.columns.rows.split_first() else {
                return;
            };
            self.columns.rows = rest;
            let mut at = 0;
            while at < self.columns.len {
                V::prefetch(row.as_ptr().wrapping_add(self.columns.start + at));
                at += LINE;
            }
        }
    }
}
