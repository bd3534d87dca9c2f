//! Who sends what, and a round by the reference.

use anyhow::Result;
use quorate_digits_task::{
    file::{header, model_file, read_model, update_file},
    measured::{program, wrong},
    network::Weights,
    partition::{partition, Shard},
    plain,
    seed::{rng, Purpose},
};
use quorate_engine::reference::{aggregate, Files};
use quorate_evaluation::assessment::{assess, Assessed, AssessedRound, Fewest, Update};
use quorate_exact::{root, Account, Detail, ModelHeader, Pipeline, Root, Rule};
use rand::Rng;

use crate::data::{Split, Task};

/// Organisations that learn.
pub const HONEST: usize = 7;
/// Whose update is copied.
const COPIED: usize = 2;
/// What every organisation is, in its order.
pub const PLAYERS: [&str; 11] = [
    "honest",
    "honest",
    "honest, copied",
    "honest",
    "honest",
    "honest",
    "honest",
    "copy",
    "replay",
    "noise",
    "half replay, half noise",
];

/// What one update is worth by both scores, in parts per million of the largest.
pub struct Scored {
    pub by_products: Vec<u32>,
    pub by_improvement: Vec<u32>,
}

/// Learning from one seed.
pub struct Learning<'a> {
    task: &'a Task,
    seed: u64,
    split: Split,
    parts: Vec<Shard>,
    header: ModelHeader,
    program: Vec<u8>,
    base: Vec<u8>,
    previous: Option<Vec<u8>>,
}

impl<'a> Learning<'a> {
    pub fn new(task: &'a Task, seed: u64) -> Result<Self> {
        let split = task.split(seed)?;
        let header = header()?;
        let base = model_file(&header, &Weights::start(seed));
        Ok(Self {
            task,
            seed,
            parts: partition(&split.train, 10, seed).into_iter().take(HONEST).collect(),
            split,
            program: program_file(&base)?,
            header,
            base,
            previous: None,
        })
    }

    /// Rows that an honest organisation learns from.
    pub fn rows(&self, player: usize) -> usize {
        self.parts.get(player).map_or(0, |part| part.rows.len())
    }

    /// Plays a round: the next one stands on its version.
    pub fn play(&mut self, round: u32) -> Result<Scored> {
        let base = read_model(&self.header, &self.base)?;
        let previous = self.previous.as_deref();
        let previous = previous.map(|file| read_model(&self.header, file)).transpose()?;
        let deltas = self.deltas(&base, previous.as_ref(), round);
        let base_root = root(&self.base);
        let updates: Vec<Vec<u8>> = deltas
            .iter()
            .map(|delta| update_file(&self.header, (&base_root, &Account::default()), delta).0)
            .collect();
        let files = Files {
            header: self.header.clone(),
            seed: Root::default(),
            base: self.base.clone(),
            previous: self.previous.clone(),
            optimiser: None,
            inputs: updates.iter().map(|update| (update.clone(), 1)).collect(),
        };
        let computed = aggregate(&Pipeline::from(Rule::WeightedMean), &files)?;
        let detail = Detail::decode(&computed.aggregated.detail).map_err(wrong)?;
        let scores = self.assess(&computed.version, &updates, &detail)?;
        self.previous = Some(std::mem::replace(&mut self.base, computed.version));
        Ok(Scored {
            by_products: computed.aggregated.scores,
            by_improvement: scores,
        })
    }

    fn assess(&self, version: &[u8], updates: &[Vec<u8>], aggregation: &Detail) -> Result<Vec<u32>> {
        let update = |organisation: usize| Update {
            organisation: organisation as u32,
            weight: 1,
        };
        let round = AssessedRound {
            base: &self.base,
            version,
            program: &self.program,
            benchmark: None,
            // The honest ones supply.
            shards: (0u32..).zip(self.split.shards.iter().map(Vec::as_slice)).collect(),
            updates: updates
                .iter()
                .enumerate()
                .map(|(i, file)| (update(i), file.as_slice()))
                .collect(),
            aggregation,
            contribution: Some(Fewest {
                rows: self.task.shard as u32 / 2,
                shards: self.split.shards.len() as u32,
            }),
            operations: u64::MAX,
        };
        match assess(&round).map_err(wrong)? {
            Assessed::Done(_, detail) => Ok(detail.scores),
            Assessed::Unfit(reason) => anyhow::bail!("unfit: {reason}"),
        }
    }

    /// One for each of [`PLAYERS`].
    fn deltas(&self, base: &Weights, previous: Option<&Weights>, round: u32) -> Vec<Weights> {
        let learn = |(contributor, part): (usize, &Shard)| {
            let contributor = contributor as u32;
            plain::train(base, &part.rows, self.seed, Purpose::Training { round, contributor })
        };
        let mut deltas: Vec<Weights> = self.parts.iter().enumerate().map(learn).collect();
        let mut norms: Vec<f64> = deltas.iter().map(norm).collect();
        norms.sort_by(f64::total_cmp);
        let usual = norms[norms.len() / 2];
        let mut rng = rng(self.seed, Purpose::Attack { round });
        let mut noise = || scaled(map(base, |_, _| rng.random_range(-1.0..1.0)), usual);
        // In the first round there is nothing to replay.
        let replay = match previous {
            Some(previous) => scaled(zip(base, previous, |a, b| a - b), usual),
            None => noise(),
        };
        let (first, second) = (noise(), noise());
        let half = zip(&replay, &second, |a, b| 0.5 * a + 0.5 * b);
        deltas.extend([deltas[COPIED].clone(), replay, first, half]);
        deltas
    }
}

fn map(weights: &Weights, mut f: impl FnMut(usize, f32) -> f32) -> Weights {
    let mut out = weights.clone();
    let values = out.0.iter_mut().flatten();
    values.enumerate().for_each(|(i, x)| *x = f(i, *x));
    out
}

fn zip(a: &Weights, b: &Weights, f: impl Fn(f32, f32) -> f32) -> Weights {
    let other = b.flat();
    map(a, |i, x| f(x, other[i]))
}

fn norm(weights: &Weights) -> f64 {
    weights
        .0
        .iter()
        .flatten()
        .map(|x| f64::from(*x).powi(2))
        .sum::<f64>()
        .sqrt()
}

fn scaled(weights: Weights, size: f64) -> Weights {
    let factor = (size / norm(&weights).max(f64::MIN_POSITIVE)) as f32;
    map(&weights, |_, x| x * factor)
}

/// The file of the network with the loss of a row.
fn program_file(version: &[u8]) -> Result<Vec<u8>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("version");
    std::fs::write(&path, version)?;
    Ok(program(&path)?.encode())
}
