//! Writing a blob: nothing is visible under its name before every byte is there and verified.

use crate::{name, tree::TreeBuilder, BlobError, BlobStore, Root};
use bytes::{Bytes, BytesMut};
use object_store::{MultipartUpload, ObjectStoreExt, PutPayload};

/// Bytes that are held back until they are written in one go: the smallest part that S3 takes, and less for a disk.
const PART: usize = 5 << 20;
const LOCAL_PART: usize = 512 << 10;

/// A blob on its way into a store. Dropping it leaves nothing behind.
pub struct BlobWriter {
    store: BlobStore,
    root: Root,
    tree: TreeBuilder,
    upload: Box<dyn MultipartUpload>,
    part: BytesMut,
    part_len: usize,
    mark: Option<(String, Bytes)>,
}

impl BlobWriter {
    pub(crate) async fn new(store: &BlobStore, root: Root, len: u64) -> Result<Self, BlobError> {
        let upload = store.objects().put_multipart(&store.data_path(&root)).await?;
        Ok(Self {
            store: store.clone(),
            root,
            tree: TreeBuilder::new(len),
            upload,
            part: BytesMut::new(),
            part_len: if store.local.is_some() { LOCAL_PART } else { PART },
            mark: None,
        })
    }

    /// Bytes taken so far.
    pub fn seen(&self) -> u64 {
        self.tree.seen()
    }

    /// The blob gets this note before it becomes visible, unless it has one of this kind: see [`BlobStore::set_mark`].
    pub fn mark(&mut self, kind: &str, note: Bytes) {
        self.mark = Some((kind.into(), note));
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// `TooLong`, `Store`; the writer is then of no more use.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), BlobError> {
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

    /// Verifies and makes the blob visible.
    ///
    /// # Errors
    /// `TooShort`, `WrongRoot`, `Store`; nothing is visible then.
    pub async fn finish(mut self) -> Result<(), BlobError> {
        self.flush().await?;
        let (got, outboard) = match self.tree.finish() {
            Ok((got, outboard)) => (got, outboard),
            Err(error) => {
                discard(self.upload).await;
                return Err(error);
            }
        };
        if got != self.root {
            discard(self.upload).await;
            return Err(BlobError::WrongRoot {
                expected: name(&self.root),
                got: name(&got),
            });
        }
        // First the outboard: a visible blob always has one.
        self.store.put_outboard(&self.root, outboard).await?;
        if let Some((kind, note)) = &self.mark {
            if self.store.mark(kind, &self.root).await?.is_none() {
                self.store.set_mark(kind, &self.root, note.clone()).await?;
            }
        }
        self.store.promise_new(self.root).await;
        self.upload.complete().await?;
        Ok(())
    }

    /// Gives up.
    pub async fn abort(self) {
        discard(self.upload).await;
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
