//! Tests of the reference: golden vectors from an independent implementation, properties against big-number oracles.

mod aggregate;
mod check;
mod common;
mod detail;
mod golden;
mod grid;
mod header;
mod interchange;
mod oracle;
mod score;
mod vectors;
