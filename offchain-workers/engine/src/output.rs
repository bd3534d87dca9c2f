//! What an aggregation yields.

use crate::{aggregate::Job, EngineError};
use quorate_exact::{detail, root, scores, Detail, Gram, GramTree, Root, Rule};
use quorate_primitives::{
    job::{Outcome, ScoreRow},
    payload::{page_hashes, scores_root},
};

/// A version that was computed, and all that its outcome commits to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aggregated {
    /// BLAKE3 root and length, in bytes, of the new version's file.
    pub output: Root,
    pub output_len: u64,
    /// Bytes and BLAKE3 root of the detail blob, a [`Detail`].
    pub detail: Vec<u8>,
    pub detail_root: Root,
    /// One for each input, in order.
    pub rows: Vec<ScoreRow>,
    pub outcome: Outcome,
}

pub(crate) fn assemble(
    job: &Job<'_>,
    output: Root,
    output_len: u64,
    gram_tree: GramTree,
    gram: Gram,
) -> Result<Aggregated, EngineError> {
    let scores_ppm = scores(&gram, job.weights.len())?;
    let selection_weights = match job.input.rule {
        Rule::WeightedMean => job.weights.clone(),
        Rule::Median | Rule::TrimmedMean { .. } => Vec::new(),
    };
    let rows = scores_ppm
        .iter()
        .zip(&job.weights)
        .map(|(&score, &selection)| ScoreRow { score, selection })
        .collect();
    let detail = Detail {
        version: detail::VERSION,
        scores_ppm,
        selection_weights,
        gram: gram.upper().to_vec(),
        gram_tree,
    };
    Ok(Aggregated::new(output, output_len, detail.encode(), rows))
}

impl Aggregated {
    /// Derives the roots and the outcome.
    pub fn new(output: Root, output_len: u64, detail: Vec<u8>, rows: Vec<ScoreRow>) -> Self {
        let detail_root = root(&detail);
        let outcome = Outcome {
            output: output.into(),
            output_len,
            optimiser: None,
            detail: detail_root.into(),
            scores: scores_root(&page_hashes(&rows)),
        };
        Self {
            output,
            output_len,
            detail,
            detail_root,
            rows,
            outcome,
        }
    }
}
