//! Blobs of a remote store as files: copies in a local folder, of which those that were used longest ago go first.

use crate::{
    layout::{DATA, OUTBOARDS, SCRATCH, UPLOADS},
    name, parse_name,
    remote::{Remote, Upload},
    tree::TreeBuilder,
    BlobError, Root,
};
use futures::{StreamExt, TryStreamExt};
use object_store::{path::Path as Object, Error, ObjectStoreExt};
use std::{
    fs::File,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
    time::SystemTime,
};
use tokio::{
    io::{AsyncRead, AsyncWriteExt},
    sync::{Mutex, Semaphore},
};

/// Bytes that are asked for at once, and how many such requests there are at a time.
const CHUNK: u64 = 8 << 20;
const AT_ONCE: usize = 4;
/// Blobs that come or go at the same time; a blob always has the same of these places, so that it comes once.
const TURNS: usize = 8;
const UPLOADS_AT_ONCE: usize = 4;

/// How much the local folder of a remote store may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Bytes of copies. A blob that is longer is the only one then.
    pub max: u64,
    /// Bytes of the disk that must stay free.
    pub keep_free: u64,
}

#[derive(Debug)]
pub(crate) struct Cache {
    folder: PathBuf,
    remote: Remote,
    bounds: Bounds,
    turns: [Mutex<()>; TURNS],
    uploads: Semaphore,
    /// Bytes that are coming.
    coming: AtomicU64,
    /// One at a time looks which copies have to go.
    looking: Mutex<()>,
}

impl Cache {
    pub fn new(folder: PathBuf, remote: Remote, bounds: Bounds) -> Self {
        Self {
            folder,
            remote,
            bounds,
            turns: Default::default(),
            uploads: Semaphore::new(UPLOADS_AT_ONCE),
            coming: AtomicU64::default(),
            looking: Mutex::default(),
        }
    }

    fn copy(&self, folder: &str, root: &Root) -> PathBuf {
        self.folder.join(folder).join(name(root))
    }

    /// A blob as a file. It stays readable when its copy goes.
    ///
    /// # Errors
    /// `NotFound`; `Damaged` if what the remote store has is not the blob; `Copy`, `DiskFull` if there can be no copy; `Store`, `Io`.
    pub async fn open(&self, root: &Root) -> Result<File, BlobError> {
        let _turn = self.turns[usize::from(root[0]) % TURNS].lock().await;
        let path = self.copy(DATA, root);
        if let Some(file) = open(&path)? {
            return Ok(file);
        }
        self.bring(root).await?;
        open(&path)?.ok_or_else(|| BlobError::NotFound(name(root)))
    }

    async fn bring(&self, root: &Root) -> Result<(), BlobError> {
        let place = self.remote.place(&[DATA, &name(root)].into_iter().collect());
        let len = match self.remote.objects().head(&place).await {
            Ok(meta) => meta.size,
            Err(Error::NotFound { .. }) => return Err(BlobError::NotFound(name(root))),
            Err(error) => return Err(error.into()),
        };
        let _room = self.take_room(len).await?;
        self.download(root, &place, len).await
    }

    /// The file appears when it is whole.
    async fn download(&self, root: &Root, place: &Object, len: u64) -> Result<(), BlobError> {
        let copying = |source| BlobError::Copy {
            name: name(root),
            source,
        };
        let made = tempfile::NamedTempFile::new_in(self.folder.join(SCRATCH));
        let (file, temporary) = made.map_err(copying)?.into_parts();
        let (mut file, mut tree) = (tokio::fs::File::from_std(file), TreeBuilder::new(len));
        let starts = (0..len.div_ceil(CHUNK)).map(|chunk| chunk * CHUNK);
        let mut chunks = futures::stream::iter(starts)
            .map(|start| self.remote.objects().get_range(place, start..len.min(start + CHUNK)))
            .buffered(AT_ONCE);
        while let Some(chunk) = chunks.try_next().await? {
            tree.push(&chunk)?;
            file.write_all(&chunk).await.map_err(copying)?;
        }
        file.flush().await.map_err(copying)?;
        file.sync_all().await.map_err(copying)?;
        // One that was replaced meanwhile has another length.
        let (got, _) = tree.finish()?;
        if got != *root {
            return Err(BlobError::Damaged {
                name: name(root),
                offset: 0,
            });
        }
        let placed = temporary.persist(self.copy(DATA, root));
        placed.map_err(|error| copying(error.error))
    }

    /// Uploads a blob. Nothing of it is visible before all is.
    ///
    /// # Errors
    /// As of [`Remote::upload`].
    pub async fn upload_blob(&self, file: &Path, root: &Root, len: u64) -> Result<(), BlobError> {
        let bytes = tokio::fs::File::open(file)
            .await
            .map_err(BlobError::io(file.display()))?;
        self.upload(DATA, bytes, root, len, Some(*root)).await
    }

    /// Uploads an outboard, and keeps a copy.
    ///
    /// # Errors
    /// As of [`Remote::upload`].
    pub async fn upload_outboard(&self, root: &Root, outboard: &[u8]) -> Result<(), BlobError> {
        self.upload(OUTBOARDS, outboard, root, outboard.len() as u64, None)
            .await?;
        let copying = |source| BlobError::Copy {
            name: name(root),
            source,
        };
        let made = tempfile::NamedTempFile::new_in(self.folder.join(SCRATCH)).map_err(copying)?;
        tokio::fs::write(made.path(), outboard).await.map_err(copying)?;
        let placed = made.persist(self.copy(OUTBOARDS, root));
        placed.map(drop).map_err(|error| copying(error.error))
    }

    async fn upload<R: AsyncRead + Unpin>(
        &self,
        folder: &str,
        bytes: R,
        root: &Root,
        len: u64,
        expected: Option<Root>,
    ) -> Result<(), BlobError> {
        // A closed one would let everybody pass, and nobody closes it.
        let _place = self.uploads.acquire().await;
        let upload = Upload {
            path: [folder, &name(root)].into_iter().collect(),
            bytes,
            len,
            root: expected,
        };
        self.remote.upload(upload, &self.folder.join(UPLOADS)).await
    }

    /// Lets copies go that are too many, after one has come by another way.
    pub async fn trim(&self) -> Result<(), BlobError> {
        let _looking = self.looking.lock().await;
        let mut copies = self.copies()?;
        let coming = self.coming.load(Ordering::Relaxed);
        let mut held = copies.iter().map(|copy| copy.len).fold(coming, u64::saturating_add);
        while held > self.bounds.max && copies.len() > 1 {
            let Some(oldest) = copies.pop() else { break };
            self.forget(&oldest.root)?;
            held = held.saturating_sub(oldest.len);
        }
        Ok(())
    }

    /// Removes the copies of a blob and of its outboard; false if there was none of the blob itself.
    ///
    /// # Errors
    /// `Io`.
    pub fn forget(&self, root: &Root) -> Result<bool, BlobError> {
        let mut there = false;
        for folder in [DATA, OUTBOARDS] {
            let path = self.copy(folder, root);
            match std::fs::remove_file(&path) {
                Ok(()) => there |= folder == DATA,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => (),
                Err(error) => return Err(BlobError::io(path.display())(error)),
            }
        }
        Ok(there)
    }

    /// Lets copies go until there is room for `len` bytes, which then count as coming.
    async fn take_room(&self, len: u64) -> Result<Coming<'_>, BlobError> {
        let _looking = self.looking.lock().await;
        let mut copies = self.copies()?;
        let coming = self.coming.load(Ordering::Relaxed);
        let mut held = copies.iter().map(|copy| copy.len).fold(coming, u64::saturating_add);
        loop {
            let free = free(&self.folder)?.saturating_sub(coming);
            let needed = len.saturating_add(self.bounds.keep_free);
            let fits = held.saturating_add(len) <= self.bounds.max || copies.is_empty();
            if fits && free >= needed {
                self.coming.fetch_add(len, Ordering::Relaxed);
                return Ok(Coming(&self.coming, len));
            }
            let Some(oldest) = copies.pop() else {
                let keep = self.bounds.keep_free;
                return Err(BlobError::DiskFull {
                    needed: len,
                    free,
                    keep,
                });
            };
            self.forget(&oldest.root)?;
            held = held.saturating_sub(oldest.len);
        }
    }

    /// Lets copies go until this many bytes are free on the disk, or none is left.
    ///
    /// # Errors
    /// `Io`.
    pub fn give_way(&self, bytes: u64) -> Result<(), BlobError> {
        let mut copies = self.copies()?;
        while free(&self.folder)? < bytes {
            let Some(oldest) = copies.pop() else { return Ok(()) };
            self.forget(&oldest.root)?;
        }
        Ok(())
    }

    /// All copies; the last one is the one that was used longest ago.
    fn copies(&self) -> Result<Vec<Held>, BlobError> {
        let folder = self.folder.join(DATA);
        let wrong = || BlobError::io(folder.display());
        let mut copies = Vec::new();
        for entry in std::fs::read_dir(&folder).map_err(wrong())? {
            let entry = entry.map_err(wrong())?;
            // It may have gone by now.
            let (Some(root), Ok(meta)) = (entry.file_name().to_str().and_then(parse_name), entry.metadata()) else {
                continue;
            };
            copies.push(Held {
                root,
                len: meta.len(),
                used: meta.modified().unwrap_or(SystemTime::UNIX_EPOCH),
            });
        }
        copies.sort_by_key(|copy| std::cmp::Reverse(copy.used));
        Ok(copies)
    }

    /// A copy was used just now, if there is one.
    pub fn touch(&self, root: &Root) {
        // Without that it goes a little earlier.
        let _ = open(&self.copy(DATA, root));
    }
}

/// Room for a copy, until it is dropped.
struct Coming<'a>(&'a AtomicU64, u64);

impl Drop for Coming<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(self.1, Ordering::Relaxed);
    }
}

struct Held {
    root: Root,
    len: u64,
    used: SystemTime,
}

/// A file that is used now; `None` if there is none.
fn open(path: &Path) -> Result<Option<File>, BlobError> {
    match File::open(path) {
        Ok(file) => {
            if let Err(error) = file.set_modified(SystemTime::now()) {
                tracing::debug!(%error, path = %path.display(), "noting that a copy is used");
            }
            Ok(Some(file))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(BlobError::io(path.display())(error)),
    }
}

/// Bytes that this process may still write to the disk of a folder.
pub(crate) fn free(folder: &Path) -> Result<u64, BlobError> {
    let disk = rustix::fs::statvfs(folder).map_err(|error| BlobError::io(folder.display())(error.into()))?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}
