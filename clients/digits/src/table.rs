//! Accuracy by seed and rule, as a table.

use anyhow::Result;

use crate::{args::RuleName, local};

const RULES: [RuleName; 3] = [RuleName::Trimmed, RuleName::Median, RuleName::Mean];

/// Run every rule on `seeds` seeds from `first` on, without a chain, and print a row for each seed.
pub fn print(first: u64, seeds: u64, rounds: u32) -> Result<()> {
    println!("| seed | {} |", RULES.map(|rule| rule.to_string()).join(" | "));
    println!("|---|{}", "---|".repeat(RULES.len()));
    for seed in first..first + seeds {
        let mut cells = Vec::new();
        for rule in RULES {
            let run = local::run(&rule.rule(), seed, rounds, |_, _, _| {})?;
            cells.push(format!("{:.3}", run.accuracies.last().copied().unwrap_or_default()));
        }
        println!("| {seed} | {} |", cells.join(" | "));
    }
    Ok(())
}
