//! Names of the files that a computation is made from.

use std::fmt;

/// One of the files of a computation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    Base,
    Previous,
    Optimiser,
    /// By its place in the sealed order.
    Update(usize),
    /// Of an evaluation, whose version is the base.
    Program,
    DataSet,
    /// Of an assessment: what the round made of the base.
    Version,
    /// Of an assessment, by its place.
    Shard(usize),
    /// Of a batch of requests, by its place.
    Request(usize),
    /// What the model's tensors are trained on top of.
    FrozenBase,
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Base => f.write_str("base version"),
            Self::Previous => f.write_str("previous version"),
            Self::Optimiser => f.write_str("optimiser state"),
            Self::Update(index) => write!(f, "update {index}"),
            Self::Program => f.write_str("program"),
            Self::DataSet => f.write_str("data set"),
            Self::Version => f.write_str("new version"),
            Self::Shard(number) => write!(f, "shard {number}"),
            Self::Request(number) => write!(f, "request {number}"),
            Self::FrozenBase => f.write_str("frozen base"),
        }
    }
}
