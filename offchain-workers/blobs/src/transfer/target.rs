//! Where the bytes of a download go.

use super::file::FileWriter;
use crate::{BlobError, BlobStore, BlobWriter, Quota, Reservation, Root};
use bytes::Bytes;
use std::path::Path;

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
    File(Box<FileWriter>),
}

/// Takes the bytes of one blob, from its start.
pub(super) struct Sink<'a> {
    target: &'a Target<'a>,
    root: Root,
    len: u64,
    open: Option<Open>,
}

impl<'a> Sink<'a> {
    /// A file goes on with what an earlier try left, unless `fresh`.
    pub async fn new(target: &'a Target<'a>, root: Root, len: u64, fresh: bool) -> Result<Self, BlobError> {
        let open = match target {
            Target::Store(_) => None,
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
            Some(Open::File(writer)) => writer.seen(),
        }
    }

    pub fn is_full(&self) -> bool {
        self.open.is_some() && self.seen() == self.len
    }

    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), BlobError> {
        if let (None, Target::Store(to)) = (&self.open, self.target) {
            let _room = match to.quota {
                Some(quota) => Some(quota.reserve(self.len).await?),
                None => None,
            };
            let mut writer = to.store.writer(self.root, self.len).await?;
            if let Some((kind, note)) = &to.mark {
                writer.mark(kind, note.clone());
            }
            let writer = Box::new(writer);
            self.open = Some(Open::Store { writer, _room });
        }
        match &mut self.open {
            Some(Open::Store { writer, .. }) => writer.write(bytes).await,
            Some(Open::File(writer)) => writer.write(bytes).await,
            None => Ok(()),
        }
    }

    pub async fn finish(self) -> Result<(), BlobError> {
        match self.open {
            Some(Open::Store { writer, .. }) => writer.finish().await,
            Some(Open::File(writer)) => writer.finish().await,
            None => Ok(()),
        }
    }

    /// A file keeps what came for the next try.
    pub async fn give_up(self) {
        match self.open {
            Some(Open::Store { writer, .. }) => writer.abort().await,
            Some(Open::File(writer)) => writer.keep().await,
            None => (),
        }
    }
}
