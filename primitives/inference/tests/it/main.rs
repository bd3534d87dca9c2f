//! Requests, answers and their check: the reference beside the oracle, what holds of any, and the bytes of some.

mod bytes;
mod case;
mod causality;
mod costs;
mod hostile;
mod oracle;
// One generator for random programs and values of both crates.
#[allow(dead_code)]
#[path = "../../../program/tests/it/random.rs"]
mod random;
mod rows;
mod transcript;
