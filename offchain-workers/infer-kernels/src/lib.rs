#![doc = include_str!("../README.md")]

#[cfg(target_endian = "big")]
compile_error!("tensors are little-endian and are read in place: a big-endian build needs its own loads");

mod aligned;
pub mod attention;
pub mod cast;
pub mod compare;
pub mod conv;
pub mod elementwise;
pub mod functions;
mod isa;
pub mod moves;
mod nan;
pub mod normalise;
pub mod pool;
pub mod products;
pub mod quantised;
pub mod rank;
pub mod recurrent;
pub mod reduce;
pub mod rope;
mod rows;
mod simd;
pub mod softmax;
mod sums;
mod view;
mod walk;

pub use aligned::Aligned;
pub use isa::{Isa, Level};
pub use nan::holds_nan;
pub use rows::Input;
pub use view::{View, ViewMut};
