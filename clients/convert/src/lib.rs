#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod check;
mod convert;
mod element;
mod error;
mod plan;
mod report;
mod source;

pub use check::{check_model, check_update, read_header};
pub use convert::{convert, Job};
pub use error::ConvertError;
pub use plan::{Options, Pattern};
pub use report::{Report, TensorReport};
pub use source::{Entry, Source};
