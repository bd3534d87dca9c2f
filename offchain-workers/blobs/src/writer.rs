//! Writing a blob: nothing is visible under its name before every byte is there and verified.

use crate::{name, part::Part, tree::TreeBuilder, BlobError, BlobStore, Root};
use bytes::{Bytes, BytesMut};
use object_store::{MultipartUpload, ObjectStoreExt, PutPayload};

/// Bytes that are held back until they are written in one go: fewer for a disk.
const PART: usize = 5 << 20;
const LOCAL_PART: usize = 512 << 10;

/// A blob on its way into a store. Dropping it leaves nothing behind.
pub struct BlobWriter {
    store: BlobStore,
    root: Root,
    to: Sink,
    mark: Option<(String, Bytes)>,
}

/// Where the bytes go.
enum Sink {
    Objects(Box<Staged>),
    /// What lives in a remote store goes there when it is whole and verified.
    File(Box<Part>),
}

struct Staged {
    tree: TreeBuilder,
    upload: Box<dyn MultipartUpload>,
    part: BytesMut,
    part_len: usize,
}

impl BlobWriter {
    pub(crate) async fn new(store: &BlobStore, root: Root, len: u64) -> Result<Self, BlobError> {
        let to = match store.cache {
            Some(_) => Sink::File(Box::new(Part::beside(&store.scratch()?.join(name(&root)), len)?)),
            None => Sink::Objects(Box::new(Staged {
                tree: TreeBuilder::new(len),
                upload: store.objects().put_multipart(&store.data_path(&root)).await?,
                part: BytesMut::new(),
                part_len: if store.local.is_some() { LOCAL_PART } else { PART },
            })),
        };
        Ok(Self {
            store: store.clone(),
            root,
            to,
            mark: None,
        })
    }

    /// Bytes taken so far.
    pub fn seen(&self) -> u64 {
        match &self.to {
            Sink::Objects(staged) => staged.tree.seen(),
            Sink::File(part) => part.seen(),
        }
    }

    /// The blob gets this note before it becomes visible, unless it has one of this kind: see [`BlobStore::set_mark`].
    pub fn mark(&mut self, kind: &str, note: Bytes) {
        self.mark = Some((kind.into(), note));
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// `TooLong`, `Store`, `Io`; the writer is then of no more use.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), BlobError> {
        match &mut self.to {
            Sink::Objects(staged) => staged.write(bytes).await,
            Sink::File(part) => part.write(bytes).await,
        }
    }

    /// Verifies and makes the blob visible.
    ///
    /// # Errors
    /// `TooShort`, `WrongRoot`, `Store`, `Io`; nothing is visible then.
    pub async fn finish(self) -> Result<(), BlobError> {
        let Self { store, root, to, mark } = self;
        match to {
            Sink::File(part) => {
                let whole = part.finish(root).await?;
                note(&store, &root, as_ref(&mark)).await?;
                store.adopt_file(whole.path(), whole.hashed.clone()).await
            }
            Sink::Objects(staged) => {
                let (mut upload, outboard) = staged.finish(&root).await?;
                // First the outboard: a visible blob always has one.
                store.put_outboard(&root, outboard).await?;
                note(&store, &root, as_ref(&mark)).await?;
                store.promise_new(root).await;
                upload.complete().await?;
                Ok(())
            }
        }
    }

    /// Gives up.
    pub async fn abort(self) {
        if let Sink::Objects(staged) = self.to {
            discard(staged.upload).await;
        }
    }
}

fn as_ref(mark: &Option<(String, Bytes)>) -> Option<(&str, Bytes)> {
    mark.as_ref().map(|(kind, note)| (kind.as_str(), note.clone()))
}

/// Gives a blob this note, unless it has one of this kind.
pub(crate) async fn note(store: &BlobStore, root: &Root, mark: Option<(&str, Bytes)>) -> Result<(), BlobError> {
    let Some((kind, note)) = mark else { return Ok(()) };
    match store.mark(kind, root).await? {
        Some(_) => Ok(()),
        None => store.set_mark(kind, root, note).await,
    }
}

impl Staged {
    async fn write(&mut self, bytes: &[u8]) -> Result<(), BlobError> {
        self.tree.push(bytes)?;
        self.part.extend_from_slice(bytes);
        if self.part.len() >= self.part_len {
            self.flush().await?;
        }
        Ok(())
    }

    async fn flush(&mut self) -> Result<(), BlobError> {
        let part = PutPayload::from_bytes(self.part.split().freeze());
        Ok(self.upload.put_part(part).await?)
    }

    /// What is left to be completed, and the outboard.
    async fn finish(mut self, root: &Root) -> Result<(Box<dyn MultipartUpload>, Vec<u8>), BlobError> {
        self.flush().await?;
        let error = match self.tree.finish() {
            Ok((got, outboard)) if got == *root => return Ok((self.upload, outboard)),
            Ok((got, _)) => BlobError::WrongRoot {
                expected: name(root),
                got: name(&got),
            },
            Err(error) => error,
        };
        discard(self.upload).await;
        Err(error)
    }
}

async fn discard(mut upload: Box<dyn MultipartUpload>) {
    if let Err(error) = upload.abort().await {
        tracing::debug!(%error, "an unfinished blob could not be removed");
    }
}

impl BlobStore {
    /// Stores small bytes under their own root.
    ///
    /// # Errors
    /// `Store`.
    pub async fn put_bytes(&self, bytes: Bytes) -> Result<Root, BlobError> {
        let root = *blake3::hash(&bytes).as_bytes();
        let mut writer = self.writer(root, bytes.len() as u64).await?;
        writer.write(&bytes).await?;
        writer.finish().await?;
        Ok(root)
    }
}
