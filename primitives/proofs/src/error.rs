//! Why a proof does not hold.

use core::fmt;

/// Why a proof does not hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ProofError {
    /// The index is not below the number of leaves.
    NoSuchLeaf {
        /// As the proof says.
        index: u32,
        /// Number of leaves that the proof says.
        count: u32,
    },
    /// No piece of the blob begins at this offset.
    NoSuchPiece {
        /// As the proof says.
        offset: u64,
        /// Length of the blob.
        len: u64,
    },
    /// The piece has another number of bytes.
    PieceLength {
        /// What follows from the blob's length and the offset.
        expected: u64,
        /// Bytes given.
        got: u64,
    },
    /// The proof has fewer or more hashes than its place in the tree asks for.
    Hashes,
    /// The proof leads to another root.
    OtherRoot,
}

impl fmt::Display for ProofError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchLeaf { index, count } => write!(f, "leaf {index} of {count}"),
            Self::NoSuchPiece { offset, len } => write!(f, "no piece of {len} bytes begins at byte {offset}"),
            Self::PieceLength { expected, got } => write!(f, "the piece has {got} bytes; {expected} were expected"),
            Self::Hashes => f.write_str("the proof has fewer or more hashes than its place in the tree asks for"),
            Self::OtherRoot => f.write_str("the proof leads to another root"),
        }
    }
}

impl core::error::Error for ProofError {}
