//! Who learns what from where, and one run of it.

use anyhow::Result;
use quorate_digits_task::{
    data::{self, Row, Split},
    file::header,
    network::Weights,
    partition::{partition, Shard},
    plain,
    seed::Purpose,
};
use quorate_exact::{ModelHeader, Pipeline};

use crate::{attack::Attack, round::ServerOptimiser};

/// The data of one seed, dealt out. Everybody is at home in every case; a case says who is hostile.
pub struct Scene {
    pub seed: u64,
    pub header: ModelHeader,
    split: Split,
    shards: Vec<Shard>,
}

/// What is tried.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    pub pipeline: Pipeline,
    pub attack: Attack,
    /// How many are hostile: the last ones, whole organisations where it is an even number.
    pub hostile: usize,
}

/// What came of it.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Outcome {
    /// On the held-out rows, after each round.
    pub accuracies: Vec<f64>,
    /// Updates that were refused at the door, the honest ones of a ruined model included.
    pub refused: u32,
    /// Rounds that had too few updates, or whose result was no number: the version stayed.
    pub aborted: u32,
}

impl Outcome {
    /// At the end.
    pub fn accuracy(&self) -> f64 {
        self.accuracies.last().copied().unwrap_or_default()
    }
}

impl Scene {
    pub fn new(contributors: usize, seed: u64) -> Result<Self> {
        let split = data::split(seed)?;
        Ok(Self {
            seed,
            header: header()?,
            shards: partition(&split.train, contributors, seed),
            split,
        })
    }

    /// Number of contributors.
    pub fn contributors(&self) -> usize {
        self.shards.len()
    }

    /// Number of a contributor's rows.
    pub fn rows(&self, contributor: usize) -> u32 {
        self.shards[contributor].rows.len() as u32
    }

    /// What the hostile claim: as many rows as anybody has.
    pub fn most_rows(&self) -> u32 {
        (0..self.contributors()).map(|i| self.rows(i)).max().unwrap_or(1)
    }

    /// Learn for `rounds` rounds.
    pub fn run(&self, case: &Case, rounds: u32) -> Result<Outcome> {
        let mut server = ServerOptimiser::new(&self.header, &case.pipeline, Weights::start(self.seed));
        let mut outcome = Outcome::default();
        for round in 1..=rounds {
            let played = server.play(self, case, round)?;
            outcome.refused += played.refused;
            outcome.aborted += u32::from(played.aborted);
            outcome
                .accuracies
                .push(plain::accuracy(server.weights(), &self.split.held_out));
        }
        Ok(outcome)
    }

    /// What a contributor learns in a round, from its digits or from 9 − digit.
    pub fn train(&self, base: &Weights, round: u32, contributor: usize, flipped: bool) -> Vec<f32> {
        let rows = &self.shards[contributor].rows;
        let purpose = Purpose::Training {
            round,
            contributor: contributor as u32,
        };
        match flipped {
            false => plain::train(base, rows, self.seed, purpose),
            true => plain::train(base, &flip(rows), self.seed, purpose),
        }
        .flat()
    }
}

fn flip(rows: &[Row]) -> Vec<Row> {
    let mut rows = rows.to_vec();
    rows.iter_mut().for_each(|row| row.digit = 9 - row.digit);
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use quorate_exact::Rule;

    fn run(rule: Rule, attack: Attack, rounds: u32) -> Outcome {
        let case = Case {
            pipeline: rule.into(),
            attack,
            hostile: 2,
        };
        Scene::new(10, 1).unwrap().run(&case, rounds).unwrap()
    }

    #[test]
    fn infinity_is_refused_at_the_door() {
        let outcome = run(Rule::Median, Attack::Infinity, 2);
        assert_eq!((outcome.refused, outcome.aborted), (4, 0));
        let absent = run(Rule::Median, Attack::Absent, 2);
        assert_eq!(outcome.accuracies, absent.accuracies);
    }

    #[test]
    fn the_mean_is_ruined_and_the_trimmed_mean_is_not() {
        let attack = Attack::Reversed { factor: -5.0 };
        let trimmed = Rule::TrimmedMean { trim_ppm: 200_000 };
        assert!(run(Rule::WeightedMean, attack, 4).accuracy() < 0.4);
        assert!(run(trimmed, attack, 4).accuracy() > 0.8);
    }

    #[test]
    fn the_same_seed_gives_the_same_run() {
        let attack = Attack::OptimalLittleIsEnough;
        assert_eq!(run(Rule::Median, attack, 2), run(Rule::Median, attack, 2));
    }

    #[test]
    fn a_rule_with_too_few_updates_aborts() {
        let outcome = run(Rule::Bulyan { f_ppm: 200_000 }, Attack::None, 2);
        assert_eq!((outcome.refused, outcome.aborted), (0, 2));
    }

    #[test]
    fn flipping_twice_changes_nothing() {
        let rows = data::load().unwrap();
        assert!(flip(&flip(&rows)) == rows);
        assert_eq!(flip(&rows)[0].digit, 9 - rows[0].digit);
    }
}
