//! The store: blobs and their outboards as objects of any `object_store`.

use crate::{
    cache::Cache,
    folder::Folder,
    layout::{DATA, OUTBOARDS, REMOTE},
    name, parse_name,
    promises::Promises,
    BlobError, BlobWriter, Root,
};
use bytes::Bytes;
use futures::{stream::BoxStream, Stream, StreamExt, TryStreamExt};
use object_store::{
    local::LocalFileSystem, memory::InMemory, path::Path, GetOptions, GetRange, ObjectStore, ObjectStoreExt,
};
use std::{fmt::Display, ops::Range, sync::Arc};

/// A content store. Clones share it.
#[derive(Clone, Debug)]
pub struct BlobStore {
    objects: Arc<dyn ObjectStore>,
    prefix: Path,
    /// The folder, where it is one.
    pub(crate) local: Option<Arc<Folder>>,
    /// Copies in that folder, where the blobs live elsewhere.
    pub(crate) cache: Option<Arc<Cache>>,
    pub(crate) promises: Promises,
}

/// A blob that is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlobInfo {
    pub root: Root,
    pub len: u64,
}

impl BlobStore {
    /// A store in any object store, below `prefix`.
    pub fn new(objects: Arc<dyn ObjectStore>, prefix: Path) -> Self {
        Self {
            objects,
            prefix,
            local: None,
            cache: None,
            promises: Promises::default(),
        }
    }

    /// A store in a local folder, which is made if need be, for this user alone. Writes are synced to disk. What a killed process left
    /// unfinished is removed; another process that has the folder open keeps it.
    ///
    /// # Errors
    /// `InUse`, `Foreign`, `Io`, `Store`; `Location` if its blobs live in a remote store.
    pub fn local(folder: impl AsRef<std::path::Path>) -> Result<Self, BlobError> {
        let folder = Folder::open(folder.as_ref())?;
        let remote = std::fs::read_to_string(folder.path.join(REMOTE));
        if remote.is_ok_and(|text| text.lines().nth(1).is_some_and(|location| !location.is_empty())) {
            return Err(BlobError::Location {
                location: folder.path.display().to_string(),
                reason: "it has copies of blobs that live elsewhere, as its file .quorate-remote says: name that place (--blobs), or another \
                         folder"
                    .into(),
            });
        }
        let objects = LocalFileSystem::new_with_prefix(&folder.path)?.with_fsync(true);
        Ok(Self {
            local: Some(Arc::new(folder)),
            ..Self::new(Arc::new(objects), Path::default())
        })
    }

    /// A store at a path, or at a `file:` or `memory:` URL; for remote ones see [`BlobStore::cached`].
    ///
    /// # Errors
    /// `Location`, and those of [`BlobStore::local`].
    pub fn open(location: &str) -> Result<Self, BlobError> {
        let wrong = |reason: &dyn Display| BlobError::Location {
            location: location.into(),
            reason: reason.to_string(),
        };
        if !location.contains("://") {
            return Self::local(location);
        }
        let url = url::Url::parse(location).map_err(|error| wrong(&error))?;
        match url.scheme() {
            "file" => Self::local(url.to_file_path().map_err(|()| wrong(&"no local path"))?),
            "memory" => Ok(Self::new(Arc::new(InMemory::new()), Path::default())),
            _ => Err(wrong(&"neither a path nor a file: or memory: URL")),
        }
    }

    pub(crate) fn objects(&self) -> &dyn ObjectStore {
        &*self.objects
    }

    pub(crate) fn folder(&self, folder: &str) -> Path {
        self.prefix.clone().join(folder)
    }

    pub(crate) fn path(&self, folder: &str, file: &str) -> Path {
        self.folder(folder).join(file)
    }

    pub(crate) fn data_path(&self, root: &Root) -> Path {
        self.path(DATA, &name(root))
    }

    pub(crate) fn outboard_path(&self, root: &Root) -> Path {
        self.path(OUTBOARDS, &name(root))
    }

    pub(crate) async fn put_outboard(&self, root: &Root, outboard: Vec<u8>) -> Result<(), BlobError> {
        match &self.cache {
            Some(cache) => cache.upload_outboard(root, &outboard).await,
            None => {
                self.objects.put(&self.outboard_path(root), outboard.into()).await?;
                Ok(())
            }
        }
    }

    /// Length of a blob; `None` if it is not held.
    ///
    /// # Errors
    /// `Store`.
    pub async fn len(&self, root: &Root) -> Result<Option<u64>, BlobError> {
        match self.objects.head(&self.data_path(root)).await {
            Ok(meta) => Ok(Some(meta.size)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Starts writing a blob of exactly `len` bytes.
    ///
    /// # Errors
    /// `Store`.
    pub async fn writer(&self, root: Root, len: u64) -> Result<BlobWriter, BlobError> {
        BlobWriter::new(self, root, len).await
    }

    /// Stores a stream that must be exactly `len` bytes with this root. Memory is bounded by 5 MiB and 4 bytes a KiB.
    ///
    /// # Errors
    /// `Source`, `TooLong`, `TooShort`, `WrongRoot`, `Store`; nothing is visible then.
    pub async fn put_stream<E: Display>(
        &self,
        root: Root,
        len: u64,
        mut stream: impl Stream<Item = Result<Bytes, E>> + Unpin,
    ) -> Result<(), BlobError> {
        let mut writer = self.writer(root, len).await?;
        let result = loop {
            match stream.next().await {
                None => return writer.finish().await,
                Some(Err(error)) => break BlobError::Source(error.to_string()),
                Some(Ok(bytes)) => match writer.write(&bytes).await {
                    Ok(()) => (),
                    Err(error) => break error,
                },
            }
        };
        writer.abort().await;
        Err(result)
    }

    /// The length of a blob that has these bytes.
    pub(crate) async fn len_with(&self, root: &Root, range: &Range<u64>) -> Result<u64, BlobError> {
        let len = self.len(root).await?.ok_or_else(|| BlobError::NotFound(name(root)))?;
        let Range { start, end } = *range;
        match start <= end && end <= len {
            true => Ok(len),
            false => Err(BlobError::Range { start, end, len }),
        }
    }

    /// The bytes of a range as they lie in the store; whoever receives them over a wire verifies them anyway. For bytes that are
    /// used here see [`BlobStore::get_verified`].
    ///
    /// # Errors
    /// `NotFound`, `Range`, `Store`.
    pub async fn get_range(
        &self,
        root: &Root,
        range: Range<u64>,
    ) -> Result<BoxStream<'static, Result<Bytes, BlobError>>, BlobError> {
        self.len_with(root, &range).await?;
        if range.is_empty() {
            return Ok(futures::stream::empty().boxed());
        }
        let options = GetOptions {
            range: Some(GetRange::Bounded(range)),
            ..GetOptions::default()
        };
        let got = self.objects.get_opts(&self.data_path(root), options).await?;
        Ok(got.into_stream().map_err(BlobError::from).boxed())
    }

    /// A whole blob of at most `limit` bytes, verified.
    ///
    /// # Errors
    /// `NotFound`, `TooLong`, `WrongRoot`, `Store`.
    pub async fn get_small(&self, root: &Root, limit: u64) -> Result<Bytes, BlobError> {
        let len = self.len(root).await?.ok_or_else(|| BlobError::NotFound(name(root)))?;
        if len > limit {
            return Err(BlobError::TooLong { expected: limit });
        }
        let bytes = self.objects.get(&self.data_path(root)).await?.bytes().await?;
        match *blake3::hash(&bytes).as_bytes() {
            got if got == *root => Ok(bytes),
            got => Err(BlobError::WrongRoot {
                expected: name(root),
                got: name(&got),
            }),
        }
    }

    /// All blobs, in no order.
    ///
    /// # Errors
    /// `Store`.
    pub async fn list(&self) -> Result<Vec<BlobInfo>, BlobError> {
        let found = self
            .objects
            .list(Some(&self.folder(DATA)))
            .try_filter_map(|meta| async move {
                let root = meta.location.filename().and_then(parse_name);
                Ok(root.map(|root| BlobInfo { root, len: meta.size }))
            });
        Ok(found.try_collect().await?)
    }

    /// Removes a blob, if it is there.
    ///
    /// # Errors
    /// `Store`.
    pub async fn remove(&self, root: &Root) -> Result<(), BlobError> {
        // First the data: a visible blob always has an outboard.
        for path in [self.data_path(root), self.outboard_path(root)] {
            match self.objects.delete(&path).await {
                Ok(()) | Err(object_store::Error::NotFound { .. }) => (),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}
