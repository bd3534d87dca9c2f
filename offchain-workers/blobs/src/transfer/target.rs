//! Where the bytes of a download go.

use super::file::FileWriter;
use crate::{part::Part, parts::fetched, writer::note, BlobError, BlobStore, BlobWriter, Quota, Reservation, Root};
use bytes::Bytes;
use std::{path::Path, time::Duration};

/// From so many bytes on, what a fetch into the folder of a store has got when it breaks off is kept for the next one.
const RESUMED: u64 = 16 << 20;
/// How often, and after which pauses, a part is looked for that another one writes.
const LOCKED_LOOKS: usize = 50;
const LOCKED_PAUSE: Duration = Duration::from_millis(100);

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
        room: Option<Reservation>,
    },
    File(Box<FileWriter>),
}

impl Destination<'_> {
    /// Bytes that an earlier fetch has left.
    fn kept(&self, root: &Root, len: u64) -> Result<u64, BlobError> {
        match len < RESUMED {
            true => Ok(0),
            false => self.store.fetched_len(root, len),
        }
    }

    /// Goes on with the `kept` bytes of an earlier fetch, all of which are read here.
    async fn resume(&self, root: &Root, len: u64, kept: u64) -> Result<Open, BlobError> {
        for _ in 0..LOCKED_LOOKS {
            // Whoever was cancelled has it until its last bytes are on disk.
            let Some(part) = self.store.part(root, &fetched(len), len).await? else {
                tokio::time::sleep(LOCKED_PAUSE).await;
                continue;
            };
            if part.seen() != kept {
                break;
            }
            // What is there counts already.
            let room = self.room(len.saturating_sub(kept)).await?;
            let part = Box::new(part);
            return Ok(Open::Part { part, room });
        }
        let blob = crate::name(root);
        Err(BlobError::Source(format!(
            "another fetch of {blob} writes the same part: try again"
        )))
    }

    async fn begin(&self, root: Root, len: u64) -> Result<Open, BlobError> {
        let room = self.room(len).await?;
        if let Some(part) = self.part(&root, len).await? {
            let part = Box::new(part);
            return Ok(Open::Part { part, room });
        }
        let mut writer = self.store.writer(root, len).await?;
        if let Some((kind, note)) = &self.mark {
            writer.mark(kind, note.clone());
        }
        let writer = Box::new(writer);
        Ok(Open::Store { writer, _room: room })
    }

    /// An empty part; `None` where none is kept, or somebody else has one.
    async fn part(&self, root: &Root, len: u64) -> Result<Option<Part>, BlobError> {
        if len < RESUMED {
            return Ok(None);
        }
        match self.store.part(root, &fetched(len), len).await {
            Ok(part) => Ok(part.filter(|part| part.seen() == 0)),
            Err(BlobError::NotLocal) => Ok(None),
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
    /// Bytes of a part that is read when more come.
    kept: u64,
    open: Option<Open>,
}

impl<'a> Sink<'a> {
    /// Goes on with what an earlier try left, unless `fresh`.
    pub async fn new(target: &'a Target<'a>, root: Root, len: u64, fresh: bool) -> Result<Self, BlobError> {
        let kept = match target {
            Target::Store(to) if !fresh => to.kept(&root, len)?,
            Target::Store(_) | Target::File(_) => 0,
        };
        let open = match target {
            // Nothing more is to come.
            Target::Store(to) if kept >= len && kept > 0 => Some(to.resume(&root, len, len).await?),
            Target::Store(_) => None,
            Target::File(path) => Some(Open::File(Box::new(FileWriter::open(path, root, len, fresh).await?))),
        };
        Ok(Self {
            target,
            root,
            len,
            kept,
            open,
        })
    }

    pub fn seen(&self) -> u64 {
        match &self.open {
            None => self.kept,
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
            self.open = Some(match self.kept {
                0 => to.begin(self.root, self.len).await?,
                kept => to.resume(&self.root, self.len, kept).await?,
            });
        }
        match &mut self.open {
            Some(Open::Store { writer, .. }) => writer.write(bytes).await,
            Some(Open::Part { part, room }) => {
                part.write(bytes).await?;
                // What is in a part counts as such.
                if let Some(room) = room {
                    room.arrived(bytes.len() as u64);
                }
                Ok(())
            }
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
