//! What an aggregation is made from.

use crate::blob_file::BlobFile;
use quorate_exact::{Pipeline, Root};
use std::fs::File;

/// What one aggregation is made from. All files are canonical and belong to one model; every byte is verified against its root while
/// it is read, in every pass.
#[derive(Debug)]
pub struct AggregateInput {
    /// What becomes of the updates.
    pub pipeline: Pipeline,
    /// The job's seed.
    pub seed: Root,
    /// The version that the updates follow.
    pub base: BlobFile,
    /// The version before the base, where there is one.
    pub previous: Option<BlobFile>,
    /// The state of the server optimiser that lies beside the base, where there is one; else the optimiser starts anew.
    pub optimiser: Option<BlobFile>,
    /// In the sealed order.
    pub inputs: Vec<WeightedFile>,
}

/// An update and the weight that its contributor claimed.
#[derive(Debug)]
pub struct WeightedFile {
    pub file: File,
    pub weight: u32,
    /// The root that its bytes must have.
    pub root: Root,
}
