//! Tests of programs.

mod expressions;
mod graphs;
mod hostile;
