//! The training of `network` without a library: the attack suite trains a hundred thousand times.

use rand::seq::SliceRandom;

use crate::{
    data::{Row, CLASSES, PIXELS},
    network::{Weights, BATCH, EPOCHS, HIDDEN, LEARNING_RATE},
    seed::{rng, Purpose},
};

/// The network, or the gradient of its loss, in arrays.
#[derive(Clone)]
struct Net {
    hidden_bias: [f32; HIDDEN],
    /// By pixel, then by unit: a pixel without ink is skipped as a whole.
    hidden_weight: Box<[[f32; HIDDEN]; PIXELS]>,
    output_bias: [f32; CLASSES],
    output_weight: [[f32; HIDDEN]; CLASSES],
}

/// What `candle` learns from the same rows in the same order, but for rounding: after minus before.
pub fn train(base: &Weights, rows: &[Row], seed: u64, purpose: Purpose) -> Weights {
    let mut rng = rng(seed, purpose);
    let mut net = Net::new(base);
    let mut order: Vec<&Row> = rows.iter().collect();
    for _ in 0..EPOCHS {
        order.shuffle(&mut rng);
        for batch in order.chunks(BATCH) {
            let mut gradient = Net::zero();
            batch.iter().for_each(|row| net.add_gradient(row, &mut gradient));
            net.step(&gradient, LEARNING_RATE as f32 / batch.len() as f32);
        }
    }
    let mut delta = net.weights();
    for (after, before) in delta.0.iter_mut().flatten().zip(base.0.iter().flatten()) {
        *after = (f64::from(*after) - f64::from(*before)) as f32;
    }
    delta
}

/// The part of `rows` that is recognised.
pub fn accuracy(weights: &Weights, rows: &[Row]) -> f64 {
    let net = Net::new(weights);
    let right = rows
        .iter()
        .filter(|row| net.guess(row) == usize::from(row.digit))
        .count();
    right as f64 / rows.len() as f64
}

impl Net {
    fn zero() -> Self {
        Self {
            hidden_bias: [0.0; HIDDEN],
            hidden_weight: Box::new([[0.0; HIDDEN]; PIXELS]),
            output_bias: [0.0; CLASSES],
            output_weight: [[0.0; HIDDEN]; CLASSES],
        }
    }

    fn new(weights: &Weights) -> Self {
        let mut net = Self::zero();
        let [hidden_bias, hidden_weight, output_bias, output_weight] = &weights.0;
        net.hidden_bias.copy_from_slice(hidden_bias);
        for (unit, inputs) in hidden_weight.chunks_exact(PIXELS).enumerate() {
            for (pixel, value) in inputs.iter().enumerate() {
                net.hidden_weight[pixel][unit] = *value;
            }
        }
        net.output_bias.copy_from_slice(output_bias);
        net.output_weight.as_flattened_mut().copy_from_slice(output_weight);
        net
    }

    fn weights(&self) -> Weights {
        let hidden_weight = (0..HIDDEN).flat_map(|unit| self.hidden_weight.iter().map(move |units| units[unit]));
        Weights([
            self.hidden_bias.to_vec(),
            hidden_weight.collect(),
            self.output_bias.to_vec(),
            self.output_weight.as_flattened().to_vec(),
        ])
    }

    /// Hidden units after ReLU, and logits.
    fn forward(&self, row: &Row) -> ([f32; HIDDEN], [f32; CLASSES]) {
        let mut hidden = self.hidden_bias;
        for (pixel, weights) in row.pixels.iter().zip(self.hidden_weight.iter()) {
            if *pixel != 0.0 {
                add_scaled(&mut hidden, *pixel, weights);
            }
        }
        hidden.iter_mut().for_each(|h| *h = h.max(0.0));
        let mut logits = self.output_bias;
        for (logit, weights) in logits.iter_mut().zip(&self.output_weight) {
            *logit += dot(&hidden, weights);
        }
        (hidden, logits)
    }

    fn guess(&self, row: &Row) -> usize {
        let (_, logits) = self.forward(row);
        (0..CLASSES).fold(0, |best, class| if logits[class] > logits[best] { class } else { best })
    }

    /// Adds the gradient of the cross entropy of one row.
    fn add_gradient(&self, row: &Row, gradient: &mut Net) {
        let (hidden, logits) = self.forward(row);
        let mut error = softmax(&logits);
        error[usize::from(row.digit)] -= 1.0;
        let mut hidden_error = [0.0; HIDDEN];
        for (class, e) in error.iter().enumerate() {
            gradient.output_bias[class] += e;
            add_scaled(&mut gradient.output_weight[class], *e, &hidden);
            add_scaled(&mut hidden_error, *e, &self.output_weight[class]);
        }
        for (e, h) in hidden_error.iter_mut().zip(&hidden) {
            *e = if *h > 0.0 { *e } else { 0.0 };
        }
        add_scaled(&mut gradient.hidden_bias, 1.0, &hidden_error);
        for (pixel, sums) in row.pixels.iter().zip(gradient.hidden_weight.iter_mut()) {
            if *pixel != 0.0 {
                add_scaled(sums, *pixel, &hidden_error);
            }
        }
    }

    fn step(&mut self, gradient: &Net, rate: f32) {
        add_scaled(&mut self.hidden_bias, -rate, &gradient.hidden_bias);
        for (weights, sums) in self.hidden_weight.iter_mut().zip(gradient.hidden_weight.iter()) {
            add_scaled(weights, -rate, sums);
        }
        add_scaled(&mut self.output_bias, -rate, &gradient.output_bias);
        for (weights, sums) in self.output_weight.iter_mut().zip(&gradient.output_weight) {
            add_scaled(weights, -rate, sums);
        }
    }
}

fn add_scaled<const N: usize>(sums: &mut [f32; N], factor: f32, values: &[f32; N]) {
    sums.iter_mut().zip(values).for_each(|(sum, x)| *sum += factor * x);
}

/// Eight running sums, so that the compiler may use vector instructions.
fn dot(a: &[f32; HIDDEN], b: &[f32; HIDDEN]) -> f32 {
    let mut sums = [0.0f32; 8];
    for (a, b) in a.chunks_exact(8).zip(b.chunks_exact(8)) {
        sums.iter_mut()
            .zip(a.iter().zip(b))
            .for_each(|(sum, (a, b))| *sum += a * b);
    }
    sums.iter().sum()
}

fn softmax(logits: &[f32; CLASSES]) -> [f32; CLASSES] {
    let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let powers = logits.map(|x| (x - largest).exp());
    let total: f32 = powers.iter().sum();
    powers.map(|x| x / total)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        data,
        partition::{partition, CONTRIBUTORS},
    };

    /// Ten epochs amplify roundings; a wrong gradient would be off by as much as the delta itself.
    #[test]
    fn candle_and_the_loops_should_learn_the_same() {
        for seed in 1..4 {
            let split = data::split(seed).unwrap();
            let shards = partition(&split.train, CONTRIBUTORS, seed);
            let base = Weights::start(seed);
            let purpose = Purpose::Training {
                round: 1,
                contributor: 3,
            };
            let theirs = base.train(&shards[3].rows, seed, purpose).unwrap();
            let ours = train(&base, &shards[3].rows, seed, purpose);
            let norm = |x: &Weights| x.0.iter().flatten().map(|x| f64::from(x * x)).sum::<f64>().sqrt();
            let mut apart = ours.clone();
            for (a, b) in apart.0.iter_mut().flatten().zip(theirs.0.iter().flatten()) {
                *a -= b;
            }
            assert!(norm(&theirs) > 0.5, "seed {seed}: nothing was learnt");
            let part = norm(&apart) / norm(&theirs);
            assert!(part < 1e-3, "seed {seed}: apart by {part} of the delta");
        }
    }

    #[test]
    fn candle_and_the_loops_should_recognise_the_same_rows() {
        let split = data::split(1).unwrap();
        let mut weights = Weights::start(1);
        let delta = train(&weights, &split.train, 1, Purpose::Start);
        for (w, d) in weights.0.iter_mut().flatten().zip(delta.0.iter().flatten()) {
            *w += d;
        }
        let ours = accuracy(&weights, &split.held_out);
        assert_eq!(ours, weights.accuracy(&split.held_out).unwrap());
        assert!(ours > 0.9, "{ours}");
    }

    #[test]
    fn flattened_weights_should_come_back() {
        let weights = Weights::start(7);
        assert_eq!(Weights::from_flat(&weights.flat()), Some(weights.clone()));
        assert_eq!(Weights::from_flat(&weights.flat()[1..]), None);
    }
}
