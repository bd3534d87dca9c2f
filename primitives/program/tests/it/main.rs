//! Tests of programs.

mod expressions;
mod graphs;
