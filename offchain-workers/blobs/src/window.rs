//! Small reads of an object, made from few large ones.

use crate::{BlobError, BlobStore};
use bytes::Bytes;
use object_store::{path::Path, ObjectStoreExt};
use std::{collections::VecDeque, ops::Range};

/// Reads an object in blocks and keeps the last few.
pub(crate) struct Window {
    path: Path,
    block: u64,
    keep: usize,
    /// Nothing beyond is read.
    end: u64,
    blocks: VecDeque<(u64, Bytes)>,
}

impl Window {
    pub fn new(path: Path, block: u64, keep: usize, end: u64) -> Self {
        Self {
            path,
            block,
            keep,
            end,
            blocks: VecDeque::new(),
        }
    }

    /// Bytes of a range no longer than a block.
    pub async fn read(&mut self, store: &BlobStore, range: Range<u64>) -> Result<Bytes, BlobError> {
        if range.is_empty() {
            return Ok(Bytes::new());
        }
        let found = self.blocks.iter().find_map(|block| part(block, &range));
        if let Some(found) = found {
            return Ok(found);
        }
        // One that lies across a border has a block of its own, so that it is one read.
        let aligned = range.start - range.start % self.block;
        let start = match range.end <= aligned + self.block {
            true => aligned,
            false => range.start,
        };
        let end = self.end.max(range.end).min(start + self.block);
        let bytes = store.objects().get_range(&self.path, start..end).await?;
        if self.blocks.len() >= self.keep {
            self.blocks.pop_front();
        }
        let block = (start, bytes);
        let wanted = part(&block, &range);
        self.blocks.push_back(block);
        let short = || BlobError::Io {
            what: self.path.to_string(),
            source: std::io::ErrorKind::UnexpectedEof.into(),
        };
        wanted.ok_or_else(short)
    }
}

fn part((start, bytes): &(u64, Bytes), range: &Range<u64>) -> Option<Bytes> {
    let first = usize::try_from(range.start.checked_sub(*start)?).ok()?;
    let last = usize::try_from(range.end.checked_sub(*start)?).ok()?;
    (last <= bytes.len()).then(|| bytes.slice(first..last))
}
