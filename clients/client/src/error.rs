//! Errors, grouped by who can act on them.

use crate::trial::Trial;
use quorate_blobs::{transfer::TransferError, BlobError};
use quorate_output::OutputError;

/// Result of everything in this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The node or a gateway cannot be reached, or broke off.
    #[error("network: {0}")]
    Network(String),
    /// The transaction was in a block, and its call failed.
    #[error("the chain refused: {pallet}.{name}: {doc}")]
    Refused { pallet: String, name: String, doc: String },
    /// The node did not take the transaction into its pool.
    #[error("the node refused the transaction: {0}")]
    Rejected(String),
    /// The runtime differs from what this program was built for.
    #[error("the node's runtime differs from what this program knows: {0}")]
    Incompatible(String),
    /// A gateway refuses this account, or whoever has none.
    #[error("{0}")]
    Denied(String),
    /// Nothing was sent, as [`Options::dry_run`](crate::connection::Options::dry_run) asks; what would have happened.
    #[error("{0}")]
    Tried(Box<Trial>),
    /// Waiting took longer than it may.
    #[error("timed out: {0}")]
    Timeout(String),
    /// No such thing on chain.
    #[error("not found: {0}")]
    NotFound(String),
    /// A check found a difference.
    #[error("check failed: {0}")]
    Check(String),
    /// Something given is wrong: an argument, a key, a file.
    #[error("{0}")]
    Input(String),
    #[error("{path}: {source}")]
    Io { path: String, source: std::io::Error },
}

impl Error {
    /// An error about the file or folder `path`.
    pub fn io(path: impl AsRef<std::path::Path>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.as_ref().display().to_string();
        move |source| Self::Io { path, source }
    }

    /// Whether the chain refused for this reason.
    pub fn is_refused(&self, pallet: &str, name: &str) -> bool {
        matches!(self, Self::Refused { pallet: p, name: n, .. } if p == pallet && n == name)
    }
}

impl From<subxt::rpcs::Error> for Error {
    fn from(error: subxt::rpcs::Error) -> Self {
        match error {
            subxt::rpcs::Error::User(user) => {
                let data = user
                    .data
                    .map(|data| format!(": {}", data.get().trim_matches('"')))
                    .unwrap_or_default();
                Self::Rejected(format!("{}{data}", user.message))
            }
            other => Self::Network(plain(&other)),
        }
    }
}

impl From<OutputError> for Error {
    fn from(error: OutputError) -> Self {
        match error {
            OutputError::Io { path, source } => Self::io(path)(source),
            other => Self::Input(other.to_string()),
        }
    }
}

impl From<TransferError> for Error {
    fn from(error: TransferError) -> Self {
        match error {
            TransferError::Refused { status: 401 | 403, .. } | TransferError::Nowhere { denied: true, .. } => {
                Self::Denied(error.to_string())
            }
            // This machine's disk, not the network.
            TransferError::Blob(BlobError::Io { what: path, source }) => Self::Io { path, source },
            other => Self::Network(other.to_string()),
        }
    }
}

/// An error of the connection without the prefixes that its layers add.
pub(crate) fn plain(error: &dyn std::fmt::Display) -> String {
    error
        .to_string()
        .replace("RPC error: ", "")
        .replace("client error: ", "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transfer_should_fail_for_what_it_failed_of() {
        let refused = |status| TransferError::Refused {
            gateway: "https://gateway.example".into(),
            status,
            reason: "no".into(),
        };
        for status in [401, 403] {
            assert!(matches!(refused(status).into(), Error::Denied(text) if text.contains("gateway.example")));
        }
        let nowhere = |denied| TransferError::Nowhere {
            name: "x".into(),
            causes: vec![refused(403).to_string()],
            denied,
        };
        assert!(matches!(nowhere(true).into(), Error::Denied(text) if text.contains("gateway.example")));
        assert!(matches!(nowhere(false).into(), Error::Network(_)));
        assert!(matches!(refused(503).into(), Error::Network(_)));
        let full = std::io::Error::from(std::io::ErrorKind::StorageFull);
        let disk = TransferError::Blob(BlobError::Io {
            what: "/cache/x".into(),
            source: full,
        });
        assert!(matches!(disk.into(), Error::Io { path, .. } if path == "/cache/x"));
        let wrong = BlobError::TooLong { expected: 3 };
        assert!(matches!(TransferError::Blob(wrong).into(), Error::Network(_)));
    }
}
