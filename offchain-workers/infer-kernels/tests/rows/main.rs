//! Row kernels beside the reference, bit by bit, on every level of instructions that this machine has.

mod cast;
mod choices;
mod elementwise;
mod functions;
mod grid;
mod moves;
mod normalise;
mod pool;
mod quantised;
mod recurrent;
mod reduce;
mod rope;
mod softmax;
#[path = "../products/values.rs"]
#[allow(dead_code)]
mod values;
