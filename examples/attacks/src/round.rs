//! One round: what everybody sends, the check at the door, the aggregate on the exact grid, the next version.

use anyhow::Result;
use quorate_digits_task::{
    file::update_file,
    network::Weights,
    seed::{rng, Purpose},
};
use quorate_exact::{
    evaluate,
    grid::{dequantize, quantize, Scale},
    optimiser::{Moments, Optimiser},
    Account, EvaluateError, ModelHeader, Pipeline, Role, Root, RowTensor,
};
use rand::{seq::SliceRandom, Rng};

use crate::{
    attack::{Attack, Effect, Knowledge},
    case::Case,
    scene::Scene,
    vector::{distance, dot, mean},
};

/// The version and what the server optimiser keeps beside it.
pub struct Aggregator {
    pipeline: Pipeline,
    /// Of all tensors.
    scale: Scale,
    header: ModelHeader,
    weights: Weights,
    moments: Vec<Moments>,
    powers: Option<[u32; 2]>,
}

/// What happened in a round.
pub struct Played {
    pub refused: u32,
    pub aborted: bool,
}

/// An update and its weight.
#[derive(Clone)]
struct Sealed {
    values: Vec<f32>,
    weight: u32,
}

impl Aggregator {
    pub fn new(header: &ModelHeader, pipeline: &Pipeline, weights: Weights) -> Self {
        Self {
            pipeline: *pipeline,
            scale: header.tensors[0].scale,
            header: header.clone(),
            moments: vec![pipeline.server.start(); weights.flat().len()],
            powers: None,
            weights,
        }
    }

    pub fn weights(&self) -> &Weights {
        &self.weights
    }

    /// Play one round. The version stays as it is if the round has no result.
    ///
    /// # Errors
    /// What the reference should never report of rows that passed the door.
    pub fn play(&mut self, scene: &Scene, case: &Case, round: u32) -> Result<Played> {
        let honest = self.honest(scene, case, round);
        let hostile = self.hostile(scene, case, round, &honest);
        let sent = scene.contributors() - case.hostile + hostile.len();
        let mut sealed = honest;
        sealed.extend(hostile.into_iter().filter(|update| self.accepted(&update.values)));
        sealed.shuffle(&mut rng(scene.seed, Purpose::Order { round }));
        let seed = rng(scene.seed, Purpose::Bucketing { round }).random();
        let aggregate = self.aggregate(&sealed, seed)?;
        let next = aggregate.and_then(|aggregate| self.step(&aggregate));
        Ok(Played {
            refused: (sent - sealed.len()) as u32,
            aborted: next.is_none(),
        })
    }

    fn honest(&self, scene: &Scene, case: &Case, round: u32) -> Vec<Sealed> {
        let trained = (0..scene.contributors() - case.hostile).map(|i| Sealed {
            values: scene.train(&self.weights, round, i, false),
            weight: scene.rows(i),
        });
        trained.filter(|update| self.accepted(&update.values)).collect()
    }

    fn hostile(&self, scene: &Scene, case: &Case, round: u32, honest: &[Sealed]) -> Vec<Sealed> {
        let rows: Vec<Vec<f32>> = honest.iter().map(|update| update.values.clone()).collect();
        if rows.is_empty() {
            return Vec::new();
        }
        let members = scene.contributors() - case.hostile..scene.contributors();
        let flipped = case.attack == Attack::LabelFlip;
        let own: Vec<Vec<f32>> = members
            .clone()
            .filter(|_| case.attack.trains())
            .map(|i| scene.train(&self.weights, round, i, flipped))
            .collect();
        let knowledge = Knowledge {
            honest: &rows,
            own: &own,
            hostile: case.hostile,
            seed: scene.seed,
            round,
        };
        let middle = mean(&rows);
        let effect = |vector: &[f32]| self.effect(scene, case, honest, &middle, vector);
        let claimed = |i| match case.attack {
            Attack::None => scene.rows(i),
            _ => scene.most_rows(),
        };
        let updates = case.attack.updates(&knowledge, effect);
        let sealed = members.zip(updates).map(|(i, values)| Sealed {
            values: match case.attack {
                Attack::Infinity => values,
                _ => self.within_grid(values),
            },
            weight: claimed(i),
        });
        sealed.collect()
    }

    /// What the aggregate is like if all of the hostile send `vector`. They do not know the seed.
    fn effect(&self, scene: &Scene, case: &Case, honest: &[Sealed], mean: &[f64], vector: &[f32]) -> Option<Effect> {
        let hostile = (0..case.hostile).map(|_| Sealed {
            values: self.within_grid(vector.to_vec()),
            weight: scene.most_rows(),
        });
        let all: Vec<Sealed> = honest.iter().cloned().chain(hostile).collect();
        let aggregate = self.aggregate(&all, Root::default()).ok()??;
        let value = |a: &i32| f64::from(f32::from_bits(dequantize(i64::from(*a), self.scale)));
        let values: Vec<f64> = aggregate.iter().map(value).collect();
        Some(Effect {
            distance: distance(&values, mean),
            progress: dot(&values, mean) / dot(mean, mean).max(f64::MIN_POSITIVE),
        })
    }

    /// Whether validators would take it, whatever its base.
    fn accepted(&self, values: &[f32]) -> bool {
        Weights::from_flat(values).is_some_and(|delta| {
            update_file(&self.header, (&Root::default(), &Account::default()), &delta)
                .1
                .is_ok()
        })
    }

    /// As near as the grid allows.
    fn within_grid(&self, mut values: Vec<f32>) -> Vec<f32> {
        let most = 2f32.powi(30 - i32::from(self.scale));
        values.iter_mut().for_each(|x| *x = x.clamp(-most, most));
        values
    }

    /// The aggregate on the grid; None if the pipeline cannot run with so few updates.
    fn aggregate(&self, sealed: &[Sealed], seed: Root) -> Result<Option<Vec<i32>>> {
        let row = |update: &Sealed| {
            let values = update.values.iter().map(|x| quantize(x.to_bits(), self.scale));
            values.collect::<Result<Vec<i32>, _>>()
        };
        let tensor = RowTensor {
            role: Role::Train,
            scale: self.scale,
            rows: sealed.iter().map(row).collect::<Result<_, _>>()?,
            previous: None,
        };
        let weights: Vec<u32> = sealed.iter().map(|update| update.weight).collect();
        match evaluate(&self.pipeline, &[tensor], &weights, seed) {
            Ok(mut evaluated) => Ok(evaluated.aggregate.pop()),
            Err(EvaluateError::Pipeline(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The next version; None, and nothing changed, if a value is no number.
    fn step(&mut self, aggregate: &[i32]) -> Option<()> {
        let optimiser = Optimiser::new(&self.pipeline.server, self.powers).ok()?;
        let base = self.weights.flat();
        let stepped = base.iter().zip(aggregate).zip(&self.moments).map(|((b, a), moments)| {
            let (value, moments) = optimiser.step(b.to_bits(), i64::from(*a), self.scale, *moments).ok()?;
            Some((f32::from_bits(value), moments))
        });
        let (values, moments): (Vec<f32>, Vec<Moments>) = stepped.collect::<Option<Vec<_>>>()?.into_iter().unzip();
        self.weights = Weights::from_flat(&values)?;
        self.moments = moments;
        self.powers = optimiser.powers();
        Some(())
    }
}
