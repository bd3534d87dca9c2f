//! An aggregation in memory, straight from `quorate-exact`, value by value: the oracle for every engine. Slow; for tests and
//! the self-test only.

use crate::{Aggregated, EngineError};
use quorate_exact::{
    detail::{self, TILE},
    grid, root, scores, Detail, Gram, ModelHeader, Role, Rule, SumTree,
};
use quorate_primitives::job::ScoreRow;

/// Whole files, as bytes.
#[derive(Clone, Debug)]
pub struct Files {
    pub header: ModelHeader,
    pub base: Vec<u8>,
    pub previous: Option<Vec<u8>>,
    /// Updates and their weights.
    pub inputs: Vec<(Vec<u8>, u32)>,
}

/// The new version's bytes and what goes with them.
///
/// # Errors
/// As an engine's.
pub fn aggregate(rule: &Rule, files: &Files) -> Result<(Vec<u8>, Aggregated), EngineError> {
    let (header, n) = (&files.header, files.inputs.len());
    let weights: Vec<u32> = files.inputs.iter().map(|input| input.1).collect();
    let rows = n + 1 + usize::from(files.previous.is_some());
    let mut output = files.base.clone();
    let mut tree = SumTree::new(rows)?;
    let mut partial = Gram::new(rows)?;
    let mut coordinate = 0;
    for tensor in header.tensors.iter().filter(|tensor| tensor.role != Role::Const) {
        for index in 0..tensor.numel() {
            let at = (header.header_len() + tensor.begin + 4 * index) as usize;
            let quantize = |bits, what: &str| {
                grid::quantize(bits, tensor.scale).map_err(|error| EngineError::Quantize {
                    what: what.into(),
                    tensor: tensor.name.clone(),
                    index,
                    error,
                })
            };
            let mut values = Vec::with_capacity(rows);
            for (bytes, _) in &files.inputs {
                values.push(quantize(word(bytes, at), "update")?);
            }
            let a = quorate_exact::aggregate_column(rule, &mut values.clone(), &weights)?;
            values.push(a);
            let base = word(&files.base, at);
            if let Some(previous) = &files.previous {
                let step = grid::step(base, word(previous, at), tensor.scale);
                values.push(step.map_err(|error| EngineError::Quantize {
                    what: "base or previous version".into(),
                    tensor: tensor.name.clone(),
                    index,
                    error,
                })?);
            }
            let new = grid::apply(base, i64::from(a), tensor.scale).map_err(|error| EngineError::Apply {
                tensor: tensor.name.clone(),
                index,
                error,
            })?;
            output[at..at + 4].copy_from_slice(&new.to_le_bytes());
            if let Some(shift) = header.gram_shift(tensor) {
                let rows: Vec<&[i32]> = values.iter().map(std::slice::from_ref).collect();
                partial.add_tile(&rows, shift)?;
            }
            coordinate += 1;
            if coordinate % TILE == 0 {
                tree.push(std::mem::replace(&mut partial, Gram::new(rows)?))?;
            }
        }
    }
    if coordinate % TILE != 0 {
        tree.push(partial)?;
    }
    let (gram_tree, gram) = tree.finish()?;
    let scores_ppm = scores(&gram, n)?;
    let rows = scores_ppm
        .iter()
        .zip(&weights)
        .map(|(&score, &selection)| ScoreRow { score, selection })
        .collect();
    let selection_weights = if *rule == Rule::WeightedMean {
        weights
    } else {
        Vec::new()
    };
    let detail = Detail {
        version: detail::VERSION,
        scores_ppm,
        selection_weights,
        gram: gram.upper().to_vec(),
        gram_tree,
    };
    let aggregated = Aggregated::new(root(&output), output.len() as u64, detail.encode(), rows);
    Ok((output, aggregated))
}

fn word(bytes: &[u8], at: usize) -> u32 {
    bytes[at..at + 4].try_into().map_or(0, u32::from_le_bytes)
}
