//! Blobs of this store as they have to be: verified, and fetched again where the disk has changed them.
//!
//! Nothing that follows from a file may leave this worker before the file's root is known: a bit that a disk changes is this machine's
//! fault, not the contributor's or the chain's.

use crate::{failure::local, state::Worker};
use bytes::Bytes;
use quorate_blobs::{name, BlobError, Root};
use quorate_engine::BlobFile;
use quorate_primitives::views::BlobRef;
use quorate_protocol::Failure;
use std::{fmt::Display, fs::File};

/// How often a blob that turns out to be damaged is taken anew before this worker gives up.
pub(crate) const ATTEMPTS: usize = 3;

/// Makes sure that a blob is held and opens it, with the hashes of its groups: whatever is read of it is verified.
pub(crate) async fn open(worker: &Worker, blob: &BlobRef, tries: usize) -> Result<BlobFile, Failure> {
    for _ in 0..ATTEMPTS {
        worker.fetcher.ensure(blob, tries).await?;
        match look(worker, &blob.root.0).await? {
            Ok(file) => return Ok(file),
            Err(reason) => discard(worker, &blob.root.0, &reason).await?,
        }
    }
    Err(beyond(&blob.root.0))
}

/// The same of a blob that there may be.
pub(crate) async fn open_some(
    worker: &Worker,
    blob: Option<&BlobRef>,
    tries: usize,
) -> Result<Option<BlobFile>, Failure> {
    match blob {
        Some(blob) => open(worker, blob, tries).await.map(Some),
        None => Ok(None),
    }
}

/// The bytes of a detail blob of at most so many, this worker's own or those of a peer which computed its job.
pub(crate) async fn detail(worker: &Worker, root: &Root, most: u64, tries: usize) -> Result<Bytes, Failure> {
    for _ in 0..ATTEMPTS {
        worker.fetcher.ensure_detail(*root, most, tries).await?;
        let reason = match worker.store.get_small(root, most).await {
            Ok(bytes) => return Ok(bytes),
            Err(error @ (BlobError::WrongRoot { .. } | BlobError::TooLong { .. })) => error,
            Err(error) => return Err(local(error)),
        };
        discard(worker, root, &reason).await?;
    }
    Err(beyond(root))
}

/// Why this worker has nothing to say about a blob.
pub(crate) fn beyond(root: &Root) -> Failure {
    let root = name(root);
    local(format!(
        "blob {root} is damaged each time that it has been fetched: check the disk of this worker"
    ))
}

/// A blob that is held, as far as can be said without reading it.
async fn look(worker: &Worker, root: &Root) -> Result<Result<BlobFile, String>, Failure> {
    let groups = match worker.store.group_hashes(root).await {
        Ok(groups) => groups,
        // The outboard alone may be missing.
        Err(BlobError::Store(error)) => {
            tracing::debug!(%error, "reading an outboard");
            None
        }
        Err(error) => return Ok(Err(error.to_string())),
    };
    let file = match file(worker, root).await? {
        Ok(file) => file,
        Err(reason) => return Ok(Err(reason)),
    };
    let root = *root;
    let opened = match groups {
        Some(groups) => BlobFile::with_groups(file, root, groups),
        None => {
            tracing::warn!(root = name(&root), "a damaged outboard: the whole blob is hashed");
            let hashed = tokio::task::spawn_blocking(move || BlobFile::hashed(file, root)).await;
            hashed.map_err(local)?
        }
    };
    Ok(match opened {
        Ok(Some(opened)) => Ok(opened),
        Ok(None) => Err("its bytes are others".into()),
        Err(error) => Err(error.to_string()),
    })
}

/// A blob as a file, or what is wrong with it.
///
/// # Errors
/// When the store cannot be used now: nothing is known of the blob then.
pub(crate) async fn file(worker: &Worker, root: &Root) -> Result<Result<File, String>, Failure> {
    match worker.store.open_local(root).await {
        Ok(file) => Ok(Ok(file)),
        Err(error) if error.is_damage() => Ok(Err(error.to_string())),
        Err(error) => Err(local(error)),
    }
}

/// A blob whose bytes were not those of its name: looks again and, if they still are not, removes it, so that it is fetched.
///
/// # Errors
/// When it cannot be removed, or the store cannot be used now.
pub(crate) async fn discard(worker: &Worker, root: &Root, reason: impl Display) -> Result<(), Failure> {
    let (found, root) = (reason.to_string(), *root);
    match worker.store.open_local(&root).await {
        // It has been removed meanwhile, and is fetched anyway.
        Err(BlobError::NotFound(_)) => return Ok(()),
        // A remote store that does not answer says nothing of the blob.
        Err(error) if !error.is_damage() => return Err(local(error)),
        // What cannot be opened cannot be used.
        Err(error) => tracing::debug!(%error, "a damaged blob"),
        Ok(file) => {
            let again = tokio::task::spawn_blocking(move || BlobFile::hashed(file, root)).await;
            if matches!(again, Ok(Ok(Some(_)))) {
                tracing::warn!(
                    root = name(&root),
                    found,
                    "a blob was read wrongly once: check the disk and the memory of this machine"
                );
                return Ok(());
            }
        }
    }
    tracing::error!(
        root = name(&root),
        found,
        "a blob has changed on disk, and is fetched again: check the disk"
    );
    worker.metrics.damaged.inc();
    worker.store.discard(&root).await.map_err(local)
}
