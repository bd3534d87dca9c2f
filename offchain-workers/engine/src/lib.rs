#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod aggregation;
mod arithmetic;
pub mod check;
mod cold;
mod control;
mod error;
mod final_pass;
mod layout;
mod optimiser;
mod output;
mod pass;
mod read;
pub mod reference;
mod selection;
pub mod selftest;
mod spill;
mod state;
mod tile_engine;
mod tiles;
mod version;
mod walk;

pub use check::{check_model, check_update, read_header};
pub use control::{Cancel, Control};
pub use error::EngineError;
pub use output::Aggregated;
pub use quorate_hash_tree::Hashed;
pub use tile_engine::{Settings, TileEngine};

use quorate_exact::{Pipeline, Root};
use std::{
    fs::File,
    path::{Path, PathBuf},
};

/// What one aggregation is made from. All files are canonical and belong to one model.
#[derive(Debug)]
pub struct AggregateInput {
    /// What becomes of the updates.
    pub pipeline: Pipeline,
    /// The job's seed.
    pub seed: Root,
    /// The version that the updates follow.
    pub base: File,
    /// The hashes of its groups ([`quorate_hash_tree::leaves`]), where they are known: groups that do not change are not hashed again.
    pub base_groups: Option<Vec<Root>>,
    /// The version before the base, where there is one.
    pub previous: Option<File>,
    /// The state of the server optimiser that lies beside the base, where there is one; else the optimiser starts anew.
    pub optimiser: Option<File>,
    /// In the sealed order.
    pub inputs: Vec<WeightedFile>,
}

/// An update and the weight that its contributor claimed.
#[derive(Debug)]
pub struct WeightedFile {
    pub file: File,
    pub weight: u32,
    /// The root that its bytes must have, where they are to be verified while they are read.
    pub root: Option<Root>,
}

/// Computes versions. Every engine gives the bits of [`reference`]; see [`selftest`].
pub trait Engine: Send + Sync {
    /// Human-readable name, such as `CPU, AVX2, 8 threads`.
    fn name(&self) -> String;

    /// Computes a version into the new file `out`, the state of its optimiser, if the pipeline has one, into [`state_path`] of
    /// `out`, and everything else that the outcome commits to.
    ///
    /// # Errors
    /// [`EngineError`]; the files may then exist and are worth nothing.
    fn aggregate(&self, input: &AggregateInput, out: &Path, control: &Control<'_>) -> Result<Aggregated, EngineError>;
}

/// Where the optimiser's state goes that belongs to the version in `out`: beside it, with `.state` at the end of the name.
pub fn state_path(out: &Path) -> PathBuf {
    let mut name = out.as_os_str().to_owned();
    name.push(".state");
    name.into()
}
