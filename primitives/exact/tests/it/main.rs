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
mod infer_attention;
mod infer_cases;
mod infer_elementwise;
mod infer_functions;
mod infer_golden;
mod infer_images;
mod infer_moves;
mod infer_numbers;
mod infer_peer;
mod infer_pools;
mod infer_quantised;
mod infer_recurrent;
mod infer_rows;
mod infer_shapes;
mod infer_sums;
mod infer_tensors;
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
