//! Reading with proof: every group of 16 KiB is checked against the tree before it is handed out.

use crate::{
    name,
    tree::{BLOCK, PAIR},
    BlobError, BlobStore, Root,
};
use bao_tree::{iter::BaoChunk, BaoTree, ByteRanges, ChunkRanges};
use bytes::Bytes;
use futures::{stream::BoxStream, Stream, StreamExt};
use object_store::ObjectStoreExt;
use quorate_hash_tree::{leaf, leaves, parent};
use std::ops::Range;

/// What is to be read next, in pre-order.
enum Step {
    Parent {
        at: u64,
        whole: bool,
        left: bool,
        right: bool,
    },
    Leaf {
        start: u64,
        size: usize,
        whole: bool,
    },
}

struct Reader {
    store: BlobStore,
    root: Root,
    range: Range<u64>,
    steps: std::vec::IntoIter<Step>,
    expected: Vec<Root>,
}

impl BlobStore {
    /// The bytes of a range, each group verified against the root before it is handed out.
    ///
    /// # Errors
    /// `NotFound`, `Range`, `Store`; the stream yields `Damaged` where the store's bytes have changed, and ends.
    pub async fn get_verified(
        &self,
        root: &Root,
        range: Range<u64>,
    ) -> Result<BoxStream<'static, Result<Bytes, BlobError>>, BlobError> {
        let len = self.len(root).await?.ok_or_else(|| BlobError::NotFound(name(root)))?;
        if range.start > range.end || range.end > len {
            return Err(BlobError::Range {
                start: range.start,
                end: range.end,
                len,
            });
        }
        if range.is_empty() {
            return Ok(futures::stream::empty().boxed());
        }
        let steps = steps(len, range.clone()).into_iter();
        let reader = Reader {
            store: self.clone(),
            root: *root,
            range,
            steps,
            expected: vec![*root],
        };
        Ok(reader.stream().boxed())
    }
}

impl BlobStore {
    /// The hashes of a blob's groups, in order, from its outboard, verified against the root; none if the outboard is damaged. The
    /// blob's own bytes are not read. Uses 6 bytes of memory for each KiB of the blob.
    ///
    /// # Errors
    /// `NotFound`, `Store`.
    pub async fn group_hashes(&self, root: &Root) -> Result<Option<Vec<Root>>, BlobError> {
        let len = self.len(root).await?.ok_or_else(|| BlobError::NotFound(name(root)))?;
        let outboard = self.objects().get(&self.outboard_path(root)).await?.bytes().await?;
        Ok(leaves(root, len, &outboard))
    }
}

fn steps(len: u64, range: Range<u64>) -> Vec<Step> {
    let tree = BaoTree::new(len, BLOCK);
    let chunks: ChunkRanges = bao_tree::io::round_up_to_chunks(&ByteRanges::from(range));
    let nodes = tree.ranges_pre_order_chunks_iter_ref(&chunks, BLOCK.chunk_log());
    nodes
        .map(|node| match node {
            BaoChunk::Parent {
                node,
                is_root,
                left,
                right,
                ..
            } => Step::Parent {
                at: tree.post_order_offset(node).map_or(0, |offset| offset.value()) * PAIR,
                whole: is_root,
                left,
                right,
            },
            BaoChunk::Leaf {
                start_chunk,
                size,
                is_root,
                ..
            } => Step::Leaf {
                start: start_chunk.0,
                size,
                whole: is_root,
            },
        })
        .collect()
}

impl Reader {
    fn stream(self) -> impl Stream<Item = Result<Bytes, BlobError>> {
        futures::stream::unfold(Some(self), |reader| async move {
            let mut reader = reader?;
            match reader.next().await {
                Ok(Some(bytes)) => Some((Ok(bytes), Some(reader))),
                Ok(None) => None,
                Err(error) => Some((Err(error), None)),
            }
        })
    }

    /// The part of the next group that lies in the range.
    async fn next(&mut self) -> Result<Option<Bytes>, BlobError> {
        while let Some(step) = self.steps.next() {
            let expected = self.expected.pop().unwrap_or_default();
            match step {
                Step::Parent { at, whole, left, right } => {
                    let path = self.store.outboard_path(&self.root);
                    let (l, r) = split(&self.store.objects().get_range(&path, at..at + PAIR).await?);
                    self.check(parent(&l, &r, whole) == expected, 0)?;
                    self.expected.extend(right.then_some(r));
                    self.expected.extend(left.then_some(l));
                }
                Step::Leaf { start, size, whole } => {
                    let (from, to) = (start * 1024, start * 1024 + size as u64);
                    let path = self.store.data_path(&self.root);
                    let bytes = self.store.objects().get_range(&path, from..to).await?;
                    self.check(leaf(from, &bytes, whole) == expected, from)?;
                    let (first, last) = (self.range.start.max(from) - from, self.range.end.min(to) - from);
                    if first < last {
                        return Ok(Some(bytes.slice(first as usize..last as usize)));
                    }
                }
            }
        }
        Ok(None)
    }

    fn check(&self, right: bool, offset: u64) -> Result<(), BlobError> {
        match right {
            true => Ok(()),
            false => Err(BlobError::Damaged {
                name: name(&self.root),
                offset,
            }),
        }
    }
}

fn split(pair: &[u8]) -> (Root, Root) {
    let mut hashes = pair
        .chunks_exact(32)
        .map(|hash| Root::try_from(hash).unwrap_or_default());
    (hashes.next().unwrap_or_default(), hashes.next().unwrap_or_default())
}
