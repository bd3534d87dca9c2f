//! Tensors of a version's file.

use crate::{failure::raised, waiting::wait};
use pyo3::prelude::*;
use quorate_client::Error;
use quorate_contribute::Failure;
use quorate_convert::{file_of, read_header, FrozenBase};
use quorate_primitives::Root;
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

/// Whether a file or folder is the frozen base with this root and length, in bytes.
#[pyfunction]
pub fn verify_frozen(py: Python<'_>, path: PathBuf, root: &str, len: u64) -> PyResult<()> {
    let root: Result<Root, _> = root.parse();
    let verified = wait(py, async || {
        let root = root.map_err(|_| Error::Input("a root is 0x and 64 hex digits".into()))?;
        let verify = move || FrozenBase::verify(&path, (root.0, len), &|_, _| ());
        let done = tokio::task::spawn_blocking(verify).await;
        let done = done.map_err(|error| Error::Input(error.to_string()))?;
        done.map(drop).map_err(Failure::from)
    })?;
    verified.map_err(|failure: Failure| raised(py, &failure))
}
