//! A store whose blobs live in a remote one.

use crate::{
    cache::{Bounds, Cache},
    folder::Folder,
    layout::{DATA, OUTBOARDS, REMOTE, SCRATCH, UPLOADS},
    remote::{Remote, Tiered},
    BlobError, BlobStore, Root,
};
use object_store::{local::LocalFileSystem, path::Path};
use std::{os::unix::fs::DirBuilderExt, sync::Arc};

impl BlobStore {
    /// A store whose blobs live in `remote`. The folder has copies, parts of uploads and scratch files; it is taken and cleaned as that of
    /// [`BlobStore::local`], and the prefix belongs to it from now on. Uploads that a killed process left are aborted.
    ///
    /// # Errors
    /// `Location` if the remote store cannot be used, or belongs to another folder; `Foreign` if the folder has blobs of its own; those of
    /// [`BlobStore::local`].
    pub async fn cached(
        folder: impl AsRef<std::path::Path>,
        remote: Remote,
        bounds: Bounds,
    ) -> Result<Self, BlobError> {
        let folder = Folder::open(folder.as_ref())?;
        let (id, bound) = id(&folder, &remote)?;
        remote.claim(&id).await?;
        if !bound {
            write(&folder, &id, remote.location())?;
        }
        let notes = folder.path.join(UPLOADS);
        let mut private = std::fs::DirBuilder::new();
        let made = private.recursive(true).mode(0o700).create(&notes);
        made.map_err(BlobError::io(notes.display()))?;
        remote.abort_left(&notes).await?;
        let copies = LocalFileSystem::new_with_prefix(&folder.path)?.with_fsync(true);
        let objects = Tiered {
            remote: remote.clone(),
            copies: Arc::new(copies),
        };
        let mut store = Self::new(Arc::new(objects), Path::default());
        store.cache = Some(Arc::new(Cache::new(folder.path.clone(), remote, bounds)));
        store.local = Some(Arc::new(folder));
        Ok(store)
    }

    /// A copy that is read stays longer.
    pub(crate) fn touch(&self, root: &Root) {
        if let Some(cache) = &self.cache {
            cache.touch(root);
        }
    }

    /// Removes a blob that is not what its name says: of a remote store first the copy alone, as what lives there may be right.
    ///
    /// # Errors
    /// `Io`, `Store`.
    pub async fn discard(&self, root: &Root) -> Result<(), BlobError> {
        match &self.cache {
            Some(cache) if cache.forget(root)? => Ok(()),
            _ => self.remove(root).await,
        }
    }
}

/// The folder's id, made if need be, and whether the folder is bound to this place already: until a place was taken, the next try may name
/// another one.
fn id(folder: &Folder, remote: &Remote) -> Result<(String, bool), BlobError> {
    let path = folder.path.join(REMOTE);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(BlobError::io(path.display())(error)),
    };
    let mut lines = text.lines();
    let (id, location) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    if !id.is_empty() && location == remote.location() {
        return Ok((id.into(), true));
    }
    if !location.is_empty() {
        return Err(BlobError::Location {
            location: remote.location().into(),
            reason: format!(
                "the folder {} has copies of {location:?}: give each place a folder of its own",
                folder.path.display()
            ),
        });
    }
    refuse_blobs(folder, remote)?;
    let id = match id {
        "" => format!("{:032x}", rand::random::<u128>()),
        id => id.into(),
    };
    write(folder, &id, "")?;
    Ok((id, false))
}

/// Whole or not at all.
fn write(folder: &Folder, id: &str, location: &str) -> Result<(), BlobError> {
    let path = folder.path.join(REMOTE);
    let wrong = || BlobError::io(path.display());
    let file = tempfile::NamedTempFile::new_in(folder.path.join(SCRATCH)).map_err(wrong())?;
    std::fs::write(file.path(), format!("{id}\n{location}\n")).map_err(wrong())?;
    file.as_file().sync_all().map_err(wrong())?;
    file.persist(&path).map_err(|error| wrong()(error.error))?;
    Ok(())
}

/// Blobs that live in the folder would be taken for copies, which go.
fn refuse_blobs(folder: &Folder, remote: &Remote) -> Result<(), BlobError> {
    for part in [DATA, OUTBOARDS, UPLOADS] {
        let path = folder.path.join(part);
        if std::fs::read_dir(&path).is_ok_and(|mut entries| entries.next().is_some()) {
            return Err(BlobError::Location {
                location: remote.location().into(),
                reason: format!(
                    "the folder {} has files of its own in {part}: copy its folders, without scratch and parts, to that place and give the worker \
                     an empty folder",
                    folder.path.display()
                ),
            });
        }
    }
    Ok(())
}
