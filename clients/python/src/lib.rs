#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod account;
mod cache;
mod failure;
mod file;
mod net;
mod submission;
mod waiting;

/// The package's part in Rust. Views of the chain are JSON texts here; the Python sources beside make classes of them.
#[pyo3::pymodule]
mod _quorate {
    #[pymodule_export]
    use crate::{
        account::PyAccount,
        cache::{prune, scan},
        file::{tensors, verify_frozen},
        net::{connect, Net},
        submission::{forked, Begun, Receipt},
        waiting::Stop,
    };
}
