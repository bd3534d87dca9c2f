//! The cache of versions.

use crate::failure::raised;
use pyo3::prelude::*;
use quorate_client::Error;
use quorate_contribute::{cache::Cache, folders};
use quorate_primitives::Root;
use std::{path::PathBuf, time::UNIX_EPOCH};

/// The cache in `folder`, or the user's.
pub fn open(folder: Option<PathBuf>) -> Result<Cache, Error> {
    match folder {
        Some(folder) => Cache::open(folder),
        None => Cache::open(folders::versions("name a folder with cache=")?),
    }
}

/// Root (none: a download that is not whole), path, bytes, seconds since 1970 at which it was written.
type Cached = (Option<String>, PathBuf, u64, f64);

/// What a cache has, the oldest first.
#[pyfunction]
#[pyo3(signature = (folder = None))]
pub fn scan(py: Python<'_>, folder: Option<PathBuf>) -> PyResult<Vec<Cached>> {
    let found = py.detach(|| open(folder)?.scan());
    let all = found
        .map_err(|error| raised(py, &error.into()))?
        .into_iter()
        .map(|cached| {
            let root = cached.root.map(|root| format!("{root:?}"));
            let modified = cached.modified.duration_since(UNIX_EPOCH).unwrap_or_default();
            (root, cached.path, cached.len, modified.as_secs_f64())
        });
    Ok(all.collect())
}

/// Remove everything but the roots to keep; returns the bytes that were freed.
#[pyfunction]
#[pyo3(signature = (folder = None, keep = Vec::new()))]
pub fn prune(py: Python<'_>, folder: Option<PathBuf>, keep: Vec<String>) -> PyResult<u64> {
    let freed = py.detach(|| {
        let keep: Vec<Root> = keep.iter().map(|text| root(text)).collect::<Result<_, _>>()?;
        open(folder)?.prune(&keep)
    });
    freed.map_err(|error: Error| raised(py, &error.into()))
}

fn root(text: &str) -> Result<Root, Error> {
    text.parse()
        .map_err(|_| Error::Input(format!("{text:?} is no root: 0x and 64 hex digits")))
}
