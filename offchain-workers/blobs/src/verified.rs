//! Reading with proof: every group of 16 KiB is checked against the tree before it is handed out.

use crate::{
    name,
    tree::{BLOCK, PAIR},
    window::Window,
    BlobError, BlobStore, Root,
};
use bao_tree::{
    iter::{BaoChunk, ResponseIter},
    BaoTree, ChunkNum, ChunkRanges,
};
use bytes::{Bytes, BytesMut};
use futures::{stream::BoxStream, Stream, StreamExt};
use object_store::ObjectStoreExt;
use quorate_gateway_api::proven;
use quorate_hash_tree::{leaf, leaves, parent};
use std::ops::Range;

/// Bytes that are handed out together, about.
const PIECE: usize = 128 << 10;
/// Bytes of the blob, and of its outboard, that are read at a time.
const DATA_WINDOW: u64 = 1 << 20;
const OUTBOARD_WINDOW: u64 = 64 << 10;
/// Chunks of a group.
const CHUNKS: u64 = 16;

/// What is handed out.
#[derive(Clone, PartialEq, Eq)]
enum Wanted {
    /// These bytes.
    Bytes(Range<u64>),
    /// Whole groups, with their proof.
    Proof,
}

struct Reader {
    store: BlobStore,
    root: Root,
    tree: BaoTree,
    wanted: Wanted,
    /// What is to be read next, in pre-order.
    steps: ResponseIter,
    expected: Vec<Root>,
    data: Window,
    outboard: Window,
}

/// Chunks of these groups; to the very end for the last one.
pub(crate) fn chunks(groups: &Range<u64>, len: u64) -> ChunkRanges {
    let start = ChunkNum(groups.start * CHUNKS);
    match groups.end >= proven::groups(len) {
        true => ChunkRanges::from(start..),
        false => ChunkRanges::from(start..ChunkNum(groups.end * CHUNKS)),
    }
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
        let len = self.len_with(root, &range).await?;
        if range.is_empty() {
            return Ok(futures::stream::empty().boxed());
        }
        self.touch(root);
        let groups = range.start / proven::GROUP..range.end.div_ceil(proven::GROUP);
        Ok(Reader::new(self, root, len, groups, Wanted::Bytes(range))
            .stream()
            .boxed())
    }

    /// These groups with their proof, as `quorate_gateway_api::proven` describes it. They are verified before they are handed out.
    ///
    /// # Errors
    /// As [`BlobStore::get_verified`].
    pub async fn get_proven(
        &self,
        root: &Root,
        groups: Range<u64>,
    ) -> Result<BoxStream<'static, Result<Bytes, BlobError>>, BlobError> {
        let len = self.len(root).await?.ok_or_else(|| BlobError::NotFound(name(root)))?;
        if groups.is_empty() || groups.end > proven::groups(len) {
            return Err(BlobError::Range {
                start: groups.start.saturating_mul(proven::GROUP),
                end: groups.end.saturating_mul(proven::GROUP),
                len,
            });
        }
        self.touch(root);
        Ok(Reader::new(self, root, len, groups, Wanted::Proof).stream().boxed())
    }

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

impl Reader {
    fn new(store: &BlobStore, root: &Root, len: u64, groups: Range<u64>, wanted: Wanted) -> Self {
        let tree = BaoTree::new(len, BLOCK);
        let end = groups.end.saturating_mul(proven::GROUP).min(len);
        Self {
            data: Window::new(store.data_path(root), DATA_WINDOW, 1, end),
            // A subtree's pairs lie together, and may begin anywhere.
            outboard: Window::new(store.outboard_path(root), OUTBOARD_WINDOW, 4, tree.outboard_size()),
            store: store.clone(),
            root: *root,
            tree,
            wanted,
            steps: ResponseIter::new(tree, chunks(&groups, len)),
            expected: vec![*root],
        }
    }

    fn stream(self) -> impl Stream<Item = Result<Bytes, BlobError>> {
        futures::stream::unfold(Some(self), |reader| async move {
            let mut reader = reader?;
            match reader.piece().await {
                Ok(piece) if piece.is_empty() => None,
                Ok(piece) => Some((Ok(piece), Some(reader))),
                Err(error) => Some((Err(error), None)),
            }
        })
    }

    /// The next bytes; none at the end.
    async fn piece(&mut self) -> Result<Bytes, BlobError> {
        let mut piece = BytesMut::new();
        while piece.len() < PIECE {
            let Some(step) = self.steps.next() else { break };
            let bytes = self.step(step).await?;
            piece.extend_from_slice(&bytes);
        }
        Ok(piece.freeze())
    }

    /// The part of the next node that is wanted.
    async fn step(&mut self, step: BaoChunk) -> Result<Bytes, BlobError> {
        let expected = self.expected.pop().unwrap_or_default();
        match step {
            BaoChunk::Parent {
                node,
                is_root,
                left,
                right,
                ..
            } => {
                let at = self.tree.post_order_offset(node).map_or(0, |offset| offset.value()) * PAIR;
                let pair = self.outboard.read(&self.store, at..at + PAIR).await?;
                let (l, r) = split(&pair);
                self.check(parent(&l, &r, is_root) == expected, 0)?;
                self.expected.extend(right.then_some(r));
                self.expected.extend(left.then_some(l));
                Ok(match self.wanted {
                    Wanted::Bytes(_) => Bytes::new(),
                    Wanted::Proof => pair,
                })
            }
            BaoChunk::Leaf {
                start_chunk,
                size,
                is_root,
                ..
            } => {
                let from = start_chunk.to_bytes();
                let to = from + size as u64;
                let bytes = self.data.read(&self.store, from..to).await?;
                self.check(leaf(from, &bytes, is_root) == expected, from)?;
                Ok(match &self.wanted {
                    Wanted::Proof => bytes,
                    Wanted::Bytes(range) => {
                        let (first, last) = (range.start.clamp(from, to) - from, range.end.clamp(from, to) - from);
                        bytes.slice(first as usize..last as usize)
                    }
                })
            }
        }
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
