//! The built program: exit codes, and what stands on its two outputs. No test needs a network.

mod compile;
mod keys;
mod program;
mod setup;
mod shell;
