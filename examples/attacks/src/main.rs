//! Makes the table of attacks.

use anyhow::{Context, Result};
use clap::Parser;
use quorate_attacks::{
    pipelines, report,
    suite::{to_stderr, Setting, Suite},
};
use std::{fs, path::PathBuf};

/// Attack every aggregation pipeline on the digits task, and say what accuracy is left.
#[derive(Parser)]
#[command(name = "quorate-attacks", version)]
struct Args {
    /// Write attacks.md and attacks.csv into this folder; without it the table goes to the terminal.
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// Number of seeds.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=1000))]
    seeds: u64,
    /// The first of them.
    #[arg(long, default_value_t = 1)]
    first_seed: u64,
    /// Rounds of every run.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1000))]
    rounds: u32,
    /// Instead of the standard settings: contributors, a multiple of ten.
    #[arg(long, requires = "hostile")]
    contributors: Option<usize>,
    /// Instead of the standard settings: how many of them are hostile, fewer than half.
    #[arg(long)]
    hostile: Option<usize>,
    /// Only pipelines whose name contains one of these, whatever the case.
    #[arg(long, value_name = "TEXT")]
    only: Vec<String>,
}

fn main() -> Result<()> {
    let args = Args::parse();
    let suite = suite(&args)?;
    let tables = suite.run(to_stderr())?;
    let (text, runs) = (report::markdown(&suite, &tables), report::csv(&suite, &tables));
    let Some(folder) = args.out else {
        print!("{text}");
        return Ok(());
    };
    for (name, content) in [("attacks.md", text), ("attacks.csv", runs)] {
        let path = folder.join(name);
        fs::write(&path, content).with_context(|| path.display().to_string())?;
        eprintln!("{} written", path.display());
    }
    Ok(())
}

fn suite(args: &Args) -> Result<Suite> {
    let mut suite = Suite::standard(args.first_seed..args.first_seed + args.seeds, args.rounds);
    if let Some(hostile) = args.hostile {
        let contributors = args.contributors.unwrap_or(10);
        anyhow::ensure!(
            contributors > 0 && contributors.is_multiple_of(10) && contributors <= 100,
            "--contributors must be a multiple of ten, at most 100"
        );
        anyhow::ensure!(
            2 * hostile < contributors,
            "--hostile must be fewer than half of the contributors"
        );
        suite.settings = vec![Setting {
            contributors,
            hostile,
            only: Vec::new(),
        }];
    }
    if !args.only.is_empty() {
        let wanted = |name: &str| {
            args.only
                .iter()
                .any(|text| name.to_lowercase().contains(&text.to_lowercase()))
        };
        let names = pipelines::all(0)
            .into_iter()
            .map(|named| named.name)
            .filter(|name| wanted(name));
        let names: Vec<String> = names.map(String::from).collect();
        anyhow::ensure!(!names.is_empty(), "--only: no pipeline has such a name");
        suite
            .settings
            .iter_mut()
            .for_each(|setting| setting.only = names.clone());
    }
    Ok(suite)
}
