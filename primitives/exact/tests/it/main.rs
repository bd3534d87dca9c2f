//! Tests of the reference: golden vectors from an independent implementation, properties against big-number oracles.

extern crate alloc;

mod aggregate;
mod check;
mod common;
mod detail;
mod function_table;
mod golden;
mod grid;
mod header;
mod infer_arithmetic;
mod infer_functions;
mod infer_numbers;
mod interchange;
mod json;
mod optimiser;
mod oracle;
mod plan;
mod pre;
mod products;
mod rules;
mod score;
mod vectors;
