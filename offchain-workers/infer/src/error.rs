//! Why a model is not loaded, and why a run ends.

use quorate_exact::infer::Fault;
use quorate_infer_kernels::Level;
use quorate_program::Type;

/// A program and a model's tensors do not make a model that runs.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// The model lacks a tensor of the program.
    #[error("the model has no tensor {name:?}, which the program reads: was the program compiled for another model?")]
    Missing {
        /// Its name.
        name: String,
    },
    /// A tensor has other elements than the program expects.
    #[error("tensor {name:?} has elements of {got}; the program expects {expected}")]
    Type {
        /// Its name.
        name: String,
        /// The program's.
        expected: Type,
        /// The model's, in its own words.
        got: String,
    },
    /// A tensor has another shape than the program expects.
    #[error("tensor {name:?} has shape {got:?}; the program expects {expected:?}")]
    Shape {
        /// Its name.
        name: String,
        /// The program's.
        expected: Vec<u64>,
        /// The model's.
        got: Vec<u64>,
    },
    /// A tensor's bytes are no values.
    #[error("tensor {name:?}: {fault}")]
    Values {
        /// Its name.
        name: String,
        /// What is wrong.
        fault: Fault,
    },
    /// The file is no canonical file of a model.
    #[error("the model's file: {0}")]
    File(String),
    /// Threads could not be started.
    #[error("threads: {0}")]
    Threads(#[from] rayon::ThreadPoolBuildError),
    /// The instructions do not compute what the reference does.
    #[error(transparent)]
    SelfTest(#[from] Differs),
    /// It was asked to end.
    #[error("loading was cancelled")]
    Cancelled,
    /// The program is not causal, so that nothing of its past can be kept.
    #[error("the program cannot go on from a kept past: {0}")]
    NotCausal(String),
}

/// Why a level of instructions is not used.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{level}: {trial} has another result than the reference; do not use this machine or build for inference")]
pub struct Differs {
    /// The level.
    pub level: Level,
    /// What was computed.
    pub trial: &'static str,
}

/// A run has no result.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Stop {
    /// The fault that the program has for this request: what everybody finds.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// It was asked to end.
    #[error("the run was cancelled")]
    Cancelled,
    /// The thread rounds otherwise than to the nearest, or drops numbers below the normal ones: a library in this process has changed that.
    #[error(
        "a thread's floating-point environment was changed: it rounds otherwise, or flushes small numbers to zero"
    )]
    Environment,
    /// It needs more memory than it may use.
    #[error("the run needs {needed} bytes of memory; {limit} are allowed")]
    Memory {
        /// Bytes that it needs besides the model.
        needed: u64,
        /// Bytes that it may use.
        limit: u64,
    },
    /// A session has no room for more positions.
    #[error("the session has room for {capacity} positions; {needed} are asked for")]
    Context {
        /// Positions that it has room for.
        capacity: usize,
        /// Positions that there would be.
        needed: usize,
    },
}
