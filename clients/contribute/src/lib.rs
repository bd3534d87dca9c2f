#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod beginning;
pub mod cache;
pub mod failure;
pub mod folders;
pub mod forgetting;
pub mod kept;
pub mod node;
pub mod outcome;
pub mod place;
pub mod sending;
pub mod words;

pub use failure::{Failure, Result};
