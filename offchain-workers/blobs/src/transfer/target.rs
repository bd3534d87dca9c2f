//! Where the bytes of a download go.

use super::file::FileWriter;
use crate::{part::Part, writer::note, BlobError, BlobStore, BlobWriter, Quota, Reservation, Root};
use bytes::Bytes;
use std::path::Path;

/// From so many bytes on, what a fetch into the folder of a store has got when it breaks off is kept for the next one.
const RESUMED: u64 = 16 << 20;
/// Whose parts these are, beside those of uploads.
const FETCHED: &str = "fetched";

/// A store into which a blob is fetched.
#[derive(Clone, Debug)]
pub struct Destination<'a> {
    store: &'a BlobStore,
    quota: Option<&'a Quota>,
    mark: Option<(&'a str, Bytes)>,
}

impl<'a> From<&'a BlobStore> for Destination<'a> {
    /// As much as the disk has.
    fn from(store: &'a BlobStore) -> Self {
        Self {
            store,
            quota: None,
            mark: None,
        }
    }
}

impl<'a> From<&'a Quota> for Destination<'a> {
    /// Room is reserved before the first byte is written, and not while a source is still awaited.
    fn from(quota: &'a Quota) -> Self {
        Self {
            store: quota.store(),
            quota: Some(quota),
            mark: None,
        }
    }
}

impl<'a> Destination<'a> {
    /// The blob gets this note before it becomes visible, unless it has one of this kind: see [`BlobStore::set_mark`].
    pub fn marked(self, kind: &'a str, note: Bytes) -> Self {
        Self {
            mark: Some((kind, note)),
            ..self
        }
    }
}

pub(super) enum Target<'a> {
    Store(Destination<'a>),
    File(&'a Path),
}

enum Open {
    Store {
        writer: Box<BlobWriter>,
        _room: Option<Reservation>,
    },
    Part {
        part: Box<Part>,
        _room: Option<Reservation>,
    },
    File(Box<FileWriter>),
}

impl Destination<'_> {
    /// What an earlier fetch has left, if this one may go on with it.
    async fn resume(&self, root: &Root, len: u64) -> Result<Option<Open>, BlobError> {
        if len < RESUMED || self.store.part_len(root, FETCHED)? == 0 {
            return Ok(None);
        }
        let Some(part) = self.store.part(root, FETCHED, len).await? else {
            return Ok(None);
        };
        // What is there counts already.
        let _room = self.room(len.saturating_sub(part.seen())).await?;
        let part = Box::new(part);
        Ok(Some(Open::Part { part, _room }))
    }

    async fn begin(&self, root: Root, len: u64) -> Result<Open, BlobError> {
        let _room = self.room(len).await?;
        if let Some(part) = self.part(&root, len).await? {
            let part = Box::new(part);
            return Ok(Open::Part { part, _room });
        }
        let mut writer = self.store.writer(root, len).await?;
        if let Some((kind, note)) = &self.mark {
            writer.mark(kind, note.clone());
        }
        let writer = Box::new(writer);
        Ok(Open::Store { writer, _room })
    }

    /// An empty part; `None` where none is kept, or while somebody else writes it.
    async fn part(&self, root: &Root, len: u64) -> Result<Option<Part>, BlobError> {
        if len < RESUMED {
            return Ok(None);
        }
        match self.store.part(root, FETCHED, len).await {
            Ok(Some(mut part)) => {
                if part.seen() > 0 {
                    part.clear(len).await?;
                }
                Ok(Some(part))
            }
            Ok(None) | Err(BlobError::NotLocal) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn room(&self, len: u64) -> Result<Option<Reservation>, BlobError> {
        match self.quota {
            Some(quota) => quota.reserve(len).await.map(Some),
            None => Ok(None),
        }
    }
}

/// Takes the bytes of one blob, from its start.
pub(super) struct Sink<'a> {
    target: &'a Target<'a>,
    root: Root,
    len: u64,
    open: Option<Open>,
}

impl<'a> Sink<'a> {
    /// Goes on with what an earlier try left, unless `fresh`.
    pub async fn new(target: &'a Target<'a>, root: Root, len: u64, fresh: bool) -> Result<Self, BlobError> {
        let open = match target {
            Target::Store(_) if fresh => None,
            Target::Store(to) => to.resume(&root, len).await?,
            Target::File(path) => Some(Open::File(Box::new(FileWriter::open(path, root, len, fresh).await?))),
        };
        Ok(Self {
            target,
            root,
            len,
            open,
        })
    }

    pub fn seen(&self) -> u64 {
        match &self.open {
            None => 0,
            Some(Open::Store { writer, .. }) => writer.seen(),
            Some(Open::Part { part, .. }) => part.seen(),
            Some(Open::File(writer)) => writer.seen(),
        }
    }

    pub fn is_full(&self) -> bool {
        self.open.is_some() && self.seen() == self.len
    }

    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), BlobError> {
        if let (None, Target::Store(to)) = (&self.open, self.target) {
            self.open = Some(to.begin(self.root, self.len).await?);
        }
        match &mut self.open {
            Some(Open::Store { writer, .. }) => writer.write(bytes).await,
            Some(Open::Part { part, .. }) => part.write(bytes).await,
            Some(Open::File(writer)) => writer.write(bytes).await,
            None => Ok(()),
        }
    }

    pub async fn finish(self) -> Result<(), BlobError> {
        match (self.open, self.target) {
            (Some(Open::Store { writer, .. }), _) => writer.finish().await,
            (Some(Open::Part { part, .. }), Target::Store(to)) => {
                let whole = part.finish(self.root).await?;
                note(to.store, &self.root, to.mark.clone()).await?;
                to.store.adopt(whole, None).await
            }
            (Some(Open::File(writer)), _) => writer.finish().await,
            (Some(Open::Part { .. }) | None, _) => Ok(()),
        }
    }

    /// A file and a large part keep what came for the next try.
    pub async fn give_up(self) {
        match self.open {
            Some(Open::Store { writer, .. }) => writer.abort().await,
            Some(Open::Part { part, .. }) => part.keep().await,
            Some(Open::File(writer)) => writer.keep().await,
            None => (),
        }
    }
}
