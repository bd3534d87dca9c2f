//! An aggregation in memory, straight from `quorate-exact`, value by value: the oracle for every engine. Slow; for tests and
//! the self-test only.

use crate::{output::Aggregated, EngineError};
use quorate_exact::{
    detail::TILE,
    evaluate,
    grid::{self, Scale},
    optimiser, state_header, ModelHeader, Moments, Optimiser, Pipeline, Products, ProductsShape, Role, Root, RowTensor,
    SumTree, Tensor,
};
use quorate_hash_tree::{Builder, Hashed};
use std::collections::BTreeMap;

/// Whole files, as bytes.
#[derive(Clone, Debug)]
pub struct Files {
    pub header: ModelHeader,
    pub seed: Root,
    pub base: Vec<u8>,
    pub previous: Option<Vec<u8>>,
    /// The optimiser's state; used by pipelines that have an optimiser.
    pub optimiser: Option<Vec<u8>>,
    /// Updates and their weights.
    pub inputs: Vec<(Vec<u8>, u32)>,
}

/// What a reference computes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Computed {
    pub version: Vec<u8>,
    pub state: Option<Vec<u8>>,
    pub aggregated: Aggregated,
}

/// The new version's bytes and what goes with them.
///
/// # Errors
/// As an engine's.
pub fn aggregate(pipeline: &Pipeline, files: &Files) -> Result<Computed, EngineError> {
    let updated: Vec<&Tensor> = files
        .header
        .tensors
        .iter()
        .filter(|tensor| tensor.is_updated())
        .collect();
    let rows = updated
        .iter()
        .map(|tensor| row_tensor(files, tensor))
        .collect::<Result<Vec<_>, _>>()?;
    let weights: Vec<u32> = files.inputs.iter().map(|input| input.1).collect();
    let evaluated = evaluate(pipeline, &rows, &weights, files.seed).map_err(EngineError::Evaluate)?;
    let (version, state) = new_values(pipeline, files, &updated, &evaluated.aggregate)?;
    let tree = tree(files, &updated, &rows, &evaluated.aggregate, evaluated.products.shape())?;
    let state_hashed = state.as_deref().map(hashed);
    let aggregated = Aggregated::new(hashed(&version), state_hashed, evaluated.selection, tree)?;
    Ok(Computed {
        version,
        state,
        aggregated,
    })
}

fn hashed(bytes: &[u8]) -> Hashed {
    let mut builder = Builder::new(bytes.len() as u64);
    builder.push(bytes);
    builder.finish().expect("all bytes were pushed; qed")
}

fn row_tensor(files: &Files, tensor: &Tensor) -> Result<RowTensor, EngineError> {
    let value = |bytes: &[u8], k: u64| word(bytes, (files.header.header_len() + tensor.begin + 4 * k) as usize);
    let fault = |what: String, index, error| EngineError::Quantize {
        what,
        tensor: tensor.name.clone(),
        index,
        error,
    };
    let row = |(i, (bytes, _)): (usize, &(Vec<u8>, u32))| {
        let values = (0..tensor.numel()).map(|k| {
            grid::quantize(value(bytes, k), tensor.scale).map_err(|error| fault(format!("update {i}"), k, error))
        });
        values.collect::<Result<Vec<i32>, _>>()
    };
    let step = |previous: &Vec<u8>| {
        let steps = (0..tensor.numel()).map(|k| {
            let step = grid::step(value(&files.base, k), value(previous, k), tensor.scale);
            step.map_err(|error| fault("base or previous version".into(), k, error))
        });
        steps.collect::<Result<Vec<i32>, _>>()
    };
    let previous = files.previous.as_ref().filter(|_| tensor.role == Role::Train);
    Ok(RowTensor {
        role: tensor.role,
        scale: tensor.scale,
        rows: files.inputs.iter().enumerate().map(row).collect::<Result<_, _>>()?,
        previous: previous.map(step).transpose()?,
    })
}

/// The bytes of the new version and of the new state.
fn new_values(
    pipeline: &Pipeline,
    files: &Files,
    updated: &[&Tensor],
    aggregate: &[Vec<i32>],
) -> Result<(Vec<u8>, Option<Vec<u8>>), EngineError> {
    let state = state_header(&files.header, &pipeline.server).map_err(|error| EngineError::Header {
        what: "optimiser state".into(),
        error,
    })?;
    let mut state = state.map(|header| StateBytes::new(pipeline, files, header));
    let powers = state.as_ref().and_then(StateBytes::powers);
    let optimiser = Optimiser::new(&pipeline.server, powers).map_err(EngineError::Powers)?;
    let mut version = files.base.clone();
    for (tensor, sums) in updated.iter().zip(aggregate) {
        for (k, &a) in (0..).zip(sums) {
            let at = (files.header.header_len() + tensor.begin + 4 * k) as usize;
            let (base, scale) = (word(&files.base, at), tensor.scale);
            let new = match &mut state {
                Some(state) if tensor.role == Role::Train => {
                    let moments = state.moments(&tensor.name, k);
                    let step = optimiser.step(base, i64::from(a), scale, moments);
                    let (new, moments) = step.map_err(|error| EngineError::Step {
                        tensor: tensor.name.clone(),
                        index: k,
                        error,
                    })?;
                    state.set_moments(&tensor.name, k, moments);
                    new
                }
                _ => apply(base, a, scale, tensor, k)?,
            };
            set_word(&mut version, at, new);
        }
    }
    if let (Some(state), Some(powers)) = (&mut state, optimiser.powers()) {
        state.set_powers(powers);
    }
    Ok((version, state.map(|state| state.bytes)))
}

fn apply(base: u32, a: i32, scale: Scale, tensor: &Tensor, index: u64) -> Result<u32, EngineError> {
    grid::apply(base, i64::from(a), scale).map_err(|error| EngineError::Apply {
        tensor: tensor.name.clone(),
        index,
        error,
    })
}

/// A state file, found by names.
struct StateBytes {
    bytes: Vec<u8>,
    places: BTreeMap<String, u64>,
}

impl StateBytes {
    fn new(pipeline: &Pipeline, files: &Files, header: ModelHeader) -> Self {
        let place = |tensor: &Tensor| (tensor.name.clone(), header.header_len() + tensor.begin);
        let places = header.tensors.iter().map(place).collect();
        if let Some(bytes) = &files.optimiser {
            return Self {
                bytes: bytes.clone(),
                places,
            };
        }
        let start = pipeline.server.start();
        let mut bytes = header.encode();
        for tensor in &header.tensors {
            let value: u32 = match tensor.name.as_str() {
                optimiser::POWERS => 1f32.to_bits(),
                name if name.starts_with(optimiser::SECOND) => start.v,
                _ => start.m,
            };
            (0..tensor.numel()).for_each(|_| bytes.extend(value.to_le_bytes()));
        }
        Self { bytes, places }
    }

    fn at(&self, prefix: &str, name: &str, k: u64) -> Option<usize> {
        self.places
            .get(&format!("{prefix}{name}"))
            .map(|place| (place + 4 * k) as usize)
    }

    fn powers(&self) -> Option<[u32; 2]> {
        let at = |k| self.at("", optimiser::POWERS, k).map(|at| word(&self.bytes, at));
        at(0).zip(at(1)).map(<[u32; 2]>::from)
    }

    fn set_powers(&mut self, powers: [u32; 2]) {
        for (k, power) in (0..).zip(powers) {
            if let Some(at) = self.at("", optimiser::POWERS, k) {
                set_word(&mut self.bytes, at, power);
            }
        }
    }

    fn moments(&self, name: &str, k: u64) -> Moments {
        let read = |prefix| self.at(prefix, name, k).map_or(0, |at| word(&self.bytes, at));
        Moments {
            m: read(optimiser::FIRST),
            v: read(optimiser::SECOND),
        }
    }

    fn set_moments(&mut self, name: &str, k: u64, moments: Moments) {
        for (prefix, value) in [(optimiser::FIRST, moments.m), (optimiser::SECOND, moments.v)] {
            if let Some(at) = self.at(prefix, name, k) {
                set_word(&mut self.bytes, at, value);
            }
        }
    }
}

/// The sum tree, tile by tile.
fn tree(
    files: &Files,
    updated: &[&Tensor],
    rows: &[RowTensor],
    aggregate: &[Vec<i32>],
    shape: ProductsShape,
) -> Result<(quorate_exact::ProductsTree, Products), EngineError> {
    let mut tree = SumTree::new(shape)?;
    let coordinates = files.header.coordinates();
    for first in (0..coordinates).step_by(TILE as usize) {
        let end = coordinates.min(first + TILE);
        let mut products = Products::new(shape)?;
        for ((tensor, rows), aggregate) in updated.iter().zip(rows).zip(aggregate) {
            let Some(shift) = files.header.gram_shift(tensor) else {
                continue;
            };
            let (begin, stop) = (tensor.begin / 4, tensor.end / 4);
            if stop <= first || begin >= end {
                continue;
            }
            let part = (first.max(begin) - begin) as usize..(end.min(stop) - begin) as usize;
            let all = rows.rows.iter().chain([aggregate]).chain(&rows.previous);
            let all: Vec<&[i32]> = all.map(|row| &row[part.clone()]).collect();
            products.add_tile(&all, shift)?;
        }
        tree.push(products)?;
    }
    Ok(tree.finish()?)
}

fn word(bytes: &[u8], at: usize) -> u32 {
    bytes[at..at + 4].try_into().map_or(0, u32::from_le_bytes)
}

fn set_word(bytes: &mut [u8], at: usize, value: u32) {
    bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
}
