#![doc = include_str!("../README.md")]

#[cfg(target_endian = "big")]
compile_error!("tensors are little-endian and are read in place: a big-endian build needs its own loads");

mod aligned;
mod isa;
pub mod products;
// Until all kernels are here, some of its operations have no caller.
#[allow(dead_code)]
mod simd;
mod view;

pub use aligned::Aligned;
pub use isa::{Isa, Level};
pub use view::{View, ViewMut};
