//! Functions of one f32. Every branch is a choice between two computed values, as lanes of a processor make it.

mod simple;

pub use simple::{hard_sigmoid, pow2, pow3, pow_half};
