//! A small random model with every tensor role, updates for it, and what the reference makes of them.

use quorate_exact::{aggregate_column, grid, Dtype, Kind, ModelHeader, Role, Rule, TensorSpec};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

const SCALE: grid::Scale = 24;

/// A model with `train`, `stat` and `const` tensors.
pub struct Model {
    pub header: ModelHeader,
    rng: ChaCha8Rng,
}

impl Model {
    /// The same seed gives the same model and updates.
    pub fn new(seed: u64) -> Self {
        println!("seed {seed}");
        let tensor = |name: &str, dtype, shape: &[u64], role| TensorSpec {
            name: name.into(),
            dtype,
            shape: shape.to_vec(),
            role,
            scale: SCALE,
            original_dtype: dtype,
            aliases: Vec::new(),
        };
        let specs = vec![
            tensor("layer.weight", Dtype::F32, &[48, 32], Role::Train),
            tensor("layer.bias", Dtype::F32, &[48], Role::Train),
            tensor("norm.running_mean", Dtype::F32, &[48], Role::Stat),
            tensor("norm.num_batches_tracked", Dtype::I64, &[1], Role::Const),
        ];
        let header = ModelHeader::build(Kind::Model, specs).expect("the shapes are sound");
        Self {
            header,
            rng: ChaCha8Rng::seed_from_u64(seed),
        }
    }

    fn values(&mut self, header: &ModelHeader, spread: f32) -> Vec<u8> {
        let mut file = header.encode();
        for tensor in &header.tensors {
            match tensor.role {
                Role::Const => file.extend(7i64.to_le_bytes()),
                _ => {
                    (0..tensor.numel()).for_each(|_| file.extend(self.rng.random_range(-spread..spread).to_le_bytes()))
                }
            }
        }
        file
    }

    /// A version 0.
    pub fn genesis(&mut self) -> Vec<u8> {
        let header = self.header.clone();
        self.values(&header, 1.0)
    }

    /// An update.
    pub fn update(&mut self) -> Vec<u8> {
        let header = self.header.update_header();
        self.values(&header, 0.05)
    }

    /// The version that `updates` make of `base`, by the reference alone.
    pub fn next(&self, rule: Rule, base: &[u8], updates: &[Vec<u8>], weights: &[u32]) -> Vec<u8> {
        let start = self.header.header_len() as usize;
        let end = start + self.header.group_len() as usize;
        let mut next = base.to_vec();
        for at in (start..end).step_by(4) {
            let bits = |file: &[u8]| u32::from_le_bytes([file[at], file[at + 1], file[at + 2], file[at + 3]]);
            let mut column: Vec<i32> = updates
                .iter()
                .map(|u| grid::quantize(bits(u), SCALE).expect("valid"))
                .collect();
            let a = aggregate_column(&rule, &mut column, weights).expect("valid");
            let value = grid::apply(bits(base), a.into(), SCALE).expect("finite");
            next[at..at + 4].copy_from_slice(&value.to_le_bytes());
        }
        next
    }
}
