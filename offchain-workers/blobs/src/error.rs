//! Why a blob cannot be written or read.

use std::io;

/// Why a blob cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    #[error("blob {0} is not in this store")]
    NotFound(String),
    /// The bytes are not those that the name stands for.
    #[error("the bytes have root {got}, not {expected}")]
    WrongRoot { expected: String, got: String },
    #[error("more than the {expected} bytes expected")]
    TooLong { expected: u64 },
    #[error("{got} bytes; {expected} were expected")]
    TooShort { expected: u64, got: u64 },
    #[error("bytes {start}..{end} are outside a blob of {len} bytes")]
    Range { start: u64, end: u64, len: u64 },
    /// What lies in the store is no longer what was put there: remove the blob and fetch it again.
    #[error("blob {name} is damaged at byte {offset}: remove and fetch it again")]
    Damaged { name: String, offset: u64 },
    #[error("blob {0} has another length here")]
    OtherLength(String),
    #[error("this store is not a local folder: its blobs cannot be opened as files")]
    NotLocal,
    #[error("the store {folder} is in use by process {process}: end that, or give each worker a store of its own")]
    InUse { folder: String, process: String },
    /// It has files that are not the store's, in a place where the store would remove them.
    #[error("{folder} is no store yet, and has files in {part}: choose another folder, or empty that one")]
    Foreign { folder: String, part: String },
    /// It is in the remote store, and cannot be copied here.
    #[error("blob {name} cannot be copied into the folder: {source}")]
    Copy { name: String, source: io::Error },
    #[error("store location {location:?}: {reason}")]
    Location { location: String, reason: String },
    #[error("{needed} bytes do not fit: {used} of the {max} that the store may have are taken")]
    OverQuota { needed: u64, used: u64, max: u64 },
    #[error("{needed} bytes do not fit: {free} on the disk are free and promised to nobody, of which {keep} have to stay so")]
    DiskFull { needed: u64, free: u64, keep: u64 },
    #[error("store: {0}")]
    Store(#[from] object_store::Error),
    #[error("{what}: {source}")]
    Io { what: String, source: io::Error },
    /// The stream of bytes to be stored failed.
    #[error("incoming bytes: {0}")]
    Source(String),
}

impl BlobError {
    /// Whether the blob itself is gone or wrong, so that it helps to fetch it again; else it is the store that cannot be used now, and nothing is
    /// known of the blob.
    pub fn is_damage(&self) -> bool {
        matches!(
            self,
            Self::NotFound(_)
                | Self::WrongRoot { .. }
                | Self::TooLong { .. }
                | Self::TooShort { .. }
                | Self::Damaged { .. }
                | Self::OtherLength(_)
                | Self::Io { .. }
        )
    }

    pub(crate) fn io(what: impl ToString) -> impl FnOnce(io::Error) -> Self {
        let what = what.to_string();
        move |source| Self::Io { what, source }
    }
}
