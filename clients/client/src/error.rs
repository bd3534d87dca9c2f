//! Errors, grouped by who can act on them.

use crate::{text::bounded, trial::Trial};
use quorate_blobs::{transfer::TransferError, BlobError};
use quorate_output::OutputError;
use quorate_primitives::{views::RoundPhase, RequestId, Root, RoundId};

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
    /// What is given is right, and the chain does not take it as it stands: a version that is not served, a fund without tokens, too few
    /// validators. Nothing was sent.
    #[error("{0}")]
    Unavailable(String),
    /// The round takes no commitments any more, and has none of this account.
    #[error("round {round} is {phase:?}: it takes no commitments any more, and there is none of this account; wait for the next round")]
    RoundClosed { round: RoundId, phase: RoundPhase },
    #[error("round {round} ended without a version: {why}")]
    RoundFailed { round: RoundId, why: String },
    /// A request is on chain, and no gateway took its input.
    #[error("request {request} is on chain, and no gateway took its input: {why}; `quorate request fetch {root:?}` brings it again")]
    NotUploaded {
        request: RequestId,
        root: Root,
        why: String,
    },
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
                Self::Rejected(bounded(&format!("{}{data}", user.message)))
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
                Self::Denied(bounded(&error.to_string()))
            }
            // This machine's disk, not the network.
            TransferError::Blob(BlobError::Io { what: path, source }) => Self::Io { path, source },
            other => Self::Network(bounded(&other.to_string())),
        }
    }
}

/// An error of the connection without the prefixes that its layers add.
pub(crate) fn plain(error: &dyn std::fmt::Display) -> String {
    let text = error.to_string().replace("RPC error: ", "");
    bounded(&text.replace("client error: ", ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_gateway_or_a_node_says_should_be_short_and_move_no_cursor() {
        let long = format!("\u{1b}[2J{}", "x".repeat(1 << 16));
        let refused = |status| TransferError::Refused {
            gateway: "https://gateway.example".into(),
            status,
            reason: long.clone(),
        };
        let node = || subxt::rpcs::UserError {
            code: 1010,
            message: long.clone(),
            data: None,
        };
        for error in [
            Error::from(refused(403)),
            Error::from(refused(503)),
            Error::from(subxt::rpcs::Error::User(node())),
        ] {
            let text = error.to_string();
            assert!(!text.contains('\u{1b}') && text.contains("\\u{1b}[2J"), "{error:?}");
            assert!(text.chars().count() < 1_200, "{}", text.len());
        }
    }

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
