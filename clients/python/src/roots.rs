//! Roots as the package writes them.

use pyo3::{exceptions::PyValueError, PyResult};
use quorate_primitives::Root;

/// Reads 0x and 64 hex digits.
pub fn root_of(text: &str) -> PyResult<Root> {
    text.parse()
        .map_err(|_| PyValueError::new_err("a root has 0x and 64 hex digits"))
}
