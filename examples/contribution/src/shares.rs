//! Parts of the pot, over rounds and seeds.

use anyhow::Result;
use quorate_exact::Account;
use rayon::prelude::*;
use std::fmt::Write;

use crate::{
    data::Task,
    round::{Learning, Scored, Sets, HONEST, PLAYERS},
};

/// Of each player, in every round of every seed.
pub struct Shares {
    pub task: &'static str,
    shard: usize,
    seeds: u64,
    rounds: u32,
    /// Rows that honest players learn from, by seed.
    rows: Vec<Vec<usize>>,
    by_products: Vec<Vec<f64>>,
    by_improvement: Vec<Vec<f64>>,
}

/// Plays all rounds but the first, in which nothing can be replayed.
pub fn measure(task: &Task, seeds: u64, rounds: u32) -> Result<Shares> {
    let runs: Vec<(Vec<usize>, Vec<Scored>)> = (1..=seeds)
        .into_par_iter()
        .map(|seed| {
            let split = task.split(seed)?;
            let shards = split.shards(0, task.shard)?;
            let mut learning = Learning::new(&split, seed)?;
            let mut play = |round| -> Result<Scored> {
                let updates = learning.updates(&learning.deltas(round)?, &vec![Account::default(); PLAYERS.len()]);
                let sets = Sets {
                    benchmark: None,
                    shards: &shards,
                    rows: task.shard as u32 / 2,
                };
                let played = learning.play(&updates, &sets)?;
                learning.stand_on(played.version);
                Ok(played.scored)
            };
            play(1)?;
            let played = (2..=rounds).map(&mut play).collect::<Result<_>>()?;
            let rows = (0..HONEST).map(|player| learning.rows(player)).collect();
            eprintln!("{}, seed {seed}", task.name);
            Ok((rows, played))
        })
        .collect::<Result<_>>()?;
    let of = |scores: fn(&Scored) -> &Vec<u32>| {
        runs.iter()
            .flat_map(|(_, played)| played.iter().map(move |s| parts(scores(s))))
            .collect()
    };
    Ok(Shares {
        task: task.name,
        shard: task.shard,
        seeds,
        rounds,
        by_products: of(|s| &s.by_products),
        by_improvement: of(|s| &s.by_improvement),
        rows: runs.iter().map(|(rows, _)| rows.clone()).collect(),
    })
}

/// Of the sum; nothing where it is 0.
pub fn parts(scores: &[u32]) -> Vec<f64> {
    let sum: f64 = scores.iter().map(|score| f64::from(*score)).sum();
    scores.iter().map(|score| f64::from(*score) / sum.max(1.0)).collect()
}

impl Shares {
    /// A table for people.
    pub fn markdown(&self) -> String {
        let mut text = format!(
            "## {}\n\n{} seeds, rounds 2 to {}, four shards of {} rows. Mean part of the pot, and in brackets the least and the most of all rounds.\n\n| organisation | by products | by improvement |\n|---|---|---|\n",
            self.task, self.seeds, self.rounds, self.shard
        );
        for (player, name) in PLAYERS.iter().enumerate() {
            let rows = match player < HONEST {
                true => {
                    let sum: usize = self.rows.iter().map(|rows| rows[player]).sum();
                    format!(" ({} rows)", sum / self.rows.len().max(1))
                }
                false => String::new(),
            };
            let (a, b) = (column(&self.by_products, player), column(&self.by_improvement, player));
            let _ = writeln!(text, "| {name}{rows} | {a} | {b} |");
        }
        text
    }
}

fn column(rounds: &[Vec<f64>], player: usize) -> String {
    let values: Vec<f64> = rounds.iter().map(|parts| 100.0 * parts[player]).collect();
    let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let most = values.iter().copied().fold(0.0, f64::max);
    format!("{mean:.1} % ({least:.1}–{most:.1})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replay_and_noise_should_earn_nothing_by_improvement() {
        let shares = measure(&Task::digits().unwrap(), 1, 3).unwrap();
        for parts in &shares.by_improvement {
            assert_eq!(parts.len(), PLAYERS.len());
            assert!(parts[8] < 1e-3 && parts[9] < 0.02, "{parts:?}");
            assert!(parts[..HONEST].iter().sum::<f64>() > 0.5, "{parts:?}");
        }
        let text = shares.markdown();
        assert_eq!(text.lines().count(), PLAYERS.len() + 6, "{text}");
    }
}
