//! Why there is no result.

use crate::input::Input;
use quorate_exact::{
    ApplyError, DecideError, EvaluateError, GramError, HeaderError, PlanError, ProductsError, QuantizeError,
    ScoreError, StepError,
};
use quorate_kernels::BackendError;
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
    #[error("{what}: {got} bytes or entries; {expected} were expected")]
    Length { what: String, expected: u64, got: u64 },
    /// The bytes that were read are not those of the blob's name: the disk or who wrote there is at fault.
    #[error("{input} is not the blob of its name any more ({reason}): fetch it again, and check the disk")]
    Damaged { input: Input, reason: String },
    /// What the computation itself wrote for later is not what it reads now.
    #[error("{what} has changed on the disk: check the disk")]
    Scratch { what: String },
    #[error("{0}")]
    Plan(PlanError),
    #[error("{0}")]
    Decide(DecideError),
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
    #[error("new version, tensor {tensor:?}, element {index}: {error}")]
    Step {
        tensor: String,
        index: u64,
        error: StepError,
    },
    #[error("optimiser state: {0}")]
    Powers(StepError),
    #[error("inner products: {0}")]
    Gram(#[from] GramError),
    #[error("products: {0}")]
    Products(#[from] ProductsError),
    #[error("scores: {0}")]
    Score(#[from] ScoreError),
    #[error("{0}")]
    Backend(BackendError),
    /// The reference alone.
    #[error("{0}")]
    Evaluate(EvaluateError),
    /// Nothing was taken of it.
    #[error("{needed} bytes of memory are needed, {allowed} may be used")]
    Memory { needed: u64, allowed: u64 },
    #[error("the computation was cancelled")]
    Cancelled,
}

impl EngineError {
    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }
}
