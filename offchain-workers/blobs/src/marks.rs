//! Small notes about blobs, kept beside them.

use crate::{name, parse_name, BlobError, BlobStore, Root};
use bytes::Bytes;
use futures::TryStreamExt;
use object_store::ObjectStoreExt;

impl BlobStore {
    /// Notes something about a blob; replaces an earlier note of the same kind.
    ///
    /// # Errors
    /// `Store`.
    pub async fn set_mark(&self, kind: &str, root: &Root, note: Bytes) -> Result<(), BlobError> {
        self.objects().put(&self.path(kind, &name(root)), note.into()).await?;
        Ok(())
    }

    /// A note.
    ///
    /// # Errors
    /// `Store`.
    pub async fn mark(&self, kind: &str, root: &Root) -> Result<Option<Bytes>, BlobError> {
        match self.objects().get(&self.path(kind, &name(root))).await {
            Ok(note) => Ok(Some(note.bytes().await?)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The blobs that have a note of this kind.
    ///
    /// # Errors
    /// `Store`.
    pub async fn marked(&self, kind: &str) -> Result<Vec<Root>, BlobError> {
        let found = self.objects().list(Some(&self.folder(kind)));
        let roots = found.try_filter_map(|meta| async move { Ok(meta.location.filename().and_then(parse_name)) });
        Ok(roots.try_collect().await?)
    }

    /// Removes a note, if it is there.
    ///
    /// # Errors
    /// `Store`.
    pub async fn remove_mark(&self, kind: &str, root: &Root) -> Result<(), BlobError> {
        match self.objects().delete(&self.path(kind, &name(root))).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}
