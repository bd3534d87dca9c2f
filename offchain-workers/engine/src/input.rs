//! Names of the files that an aggregation is made from.

use std::fmt;

/// One of the files of an aggregation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    Base,
    Previous,
    Optimiser,
    /// By its place in the sealed order.
    Update(usize),
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Base => f.write_str("base version"),
            Self::Previous => f.write_str("previous version"),
            Self::Optimiser => f.write_str("optimiser state"),
            Self::Update(index) => write!(f, "update {index}"),
        }
    }
}
