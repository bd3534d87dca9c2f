//! Federated learning of handwritten digits, two of ten contributors hostile.

mod args;
mod contributors;
mod live;
mod local;
mod measure;
mod table;

use anyhow::{ensure, Result};
use clap::Parser;
use quorate_digits_task::{data, file, measured, network, partition, seed};
use std::process::ExitCode;

fn main() -> ExitCode {
    match run(args::Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // The chain of causes; never a backtrace, whatever the environment asks for.
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: args::Args) -> Result<()> {
    if let Some(seeds) = args.table {
        return table::print(args.seed, seeds, args.rounds);
    }
    if args.local_only {
        return without_chain(&args);
    }
    tokio::runtime::Runtime::new()?.block_on(live::run(args))
}

fn without_chain(args: &args::Args) -> Result<()> {
    let run = local::run(
        &args.pipeline()?,
        args.seed,
        args.rounds,
        |version, accuracy, included| {
            println!("version {version:>2}: accuracy {accuracy:.3} ({included} updates)");
        },
    )?;
    let accuracy = run.accuracies.last().copied().unwrap_or_default();
    let root: String = run.root.iter().map(|byte| format!("{byte:02x}")).collect();
    println!("root 0x{root}");
    ensure!(
        !args.is_judged() || accuracy >= 0.90,
        "accuracy {accuracy:.3} is below 0.90"
    );
    Ok(())
}
