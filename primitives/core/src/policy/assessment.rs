//! How a model's rounds are assessed: what a version must reach, and whether contributors are paid by what they improve.

use crate::{job::assess::MAX_SHARDS, ArtifactId, BlockNumber, Ppm, PPM};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::fmt;
use scale_info::TypeInfo;

/// Fewest suppliers of sealed shards: with three, of two foreign shards the lower median is the smaller one, and a poisoned shard would
/// leave anybody with nothing.
pub const MIN_SUPPLIERS: u32 = 4;
/// Fewest rows of a shard that a policy may ask for: measured contributions of two sets of so many differ by a few hundredths.
pub const MIN_SHARD_ROWS: u32 = 1_000;
/// Most rows of a shard.
pub const MAX_SHARD_ROWS: u32 = 1 << 20;

/// What is computed after a round's aggregation, on data that the round's contributors did not have.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Assessment {
    /// The program, with outputs `loss` and perhaps `correct`.
    pub program: ArtifactId,
    /// A public data set, for the gate alone.
    pub benchmark: Option<ArtifactId>,
    /// Most thousands of millions of operations of one round's assessment, which its owner pays for.
    pub operations: u64,
    /// What a version must reach before a round may stand on it.
    pub gate: Option<Gate>,
    /// Set where contributors are paid by what they improve on sealed shards.
    pub contribution: Option<Contribution>,
}

/// What a version must reach.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Gate {
    /// Most that the mean loss may grow from the base to the version, in units of 2^−20.
    pub max_increase: u32,
    /// Least part of the rows in which the model is right.
    pub min_correct: Ppm,
}

/// How contributions are measured.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Contribution {
    /// Fewest and most organisations that supply a shard.
    pub min_suppliers: u32,
    pub max_suppliers: u32,
    /// Fewest and most rows of a shard; of those that count there are at least the fewest.
    pub min_rows: u32,
    pub max_rows: u32,
    /// Most bytes of a shard's file.
    pub max_len: u64,
    /// Blocks in which shards are revealed, from the seal of the updates on, and in which votes on them may still arrive after that.
    pub reveal: BlockNumber,
    pub vote: BlockNumber,
    /// Whether weights that contributors claim count. They cannot be checked, and raise what is paid: otherwise every update has
    /// weight 1.
    pub claimed_weights: bool,
}

/// Why a policy's assessment cannot be used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AssessmentError {
    /// Neither a gate nor contributions are asked for.
    Nothing,
    /// A gate needs a benchmark where there are no shards.
    NoBenchmark,
    /// `operations` must be at least 1.
    Operations,
    /// `min_correct` has at most one million.
    Correct,
    /// 4 ≤ min_suppliers ≤ max_suppliers ≤ 16 does not hold.
    Suppliers,
    /// 1,000 ≤ min_rows ≤ max_rows ≤ 2^20 does not hold.
    Rows,
    /// A shard has at least one byte.
    Length,
    /// A phase is shorter than the runtime's minimum or longer than its maximum.
    Deadline,
    /// Claimed weights do not count: `max_weight` must be 1.
    Weights,
}

impl fmt::Display for AssessmentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("an assessment has a gate, a contribution, or both"),
            Self::NoBenchmark => f.write_str("a gate without sealed shards needs a benchmark"),
            Self::Operations => f.write_str("operations must be at least 1"),
            Self::Correct => write!(f, "min_correct has at most {PPM}"),
            Self::Suppliers => write!(
                f,
                "{MIN_SUPPLIERS} ≤ min_suppliers ≤ max_suppliers ≤ {MAX_SHARDS} does not hold"
            ),
            Self::Rows => write!(
                f,
                "{MIN_SHARD_ROWS} ≤ min_rows ≤ max_rows ≤ {MAX_SHARD_ROWS} does not hold"
            ),
            Self::Length => f.write_str("max_len must be at least 1"),
            Self::Deadline => write!(
                f,
                "revealing shards and votes on them last {} to {} blocks each",
                super::MIN_PHASE,
                super::MAX_PHASE
            ),
            Self::Weights => f.write_str("without claimed_weights every update has weight 1: set max_weight to 1"),
        }
    }
}

impl Assessment {
    /// Check every bound that does not depend on model and artifacts.
    ///
    /// # Errors
    /// As [`AssessmentError`] says.
    pub fn check(&self, max_weight: u32) -> Result<(), AssessmentError> {
        if self.gate.is_none() && self.contribution.is_none() {
            return Err(AssessmentError::Nothing);
        }
        if self.operations == 0 {
            return Err(AssessmentError::Operations);
        }
        if self.gate.is_some_and(|gate| gate.min_correct > PPM) {
            return Err(AssessmentError::Correct);
        }
        let Some(contribution) = &self.contribution else {
            return match self.benchmark {
                Some(_) => Ok(()),
                None => Err(AssessmentError::NoBenchmark),
            };
        };
        if !contribution.claimed_weights && max_weight != 1 {
            return Err(AssessmentError::Weights);
        }
        contribution.check()
    }
}

impl Contribution {
    fn check(&self) -> Result<(), AssessmentError> {
        let (fewest, most) = (self.min_suppliers, self.max_suppliers);
        if !(MIN_SUPPLIERS <= fewest && fewest <= most && most <= MAX_SHARDS) {
            return Err(AssessmentError::Suppliers);
        }
        let (fewest, most) = (self.min_rows, self.max_rows);
        if !(MIN_SHARD_ROWS <= fewest && fewest <= most && most <= MAX_SHARD_ROWS) {
            return Err(AssessmentError::Rows);
        }
        if self.max_len == 0 {
            return Err(AssessmentError::Length);
        }
        let phases = super::MIN_PHASE..=super::MAX_PHASE;
        if !phases.contains(&self.reveal) || !phases.contains(&self.vote) {
            return Err(AssessmentError::Deadline);
        }
        Ok(())
    }
}
