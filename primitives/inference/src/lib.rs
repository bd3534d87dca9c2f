#![doc = include_str!("../README.md")]
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

mod answer;
mod fit;
mod memory;
mod operations;
mod outputs;
mod request;
mod run;
mod trace;
mod verify;

pub use answer::{Answer, Answered, FaultKind, Unreadable};
pub use fit::is_fit;
pub use memory::memory;
pub use operations::{asked_for, operations, PIECE};
pub use outputs::outputs_len;
pub use request::{salt, seed, write, Asked, Malformed, MAX_ANSWER, MAX_REQUEST, SALT};
pub use run::{answer, choose, run};
pub use trace::Trace;
pub use verify::{Checked, Runs, Wrong};
