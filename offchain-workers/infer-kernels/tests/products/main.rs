//! Products beside the reference, bit by bit, on every level of instructions that this machine has.

mod attention;
mod conv;
mod integers;
mod linear;
mod matmul;
mod values;
