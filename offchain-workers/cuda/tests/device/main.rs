//! Kernels and backends without a GPU.

extern crate alloc;

mod backend;
mod equality;
mod functions;
mod golden;
mod golden_operations;
#[allow(dead_code)]
#[path = "../../../../primitives/exact/tests/it/infer_cases/inputs.rs"]
mod inputs;
mod programs;
mod support;
mod wrong;
