//! The same learning without a chain: the reference aggregates in this process.

use anyhow::{bail, ensure, Result};
use quorate_exact::{
    aggregate_tile,
    grid::{apply, quantize},
    root, ModelHeader, Root, Rule,
};

use crate::{
    contributors::Contributors,
    data,
    file::{header, model_file, update_file},
    network::Weights,
    partition::CONTRIBUTORS,
};

/// Accuracies on the held-out rows, of version 0 and after each round, and the root of the last version.
pub struct LocalRun {
    pub accuracies: Vec<f64>,
    pub root: Root,
}

/// Learn for `rounds` rounds; `shown` is told of every version.
pub fn run(rule: &Rule, seed: u64, rounds: u32, mut shown: impl FnMut(u32, f64, usize)) -> Result<LocalRun> {
    let split = data::split(seed)?;
    let contributors = Contributors::new(&split, seed);
    let header = header()?;
    let mut weights = Weights::start(seed);
    let mut accuracies = vec![weights.accuracy(&split.held_out)?];
    shown(0, accuracies[0], 0);
    for round in 1..=rounds {
        let mut rows = Vec::new();
        let mut claimed = Vec::new();
        for contributor in 0..CONTRIBUTORS {
            let contribution = contributors.contribute(&weights, round, contributor)?;
            // A malformed update is left out, as the chain would.
            if update_file(&header, &contribution.delta).1.is_ok() {
                rows.push(contribution.delta);
                claimed.push(contribution.weight);
            }
        }
        weights = next(&header, rule, &weights, &rows, &claimed)?;
        accuracies.push(weights.accuracy(&split.held_out)?);
        shown(round, accuracies[round as usize], rows.len());
    }
    Ok(LocalRun {
        accuracies,
        root: root(&model_file(&header, &weights)),
    })
}

/// The version after `base`, by the reference.
pub fn next(header: &ModelHeader, rule: &Rule, base: &Weights, deltas: &[Weights], claimed: &[u32]) -> Result<Weights> {
    ensure!(!deltas.is_empty(), "every update is malformed");
    let mut next = base.clone();
    for (t, tensor) in header.tensors.iter().enumerate() {
        let rows = deltas
            .iter()
            .map(|delta| delta.0[t].iter().map(|x| quantize(x.to_bits(), tensor.scale)).collect())
            .collect::<Result<Vec<Vec<i32>>, _>>()?;
        let rows: Vec<&[i32]> = rows.iter().map(Vec::as_slice).collect();
        let mut aggregate = vec![0; base.0[t].len()];
        if let Err(error) = aggregate_tile(rule, &rows, claimed, &mut aggregate) {
            bail!("{}: {error}", tensor.name);
        }
        for (value, a) in next.0[t].iter_mut().zip(aggregate) {
            *value = f32::from_bits(apply(value.to_bits(), i64::from(a), tensor.scale)?);
        }
    }
    Ok(next)
}
