//! Folders of a store.

/// The blobs.
pub(crate) const DATA: &str = "blobs";
pub(crate) const OUTBOARDS: &str = "outboards";
/// Parts of blobs that are not whole yet.
pub(crate) const PARTS: &str = "parts";
/// Files that are not blobs yet.
pub(crate) const SCRATCH: &str = "scratch";
