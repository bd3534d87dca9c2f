//! Tensors of a version's file.

use crate::failure::raised;
use pyo3::prelude::*;
use quorate_convert::{file_of, read_header};
use std::path::PathBuf;

/// Name, element type as safetensors has it, shape, first byte in the file, bytes, aliases.
type Tensor = (String, &'static str, Vec<u64>, u64, u64, Vec<String>);

/// The tensors of a canonical file, in the order of their data, without small files such as `config.json`.
#[pyfunction]
pub fn tensors(py: Python<'_>, path: PathBuf) -> PyResult<Vec<Tensor>> {
    let header = py.detach(|| read_header(&path));
    let header = header.map_err(|error| raised(py, &error.into()))?;
    let first = header.header_len();
    let tensors = header.tensors.into_iter().filter(|tensor| file_of(tensor).is_none());
    let all = tensors.map(|tensor| {
        (
            tensor.name,
            tensor.dtype.name(),
            tensor.shape,
            first + tensor.begin,
            tensor.end - tensor.begin,
            tensor.aliases,
        )
    });
    Ok(all.collect())
}
