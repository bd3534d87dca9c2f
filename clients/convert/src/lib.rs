#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod beside;
mod check;
mod code;
mod conversion;
mod data;
mod decisions;
mod element;
mod error;
mod export;
mod frozen;
mod json;
pub mod names;
mod pairing;
pub mod pattern;
mod pieces;
mod plan;
mod report;
mod rounding;
mod scales;
mod slices;
pub mod source;
mod strip;
mod syncing;
mod tied;
mod values;
mod writer;

pub use beside::file_of;
pub use check::{check_model, check_update, names_of, read_header, root_of};
pub use conversion::{convert, Against, Conversion, Job};
pub use decisions::{Decision, Decisions};
pub use error::ConvertError;
pub use export::{Export, Exported, Precision};
pub use frozen::FrozenBase;
pub use pattern::Pattern;
pub use plan::Options;
pub use quorate_output::Existing;
pub use report::{Report, TensorReport};
pub use scales::ScaleOrigin;
pub use source::{Held, Source};
pub use strip::Strip;
