//! `quorate`: the command line of Quorate. See the crate's README.

/// Instead of the standard one, which panics when nobody reads, and shows control characters: see [`output`].
macro_rules! println {
    ($($text:tt)*) => { $crate::output::line(format_args!($($text)*)) };
}

/// The same for what is going on, and for errors.
macro_rules! eprintln {
    ($($text:tt)*) => { $crate::output::error_line(format_args!($($text)*)) };
}

mod args;
mod checked;
mod commands;
mod context;
mod dispatch;
mod escape;
mod failure;
mod keyring;
mod output;
mod request_ref;
mod start;
mod table;
mod version_ref;

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    let cli = match start::read() {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    let json = cli.global.json;
    let done = dispatch::run(cli).await;
    failure::end(json, done)
}
