#![doc = include_str!("../README.md")]

#[cfg(target_endian = "big")]
compile_error!("tensors are little-endian and are read in place");

mod answered;
mod arena;
mod device;
mod environment;
mod error;
mod execute;
mod fuse;
mod generate;
mod kept;
mod model;
mod ops;
mod places;
mod plan;
mod runner;
mod schedule;
mod scratch;
pub mod selftest;
mod session;
mod spread;
mod steps;
mod tensors;
mod threads;
mod weights;
mod work;

pub use device::{DeviceAnswer, DeviceModel, ProgramDevice};
pub use error::{ModelError, Stop};
pub use generate::Choice;
pub use model::{Model, Options};
pub use places::{places, Block};
pub use plan::Plan;
pub use quorate_infer_kernels::{Isa, Level};
pub use runner::{Answers, GoOn, Runner};
pub use session::{Rows, Session};
pub use tensors::{ModelFile, TensorBytes, Tensors};
