//! A small random model with every tensor role, updates for it, and what the reference makes of them.

use quorate_client::Account as Contributor;
use quorate_exact::{
    grid,
    optimiser::{FIRST, SECOND},
    reference::{evaluate, RowTensor},
    root, state_header, Account, Dtype, Kind, ModelHeader, Moments, Optimiser, Pipeline, Role, Root, Rule,
    ServerOptimiser, Tensor, TensorSpec,
};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

const SCALE: grid::Scale = 24;
/// What the layer reads, and what it tells apart.
pub const FEATURES: usize = 32;
pub const CLASSES: usize = 48;

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
            tensor(
                "layer.weight",
                Dtype::F32,
                &[CLASSES as u64, FEATURES as u64],
                Role::Train,
            ),
            tensor("layer.bias", Dtype::F32, &[CLASSES as u64], Role::Train),
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

    /// A contributor's update to this version.
    pub fn update(&mut self, base: &[u8], contributor: &Contributor) -> Vec<u8> {
        let header = self.header.update_header(&root(base), &account(contributor));
        self.values(&header, 0.05)
    }

    /// A contributor's update to this version with these values of the layer, and nothing of what is counted beside it.
    pub fn update_of(&self, base: &[u8], contributor: &Contributor, layer: &Layer) -> Vec<u8> {
        let header = self.header.update_header(&root(base), &account(contributor));
        let mut file = header.encode();
        for tensor in &header.tensors {
            let values = match (tensor.name.as_str(), tensor.role) {
                ("layer.weight", _) => layer.weight.clone(),
                ("layer.bias", _) => layer.bias.clone(),
                (_, Role::Const) => {
                    file.extend(7i64.to_le_bytes());
                    continue;
                }
                _ => vec![0.0; tensor.numel() as usize],
            };
            values.iter().for_each(|value| file.extend(value.to_le_bytes()));
        }
        file
    }

    /// The layer of a version.
    pub fn layer(&self, version: &[u8]) -> Layer {
        let values = |name: &str| {
            let tensor = self.header.tensors.iter().find(|tensor| tensor.name == name);
            let tensor = tensor.expect("a tensor of the model");
            let value = |k| f32::from_bits(word(version, self.at(tensor, k)));
            (0..tensor.numel() as usize).map(value).collect()
        };
        Layer {
            weight: values("layer.weight"),
            bias: values("layer.bias"),
        }
    }

    /// The values of an update as another contributor's.
    pub fn renamed(&self, update: &[u8], base: &[u8], contributor: &Contributor) -> Vec<u8> {
        let mut file = self.header.update_header(&root(base), &account(contributor)).encode();
        file.extend(&update[file.len()..]);
        file
    }

    /// The version that `updates` make of `base`, by the reference alone.
    pub fn next(&self, rule: Rule, base: &[u8], updates: &[Vec<u8>], weights: &[u32]) -> Vec<u8> {
        let round = Round {
            pipeline: rule.into(),
            base,
            state: None,
            updates,
            weights,
            seed: [0; 32],
        };
        self.round(&round).0
    }

    /// The version that a round makes and the state beside it, by the reference alone. Not for Adam with bias correction.
    pub fn round(&self, round: &Round<'_>) -> (Vec<u8>, Option<Vec<u8>>) {
        let updated: Vec<&Tensor> = self.header.tensors.iter().filter(|t| t.is_updated()).collect();
        let rows: Vec<RowTensor> = updated.iter().map(|tensor| self.rows(tensor, round.updates)).collect();
        let made = evaluate(&round.pipeline, &rows, round.weights, round.seed).expect("the round can be evaluated");
        let optimiser = Optimiser::new(&round.pipeline.server, None).expect("finite");
        assert_eq!(
            optimiser.powers(),
            None,
            "bias correction is not among what this reference does"
        );
        let header = state_header(&self.header, &round.pipeline.server).expect("short names");
        let mut state = header.as_ref().map(|header| match round.state {
            Some(state) => state.to_vec(),
            None => start(header, &round.pipeline.server),
        });
        let mut next = round.base.to_vec();
        for (tensor, aggregate) in updated.into_iter().zip(made.aggregate) {
            for (k, a) in aggregate.into_iter().enumerate() {
                let at = self.at(tensor, k);
                let base = word(round.base, at);
                let value = match (&mut state, &header, tensor.role) {
                    (Some(state), Some(header), Role::Train) => step(
                        &optimiser,
                        (header, state.as_mut_slice()),
                        (tensor, k),
                        (base, a.into()),
                    ),
                    _ => grid::apply(base, a.into(), SCALE).expect("finite"),
                };
                next[at..at + 4].copy_from_slice(&value.to_le_bytes());
            }
        }
        (next, state)
    }

    fn rows(&self, tensor: &Tensor, updates: &[Vec<u8>]) -> RowTensor {
        let row = |update: &Vec<u8>| {
            (0..tensor.numel() as usize)
                .map(|k| grid::quantize(word(update, self.at(tensor, k)), SCALE).expect("valid"))
                .collect()
        };
        RowTensor {
            role: tensor.role,
            scale: SCALE,
            rows: updates.iter().map(row).collect(),
            previous: None,
        }
    }

    /// Where coordinate `k` of a tensor is in every file of the model.
    fn at(&self, tensor: &Tensor, k: usize) -> usize {
        (self.header.header_len() + tensor.begin) as usize + 4 * k
    }
}

/// Values of the layer: [classes, features] and [classes].
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    pub weight: Vec<f32>,
    pub bias: Vec<f32>,
}

/// What the file of an update names its contributor by.
pub fn account(contributor: &Contributor) -> Account {
    Account(contributor.id().into())
}

/// What a round makes a version of. Updates and weights are in the sealed order.
pub struct Round<'a> {
    pub pipeline: Pipeline,
    pub base: &'a [u8],
    /// The state that the base came with.
    pub state: Option<&'a [u8]>,
    pub updates: &'a [Vec<u8>],
    pub weights: &'a [u32],
    pub seed: Root,
}

/// A state before the first step.
fn start(header: &ModelHeader, server: &ServerOptimiser) -> Vec<u8> {
    let mut file = header.encode();
    for tensor in &header.tensors {
        let value = match tensor.name.starts_with(SECOND) {
            true => server.start().v,
            false => server.start().m,
        };
        (0..tensor.numel()).for_each(|_| file.extend(value.to_le_bytes()));
    }
    file
}

/// The new value of coordinate `k`; its moments in the state move on.
fn step(
    optimiser: &Optimiser,
    (header, state): (&ModelHeader, &mut [u8]),
    (tensor, k): (&Tensor, usize),
    (base, a): (u32, i64),
) -> u32 {
    let place = |prefix: &str| {
        let named = header
            .tensors
            .iter()
            .find(|t| t.name == format!("{prefix}{}", tensor.name));
        named.map(|t| (header.header_len() + t.begin) as usize + 4 * k)
    };
    let (first, second) = (place(FIRST).expect("every optimiser has it"), place(SECOND));
    let moments = Moments {
        m: word(state, first),
        v: second.map_or(0, |at| word(state, at)),
    };
    let (value, moments) = optimiser.step(base, a, tensor.scale, moments).expect("finite");
    state[first..first + 4].copy_from_slice(&moments.m.to_le_bytes());
    if let Some(at) = second {
        state[at..at + 4].copy_from_slice(&moments.v.to_le_bytes());
    }
    value
}

fn word(file: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([file[at], file[at + 1], file[at + 2], file[at + 3]])
}
