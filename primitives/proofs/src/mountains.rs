//! The Merkle mountain range: a list of leaves that only grows, kept as the peaks of perfect trees; and proofs that a leaf is in it.

use crate::{
    error::ProofError,
    hash::{tagged, Hash},
    merkle::{join, parent},
};
use alloc::vec::Vec;
use bounded_collections::{BoundedVec, ConstU32};
use codec::{Compact, Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// Most peaks, and most levels below one, of leaves that are counted in 32 bits.
pub const MAX_PEAKS: u32 = 32;

/// The root over `leaves` leaves with these peaks, highest first.
pub fn root(leaves: u32, peaks: &[Hash]) -> Hash {
    let number = Compact(u32::try_from(peaks.len()).unwrap_or(u32::MAX)).encode();
    tagged(b"mountains", &[&leaves.to_le_bytes(), &number, peaks.as_flattened()])
}

/// Where a leaf stands: its mountain's height, the mountain's number from the highest on, and the leaf's place in it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Place {
    height: u32,
    mountain: usize,
    at: u32,
}

impl Place {
    /// Of leaf `index` of `leaves`.
    fn of(index: u32, leaves: u32) -> Option<Self> {
        let (mut rest, mut mountain) = (index, 0usize);
        for height in heights(leaves) {
            let size = 1u32.checked_shl(height)?;
            if rest < size {
                return Some(Self {
                    height,
                    mountain,
                    at: rest,
                });
            }
            rest = rest.checked_sub(size)?;
            mountain = mountain.checked_add(1)?;
        }
        None
    }
}

/// Heights of the mountains over `leaves` leaves, highest first.
fn heights(leaves: u32) -> impl Iterator<Item = u32> {
    let stands = move |height: &u32| 1u32.checked_shl(*height).is_some_and(|size| leaves & size != 0);
    (0..u32::BITS).rev().filter(stands)
}

/// Proves that a record is number `index` of the `leaves` records of a range.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct Proof {
    /// Place of the record, from 0.
    pub index: u32,
    /// Number of records.
    pub leaves: u32,
    /// The neighbours of the nodes on the way up to the record's peak, from below.
    pub siblings: BoundedVec<Hash, ConstU32<MAX_PEAKS>>,
    /// The other peaks, highest first.
    pub peaks: BoundedVec<Hash, ConstU32<MAX_PEAKS>>,
}

impl Proof {
    /// The proof of record `index` from all leaves; `None` if there are not that many, or 2^32 and more.
    pub fn new(leaves: impl IntoIterator<Item = impl Into<Hash>>, index: u32) -> Option<Self> {
        let leaves: Vec<Hash> = leaves.into_iter().map(Into::into).collect();
        let count = u32::try_from(leaves.len()).ok()?;
        Self::from_nodes(count, index, |height, position| perfect(&leaves, height, position))
    }

    /// The proof of record `index` from stored nodes: `node(height, position)` is that over the leaves from
    /// `position · 2^height` on, 2^height of them; `node(0, i)` is leaf i. At most 62 are asked for.
    pub fn from_nodes(leaves: u32, index: u32, mut node: impl FnMut(u32, u32) -> Option<Hash>) -> Option<Self> {
        let place = Place::of(index, leaves)?;
        let mut siblings = BoundedVec::new();
        for height in 0..place.height {
            siblings.try_push(node(height, index.checked_shr(height)? ^ 1)?).ok()?;
        }
        let (mut peaks, mut start) = (BoundedVec::new(), 0u32);
        for (mountain, height) in heights(leaves).enumerate() {
            if mountain != place.mountain {
                peaks.try_push(node(height, start.checked_shr(height)?)?).ok()?;
            }
            start = start.saturating_add(1u32.checked_shl(height)?);
        }
        Some(Self {
            index,
            leaves,
            siblings,
            peaks,
        })
    }

    /// Whether `leaf` has its place in the range with this root.
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
        let place = Place::of(self.index, self.leaves).ok_or(ProofError::NoSuchLeaf {
            index: self.index,
            count: self.leaves,
        })?;
        let others = usize::try_from(self.leaves.count_ones().saturating_sub(1)).unwrap_or(usize::MAX);
        let levels = usize::try_from(place.height).unwrap_or(usize::MAX);
        if self.siblings.len() != levels || self.peaks.len() != others {
            return Err(ProofError::Hashes);
        }
        let (mut at, mut node) = (place.at, leaf.into());
        for sibling in &self.siblings {
            node = join(at, node, *sibling);
            at >>= 1;
        }
        let (before, after) = self.peaks.split_at_checked(place.mountain).ok_or(ProofError::Hashes)?;
        let peaks: Vec<Hash> = before
            .iter()
            .copied()
            .chain([node])
            .chain(after.iter().copied())
            .collect();
        Ok(root(self.leaves, &peaks))
    }
}

/// The node over 2^height of the leaves.
fn perfect(leaves: &[Hash], height: u32, position: u32) -> Option<Hash> {
    let size = 1usize.checked_shl(height)?;
    let start = usize::try_from(position).ok()?.checked_mul(size)?;
    let mut level: Vec<Hash> = leaves.get(start..start.checked_add(size)?)?.to_vec();
    while level.len() > 1 {
        level = level
            .chunks_exact(2)
            .filter_map(|pair| match pair {
                [left, right] => Some(parent(*left, *right)),
                _ => None,
            })
            .collect();
    }
    level.first().copied()
}
