//! Kernels and backend without a GPU.

mod backend;
mod equality;
mod golden;
mod support;
