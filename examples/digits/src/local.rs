//! The same learning without a chain: the reference aggregates in this process.

use anyhow::{ensure, Context, Result};
use quorate_exact::{
    grid::{apply, quantize},
    reference::{evaluate, RowTensor},
    root, Account, ModelHeader, Moments, Optimiser, Pipeline, Root, ServerOptimiser,
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
pub fn run(pipeline: &Pipeline, seed: u64, rounds: u32, mut shown: impl FnMut(u32, f64, usize)) -> Result<LocalRun> {
    let split = data::split(seed)?;
    let contributors = Contributors::new(&split, seed);
    let header = header()?;
    let mut weights = Weights::start(seed);
    let mut aggregator = Aggregator::new(*pipeline);
    let mut accuracies = vec![weights.accuracy(&split.held_out)?];
    shown(0, accuracies[0], 0);
    for round in 1..=rounds {
        let mut rows = Vec::new();
        let mut claimed = Vec::new();
        let base = root(&model_file(&header, &weights));
        for contributor in 0..CONTRIBUTORS {
            let contribution = contributors.contribute(&weights, round, contributor)?;
            // A malformed update is left out, as the chain would.
            if update_file(&header, (&base, &Account::default()), &contribution.delta)
                .1
                .is_ok()
            {
                rows.push(contribution.delta);
                claimed.push(contribution.weight);
            }
        }
        // Where the chain draws a seed, this run makes one.
        let drawn = root(format!("{seed} {round}").as_bytes());
        weights = aggregator.next(&header, &weights, &rows, &claimed, drawn)?;
        accuracies.push(weights.accuracy(&split.held_out)?);
        shown(round, accuracies[round as usize], rows.len());
    }
    Ok(LocalRun {
        accuracies,
        root: root(&model_file(&header, &weights)),
    })
}

/// What the validators compute: a pipeline, and the moments of its optimiser from round to round.
#[derive(Clone)]
pub struct Aggregator {
    pipeline: Pipeline,
    /// By tensor and coordinate; empty before the first round.
    moments: Vec<Vec<Moments>>,
    powers: Option<[u32; 2]>,
}

impl Aggregator {
    pub fn new(pipeline: Pipeline) -> Self {
        Self {
            pipeline,
            moments: Vec::new(),
            powers: None,
        }
    }

    /// The version after `base`, by the reference. `deltas` and `claimed` are in the sealed order.
    pub fn next(
        &mut self,
        header: &ModelHeader,
        base: &Weights,
        deltas: &[Weights],
        claimed: &[u32],
        seed: Root,
    ) -> Result<Weights> {
        ensure!(!deltas.is_empty(), "every update is malformed");
        let tensors = header.tensors.iter().enumerate().map(|(t, tensor)| {
            let rows = deltas
                .iter()
                .map(|delta| delta.0[t].iter().map(|x| quantize(x.to_bits(), tensor.scale)).collect())
                .collect::<Result<Vec<Vec<i32>>, _>>()
                .with_context(|| tensor.name.clone())?;
            Ok(RowTensor {
                role: tensor.role,
                scale: tensor.scale,
                rows,
                previous: None,
            })
        });
        let tensors = tensors.collect::<Result<Vec<_>>>()?;
        let made = evaluate(&self.pipeline, &tensors, claimed, seed)?;
        self.step(header, base, &made.aggregate)
    }

    fn step(&mut self, header: &ModelHeader, base: &Weights, aggregate: &[Vec<i32>]) -> Result<Weights> {
        let server = self.pipeline.server;
        if self.moments.is_empty() {
            self.moments = base.0.iter().map(|tensor| vec![server.start(); tensor.len()]).collect();
        }
        let optimiser = Optimiser::new(&server, self.powers)?;
        let mut next = base.clone();
        for (t, tensor) in header.tensors.iter().enumerate() {
            let values = next.0[t].iter_mut().zip(&mut self.moments[t]).zip(&aggregate[t]);
            for ((value, moments), a) in values {
                let (bits, after) = match server {
                    ServerOptimiser::Plain => (apply(value.to_bits(), i64::from(*a), tensor.scale)?, *moments),
                    _ => optimiser.step(value.to_bits(), i64::from(*a), tensor.scale, *moments)?,
                };
                (*value, *moments) = (f32::from_bits(bits), after);
            }
        }
        self.powers = optimiser.powers();
        Ok(next)
    }
}
