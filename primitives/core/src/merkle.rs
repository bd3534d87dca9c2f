//! Binary Merkle root, and a Merkle mountain range kept as its peaks. Proofs: [`quorate_proofs`], where the trees' rules stand.

use crate::Hash;
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_core::ConstU32;
use sp_runtime::BoundedVec;

fn parent(left: Hash, right: Hash) -> Hash {
    quorate_proofs::merkle::parent(left.0, right.0).into()
}

/// Merkle root of `leaves`, in order. An odd last node goes up unchanged; the number of leaves is hashed in, so lists of
/// different lengths never share a root.
pub fn root(leaves: impl IntoIterator<Item = Hash>) -> Hash {
    quorate_proofs::merkle::root(leaves).into()
}

/// Merkle root of the hashes of `items`.
pub fn root_of<'a, T: Encode + 'a>(items: impl IntoIterator<Item = &'a T>) -> Hash {
    root(items.into_iter().map(leaf))
}

/// The leaf of an item.
pub fn leaf<T: Encode>(item: &T) -> Hash {
    quorate_proofs::merkle::leaf(&item.encode()).into()
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
        let peaks: Vec<[u8; 32]> = self.peaks.iter().map(|peak| peak.0).collect();
        quorate_proofs::mountains::root(self.leaves, &peaks).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tagged::tagged;

    fn nth(n: u32) -> Hash {
        tagged(b"test", &n)
    }

    #[test]
    fn mountains_should_keep_one_peak_for_each_set_bit_and_match_the_tree_of_a_full_range() {
        let mut range = Mountains::default();
        for n in 0..100u32 {
            assert_eq!(range.peaks.len(), n.count_ones() as usize);
            range.push(nth(n));
            if (n + 1).is_power_of_two() {
                assert_eq!(root((0..=n).map(nth)), tagged(b"tree", &(n + 1, range.peaks[0])));
            }
        }
    }

    #[test]
    fn roots_should_differ_by_length_order_and_content() {
        let full = root((0..5).map(nth));
        assert_ne!(full, root((0..4).map(nth)));
        assert_ne!(full, root([0, 1, 2, 4, 3].map(nth)));
        assert_ne!(full, root([0, 1, 2, 3, 5].map(nth)));
        assert_ne!(root([]), root([nth(0)]));
    }

    #[test]
    fn hashes_should_be_tagged_like_all_others() {
        let (a, b) = (nth(0), nth(1));
        assert_eq!(leaf(&(7u32, b"item")), tagged(b"leaf", &(7u32, b"item")));
        assert_eq!(parent(a, b), tagged(b"node", &(a, b)));
        assert_eq!(root([a]), tagged(b"tree", &(1u32, a)));
        let mut range = Mountains::default();
        for n in 0..71 {
            assert_eq!(range.root(), tagged(b"mountains", &range));
            range.push(nth(n));
        }
    }

    #[test]
    fn proofs_should_hold_for_what_the_chain_keeps() {
        let items: Vec<u64> = (0..13).collect();
        let mut range = Mountains::default();
        items.iter().for_each(|item| range.push(leaf(item)));
        for (index, item) in (0..).zip(&items) {
            let leaves = || items.iter().map(leaf);
            let listed = quorate_proofs::merkle::Proof::new(leaves(), index).unwrap();
            assert_eq!(listed.verify(root_of(&items), leaf(item)), Ok(()));
            let kept = quorate_proofs::mountains::Proof::new(leaves(), index).unwrap();
            assert_eq!(kept.verify(range.root(), leaf(item)), Ok(()));
        }
    }
}
