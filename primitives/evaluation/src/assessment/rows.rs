//! Which rows of sealed shards count.

use alloc::{collections::BTreeMap, vec::Vec};

use quorate_exact::hash::Hasher;
use quorate_program::Value;

/// What a row is: the hash of what a program reads of it.
pub type RowKey = [u8; 32];

/// The key of a row, from the inputs of its run in the program's order. Columns that the program does not read make no other row.
pub fn row_key(inputs: &[Value]) -> RowKey {
    let mut hasher = Hasher::new();
    for input in inputs {
        for &size in input.shape() {
            // A dimension has at most 2^31 − 1.
            hasher.update(&u32::try_from(size).unwrap_or(u32::MAX).to_le_bytes());
        }
        hasher.update(&input.bytes());
    }
    *hasher.finalize().as_bytes()
}

/// Which rows of each shard count: the first of its kind in its shard, in no other shard and not in the benchmark.
pub fn counting(benchmark: &[RowKey], shards: &[Vec<RowKey>]) -> Vec<Vec<bool>> {
    // Whose the row is: a shard's alone, or nobody's.
    let mut owners: BTreeMap<&RowKey, Option<usize>> = benchmark.iter().map(|key| (key, None)).collect();
    for (number, keys) in shards.iter().enumerate() {
        for key in keys {
            let owner = owners.entry(key).or_insert(Some(number));
            if *owner != Some(number) {
                *owner = None;
            }
        }
    }
    let of = |(number, keys): (usize, &Vec<RowKey>)| {
        let first = |key: &RowKey| match owners.get_mut(key) {
            // Counted once.
            Some(owner) if *owner == Some(number) => {
                *owner = None;
                true
            }
            _ => false,
        };
        keys.iter().map(first).collect()
    };
    shards.iter().enumerate().map(of).collect()
}
