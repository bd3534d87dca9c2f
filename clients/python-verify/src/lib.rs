#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod failure;
mod running;
mod verifying;

/// The package's part in Rust. Reports are JSON texts here; `quorate` makes classes of them.
#[pyo3::pymodule]
mod _quorate_verify {
    #[pymodule_export]
    use crate::verifying::{answer, evaluation, replay, version, Sources};
}
