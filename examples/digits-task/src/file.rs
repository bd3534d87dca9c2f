//! The network as canonical files.

use anyhow::{ensure, Result};
use quorate_exact::{
    grid::Scale, Account, Dtype, Kind, Malformed, ModelChecker, ModelHeader, Role, Root, TensorSpec, UpdateChecker,
};

use crate::network::{Weights, TENSORS};

/// Steps of 2^-20: fine enough for these weights, and room up to 1,024 for the hostile. With the default of 24 the plain
/// mean sometimes drives the weights so far off that hostile deltas leave the grid and are refused as malformed, which
/// would flatter it.
const SCALE: Scale = 20;

/// The header of every version.
pub fn header() -> Result<ModelHeader> {
    let specs = TENSORS.iter().map(|(name, shape)| TensorSpec {
        name: name.to_string(),
        dtype: Dtype::F32,
        shape: shape.iter().map(|d| *d as u64).collect(),
        role: Role::Train,
        scale: SCALE,
        original_dtype: Dtype::F32,
        aliases: Vec::new(),
    });
    Ok(ModelHeader::build(Kind::Model, specs.collect())?)
}

/// A version's file.
pub fn model_file(header: &ModelHeader, weights: &Weights) -> Vec<u8> {
    bytes(header, weights)
}

/// The file of a contributor's update to the version with the root `base`, and whether validators will take it.
pub fn update_file(
    header: &ModelHeader,
    (base, contributor): (&Root, &Account),
    delta: &Weights,
) -> (Vec<u8>, Result<(), Malformed>) {
    let file = bytes(&header.update_header(base, contributor), delta);
    let mut checker = UpdateChecker::new(header, base, contributor);
    let found = checker.push(&file).and_then(|()| checker.finish());
    (file, found)
}

/// The weights in a version's file.
pub fn read_model(header: &ModelHeader, file: &[u8]) -> Result<Weights> {
    let mut checker = ModelChecker::new(header);
    checker.push(file).and_then(|()| checker.finish())?;
    ensure!(header.tensors.len() == TENSORS.len(), "the file is of another model");
    let data = &file[header.header_len() as usize..];
    let mut tensors = header.tensors.iter().map(|tensor| {
        data[tensor.begin as usize..tensor.end as usize]
            .chunks_exact(4)
            .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
            .collect()
    });
    Ok(Weights(std::array::from_fn(|_| tensors.next().unwrap_or_default())))
}

fn bytes(header: &ModelHeader, weights: &Weights) -> Vec<u8> {
    let mut file = header.encode();
    file.extend(weights.0.iter().flatten().flat_map(|x| x.to_le_bytes()));
    file
}
