//! Binary Merkle root, and a Merkle mountain range kept as its peaks.

use crate::{tagged::tagged, Hash};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_core::ConstU32;
use sp_runtime::BoundedVec;

fn parent(left: Hash, right: Hash) -> Hash {
    tagged(b"node", &(left, right))
}

/// Merkle root of `leaves`, in order. An odd last node goes up unchanged; the number of leaves is hashed in, so lists of
/// different lengths never share a root.
pub fn root(leaves: impl IntoIterator<Item = Hash>) -> Hash {
    let mut level: Vec<Hash> = leaves.into_iter().collect();
    let count = level.len() as u32;
    while level.len() > 1 {
        level = level
            .chunks(2)
            .map(|pair| match pair {
                [left, right] => parent(*left, *right),
                rest => rest.first().copied().unwrap_or_default(),
            })
            .collect();
    }
    tagged(b"tree", &(count, level.first().copied().unwrap_or_default()))
}

/// Merkle root of the hashes of `items`.
pub fn root_of<'a, T: Encode + 'a>(items: impl IntoIterator<Item = &'a T>) -> Hash {
    root(items.into_iter().map(|item| tagged(b"leaf", item)))
}

/// A Merkle mountain range: the peaks, highest first, one for each set bit of `leaves`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct Mountains {
    pub leaves: u32,
    pub peaks: BoundedVec<Hash, ConstU32<32>>,
}

impl Mountains {
    /// Append a leaf. Does nothing when the range is full (2^32 - 1 leaves).
    pub fn push(&mut self, leaf: Hash) {
        let Some(count) = self.leaves.checked_add(1) else {
            return;
        };
        let mut node = leaf;
        for _ in 0..self.leaves.trailing_ones() {
            let Some(left) = self.peaks.pop() else { return };
            node = parent(left, node);
        }
        if self.peaks.try_push(node).is_ok() {
            self.leaves = count;
        }
    }

    /// Root over all leaves: the hash of their number and the peaks.
    pub fn root(&self) -> Hash {
        tagged(b"mountains", self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf(n: u32) -> Hash {
        tagged(b"test", &n)
    }

    #[test]
    fn mountains_keep_one_peak_for_each_set_bit_and_match_the_tree_of_a_full_range() {
        let mut range = Mountains::default();
        for n in 0..100u32 {
            assert_eq!(range.peaks.len(), n.count_ones() as usize);
            range.push(leaf(n));
            if (n + 1).is_power_of_two() {
                assert_eq!(root((0..=n).map(leaf)), tagged(b"tree", &(n + 1, range.peaks[0])));
            }
        }
    }

    #[test]
    fn roots_differ_by_length_order_and_content() {
        let full = root((0..5).map(leaf));
        assert_ne!(full, root((0..4).map(leaf)));
        assert_ne!(full, root([0, 1, 2, 4, 3].map(leaf)));
        assert_ne!(full, root([0, 1, 2, 3, 5].map(leaf)));
        assert_ne!(root([]), root([leaf(0)]));
    }
}
