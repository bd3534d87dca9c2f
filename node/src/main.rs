//! The node of Quorate.

#![forbid(unsafe_code)]
// The size of `sc_cli::Error` is not ours to change, and it is made once in a process's life.
#![allow(clippy::result_large_err)]

mod chain_spec;
mod cli;
mod command;
mod rpc;
mod service;
mod start;

use std::{io::Write, process::ExitCode};

fn main() -> ExitCode {
    match command::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Where nothing can be written the code alone tells.
            let _ = writeln!(std::io::stderr(), "Error: {error}");
            match service::interlock::twin_seen() {
                true => ExitCode::from(service::interlock::TWIN),
                false => ExitCode::FAILURE,
            }
        }
    }
}
