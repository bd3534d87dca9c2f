//! The ten contributors of five organisations, two of them hostile.

use anyhow::Result;

use crate::{
    data::Split,
    network::Weights,
    partition::{partition, Shard, CONTRIBUTORS},
    seed::Purpose,
};

/// Organisations; contributors `2i` and `2i + 1` belong to organisation `i`.
pub const ORGANISATIONS: usize = CONTRIBUTORS / 2;
/// The organisation whose contributors are hostile.
pub const HOSTILE_ORGANISATION: usize = ORGANISATIONS - 1;
/// What the hostile multiply their honest delta with.
const HOSTILE_FACTOR: f32 = -5.0;

/// Everybody's rows.
pub struct Contributors {
    seed: u64,
    shards: Vec<Shard>,
}

/// What one contributor hands in.
pub struct Contribution {
    pub delta: Weights,
    pub weight: u32,
}

impl Contributors {
    pub fn new(split: &Split, seed: u64) -> Self {
        Self {
            seed,
            shards: partition(&split.train, CONTRIBUTORS, seed),
        }
    }

    pub fn is_hostile(contributor: usize) -> bool {
        contributor / 2 == HOSTILE_ORGANISATION
    }

    pub fn shard(&self, contributor: usize) -> &Shard {
        &self.shards[contributor]
    }

    /// Number of rows; of the hostile, the largest number that anybody has.
    pub fn claimed_rows(&self, contributor: usize) -> u32 {
        let own = self.shards[contributor].rows.len();
        let claimed = match Self::is_hostile(contributor) {
            true => self.shards.iter().map(|shard| shard.rows.len()).max().unwrap_or(own),
            false => own,
        };
        claimed as u32
    }

    /// Train on the own rows, from `base`; the hostile turn the result around.
    pub fn contribute(&self, base: &Weights, round: u32, contributor: usize) -> Result<Contribution> {
        let purpose = Purpose::Training {
            round,
            contributor: contributor as u32,
        };
        let mut delta = base.train(&self.shards[contributor].rows, self.seed, purpose)?;
        if Self::is_hostile(contributor) {
            delta.0.iter_mut().flatten().for_each(|x| *x *= HOSTILE_FACTOR);
        }
        Ok(Contribution {
            delta,
            weight: self.claimed_rows(contributor),
        })
    }
}
