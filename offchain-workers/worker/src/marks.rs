//! Marks of blobs that are removed when the chain no longer names them.

use bytes::Bytes;
use quorate_blobs::{BlobError, BlobStore, Root};
use quorate_gateway::UPDATE_MARK;

/// Marks a blob that was fetched as an update; an upload has its mark already.
pub(crate) async fn mark_update(store: &BlobStore, root: &Root) -> Result<(), BlobError> {
    match store.mark(UPDATE_MARK, root).await? {
        Some(_) => Ok(()),
        None => store.set_mark(UPDATE_MARK, root, Bytes::from_static(&[0; 32])).await,
    }
}
