//! Who learns what from where.

use anyhow::Result;
use quorate_digits_task::{
    data::{self, Row, Split},
    file::header,
    network::Weights,
    partition::{partition, Shard},
    plain,
    seed::Purpose,
};
use quorate_exact::ModelHeader;

/// The data of one seed, dealt out. The same contributors take part in every case; the case decides which are hostile.
pub struct Scene {
    pub seed: u64,
    pub header: ModelHeader,
    split: Split,
    shards: Vec<Shard>,
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

    /// Rows that nobody learns from.
    pub fn held_out(&self) -> &[Row] {
        &self.split.held_out
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

    #[test]
    fn flipping_twice_should_change_nothing() {
        let rows = data::load().unwrap();
        assert!(flip(&flip(&rows)) == rows);
        assert_eq!(flip(&rows)[0].digit, 9 - rows[0].digit);
    }
}
