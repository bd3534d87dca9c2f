#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod aggregate;
mod block;
pub mod check;
mod control;
mod error;
mod kernels;
mod layout;
mod output;
pub mod reference;
mod scalar;
pub mod selftest;

pub use check::{check_model, check_update, read_header};
pub use control::{Cancel, Control};
pub use error::EngineError;
pub use output::Aggregated;
pub use scalar::{ScalarEngine, Settings};

use quorate_exact::{Root, Rule};
use std::{fs::File, path::Path};

/// What one aggregation is made from. All files are canonical and belong to one model.
#[derive(Debug)]
pub struct AggregateInput {
    pub rule: Rule,
    /// The version that the updates follow.
    pub base: File,
    /// The version before the base, where there is one.
    pub previous: Option<File>,
    /// In the sealed order.
    pub inputs: Vec<WeightedFile>,
}

/// An update and the weight that its contributor claimed.
#[derive(Debug)]
pub struct WeightedFile {
    pub file: File,
    pub weight: u32,
}

/// A backend. Every one gives the bits of [`reference`]; see [`selftest`].
pub trait Engine: Send + Sync {
    /// Name for people, such as `scalar, 8 threads`.
    fn name(&self) -> String;

    /// Computes a version into the new file `out` and everything else that the outcome commits to.
    ///
    /// # Errors
    /// [`EngineError`]; `out` may then exist and is worth nothing.
    fn aggregate(&self, input: &AggregateInput, out: &Path, control: &Control<'_>) -> Result<Aggregated, EngineError>;
}

/// BLAKE3 root and length of everything in `file`, read in pieces.
///
/// # Errors
/// Those of reading.
pub fn root_of(file: &File) -> std::io::Result<(Root, u64)> {
    let mut hasher = blake3::Hasher::new();
    let mut at = 0;
    check::for_each_chunk(file, |chunk| {
        hasher.update(chunk);
        at += chunk.len() as u64;
        true
    })?;
    Ok((*hasher.finalize().as_bytes(), at))
}
