//! A blob that is not whole yet, in a file: gone on with where an earlier process stopped, by one at a time.

use crate::{name, tree::TreeBuilder, BlobError, Hashed, Root};
use std::{
    fs::TryLockError,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};
use tokio::{
    fs::File,
    io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt, BufWriter},
    task::JoinHandle,
};

/// Bytes that are read or written at once.
const CHUNK: usize = 1 << 20;
/// Bytes after which what came is brought to the disk, while more comes.
const SYNC: u64 = 32 << 20;

/// The part of a blob that is there. The file is locked as long as this lives.
#[derive(Debug)]
pub struct Part {
    path: PathBuf,
    file: BufWriter<File>,
    tree: TreeBuilder,
    /// What came is being brought to the disk.
    syncing: Option<JoinHandle<std::io::Result<()>>>,
    /// Removes the file unless it was kept.
    temporary: Option<tempfile::TempPath>,
    /// The disk did not take something: there is a hole.
    has_failed: bool,
}

impl Part {
    /// Goes on with what lies at `path`, or begins there; what is longer than the blob begins anew. `None` while another one has it.
    ///
    /// # Errors
    /// `Io`.
    pub async fn open(path: &Path, len: u64) -> Result<Option<Self>, BlobError> {
        let wrong = || BlobError::io(path.display());
        let mut options = std::fs::OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let file = options.open(path).map_err(wrong())?;
        match file.try_lock() {
            Ok(()) => (),
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(wrong()(error)),
        }
        // Whoever had it may have finished meanwhile, and taken the file away.
        let (mine, there) = (file.metadata().map_err(wrong())?, std::fs::metadata(path));
        if !there.is_ok_and(|there| (there.dev(), there.ino()) == (mine.dev(), mine.ino())) {
            return Ok(None);
        }
        if mine.len() > len {
            file.set_len(0).map_err(wrong())?;
        }
        let mut part = Self {
            path: path.into(),
            file: BufWriter::with_capacity(CHUNK, File::from_std(file)),
            tree: TreeBuilder::new(len),
            syncing: None,
            temporary: None,
            has_failed: false,
        };
        part.read().await?;
        Ok(Some(part))
    }

    /// Begins in a file of its own beside `path`, which goes away unless it is finished.
    ///
    /// # Errors
    /// `Io`.
    pub fn beside(path: &Path, len: u64) -> Result<Self, BlobError> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let made = tempfile::Builder::new()
            .prefix(".quorate-")
            .suffix(".part")
            .permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666))
            .tempfile_in(folder.unwrap_or(Path::new(".")));
        let (file, temporary) = made.map_err(BlobError::io(path.display()))?.into_parts();
        Ok(Self {
            path: temporary.to_path_buf(),
            file: BufWriter::with_capacity(CHUNK, File::from_std(file)),
            tree: TreeBuilder::new(len),
            syncing: None,
            temporary: Some(temporary),
            has_failed: false,
        })
    }

    /// Takes what is there into the tree.
    async fn read(&mut self) -> Result<(), BlobError> {
        let mut buffer = vec![0; CHUNK];
        loop {
            match self
                .file
                .read(&mut buffer)
                .await
                .map_err(BlobError::io(self.path.display()))?
            {
                0 => return Ok(()),
                got => self.tree.push(&buffer[..got])?,
            }
        }
    }

    /// Bytes that are there.
    pub fn seen(&self) -> u64 {
        self.tree.seen()
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// `TooLong`, `Io`.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), BlobError> {
        let before = self.seen() / SYNC;
        self.tree.push(bytes)?;
        let written = self.file.write_all(bytes).await;
        let written = match written.map_err(BlobError::io(self.path.display())) {
            Ok(()) if self.seen() / SYNC > before => self.sync().await,
            written => written,
        };
        self.has_failed |= written.is_err();
        written
    }

    /// Begins to bring what was written to the disk, unless that is under way: waiting for all of it at the end takes as long as the transfer.
    async fn sync(&mut self) -> Result<(), BlobError> {
        if self.syncing.as_ref().is_some_and(|syncing| !syncing.is_finished()) {
            return Ok(());
        }
        self.synced().await?;
        let file = self.file.get_ref().try_clone().await;
        let file = file.map_err(BlobError::io(self.path.display()))?;
        self.syncing = Some(tokio::spawn(async move { file.sync_data().await }));
        Ok(())
    }

    /// Waits for what is under way. The operating system tells its error once.
    async fn synced(&mut self) -> Result<(), BlobError> {
        match self.syncing.take() {
            Some(syncing) => {
                let ended = syncing.await.unwrap_or_else(|error| Err(std::io::Error::other(error)));
                ended.map_err(BlobError::io(self.path.display()))
            }
            None => Ok(()),
        }
    }

    /// Throws away what is there.
    ///
    /// # Errors
    /// `Io`.
    pub async fn clear(&mut self, len: u64) -> Result<(), BlobError> {
        self.synced().await?;
        let wrong = || BlobError::io(self.path.display());
        self.file.flush().await.map_err(wrong())?;
        self.file.get_ref().set_len(0).await.map_err(wrong())?;
        self.file.rewind().await.map_err(wrong())?;
        self.tree = TreeBuilder::new(len);
        Ok(())
    }

    /// Keeps what is there for the next try.
    pub async fn keep(mut self) {
        if self.has_failed {
            // What would follow has a hole before it.
            if let Err(error) = tokio::fs::remove_file(&self.path).await {
                tracing::debug!(%error, "a part that could not be written stays");
            }
            return;
        }
        // Whoever has the file has its lock, too.
        let synced = self.synced().await;
        let flushed = self.file.flush().await.map_err(BlobError::io(self.path.display()));
        if let Err(error) = synced.and(flushed) {
            tracing::debug!(%error, "a part of a blob could not be kept");
        }
    }

    /// Ends the blob: on disk, and what it hashes to. The file is removed if that is not `root`, and locked until `Whole` is dropped.
    ///
    /// # Errors
    /// `WrongRoot`, `TooShort`, `Io`.
    pub async fn finish(mut self, root: Root) -> Result<Whole, BlobError> {
        self.synced().await?;
        let wrong = || BlobError::io(self.path.display());
        self.file.flush().await.map_err(wrong())?;
        self.file.get_ref().sync_all().await.map_err(wrong())?;
        let len = self.tree.seen();
        let (got, outboard) = self.tree.finish()?;
        if got != root {
            tokio::fs::remove_file(&self.path)
                .await
                .map_err(BlobError::io(self.path.display()))?;
            return Err(BlobError::WrongRoot {
                expected: name(&root),
                got: name(&got),
            });
        }
        Ok(Whole {
            path: self.path,
            hashed: Hashed { root, len, outboard },
            temporary: self.temporary,
            _lock: self.file.into_inner(),
        })
    }
}

/// A blob that is whole, in a file that has yet to be moved to its place.
#[derive(Debug)]
pub struct Whole {
    path: PathBuf,
    pub hashed: Hashed,
    temporary: Option<tempfile::TempPath>,
    _lock: File,
}

impl Whole {
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Moves it, in place of what is there.
    ///
    /// # Errors
    /// `Io`.
    pub fn move_to(self, path: &Path) -> Result<(), BlobError> {
        match self.temporary {
            Some(temporary) => temporary.persist(path).map_err(|error| error.error),
            None => std::fs::rename(&self.path, path),
        }
        .map_err(BlobError::io(path.display()))
    }
}
