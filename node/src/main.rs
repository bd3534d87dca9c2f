//! The node of Quorate.

#![forbid(unsafe_code)]
// The size of `sc_cli::Error` is not ours to change, and it is made once in a process's life.
#![allow(clippy::result_large_err)]

mod chain_spec;
mod cli;
mod command;
mod rpc;
mod service;

fn main() -> sc_cli::Result<()> {
    command::run()
}
