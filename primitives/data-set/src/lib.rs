#![doc = include_str!("../README.md")]
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

mod check;
mod error;
mod header;
mod row;

pub use check::Checker;
pub use error::DataSetError;
pub use header::{DataSet, MAX_COLUMNS, MAX_ROW};
pub use row::Row;
