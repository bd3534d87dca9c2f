//! What only a store in a local folder can do, and files outside of it.

use crate::{layout::SCRATCH, name, BlobError, BlobStore, Root};
use quorate_hash_tree::{of_file, Hashed};
use std::{
    fs::File,
    path::{Path, PathBuf},
};

const CHUNK: usize = 1 << 20;

impl BlobStore {
    /// A blob as a file, for programs that read it at random. One that lives in a remote store is copied here first, and verified.
    ///
    /// # Errors
    /// `NotLocal`, `NotFound`, `Io`; of a remote store also `Store`, `Damaged`, `Copy`, `DiskFull`.
    pub async fn open_local(&self, root: &Root) -> Result<File, BlobError> {
        if let Some(cache) = &self.cache {
            return cache.open(root).await;
        }
        let path = self.local_path(root)?;
        File::open(&path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => BlobError::NotFound(name(root)),
            _ => BlobError::io(path.display())(error),
        })
    }

    /// A folder on the same file system as the blobs, emptied when the store is opened.
    ///
    /// # Errors
    /// `NotLocal`.
    pub fn scratch(&self) -> Result<PathBuf, BlobError> {
        Ok(self.local_folder()?.join(SCRATCH))
    }

    fn local_path(&self, root: &Root) -> Result<PathBuf, BlobError> {
        Ok(self.local_folder()?.join(self.data_path(root).as_ref()))
    }

    pub(crate) fn local_folder(&self) -> Result<&Path, BlobError> {
        let folder = self.local.as_ref().ok_or(BlobError::NotLocal)?;
        Ok(&folder.path)
    }

    /// Copies a file into the store, under its own root.
    ///
    /// # Errors
    /// `Io`, `Store`; `WrongRoot` if the file changes meanwhile.
    pub async fn import_file(&self, path: &Path) -> Result<(Root, u64), BlobError> {
        let (root, len) = root_of_file(path).await?;
        let mut file = tokio::fs::File::open(path)
            .await
            .map_err(BlobError::io(path.display()))?;
        let mut writer = self.writer(root, len).await?;
        let mut buffer = vec![0; CHUNK];
        loop {
            let got = tokio::io::AsyncReadExt::read(&mut file, &mut buffer).await;
            match got.map_err(BlobError::io(path.display()))? {
                0 => break,
                got => writer.write(&buffer[..got]).await?,
            }
        }
        writer.finish().await?;
        Ok((root, len))
    }

    /// Moves a file into the store under the root that was found while it was written. It must lie on the store's file system, best in
    /// [`BlobStore::scratch`], and nobody may write it any more.
    ///
    /// # Errors
    /// `NotLocal`, `Io`, `Store`; `WrongRoot` if the file changes on its way to a remote store; `TooLong` or `TooShort` if the file has another length.
    pub async fn adopt_file(&self, path: &Path, hashed: Hashed) -> Result<(), BlobError> {
        let Hashed { root, len, outboard } = hashed;
        let (from, to) = (path.to_path_buf(), self.local_path(&root)?);
        let got = tokio::fs::metadata(path)
            .await
            .map_err(BlobError::io(path.display()))?
            .len();
        match got {
            got if got > len => return Err(BlobError::TooLong { expected: len }),
            got if got < len => return Err(BlobError::TooShort { expected: len, got }),
            _ => (),
        }
        // First the outboard: a visible blob always has one.
        self.put_outboard(&root, outboard).await?;
        self.promise_new(root).await;
        let Some(cache) = self.cache.clone() else {
            return blocking(move || place(&from, &to)).await;
        };
        // It goes on when the caller does not: an upload that is just left costs as long as the remote store keeps it.
        let store = self.clone();
        let published = tokio::spawn(async move {
            cache.upload_blob(&from, &root, len).await?;
            store.promise_new(root).await;
            blocking(move || place(&from, &to)).await?;
            cache.touch(&root);
            cache.trim().await
        });
        published.await.map_err(|error| BlobError::Source(error.to_string()))?
    }
}

/// Moves a file to its place, on disk before it returns.
fn place(from: &Path, to: &Path) -> Result<(), BlobError> {
    let wrong = || BlobError::io(from.display());
    File::open(from).and_then(|file| file.sync_all()).map_err(wrong())?;
    std::fs::rename(from, to).map_err(wrong())?;
    let folder = to.parent().unwrap_or(Path::new("."));
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(BlobError::io(folder.display()))
}

/// BLAKE3 root and length of a file, hashed on all cores.
///
/// # Errors
/// `Io`, also if the file changes meanwhile.
pub async fn root_of_file(path: &Path) -> Result<(Root, u64), BlobError> {
    let hashed = tree_of(path.to_path_buf()).await?;
    Ok((hashed.root, hashed.len))
}

async fn tree_of(path: PathBuf) -> Result<Hashed, BlobError> {
    blocking(move || {
        let file = File::open(&path).and_then(|file| of_file(&file, None));
        file.map_err(BlobError::io(path.display()))
    })
    .await
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, BlobError> + Send + 'static,
) -> Result<T, BlobError> {
    let joined = tokio::task::spawn_blocking(work).await;
    joined.map_err(|error| BlobError::Io {
        what: "reading".into(),
        source: std::io::Error::other(error),
    })?
}
