//! Accuracy by seed and rule, as a table.

use anyhow::Result;
use quorate_exact::Rule;

use crate::{args::TRIM_PPM, local};

const RULES: [(&str, Rule); 3] = [
    ("trimmed", Rule::TrimmedMean { trim_ppm: TRIM_PPM }),
    ("median", Rule::Median),
    ("mean", Rule::WeightedMean),
];

/// Run every rule on `seeds` seeds from `first` on, without a chain, and print a row for each seed.
pub fn print(first: u64, seeds: u64, rounds: u32) -> Result<()> {
    println!("| seed | {} |", RULES.map(|(name, _)| name).join(" | "));
    println!("|---|{}", "---|".repeat(RULES.len()));
    for seed in first..first + seeds {
        let mut cells = Vec::new();
        for (_, rule) in RULES {
            let run = local::run(&rule.into(), seed, rounds, |_, _, _| {})?;
            cells.push(format!("{:.3}", run.accuracies.last().copied().unwrap_or_default()));
        }
        println!("| {seed} | {} |", cells.join(" | "));
    }
    Ok(())
}
