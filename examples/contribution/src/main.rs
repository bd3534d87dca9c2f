#![doc = include_str!("../README.md")]

mod data;
mod live;
mod round;
mod shares;

use anyhow::{Context, Result};
use clap::Parser;
use std::{fs, path::PathBuf};

/// What contributors earn by their scores and by what they improve.
#[derive(Parser)]
#[command(name = "quorate-contribution", version)]
struct Args {
    /// Write contribution.md into this folder; without it the tables go to the terminal.
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// Number of seeds.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=1000))]
    seeds: u64,
    /// Rounds of every seed; the first does not count.
    #[arg(long, default_value_t = 6, value_parser = clap::value_parser!(u32).range(2..=1000))]
    rounds: u32,
    /// MNIST's digits too: a folder with 0.json to 9.json.
    #[arg(long, value_name = "FOLDER")]
    mnist: Option<PathBuf>,
    /// Three rounds with MNIST's digits on a network of four validators on this machine, instead of tables.
    #[arg(long, requires = "mnist", conflicts_with_all = ["out", "seeds", "rounds"])]
    network: bool,
    /// Of the network: decides the split of the rows, training and noise.
    #[arg(long, default_value_t = 1, requires = "network")]
    seed: u64,
    /// Folder of `quorate-node` and `quorate-worker`; the folder of this program unless given.
    #[arg(long, value_name = "FOLDER", requires = "network")]
    bin_dir: Option<PathBuf>,
}

const TITLE: &str = "# What contributors earn\n\n\
    Made by `scripts/contribution.sh`. Seven honest organisations of uneven size and four others train one network under the plain mean, one \
    weight each. Every round is scored twice by the reference: from its products (section 7 of [exactness.md](../exactness.md)), and by \
    what each organisation improves on four sealed shards, supplied by the first four (section 21). Reputations are taken as equal.\n\n";

fn main() -> Result<()> {
    let args = Args::parse();
    if let (true, Some(folder)) = (args.network, &args.mnist) {
        let run = live::run(folder, args.bin_dir, args.seed);
        return tokio::runtime::Runtime::new()?.block_on(run);
    }
    let mut tasks = vec![data::Task::digits()?];
    if let Some(folder) = &args.mnist {
        tasks.push(data::Task::mnist(folder)?);
    }
    let mut text = String::from(TITLE);
    for task in &tasks {
        let shares = shares::measure(task, args.seeds, args.rounds)?;
        text.push_str(&shares.markdown());
        text.push('\n');
    }
    let Some(folder) = args.out else {
        print!("{text}");
        return Ok(());
    };
    let path = folder.join("contribution.md");
    fs::write(&path, text).with_context(|| path.display().to_string())?;
    eprintln!("{} written", path.display());
    Ok(())
}
