#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod backend;
mod cli;
mod collect;
mod fetch;
mod keys;
mod link;
mod registered;
mod session;
mod socket;
mod tasks;
mod worker;

pub use cli::run;
pub use link::Link;
pub use worker::{start, Config, Running};
