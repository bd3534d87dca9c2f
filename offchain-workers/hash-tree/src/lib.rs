#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod builder;
mod file;
mod name;
mod pieces;
mod tree;

pub use builder::Builder;
pub use file::of_file;
pub use name::{Name, NameReader};
pub use pieces::{Piece, Pieces};
pub use tree::{leaves, Tree};

use blake3::hazmat::{merge_subtrees_non_root, merge_subtrees_root, HasherExt, Mode};

/// A root, or the chaining value of a subtree.
pub type Root = [u8; 32];

/// Bytes of a leaf: 16 chunks of 1,024 bytes.
pub const GROUP: usize = 16 << 10;

/// A file's root and length in bytes, and the outboard of its tree.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Hashed {
    pub root: Root,
    pub len: u64,
    pub outboard: Vec<u8>,
}

/// The chaining value of bytes that start at byte `start` of their file; their root if they are the whole file.
///
/// # Panics
/// If they are not a subtree: `start` is a multiple of their length rounded up to a power of two, at least 1,024.
pub fn leaf(start: u64, bytes: &[u8], whole: bool) -> Root {
    match whole {
        true => *blake3::hash(bytes).as_bytes(),
        false => blake3::Hasher::new()
            .set_input_offset(start)
            .update(bytes)
            .finalize_non_root(),
    }
}

/// The chaining value of two subtrees, or the root if they are the whole tree.
pub fn parent(left: &Root, right: &Root, whole: bool) -> Root {
    match whole {
        true => *merge_subtrees_root(left, right, Mode::Hash).as_bytes(),
        false => merge_subtrees_non_root(left, right, Mode::Hash),
    }
}

/// Groups of a file of `len` bytes; an empty one has one, too.
pub fn groups(len: u64) -> u64 {
    len.div_ceil(GROUP as u64).max(1)
}
