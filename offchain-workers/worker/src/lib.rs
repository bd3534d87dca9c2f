#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod backend;
mod chain;
mod cli;
mod failure;
mod fetch;
mod gc;
mod keys;
mod life;
mod link;
mod marks;
mod memory;
mod registered;
mod session;
mod socket;
mod start;
mod state;
mod status;
mod tasks;

pub use cli::run;
pub use link::Link;
pub use start::{start, Config, Running};
