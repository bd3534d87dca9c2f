//! Why there is no result.

use quorate_exact::{AggregateError, ApplyError, GramError, HeaderError, QuantizeError, ScoreError};
use std::io;

/// Why there is no result. None of these says that anything on chain is wrong.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    #[error("{what}: {source}")]
    Io { what: String, source: io::Error },
    #[error("{what} has no canonical header: {error}")]
    Header { what: String, error: HeaderError },
    /// The file belongs to another model, or is of the other kind.
    #[error("{what} has another header than its model asks for")]
    OtherModel { what: String },
    #[error("{what} has {got} bytes; {expected} were expected")]
    Length { what: String, expected: u64, got: u64 },
    #[error("{0}")]
    Aggregate(#[from] AggregateError),
    #[error("{what}, tensor {tensor:?}, element {index}: {error}")]
    Quantize {
        what: String,
        tensor: String,
        index: u64,
        error: QuantizeError,
    },
    #[error("new version, tensor {tensor:?}, element {index}: {error}")]
    Apply {
        tensor: String,
        index: u64,
        error: ApplyError,
    },
    #[error("Gram matrix: {0}")]
    Gram(#[from] GramError),
    #[error("scores: {0}")]
    Score(#[from] ScoreError),
    #[error("the computation was cancelled")]
    Cancelled,
}

impl EngineError {
    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }
}
