//! The backends and every kernel against the reference: what the self-test, the tests on the shim and `quorate-gpu-check` have in
//! common.

pub mod cases;
pub mod kernels;
pub mod memory;
pub mod nodes;
pub mod operations;
pub mod tiles;
