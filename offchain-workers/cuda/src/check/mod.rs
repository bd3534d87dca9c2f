//! The backend and every kernel against the reference, and how fast they are: what the self-test, the tests on the shim and
//! `quorate-gpu-check` have in common.

pub mod cases;
pub mod kernels;
pub mod measure;
pub mod memory;
pub mod tiles;
