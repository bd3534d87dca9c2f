#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod aggregate_input;
mod aggregation;
mod arithmetic;
pub mod artifact;
mod assessment;
mod blob_file;
mod budget;
pub mod check;
mod cold;
mod control;
mod error;
mod evaluation;
mod final_pass;
mod inference;
mod input;
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

pub use aggregate_input::{AggregateInput, WeightedFile};
pub use artifact::{check_data_set, check_program, fits};
pub use assessment::{AssessInput, Assessed};
pub use blob_file::BlobFile;
pub use check::{check_model, check_update, read_header, version_header, Checked};
pub use control::{Cancel, Control};
pub use error::EngineError;
pub use evaluation::{EvaluateInput, Evaluated};
pub use inference::{check_request, verify as verify_answer, Capacity, InferInput, Keep, Made, Unmeasured};
pub use input::Input;
pub use output::Aggregated;
pub use quorate_hash_tree::Hashed;
pub use quorate_infer::{selftest as inference_selftest, Isa, Level};
pub use quorate_primitives::job::infer::AnswerRow;
pub use tile_engine::{Settings, TileEngine};

use std::path::{Path, PathBuf};

/// Computes versions and evaluates them. Every engine gives the bits of [`reference`], see [`selftest`], and of `quorate_evaluation`.
pub trait Engine: Send + Sync {
    /// Human-readable name, such as `CPU, AVX2, 8 threads`.
    fn name(&self) -> String;

    /// Computes a version into the new file `out`, the state of its optimiser, if the pipeline has one, into [`state_path`] of
    /// `out`, and everything else that the outcome commits to.
    ///
    /// # Errors
    /// [`EngineError`]; the files may then exist and are worth nothing.
    fn aggregate(&self, input: &AggregateInput, out: &Path, control: &Control<'_>) -> Result<Aggregated, EngineError>;

    /// Evaluates a version on a data set. Progress is in rows.
    ///
    /// # Errors
    /// [`EngineError`]: `Memory` where there is not enough for the version's tensors or a row's run.
    fn evaluate(&self, input: &EvaluateInput, control: &Control<'_>) -> Result<Evaluated, EngineError>;

    /// Assesses a round's version, and what each organisation's updates improve. Progress is in rows.
    ///
    /// # Errors
    /// [`EngineError`]: `Memory` where there is not enough for a version's tensors, a row's run, or for what rows are.
    fn assess(&self, input: &AssessInput, control: &Control<'_>) -> Result<Assessed, EngineError>;

    /// Answers a batch of requests; `keep` is given each token that is generated and the bytes of each answer, those of different requests
    /// in any order. The rows are in the requests' order. Progress is in requests.
    ///
    /// # Errors
    /// [`EngineError`]: `Memory`, before anything is run, where there is not enough for one of them.
    fn infer(
        &self,
        input: &InferInput,
        keep: &mut Keep<'_>,
        control: &Control<'_>,
    ) -> Result<Vec<AnswerRow>, EngineError>;
}

/// Where the optimiser's state goes that belongs to the version in `out`: beside it, with `.state` at the end of the name.
pub fn state_path(out: &Path) -> PathBuf {
    let mut name = out.as_os_str().to_owned();
    name.push(".state");
    name.into()
}
