//! `quorate`: the command line of Quorate. See the crate's README.

mod args;
mod checked;
mod commands;
mod context;
mod dispatch;
mod failure;
mod output;
mod version_ref;

use clap::Parser;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    quiet_when_nobody_reads();
    let cli = args::Cli::parse();
    let json = cli.global.json;
    match dispatch::run(cli).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(json),
    }
}

/// `quorate … | head` closes the pipe early: that is no error of this program.
fn quiet_when_nobody_reads() {
    let default = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let text = info.payload().downcast_ref::<String>();
        if text.is_some_and(|text| text.starts_with("failed printing to stdout")) {
            std::process::exit(0);
        }
        default(info);
    }));
}
