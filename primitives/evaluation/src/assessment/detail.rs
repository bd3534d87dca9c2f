//! The blob behind an assessment's outcome.

use alloc::vec::Vec;
use core::fmt;

use codec::{Decode, DecodeAll, Encode};
use quorate_exact::rule::{MAX_UPDATES, PPM};

use crate::Tally;

/// Version of the layout. No detail of an aggregation begins so.
const VERSION: u8 = 129;
/// Place of the benchmark among the sets.
pub const BENCHMARK: u8 = u8::MAX;
/// A benchmark and sixteen shards.
pub const MAX_SETS: usize = 17;

/// What an assessment found out. Its SCALE encoding is the blob.
#[derive(Encode, Decode, Clone, PartialEq, Eq, Debug)]
pub struct AssessmentDetail {
    pub(super) version: u8,
    /// The sets that count: the benchmark first, then shards in their order.
    pub sets: Vec<SetRecord>,
    /// Ascending by organisation; none without scores.
    pub players: Vec<PlayerRecord>,
    /// Sums of losses with all players' shares, for each shard that counts; none without scores.
    pub all: Vec<i64>,
    /// In parts per million, one for each update in the sealed order; none without scores.
    pub scores: Vec<u32>,
    /// The selection weights of the aggregation's rule: one for each update, or none.
    pub selection: Vec<u32>,
}

/// A data set that counts.
#[derive(Encode, Decode, Clone, Copy, PartialEq, Eq, Debug)]
pub struct SetRecord {
    /// [`BENCHMARK`], or the number of the shard.
    pub place: u8,
    /// All its rows.
    pub rows: u64,
    /// Those that count: the sums are over them.
    pub counted: u64,
    /// With the base.
    pub before: Sums,
    /// With the version.
    pub after: Sums,
}

/// Sums over rows.
#[derive(Encode, Decode, Clone, Copy, PartialEq, Eq, Debug)]
pub struct Sums {
    /// Losses, in units of 2^−20.
    pub loss: i64,
    /// Rows in which the model was right.
    pub correct: u64,
    /// Rows that ended in a fault.
    pub faults: u64,
}

/// An organisation.
#[derive(Encode, Decode, Clone, PartialEq, Eq, Debug)]
pub struct PlayerRecord {
    /// Its number.
    pub organisation: u32,
    /// The largest weight of its updates.
    pub weight: u32,
    /// The squared norm of its row.
    pub norm: u128,
    /// What shortens its row, of 2^31.
    pub lambda: u32,
    /// What is added of its row, of 2^31.
    pub share: u32,
    /// 1 − cos² of its row and the previous aggregate, of 2^31.
    pub factor: u32,
    /// φ: how much of the mean loss it takes away, twice, in units of 2^−36.
    pub value: i64,
    /// Sums of losses for each shard that counts: with its share alone, and with all but its share.
    pub losses: Vec<(i64, i64)>,
}

/// Why a blob is no detail of an assessment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AssessmentDetailError {
    /// The bytes are not its SCALE encoding, or go on after it.
    Encoding,
    /// Another version of the layout.
    Version {
        /// The version found.
        got: u8,
    },
    /// No sets or more than 17, or more players or scores than a round has updates.
    TooMany,
    /// A score above 1,000,000.
    Score {
        /// Number of the update.
        index: usize,
    },
    /// Lists that do not have the lengths of each other.
    Lengths,
}

impl From<Tally> for Sums {
    fn from(tally: Tally) -> Self {
        Self {
            loss: tally.loss,
            correct: tally.correct,
            faults: tally.faults,
        }
    }
}

impl AssessmentDetail {
    /// What was found of the data sets alone.
    pub fn of(sets: Vec<SetRecord>) -> Self {
        Self {
            version: VERSION,
            sets,
            players: Vec::new(),
            all: Vec::new(),
            scores: Vec::new(),
            selection: Vec::new(),
        }
    }

    /// The bytes of the blob.
    pub fn encode(&self) -> Vec<u8> {
        Encode::encode(self)
    }

    /// Whether a blob begins as this one, and not as the detail of an aggregation.
    pub fn begins(blob: &[u8]) -> bool {
        blob.first() == Some(&VERSION)
    }

    /// Reads a blob and checks that its parts fit together; not that they are right.
    ///
    /// # Errors
    /// As [`AssessmentDetailError`] says.
    pub fn decode(mut bytes: &[u8]) -> Result<Self, AssessmentDetailError> {
        let detail = <Self as DecodeAll>::decode_all(&mut bytes).map_err(|_| AssessmentDetailError::Encoding)?;
        detail.check().map(|()| detail)
    }

    /// Bit i for the i-th shard, if it counts.
    pub fn counted(&self) -> u32 {
        let bit = |set: &SetRecord| 1u32.checked_shl(set.place.into()).unwrap_or(0);
        self.sets.iter().map(bit).fold(0, |all, bit| all | bit)
    }

    fn check(&self) -> Result<(), AssessmentDetailError> {
        let most = MAX_UPDATES as usize;
        let scores = self.scores.len();
        let scored = scores > 0;
        if self.version != VERSION {
            return Err(AssessmentDetailError::Version { got: self.version });
        }
        if !(1..=MAX_SETS).contains(&self.sets.len()) || self.players.len() > most || scores > most {
            return Err(AssessmentDetailError::TooMany);
        }
        if let Some(index) = self.scores.iter().position(|&score| score > PPM) {
            return Err(AssessmentDetailError::Score { index });
        }
        let shards = self.sets.iter().filter(|set| set.place != BENCHMARK).count();
        let differ = ![0, scores].contains(&self.selection.len())
            || self.players.is_empty() == scored
            || self.all.len() != if scored { shards } else { 0 }
            || self.players.iter().any(|player| player.losses.len() != shards);
        match differ {
            true => Err(AssessmentDetailError::Lengths),
            false => Ok(()),
        }
    }
}

impl fmt::Display for AssessmentDetailError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Encoding => f.write_str("the blob is not the SCALE encoding of an assessment's detail"),
            Self::Version { got } => write!(f, "version {got} of an assessment's detail; only {VERSION} is known"),
            Self::TooMany => f.write_str("no data sets, or more sets, players or scores than there can be"),
            Self::Score { index } => write!(f, "the score of update {index} exceeds {PPM}"),
            Self::Lengths => f.write_str("the lists of an assessment's detail do not fit each other"),
        }
    }
}

impl core::error::Error for AssessmentDetailError {}
