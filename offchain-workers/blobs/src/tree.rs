//! The hash tree of a blob, built while its bytes stream by.

use crate::{BlobError, Root};
use bao_tree::{
    iter::{BaoChunk, PostOrderChunkIter},
    BaoTree, BlockSize,
};
use blake3::hazmat::{merge_subtrees_non_root, merge_subtrees_root, HasherExt, Mode};

/// Leaves of the stored tree: groups of 16 chunks of 1,024 bytes. A blob's root does not depend on it.
pub(crate) const BLOCK: BlockSize = BlockSize::from_chunk_log(4);
/// Bytes of a leaf.
pub const GROUP: usize = 16 << 10;
/// Bytes of a pair of hashes in an outboard.
pub(crate) const PAIR: u64 = 64;

/// Hashes a stream of known length and collects its outboard: the pairs of child hashes of every inner node, in post-order.
#[derive(Debug)]
pub struct TreeBuilder {
    len: u64,
    seen: u64,
    nodes: PostOrderChunkIter,
    /// The leaf that the next bytes belong to: first chunk, size, whether it is the whole tree.
    leaf: Option<(u64, usize, bool)>,
    /// Bytes of a leaf that a chunk's end cut off.
    partial: Vec<u8>,
    stack: Vec<Root>,
    outboard: Vec<u8>,
}

impl TreeBuilder {
    /// For a blob of exactly `len` bytes. Uses 4 bytes of memory for each KiB.
    pub fn new(len: u64) -> Self {
        let mut builder = Self {
            len,
            seen: 0,
            nodes: BaoTree::new(len, BLOCK).post_order_chunks_iter(),
            leaf: None,
            partial: Vec::new(),
            stack: Vec::new(),
            outboard: Vec::new(),
        };
        builder.advance();
        builder
    }

    /// Bytes taken so far.
    pub fn seen(&self) -> u64 {
        self.seen
    }

    /// Takes the next bytes, any number of them.
    ///
    /// # Errors
    /// `TooLong`.
    pub fn push(&mut self, mut bytes: &[u8]) -> Result<(), BlobError> {
        self.seen += bytes.len() as u64;
        if self.seen > self.len {
            return Err(BlobError::TooLong { expected: self.len });
        }
        while let (Some((start, size, whole)), false) = (self.leaf, bytes.is_empty()) {
            if self.partial.is_empty() && bytes.len() >= size {
                let (group, rest) = bytes.split_at(size);
                self.stack.push(leaf_hash(start, group, whole));
                bytes = rest;
                self.advance();
                continue;
            }
            let (part, rest) = bytes.split_at(bytes.len().min(size - self.partial.len()));
            self.partial.extend(part);
            bytes = rest;
            if self.partial.len() == size {
                self.stack.push(leaf_hash(start, &self.partial, whole));
                self.partial.clear();
                self.advance();
            }
        }
        Ok(())
    }

    /// Root and outboard.
    ///
    /// # Errors
    /// `TooShort`.
    pub fn finish(mut self) -> Result<(Root, Vec<u8>), BlobError> {
        if self.seen < self.len {
            return Err(BlobError::TooShort {
                expected: self.len,
                got: self.seen,
            });
        }
        let root = match self.len {
            0 => *blake3::hash(&[]).as_bytes(),
            _ => self.stack.pop().unwrap_or_default(),
        };
        Ok((root, self.outboard))
    }

    /// Joins what is complete, up to the next leaf.
    fn advance(&mut self) {
        self.leaf = None;
        for node in self.nodes.by_ref() {
            match node {
                BaoChunk::Leaf {
                    start_chunk,
                    size,
                    is_root,
                    ..
                } => {
                    self.leaf = Some((start_chunk.0, size, is_root));
                    return;
                }
                BaoChunk::Parent { is_root, .. } => {
                    let right = self.stack.pop().unwrap_or_default();
                    let left = self.stack.pop().unwrap_or_default();
                    self.outboard.extend(left);
                    self.outboard.extend(right);
                    self.stack.push(parent_hash(&left, &right, is_root));
                }
            }
        }
    }
}

/// Chaining value of the bytes from chunk `start` on, or their root.
pub(crate) fn leaf_hash(start: u64, bytes: &[u8], whole: bool) -> Root {
    match whole {
        true => *blake3::hash(bytes).as_bytes(),
        false => blake3::Hasher::new()
            .set_input_offset(start * 1024)
            .update(bytes)
            .finalize_non_root(),
    }
}

/// Chaining value of two subtrees, or their root.
pub(crate) fn parent_hash(left: &Root, right: &Root, whole: bool) -> Root {
    match whole {
        true => *merge_subtrees_root(left, right, Mode::Hash).as_bytes(),
        false => merge_subtrees_non_root(left, right, Mode::Hash),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bao_tree::io::outboard::PostOrderMemOutboard;

    #[test]
    fn tree_should_be_that_of_bao_for_any_length_and_any_pieces() {
        let data: Vec<u8> = (0..200_000u32).map(|i| (i.wrapping_mul(i) >> 7) as u8).collect();
        for len in [
            0,
            1,
            1023,
            1024,
            1025,
            GROUP - 1,
            GROUP,
            GROUP + 1,
            3 * GROUP,
            4 * GROUP,
            5 * GROUP + 7,
            200_000,
        ] {
            let expected = PostOrderMemOutboard::create(&data[..len], BLOCK);
            for piece in [1000, GROUP, 70_000] {
                let mut tree = TreeBuilder::new(len as u64);
                data[..len].chunks(piece).for_each(|piece| tree.push(piece).unwrap());
                let (root, outboard) = tree.finish().unwrap();
                assert_eq!(root, *blake3::hash(&data[..len]).as_bytes(), "{len}");
                assert_eq!(outboard, expected.data, "{len}");
            }
        }
    }

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
