#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod authorization;
mod body;
mod opening;
pub mod proven;
mod root;
pub mod stream;

pub use authorization::{Authorization, Scheme, LONGEST_LIFETIME};
pub use body::{ErrorBody, StatusBody};
pub use opening::{Opening, OFFSET_HEADER, OPENING_HEADER};
pub use root::{blob_url, name, parse_name, Root, BLOB_PATH, STATUS_PATH};
