#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod ahead;
mod backend;
mod blobs;
mod census;
mod chain;
mod cli;
mod config_file;
mod documents;
mod failure;
mod fetch;
mod gc;
mod held;
mod keepalive;
mod keys;
mod life;
mod link;
mod logs;
mod marks;
mod memory;
mod metrics;
mod observe;
mod open_files;
mod registered;
mod retention;
mod seat;
mod serve;
mod session;
mod share;
mod size;
mod socket;
mod start;
mod state;
mod status;
mod tasks;
#[cfg(test)]
mod testing;
mod threads;
mod watchdog;

pub use cli::run;
pub use link::Link;
pub use retention::Retention;
pub use start::{start, Config, Observe, Running};
pub use watchdog::OnHang;
