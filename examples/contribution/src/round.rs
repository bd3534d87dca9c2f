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
use quorate_evaluation::assessment::{assess, Assessed, AssessedRound, Fewest, Measures, Update};
use quorate_exact::{root, Account, Detail, ModelHeader, Pipeline, Root, Rule};
use quorate_program::Program;
use rand::Rng;

use crate::data::{Split, SUPPLIERS};

/// Organisations that learn.
pub const HONEST: usize = 7;
/// Whose update is copied.
const COPIED: usize = 2;
/// Who sends noise.
pub const NOISE: usize = 9;
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
    /// None where the round has no shards.
    pub by_improvement: Vec<u32>,
}

/// Files of what a round is measured by.
pub struct Sets<'a> {
    pub benchmark: Option<&'a [u8]>,
    /// Of the first organisations.
    pub shards: &'a [Vec<u8>],
    /// Rows that count, at least, of each.
    pub rows: u32,
}

/// A round by the reference.
pub struct Played {
    pub version: Vec<u8>,
    pub measures: Measures,
    pub scored: Scored,
}

/// Learning from one seed.
pub struct Learning {
    seed: u64,
    parts: Vec<Shard>,
    pub header: ModelHeader,
    pub program: Vec<u8>,
    /// The version that rounds stand on, and the one before it.
    pub base: Vec<u8>,
    previous: Option<Vec<u8>>,
}

impl Learning {
    pub fn new(split: &Split, seed: u64) -> Result<Self> {
        let header = header()?;
        let base = model_file(&header, &Weights::start(seed));
        Ok(Self {
            seed,
            parts: partition(&split.train, 10, seed).into_iter().take(HONEST).collect(),
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

    /// Files of the updates of all [`PLAYERS`], each with its contributor in it.
    pub fn updates(&self, deltas: &[Weights], contributors: &[Account]) -> Vec<Vec<u8>> {
        let base = root(&self.base);
        let file = |(delta, contributor)| update_file(&self.header, (&base, contributor), delta).0;
        deltas.iter().zip(contributors).map(file).collect()
    }

    /// What [`Learning::program`] is the file of.
    pub fn graph(&self) -> Result<Program> {
        Program::decode(&self.program).map_err(wrong)
    }

    /// What becomes of a round.
    pub fn play(&self, updates: &[Vec<u8>], sets: &Sets<'_>) -> Result<Played> {
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
        let (measures, by_improvement) = self.assess(&computed.version, updates, sets, &detail)?;
        Ok(Played {
            version: computed.version,
            measures,
            scored: Scored {
                by_products: computed.aggregated.scores,
                by_improvement,
            },
        })
    }

    /// The next round stands on this version.
    pub fn stand_on(&mut self, version: Vec<u8>) {
        self.previous = Some(std::mem::replace(&mut self.base, version));
    }

    fn assess(
        &self,
        version: &[u8],
        updates: &[Vec<u8>],
        sets: &Sets<'_>,
        aggregation: &Detail,
    ) -> Result<(Measures, Vec<u32>)> {
        let update = |organisation: usize| Update {
            organisation: organisation as u32,
            weight: 1,
        };
        let fewest = Fewest {
            rows: sets.rows,
            shards: SUPPLIERS as u32,
        };
        let round = AssessedRound {
            base: &self.base,
            version,
            program: &self.program,
            benchmark: sets.benchmark,
            // The honest ones supply.
            shards: (0u32..).zip(sets.shards.iter().map(Vec::as_slice)).collect(),
            updates: updates
                .iter()
                .enumerate()
                .map(|(i, file)| (update(i), file.as_slice()))
                .collect(),
            aggregation,
            contribution: (!sets.shards.is_empty()).then_some(fewest),
            operations: u64::MAX,
        };
        match assess(&round).map_err(wrong)? {
            Assessed::Done(measures, detail) => Ok((measures, detail.scores)),
            Assessed::Unfit(reason) => anyhow::bail!("unfit: {reason}"),
        }
    }

    /// One for each of [`PLAYERS`].
    pub fn deltas(&self, round: u32) -> Result<Vec<Weights>> {
        let base = read_model(&self.header, &self.base)?;
        let previous = self.previous.as_deref();
        let previous = previous.map(|file| read_model(&self.header, file)).transpose()?;
        Ok(self.deltas_from(&base, previous.as_ref(), round))
    }

    fn deltas_from(&self, base: &Weights, previous: Option<&Weights>, round: u32) -> Vec<Weights> {
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

/// The same direction, as long as `size`.
fn scaled(weights: Weights, size: f64) -> Weights {
    let factor = (size / norm(&weights).max(f64::MIN_POSITIVE)) as f32;
    times(&weights, factor)
}

/// Each value times a factor.
pub fn times(weights: &Weights, factor: f32) -> Weights {
    map(weights, |_, x| factor * x)
}

/// The file of the network with the loss of a row.
fn program_file(version: &[u8]) -> Result<Vec<u8>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("version");
    std::fs::write(&path, version)?;
    Ok(program(&path)?.encode())
}
