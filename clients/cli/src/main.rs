//! `quorate`: the command line of Quorate. See the crate's README.

mod args;
mod claim;
mod consortium;
mod context;
mod convert;
mod failure;
mod keys;
mod lineage;
mod model;
mod output;
mod round;
mod update;
mod verify;
mod version;

use args::{Cli, Command};
use clap::Parser;
use context::Context;
use failure::Result;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    quiet_when_nobody_reads();
    let cli = Cli::parse();
    let json = cli.global.json;
    match run(cli).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(json),
    }
}

async fn run(cli: Cli) -> Result {
    let context = Context::new(cli.global);
    match cli.command {
        Command::Keys(command) => keys::run(&context, command),
        Command::Convert(arguments) => convert::run(&context, arguments).await,
        Command::Model(command) => model::run(&context, command).await,
        Command::Round(command) => round::run(&context, command).await,
        Command::Update(command) => update::run(&context, command).await,
        Command::Version(command) => version::run(&context, command).await,
        Command::Lineage(arguments) => lineage::run(&context, arguments).await,
        Command::Verify(arguments) => verify::run(&context, arguments).await,
        Command::Organisation(command) => consortium::organisation(&context, command).await,
        Command::Contributor(command) => consortium::contributor(&context, command).await,
        Command::Validator(command) => consortium::validator(&context, command).await,
        Command::Standing(arguments) => claim::standing(&context, arguments).await,
        Command::Claim => claim::claim(&context).await,
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
