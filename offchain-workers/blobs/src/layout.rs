//! Folders of a store.

/// Says whose copies a folder has: an id, and the place where the blobs live.
pub(crate) const REMOTE: &str = ".quorate-remote";
/// The blobs.
pub(crate) const DATA: &str = "blobs";
pub(crate) const OUTBOARDS: &str = "outboards";
/// Parts of blobs that are not whole yet.
pub(crate) const PARTS: &str = "parts";
/// Notes of uploads to a remote store that are under way.
pub(crate) const UPLOADS: &str = "uploads";
/// Files that are not blobs yet.
pub(crate) const SCRATCH: &str = "scratch";
