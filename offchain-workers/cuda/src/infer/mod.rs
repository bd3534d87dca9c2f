//! Programs on a device: inference with the bits of the reference.

pub mod kernel;
pub mod launch;
pub mod loaded;
pub mod lower;
pub mod plan;
pub mod programs;
pub mod table;
pub mod transfer;
