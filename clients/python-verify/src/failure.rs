//! Errors of Rust as the classes of `quorate.errors`.

use pyo3::{prelude::*, types::PyDict};
use quorate_client::{text::visible, Error};

/// The error to raise. What was given wrong stays that; whatever else kept the check from its end proves nothing.
pub fn raised(py: Python<'_>, error: &Error) -> PyErr {
    let (class, code, text) = match error {
        Error::Input(_) => ("InputError", 2, error.to_string()),
        Error::NotFound(_) => ("NotFound", 2, error.to_string()),
        Error::Incompatible(_) => ("Incompatible", 3, error.to_string()),
        Error::Denied(_) => ("Denied", 4, error.to_string()),
        other => ("Unchecked", 5, format!("it could not be checked: {other}")),
    };
    make(py, class, code, text).unwrap_or_else(|error| error)
}

fn make(py: Python<'_>, class: &str, code: u8, text: String) -> PyResult<PyErr> {
    let arguments = PyDict::new(py);
    arguments.set_item("code", code)?;
    let class = py.import("quorate.errors")?.getattr(class)?;
    Ok(PyErr::from_value(class.call((visible(&text),), Some(&arguments))?))
}
