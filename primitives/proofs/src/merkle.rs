//! The binary Merkle tree, and proofs that a leaf is in it.

use crate::{
    error::ProofError,
    hash::{tagged, Hash},
};
use alloc::vec::Vec;
use bounded_collections::{BoundedVec, ConstU32};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// Most levels below the top of a tree whose leaves are counted in 32 bits.
pub const MAX_LEVELS: u32 = 32;

/// The hash of an item, given its SCALE encoding.
pub fn leaf(item: &[u8]) -> Hash {
    tagged(b"leaf", &[item])
}

/// The hash of an inner node.
pub fn parent(left: Hash, right: Hash) -> Hash {
    tagged(b"node", &[&left, &right])
}

/// The root of `leaves`, in order, which are fewer than 2^32.
pub fn root(leaves: impl IntoIterator<Item = impl Into<Hash>>) -> Hash {
    let mut level: Vec<Hash> = leaves.into_iter().map(Into::into).collect();
    let count = u32::try_from(level.len()).unwrap_or(u32::MAX);
    while level.len() > 1 {
        level = above(&level);
    }
    over(count, level.first().copied().unwrap_or_default())
}

/// The level above a level.
fn above(level: &[Hash]) -> Vec<Hash> {
    let pairs = level.chunks(2).map(|pair| match pair {
        [left, right] => parent(*left, *right),
        rest => rest.first().copied().unwrap_or_default(),
    });
    pairs.collect()
}

/// The root above the top node of `count` leaves.
fn over(count: u32, top: Hash) -> Hash {
    tagged(b"tree", &[&count.to_le_bytes(), &top])
}

/// Proves that a leaf is number `index` of `count` leaves.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct Proof {
    /// Place of the leaf, from 0.
    pub index: u32,
    /// Number of leaves.
    pub count: u32,
    /// The neighbours of the nodes on the way up, from below; none where a node has no neighbour.
    pub siblings: BoundedVec<Hash, ConstU32<MAX_LEVELS>>,
}

impl Proof {
    /// The proof of leaf `index`; `None` if there are not that many, or 2^32 and more.
    pub fn new(leaves: impl IntoIterator<Item = impl Into<Hash>>, index: u32) -> Option<Self> {
        let mut level: Vec<Hash> = leaves.into_iter().map(Into::into).collect();
        let count = u32::try_from(level.len()).ok()?;
        let mut at = usize::try_from(index).ok().filter(|index| *index < level.len())?;
        let mut siblings = BoundedVec::new();
        while level.len() > 1 {
            if let Some(sibling) = level.get(at ^ 1) {
                siblings.try_push(*sibling).ok()?;
            }
            level = above(&level);
            at >>= 1;
        }
        Some(Self { index, count, siblings })
    }

    /// Whether `leaf` has its place under `root`.
    ///
    /// # Errors
    /// Why not.
    pub fn verify(&self, root: impl Into<Hash>, leaf: impl Into<Hash>) -> Result<(), ProofError> {
        match self.root(leaf)? == root.into() {
            true => Ok(()),
            false => Err(ProofError::OtherRoot),
        }
    }

    /// The root that the proof leads to.
    ///
    /// # Errors
    /// `NoSuchLeaf`, `Hashes`.
    pub fn root(&self, leaf: impl Into<Hash>) -> Result<Hash, ProofError> {
        if self.index >= self.count {
            return Err(ProofError::NoSuchLeaf {
                index: self.index,
                count: self.count,
            });
        }
        let (mut at, mut last, mut node) = (self.index, self.count.saturating_sub(1), leaf.into());
        let mut siblings = self.siblings.iter().copied();
        while last > 0 {
            // Even and last: no neighbour, the node goes up unchanged.
            if at & 1 == 1 || at < last {
                let sibling = siblings.next().ok_or(ProofError::Hashes)?;
                node = join(at, node, sibling);
            }
            at >>= 1;
            last >>= 1;
        }
        match siblings.next() {
            None => Ok(over(self.count, node)),
            Some(_) => Err(ProofError::Hashes),
        }
    }
}

/// The node above the node at position `at` of its level and its neighbour.
pub(crate) fn join(at: u32, node: Hash, sibling: Hash) -> Hash {
    match at & 1 {
        0 => parent(node, sibling),
        _ => parent(sibling, node),
    }
}
