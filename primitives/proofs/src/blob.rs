//! Proofs that bytes lie at an offset of a blob, from the tree that BLAKE3 is. (O'Connor, Aumasson, Neves, Wilcox-O'Hearn, "BLAKE3",
//! 2020, section 2.1.)

use crate::{error::ProofError, hash::Hash};
use alloc::vec::Vec;
use blake3::hazmat::{merge_subtrees_non_root, merge_subtrees_root, HasherExt, Mode};
use bounded_collections::{BoundedVec, ConstU32};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// Most levels of a tree over 2^64 bytes in chunks of 1,024.
pub const MAX_LEVELS: u32 = 54;

/// Size of the pieces that proofs are about.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub enum Piece {
    /// 1,024 bytes: the leaf of the tree.
    #[codec(index = 0)]
    Chunk,
    /// 16 chunks: what outboards are made of.
    #[codec(index = 1)]
    Group,
}

impl Piece {
    /// Bytes of every piece but the last one.
    pub const fn size(self) -> u64 {
        match self {
            Self::Chunk => 1 << 10,
            Self::Group => 1 << 14,
        }
    }

    /// Bytes of the piece at `offset` of a blob of `len` bytes. An empty blob has one empty piece.
    ///
    /// # Errors
    /// `NoSuchPiece`.
    pub fn len_at(self, offset: u64, len: u64) -> Result<u64, ProofError> {
        let aligned = offset & self.size().saturating_sub(1) == 0;
        match aligned && (offset < len || offset == 0) {
            true => Ok(len.saturating_sub(offset).min(self.size())),
            false => Err(ProofError::NoSuchPiece { offset, len }),
        }
    }
}

/// Proves that a piece lies at `offset` of a blob whose root and length are known. Its hashes come from the top.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct Proof {
    /// Size of the piece.
    pub piece: Piece,
    /// Its first byte, a multiple of the size.
    pub offset: u64,
    /// The neighbours of the nodes on the way down, from the root's child on.
    pub siblings: BoundedVec<Hash, ConstU32<MAX_LEVELS>>,
}

/// A subtree next to the way from the root to a piece.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Neighbour {
    start: u64,
    len: u64,
    /// Whether the way goes left, so that this is the right one.
    is_right: bool,
}

/// Bytes of the left side of a tree over `len` bytes, more than a chunk: the largest power of two that leaves something to the right.
/// `blake3::hazmat::left_subtree_len` adds one to `len`, which overflows for the largest one.
fn left_subtree_len(len: u64) -> u64 {
    len.saturating_sub(1)
        .checked_ilog2()
        .and_then(|levels| 1u64.checked_shl(levels))
        .unwrap_or(0)
}

/// The neighbours on the way from the root of a blob of `len` bytes to the piece at `offset`.
fn way(piece: Piece, offset: u64, len: u64) -> Vec<Neighbour> {
    let (mut start, mut len) = (0u64, len);
    let mut way = Vec::new();
    while len > piece.size() {
        let left = left_subtree_len(len);
        let middle = start.saturating_add(left);
        let right = len.saturating_sub(left);
        let is_right = offset < middle;
        way.push(match is_right {
            true => Neighbour {
                start: middle,
                len: right,
                is_right,
            },
            false => Neighbour {
                start,
                len: left,
                is_right,
            },
        });
        (start, len) = match is_right {
            true => (start, left),
            false => (middle, right),
        };
    }
    way
}

/// The chaining value of a subtree that is not the whole tree; `bytes` are not empty and begin where a subtree of their length may.
fn chaining_value(start: u64, bytes: &[u8]) -> Hash {
    let mut hasher = blake3::Hasher::new();
    hasher.set_input_offset(start).update(bytes);
    hasher.finalize_non_root()
}

impl Proof {
    /// The proof of the piece at `offset`, from the whole blob.
    ///
    /// # Errors
    /// `NoSuchPiece`.
    pub fn new(blob: &[u8], piece: Piece, offset: u64) -> Result<Self, ProofError> {
        let len = length(blob);
        piece.len_at(offset, len)?;
        Self::from_neighbours(piece, offset, len, |neighbour| {
            let bytes = part(blob, neighbour.start, neighbour.len)?;
            Some(chaining_value(neighbour.start, bytes))
        })
    }

    /// The proof of the group at `offset`, from the chaining values of all groups, in order, as an outboard has them.
    ///
    /// # Errors
    /// `NoSuchPiece`; `Hashes` if they are not as many as the blob has groups.
    pub fn of_group(groups: &[Hash], len: u64, offset: u64) -> Result<Self, ProofError> {
        Piece::Group.len_at(offset, len)?;
        let count = len.div_ceil(Piece::Group.size()).max(1);
        if u64::try_from(groups.len()).ok() != Some(count) {
            return Err(ProofError::Hashes);
        }
        Self::from_neighbours(Piece::Group, offset, len, |neighbour| over_groups(groups, neighbour))
    }

    /// The proof of the chunk at `offset`, from the chaining values of all groups and the bytes of the chunk's group.
    ///
    /// # Errors
    /// `NoSuchPiece`; `Hashes` as above; `PieceLength` if the group has other bytes.
    pub fn of_chunk(groups: &[Hash], len: u64, offset: u64, group: &[u8]) -> Result<Self, ProofError> {
        Piece::Chunk.len_at(offset, len)?;
        let start = offset & !Piece::Group.size().saturating_sub(1);
        check_len(Piece::Group.len_at(start, len)?, group)?;
        let of_group = Self::of_group(groups, len, start)?;
        let mut siblings = of_group.siblings.into_iter();
        Self::from_neighbours(Piece::Chunk, offset, len, |neighbour| {
            siblings.next().or_else(|| {
                let within = neighbour.start.checked_sub(start)?;
                Some(chaining_value(neighbour.start, part(group, within, neighbour.len)?))
            })
        })
    }

    fn from_neighbours(
        piece: Piece,
        offset: u64,
        len: u64,
        value: impl FnMut(Neighbour) -> Option<Hash>,
    ) -> Result<Self, ProofError> {
        let siblings: Option<Vec<Hash>> = way(piece, offset, len).into_iter().map(value).collect();
        let siblings = siblings.and_then(|siblings| BoundedVec::try_from(siblings).ok());
        Ok(Self {
            piece,
            offset,
            siblings: siblings.ok_or(ProofError::Hashes)?,
        })
    }

    /// Whether `bytes` are the piece of a blob with this root and length.
    ///
    /// # Errors
    /// Why not.
    pub fn verify(&self, root: impl Into<Hash>, len: u64, bytes: &[u8]) -> Result<(), ProofError> {
        match self.root(len, bytes)? == root.into() {
            true => Ok(()),
            false => Err(ProofError::OtherRoot),
        }
    }

    /// The root that the proof leads to.
    ///
    /// # Errors
    /// `NoSuchPiece`, `PieceLength`, `Hashes`.
    pub fn root(&self, len: u64, bytes: &[u8]) -> Result<Hash, ProofError> {
        check_len(self.piece.len_at(self.offset, len)?, bytes)?;
        let way = way(self.piece, self.offset, len);
        if way.len() != self.siblings.len() {
            return Err(ProofError::Hashes);
        }
        let mut steps = way.iter().zip(&self.siblings);
        let Some(top) = steps.next() else {
            return Ok(*blake3::hash(bytes).as_bytes());
        };
        let mut node = chaining_value(self.offset, bytes);
        for (neighbour, sibling) in steps.rev() {
            let (left, right) = sides(neighbour, &node, sibling);
            node = merge_subtrees_non_root(left, right, Mode::Hash);
        }
        let (left, right) = sides(top.0, &node, top.1);
        Ok(*merge_subtrees_root(left, right, Mode::Hash).as_bytes())
    }
}

fn sides<'a>(neighbour: &Neighbour, node: &'a Hash, sibling: &'a Hash) -> (&'a Hash, &'a Hash) {
    match neighbour.is_right {
        true => (node, sibling),
        false => (sibling, node),
    }
}

/// The chaining value of a subtree that consists of whole groups (the last one maybe shorter).
fn over_groups(groups: &[Hash], subtree: Neighbour) -> Option<Hash> {
    let first = usize::try_from(subtree.start.checked_div(Piece::Group.size())?).ok()?;
    let count = usize::try_from(subtree.len.div_ceil(Piece::Group.size())).ok()?;
    merged(groups.get(first..first.checked_add(count)?)?)
}

/// The chaining value over these, the left half of which is the largest power of two below their number.
fn merged(values: &[Hash]) -> Option<Hash> {
    if let [value] = values {
        return Some(*value);
    }
    let left = values.len().div_ceil(2).checked_next_power_of_two()?;
    let (left, right) = values.split_at_checked(left)?;
    Some(merge_subtrees_non_root(&merged(left)?, &merged(right)?, Mode::Hash))
}

fn part(bytes: &[u8], start: u64, len: u64) -> Option<&[u8]> {
    let start = usize::try_from(start).ok()?;
    bytes.get(start..start.checked_add(usize::try_from(len).ok()?)?)
}

fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

fn check_len(expected: u64, bytes: &[u8]) -> Result<(), ProofError> {
    let got = length(bytes);
    match got == expected {
        true => Ok(()),
        false => Err(ProofError::PieceLength { expected, got }),
    }
}

#[cfg(test)]
mod tests {
    use super::left_subtree_len;

    #[test]
    fn left_side_should_be_that_of_blake3_and_leave_something_for_the_longest_blob() {
        let around = |exponent: u32| (0..8).map(move |more| (1u64 << exponent).saturating_sub(4) + more);
        for len in (11..64).flat_map(around).chain(1_025..70_000) {
            assert_eq!(left_subtree_len(len), blake3::hazmat::left_subtree_len(len), "{len}");
        }
        assert_eq!(left_subtree_len(u64::MAX), 1 << 63);
    }
}
