//! A large object on its way into a remote store: it is there when every byte of it is, and right.

use super::Remote;
use crate::{name, tree::TreeBuilder, BlobError, Root};
use futures::{stream::FuturesOrdered, StreamExt};
use object_store::{multipart::PartId, path::Path, MultipartId, ObjectStoreExt, PutPayload};
use std::path::{Path as FilePath, PathBuf};
use tokio::io::{AsyncRead, AsyncReadExt};

/// Smallest part; also the largest object that is put at once.
const PART: u64 = 8 << 20;
/// Parts of an object at most, a few less than S3 takes.
const PARTS: u64 = 9_000;
/// Parts that are under way at the same time.
const AT_ONCE: usize = 4;

/// What is uploaded.
pub(crate) struct Upload<R> {
    /// Below the prefix.
    pub path: Path,
    pub bytes: R,
    pub len: u64,
    /// What the bytes must have as their root.
    pub root: Option<Root>,
}

impl Remote {
    /// Uploads an object in parts. `notes` is a folder in which the upload is noted as long as it is under way: see [`Remote::abort_left`].
    ///
    /// # Errors
    /// `Store`, `Io`; `WrongRoot`, `TooShort` if the bytes are not those of `root`. Nothing is visible then.
    pub(crate) async fn upload<R: AsyncRead + Unpin>(
        &self,
        upload: Upload<R>,
        notes: &FilePath,
    ) -> Result<(), BlobError> {
        let place = self.place(&upload.path);
        let mut reader = Reader::new(upload);
        let first = reader.next().await?;
        if reader.is_at_end() {
            reader.finish()?;
            self.objects().put(&place, first).await?;
            return Ok(());
        }
        let id = self.objects().create_multipart(&place).await?;
        let note = Note::write(notes, &place, &id).await?;
        let sent = async {
            let parts = self.send(&place, &id, first, &mut reader).await?;
            reader.finish()?;
            Ok(self.objects().complete_multipart(&place, &id, parts).await?)
        };
        let sent: Result<_, BlobError> = sent.await;
        let ended = match &sent {
            Ok(_) => true,
            Err(_) => self.abort(&place, &id).await,
        };
        if ended {
            note.remove().await;
        }
        sent.map(drop)
    }

    async fn send<R: AsyncRead + Unpin>(
        &self,
        place: &Path,
        id: &MultipartId,
        first: PutPayload,
        reader: &mut Reader<R>,
    ) -> Result<Vec<PartId>, BlobError> {
        let (mut sending, mut parts, mut next) = (FuturesOrdered::new(), Vec::new(), Some(first));
        for index in 0.. {
            let Some(part) = next.take() else { break };
            sending.push_back(self.objects().put_part(place, id, index, part));
            if !reader.is_at_end() {
                next = Some(reader.next().await?);
            }
            while sending.len() >= AT_ONCE || (next.is_none() && !sending.is_empty()) {
                match sending.next().await {
                    Some(sent) => parts.push(sent?),
                    None => break,
                }
            }
        }
        Ok(parts)
    }

    /// Whether it is over with.
    async fn abort(&self, place: &Path, id: &MultipartId) -> bool {
        match self.objects().abort_multipart(place, id).await {
            // S3 forgets what was completed or aborted.
            Ok(()) | Err(object_store::Error::NotFound { .. }) => true,
            Err(error) => {
                tracing::warn!(%error, object = %place, "an upload stays unfinished in the store, until this worker starts again");
                false
            }
        }
    }

    /// Ends the uploads that a killed process noted.
    ///
    /// # Errors
    /// `Io`. What the store refuses is in the log.
    pub(crate) async fn abort_left(&self, notes: &FilePath) -> Result<(), BlobError> {
        for (note, place, id) in Note::all(notes).await? {
            if self.abort(&place, &id).await {
                note.remove().await;
            }
        }
        Ok(())
    }
}

/// Reads part after part and hashes them.
struct Reader<R> {
    bytes: R,
    left: u64,
    part: u64,
    tree: Option<(TreeBuilder, Root)>,
}

impl<R: AsyncRead + Unpin> Reader<R> {
    fn new(upload: Upload<R>) -> Self {
        Self {
            bytes: upload.bytes,
            left: upload.len,
            part: PART.max(upload.len.div_ceil(PARTS)),
            tree: upload.root.map(|root| (TreeBuilder::new(upload.len), root)),
        }
    }

    fn is_at_end(&self) -> bool {
        self.left == 0
    }

    async fn next(&mut self) -> Result<PutPayload, BlobError> {
        let len = self.part.min(self.left);
        let mut part = vec![0; usize::try_from(len).unwrap_or(usize::MAX)];
        self.bytes
            .read_exact(&mut part)
            .await
            .map_err(BlobError::io("uploading"))?;
        if let Some((tree, _)) = &mut self.tree {
            tree.push(&part)?;
        }
        self.left -= len;
        Ok(part.into())
    }

    fn finish(&mut self) -> Result<(), BlobError> {
        let Some((tree, root)) = self.tree.take() else {
            return Ok(());
        };
        match tree.finish()?.0 {
            got if got == root => Ok(()),
            got => Err(BlobError::WrongRoot {
                expected: name(&root),
                got: name(&got),
            }),
        }
    }
}

/// A file that says which upload is under way.
struct Note(PathBuf);

impl Note {
    async fn write(folder: &FilePath, place: &Path, id: &MultipartId) -> Result<Self, BlobError> {
        let folder = folder.to_path_buf();
        let text = format!("{id}\n{place}\n");
        let written = tokio::task::spawn_blocking(move || {
            let file = tempfile::Builder::new().suffix(".upload").tempfile_in(&folder)?;
            std::fs::write(file.path(), text)?;
            file.as_file().sync_all()?;
            let (_, path) = file.keep()?;
            Ok(Self(path))
        });
        let written: std::io::Result<Self> = written.await.unwrap_or_else(|error| Err(std::io::Error::other(error)));
        written.map_err(BlobError::io("noting an upload"))
    }

    async fn all(folder: &FilePath) -> Result<Vec<(Self, Path, MultipartId)>, BlobError> {
        let wrong = || BlobError::io(folder.display());
        let mut entries = tokio::fs::read_dir(folder).await.map_err(wrong())?;
        let mut notes = Vec::new();
        while let Some(entry) = entries.next_entry().await.map_err(wrong())? {
            let text = tokio::fs::read_to_string(entry.path()).await.map_err(wrong())?;
            let note = Self(entry.path());
            let mut lines = text.lines();
            match (lines.next(), lines.next().map(Path::parse)) {
                (Some(id), Some(Ok(place))) => notes.push((note, place, id.to_owned())),
                // Its process was killed before the upload had begun to be noted.
                _ => note.remove().await,
            }
        }
        Ok(notes)
    }

    async fn remove(self) {
        if let Err(error) = tokio::fs::remove_file(&self.0).await {
            tracing::debug!(%error, path = %self.0.display(), "removing the note of an upload");
        }
    }
}
