//! The network that is trained: 64 inputs, 32 hidden units with ReLU, 10 outputs.

use anyhow::Result;
use candle_core::{Device, Tensor, Var};
use candle_nn::{loss::cross_entropy, Optimizer, SGD};
use rand::{seq::SliceRandom, Rng};

use crate::{
    data::{Row, CLASSES, PIXELS},
    seed::{rng, Purpose},
};

/// Hidden units.
pub const HIDDEN: usize = 32;
/// Passes over a contributor's rows in a round.
pub(crate) const EPOCHS: usize = 10;
pub(crate) const BATCH: usize = 16;
pub(crate) const LEARNING_RATE: f64 = 0.1;
/// Values of the network.
pub const PARAMETERS: usize = HIDDEN + HIDDEN * PIXELS + CLASSES + CLASSES * HIDDEN;

/// Name and shape of each tensor, in the order of a canonical file.
pub const TENSORS: [(&str, &[usize]); 4] = [
    ("hidden.bias", &[HIDDEN]),
    ("hidden.weight", &[HIDDEN, PIXELS]),
    ("output.bias", &[CLASSES]),
    ("output.weight", &[CLASSES, HIDDEN]),
];

/// The values of all tensors, in the order of [`TENSORS`].
#[derive(Clone, Debug, PartialEq)]
pub struct Weights(pub [Vec<f32>; 4]);

impl Weights {
    /// Values to start from: uniform within one over the square root of the inputs of a unit.
    pub fn start(seed: u64) -> Self {
        let mut rng = rng(seed, Purpose::Start);
        let mut fill = |n: usize, inputs: usize| {
            let bound = 1.0 / (inputs as f32).sqrt();
            (0..n).map(|_| rng.random_range(-bound..bound)).collect::<Vec<f32>>()
        };
        Self([
            fill(HIDDEN, PIXELS),
            fill(HIDDEN * PIXELS, PIXELS),
            fill(CLASSES, HIDDEN),
            fill(CLASSES * HIDDEN, HIDDEN),
        ])
    }

    /// All values one after the other.
    pub fn flat(&self) -> Vec<f32> {
        self.0.concat()
    }

    /// The weights with these values, [`PARAMETERS`] of them in the order of [`Weights::flat`]; None of another number.
    pub fn from_flat(values: &[f32]) -> Option<Self> {
        let mut rest = values;
        let mut tensors: [Vec<f32>; 4] = Default::default();
        for (tensor, (_, shape)) in tensors.iter_mut().zip(TENSORS) {
            let (head, tail) = rest.split_at_checked(shape.iter().product())?;
            *tensor = head.to_vec();
            rest = tail;
        }
        rest.is_empty().then_some(Self(tensors))
    }

    /// Train on `rows` and give back what changed: after minus before, each difference rounded once.
    pub fn train(&self, rows: &[Row], seed: u64, purpose: Purpose) -> Result<Weights> {
        let mut rng = rng(seed, purpose);
        let vars = self
            .tensors()?
            .iter()
            .map(Var::from_tensor)
            .collect::<Result<Vec<_>, _>>()?;
        let mut sgd = SGD::new(vars.clone(), LEARNING_RATE)?;
        let mut order: Vec<&Row> = rows.iter().collect();
        for _ in 0..EPOCHS {
            order.shuffle(&mut rng);
            for batch in order.chunks(BATCH) {
                let (pixels, digits) = tensors_of(batch)?;
                let tensors: Vec<&Tensor> = vars.iter().map(|var| var.as_tensor()).collect();
                let loss = cross_entropy(&logits(&tensors, &pixels)?, &digits)?;
                sgd.backward_step(&loss)?;
            }
        }
        let mut delta = self.clone();
        for (before, var) in delta.0.iter_mut().zip(&vars) {
            let after = var.flatten_all()?.to_vec1::<f32>()?;
            for (x, after) in before.iter_mut().zip(after) {
                *x = (f64::from(after) - f64::from(*x)) as f32;
            }
        }
        Ok(delta)
    }

    /// The part of `rows` that is recognised.
    pub fn accuracy(&self, rows: &[Row]) -> Result<f64> {
        let (pixels, digits) = tensors_of(&rows.iter().collect::<Vec<_>>())?;
        let tensors = self.tensors()?;
        let guesses = logits(&tensors.iter().collect::<Vec<_>>(), &pixels)?
            .argmax(1)?
            .to_vec1::<u32>()?;
        let right = guesses
            .iter()
            .zip(digits.to_vec1::<u32>()?)
            .filter(|(a, b)| **a == *b)
            .count();
        Ok(right as f64 / rows.len() as f64)
    }

    fn tensors(&self) -> Result<Vec<Tensor>> {
        let pairs = self.0.iter().zip(TENSORS);
        Ok(pairs
            .map(|(values, (_, shape))| Tensor::from_slice(values, shape, &Device::Cpu))
            .collect::<Result<_, _>>()?)
    }
}

fn logits(tensors: &[&Tensor], pixels: &Tensor) -> candle_core::Result<Tensor> {
    let hidden = pixels.matmul(&tensors[1].t()?)?.broadcast_add(tensors[0])?.relu()?;
    hidden.matmul(&tensors[3].t()?)?.broadcast_add(tensors[2])
}

fn tensors_of(rows: &[&Row]) -> Result<(Tensor, Tensor)> {
    let pixels: Vec<f32> = rows.iter().flat_map(|row| row.pixels).collect();
    let digits: Vec<u32> = rows.iter().map(|row| u32::from(row.digit)).collect();
    Ok((
        Tensor::from_vec(pixels, (rows.len(), PIXELS), &Device::Cpu)?,
        Tensor::from_vec(digits, rows.len(), &Device::Cpu)?,
    ))
}
