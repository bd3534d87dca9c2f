//! Something to learn for the layer of the tests' model: rows whose labels follow from their features, and steps towards them.

use crate::model::{Layer, CLASSES, FEATURES};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Of the labels.
const TEACHER: u64 = 99;
/// Of one step.
const RATE: f32 = 2.0;

/// An example.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    pub features: Vec<f32>,
    pub label: usize,
}

/// Examples that a seed gives; those of different seeds are different.
pub fn examples(seed: u64, count: usize) -> Vec<Example> {
    let teacher = values(&mut ChaCha8Rng::seed_from_u64(TEACHER), CLASSES * FEATURES, 1.0);
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let example = |_| {
        let features = values(&mut rng, FEATURES, 1.0);
        let label = largest(&products(&teacher, &features));
        Example { features, label }
    };
    (0..count).map(example).collect()
}

impl Layer {
    /// Random values.
    pub fn noise(seed: u64, spread: f32) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        Self {
            weight: values(&mut rng, CLASSES * FEATURES, spread),
            bias: values(&mut rng, CLASSES, spread),
        }
    }

    /// A step down the loss of the examples, from here.
    pub fn step(&self, examples: &[Example]) -> Self {
        let mut step = Self {
            weight: vec![0.0; CLASSES * FEATURES],
            bias: vec![0.0; CLASSES],
        };
        for Example { features, label } in examples {
            for (class, likelihood) in self.likelihoods(features).into_iter().enumerate() {
                let wanted = if class == *label { 1.0 } else { 0.0 };
                let change = RATE * (wanted - likelihood) / examples.len() as f32;
                step.bias[class] += change;
                let row = &mut step.weight[class * FEATURES..][..FEATURES];
                row.iter_mut().zip(features).for_each(|(w, x)| *w += change * x);
            }
        }
        step
    }

    /// Each value times `factor`, within what an update may have.
    pub fn times(&self, factor: f32) -> Self {
        // Below 2^6, the largest that the default scale of 2^24 takes.
        const MOST: f32 = 60.0;
        let each = |values: &[f32]| values.iter().map(|x| (x * factor).clamp(-MOST, MOST)).collect();
        Self {
            weight: each(&self.weight),
            bias: each(&self.bias),
        }
    }

    /// What leads from `before` to here.
    pub fn since(&self, before: &Self) -> Self {
        let each = |after: &[f32], before: &[f32]| after.iter().zip(before).map(|(a, b)| a - b).collect();
        Self {
            weight: each(&self.weight, &before.weight),
            bias: each(&self.bias, &before.bias),
        }
    }

    fn likelihoods(&self, features: &[f32]) -> Vec<f32> {
        let logits: Vec<f32> = products(&self.weight, features)
            .iter()
            .zip(&self.bias)
            .map(|(x, b)| x + b)
            .collect();
        let most = logits.iter().copied().fold(f32::MIN, f32::max);
        let all: Vec<f32> = logits.iter().map(|x| (x - most).exp()).collect();
        let sum: f32 = all.iter().sum();
        all.iter().map(|x| x / sum).collect()
    }
}

fn values(rng: &mut ChaCha8Rng, count: usize, spread: f32) -> Vec<f32> {
    (0..count).map(|_| rng.random_range(-spread..spread)).collect()
}

fn products(weight: &[f32], features: &[f32]) -> Vec<f32> {
    let rows = weight.chunks_exact(features.len());
    rows.map(|row| row.iter().zip(features).map(|(w, x)| w * x).sum())
        .collect()
}

fn largest(values: &[f32]) -> usize {
    let by_value = |a: &(usize, &f32), b: &(usize, &f32)| a.1.total_cmp(b.1);
    values.iter().enumerate().max_by(by_value).map_or(0, |(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loss(layer: &Layer, examples: &[Example]) -> f32 {
        let of = |one: &Example| -layer.likelihoods(&one.features)[one.label].ln();
        examples.iter().map(of).sum::<f32>() / examples.len() as f32
    }

    #[test]
    fn steps_should_lead_to_a_smaller_loss_on_examples_of_others() {
        let (own, others) = (examples(1, 200), examples(2, 500));
        assert_eq!(own, examples(1, 200));
        let mut layer = Layer::noise(3, 1.0);
        let before = loss(&layer, &others);
        for _ in 0..3 {
            let step = layer.step(&own);
            layer.weight.iter_mut().zip(step.weight).for_each(|(w, s)| *w += s);
            layer.bias.iter_mut().zip(step.bias).for_each(|(b, s)| *b += s);
        }
        let after = loss(&layer, &others);
        assert!(after < before - 0.1, "{before} to {after}");
        let poisoned = layer.times(-30.0);
        assert!(loss(&poisoned, &others) > before);
    }
}
