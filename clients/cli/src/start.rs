//! The command line as it comes from the shell; help and what is wrong with it.

use crate::{args::Cli, failure};
use clap::{error::ErrorKind, Parser};
use std::{
    ffi::OsString,
    io::{stdout, ErrorKind as IoErrorKind, Write},
    process::ExitCode,
};

/// The arguments, or how to end: help was asked for, or something is wrong with them.
pub fn read() -> Result<Cli, ExitCode> {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    Cli::try_parse_from(&arguments).map_err(|error| match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => help(&error.render().to_string()),
        _ if asks_for_json(&arguments) => {
            let text = error.render().to_string();
            failure::usage(text.trim().trim_start_matches("error: ")).report(true)
        }
        _ => {
            // Colours where somebody looks at it; whether it can be shown changes nothing about the arguments.
            let _ = error.print();
            ExitCode::from(failure::USAGE)
        }
    })
}

fn help(text: &str) -> ExitCode {
    let shown = stdout().write_all(text.as_bytes()).and_then(|()| stdout().flush());
    match shown {
        Err(error) if error.kind() != IoErrorKind::BrokenPipe => {
            failure::usage(format!("standard output: {error}")).report(false)
        }
        _ => ExitCode::SUCCESS,
    }
}

/// Whether `--json` is among the options: what is wrong with the others must not change the form of the answer.
fn asks_for_json(arguments: &[OsString]) -> bool {
    arguments
        .iter()
        .skip(1)
        .take_while(|word| *word != "--")
        .any(|word| word == "--json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_should_be_asked_for_by_an_option_alone() {
        let asks = |line: &str| asks_for_json(&line.split(' ').map(OsString::from).collect::<Vec<_>>());
        assert!(asks("quorate --json frobnicate") && asks("quorate convert --json"));
        assert!(!asks("quorate frobnicate") && !asks("quorate keys inspect -- --json"));
    }
}
