//! Tests of programs.

extern crate alloc;

mod answer;
mod elements;
mod expressions;
mod graphs;
mod hostile;
mod ops;
mod oracle;
mod random;
mod sketch;
