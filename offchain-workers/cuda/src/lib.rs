#![doc = include_str!("../README.md")]

#[cfg(target_endian = "big")]
compile_error!("files and device memory are little-endian and are copied as they are");

pub mod audit;
pub mod backend;
pub mod buffer;
pub mod check;
pub mod device;
pub mod driver;
pub mod infer;
pub mod kernel;
pub mod launch;
pub mod layout;
pub mod module;
pub mod pipeline;
pub mod reference;
pub mod tables;

pub use backend::{Backend, Config, CudaBackend};
pub use driver::Driver;
pub use infer::programs::{CudaPrograms, Programs};
