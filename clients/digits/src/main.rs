//! Federated learning of handwritten digits, two of ten contributors hostile.

mod args;
mod contributors;
mod data;
mod file;
mod local;
mod network;
mod partition;
mod seed;
mod table;

use anyhow::{ensure, Result};
use clap::Parser;

fn main() -> Result<()> {
    let args = args::Args::parse();
    if let Some(seeds) = args.table {
        return table::print(args.seed, seeds, args.rounds);
    }
    let run = local::run(&args.rule.rule(), args.seed, args.rounds, |version, accuracy, included| {
        println!("version {version:>2}: accuracy {accuracy:.3} ({included} updates)");
    })?;
    let accuracy = run.accuracies.last().copied().unwrap_or_default();
    ensure!(args.rule != args::RuleName::Trimmed || accuracy >= 0.90, "accuracy {accuracy:.3} is below 0.90");
    Ok(())
}
