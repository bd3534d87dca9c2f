//! Kernels and backend without a GPU.

mod backend;
mod driver;
mod equality;
mod golden;
mod support;
