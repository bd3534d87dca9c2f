//! The hash tree of a blob, built while its bytes stream by: `quorate_hash_tree`, with the errors of this crate.

use crate::{BlobError, Root};
use bao_tree::BlockSize;
use quorate_hash_tree::Builder;

pub use quorate_hash_tree::GROUP;

/// Leaves of the stored tree: groups of 16 chunks of 1,024 bytes. A blob's root does not depend on it.
pub(crate) const BLOCK: BlockSize = BlockSize::from_chunk_log(4);
/// Bytes of a pair of hashes in an outboard.
pub(crate) const PAIR: u64 = 64;

/// Hashes a stream of known length and collects its outboard: the pairs of child hashes of every inner node, in post-order.
#[derive(Debug)]
pub struct TreeBuilder {
    len: u64,
    builder: Builder,
}

impl TreeBuilder {
    /// For a blob of exactly `len` bytes. Uses 4 bytes of memory for each KiB.
    pub fn new(len: u64) -> Self {
        Self {
            len,
            builder: Builder::new(len),
        }
    }

    /// Bytes taken so far.
    pub fn seen(&self) -> u64 {
        self.builder.seen()
    }

    /// Takes the next bytes, any number of them.
    ///
    /// # Errors
    /// `TooLong`.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), BlobError> {
        self.builder.push(bytes);
        match self.seen() > self.len {
            true => Err(BlobError::TooLong { expected: self.len }),
            false => Ok(()),
        }
    }

    /// Root and outboard.
    ///
    /// # Errors
    /// `TooShort`, `TooLong`.
    pub fn finish(self) -> Result<(Root, Vec<u8>), BlobError> {
        let (expected, got) = (self.len, self.seen());
        match self.builder.finish() {
            Some(hashed) => Ok((hashed.root, hashed.outboard)),
            None if got > expected => Err(BlobError::TooLong { expected }),
            None => Err(BlobError::TooShort { expected, got }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_lengths_should_be_refused() {
        let mut tree = TreeBuilder::new(10);
        assert!(matches!(tree.push(&[0; 11]), Err(BlobError::TooLong { expected: 10 })));
        let mut tree = TreeBuilder::new(10);
        tree.push(&[0; 9]).unwrap();
        assert!(matches!(
            tree.finish(),
            Err(BlobError::TooShort { expected: 10, got: 9 })
        ));
    }
}
