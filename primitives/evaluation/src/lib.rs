#![doc = include_str!("../README.md")]
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod assessment;
mod fit;
mod operations;
mod run;
mod tally;

pub use fit::{Fit, Misfit};
pub use operations::{operations, Most, NODE, ROW};
pub use run::evaluate;
pub use tally::{row_loss, Answer, RowResult, Tally, MAX_LOSS, ROW_BYTES, SCALE};
