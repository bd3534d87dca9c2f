//! Nearest-neighbour mixing.

use alloc::vec::Vec;

use crate::{
    gram::Gram,
    row_map::{MapRow, RowMap},
    rule::count,
};

/// Each row becomes the mean of the r − f rows that come first by (squared distance, index), itself at distance 0.
pub(super) fn nnm(gram: &Gram, f: u32) -> RowMap {
    let r = gram.n();
    let keep = r.saturating_sub(f as usize);
    let row = |i: usize| {
        let mut near: Vec<(Option<u128>, u32)> = (0..r).map(|j| (gram.squared_distance(i, j), count(j))).collect();
        near.sort_unstable();
        let mut terms: Vec<(u32, u32)> = near.into_iter().take(keep).map(|(_, j)| (j, 1)).collect();
        terms.sort_unstable();
        MapRow {
            den: count(terms.len()),
            terms,
        }
    };
    RowMap {
        rows: (0..r).map(row).collect(),
    }
}
