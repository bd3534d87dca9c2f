//! Krum's measure (Blanchard et al., NeurIPS 2017): how far a row is from the rows nearest to it.

use alloc::vec::Vec;

use crate::{gram::Gram, rule::count};

/// The `keep` rows that come first by (s_i, i), in ascending order of their indices, where s_i is the sum of the r − f − 2
/// least squared distances of row i to the others: at most 2^10 · 2^97.
pub(super) fn best(gram: &Gram, f: u32, keep: u32) -> Vec<u32> {
    let r = gram.n();
    let near = r.saturating_sub(f as usize).saturating_sub(2);
    let mut scores: Vec<(u128, u32)> = (0..r)
        .map(|i| {
            let mut distances: Vec<u128> = others(gram, i).map(|(distance, _)| distance).collect();
            distances.sort_unstable();
            (distances.iter().take(near).sum(), count(i))
        })
        .collect();
    scores.sort_unstable();
    let mut rows: Vec<u32> = scores.into_iter().take(keep as usize).map(|(_, i)| i).collect();
    rows.sort_unstable();
    rows
}

/// Squared distances of row i to all others, with the others' indices.
pub(super) fn others(gram: &Gram, i: usize) -> impl Iterator<Item = (u128, usize)> + '_ {
    (0..gram.n())
        .filter(move |&j| j != i)
        .filter_map(move |j| Some((gram.squared_distance(i, j)?, j)))
}
