#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod address;
pub mod archive;
pub mod chain;
pub mod decide;
pub mod disk;
pub mod finality;
pub mod journal;
pub mod link;
#[cfg(test)]
mod made;
pub mod once;
pub mod outbox;
pub mod provisional;
pub mod pulse;
pub mod report;
pub mod run;
mod shares;
mod shown;
pub mod submit;
pub mod tokens;
pub mod view;
pub mod worker_process;

pub use address::Address;
pub use decide::RETRY_BLOCKS;
pub use pulse::Pulse;
pub use report::{Report, ReportHandle};
pub use run::{run, Params};

/// Target of every log line of this crate.
pub(crate) const LOG: &str = "quorate";
