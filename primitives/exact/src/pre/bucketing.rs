//! Bucketing: means of random groups of rows.

use alloc::vec::Vec;

use crate::{
    hash::{Hasher, Root},
    row_map::{MapRow, RowMap},
    rule::count,
};

const TAG: &[u8] = b"quorate/bucketing/1";

/// The rows in the order of [`permutation`], `size` of them a bucket, the last bucket maybe smaller.
pub(super) fn bucketing(rows: u32, size: u32, seed: &Root, stage: u8) -> RowMap {
    let order = permutation(rows, seed, stage);
    let bucket = |rows: &[u32]| {
        let mut terms: Vec<(u32, u32)> = rows.iter().map(|&j| (j, 1)).collect();
        terms.sort_unstable();
        MapRow {
            den: count(terms.len()),
            terms,
        }
    };
    RowMap {
        rows: order.chunks(size.max(1) as usize).map(bucket).collect(),
    }
}

/// A uniform permutation of `0..rows` (Fisher and Yates, without bias by rejection) from BLAKE3's extended output of tag, seed
/// and stage: 0 for the first pre-aggregator, 1 for the second.
pub fn permutation(rows: u32, seed: &Root, stage: u8) -> Vec<u32> {
    let mut hasher = Hasher::new();
    hasher.update(TAG).update(seed).update(&[stage]);
    let mut stream = hasher.finalize_xof();
    let mut below = |bound: u64| {
        let limit = (1u64 << 32) - (1u64 << 32) % bound;
        loop {
            let mut word = [0; 4];
            stream.fill(&mut word);
            let word = u64::from(u32::from_le_bytes(word));
            if word < limit {
                return word % bound;
            }
        }
    };
    let mut order: Vec<u32> = (0..rows).collect();
    for i in (1..order.len()).rev() {
        let j = below(i as u64 + 1) as usize;
        order.swap(i, j);
    }
    order
}
