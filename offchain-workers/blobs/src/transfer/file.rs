//! A download into a file: resumed where an earlier process stopped.

use crate::{name, tree::TreeBuilder, BlobError, Root};
use std::path::{Path, PathBuf};
use tokio::{
    fs::File,
    io::{AsyncReadExt, AsyncWriteExt},
};

/// Writes `<path>.part`, and renames it when every byte is there and verified.
pub(super) struct FileWriter {
    path: PathBuf,
    part: PathBuf,
    root: Root,
    tree: TreeBuilder,
    file: File,
}

impl FileWriter {
    /// Goes on with what an earlier try left, unless that is longer than the blob or `fresh` is set.
    pub async fn open(path: &Path, root: Root, len: u64, fresh: bool) -> Result<Self, BlobError> {
        let mut part = path.as_os_str().to_owned();
        part.push(".part");
        let part = PathBuf::from(part);
        let wrong = || BlobError::io(part.display());
        let mut options = File::options();
        let mut file = options
            .read(true)
            .write(true)
            .create(true)
            .truncate(fresh)
            .open(&part)
            .await
            .map_err(wrong())?;
        if file.metadata().await.map_err(wrong())?.len() > len {
            file.set_len(0).await.map_err(wrong())?;
        }
        let mut tree = TreeBuilder::new(len);
        let mut buffer = vec![0; 1 << 20];
        loop {
            match file.read(&mut buffer).await.map_err(wrong())? {
                0 => break,
                got => tree.push(&buffer[..got])?,
            }
        }
        Ok(Self {
            path: path.into(),
            part,
            root,
            tree,
            file,
        })
    }

    pub fn seen(&self) -> u64 {
        self.tree.seen()
    }

    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), BlobError> {
        self.tree.push(bytes)?;
        self.file
            .write_all(bytes)
            .await
            .map_err(BlobError::io(self.part.display()))
    }

    pub async fn finish(mut self) -> Result<(), BlobError> {
        let wrong = || BlobError::io(self.part.display());
        self.file.flush().await.map_err(wrong())?;
        self.file.sync_all().await.map_err(wrong())?;
        let (got, _) = self.tree.finish()?;
        if got != self.root {
            tokio::fs::remove_file(&self.part).await.map_err(wrong())?;
            return Err(BlobError::WrongRoot {
                expected: name(&self.root),
                got: name(&got),
            });
        }
        tokio::fs::rename(&self.part, &self.path).await.map_err(wrong())
    }

    /// Keeps what came for the next try.
    pub async fn keep(mut self) {
        if let Err(error) = self.file.flush().await {
            tracing::debug!(%error, "an unfinished download could not be kept");
        }
    }
}
