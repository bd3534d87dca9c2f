//! Which aggregate a round forms, and the limits on its inputs.

use core::fmt;

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
#[cfg(feature = "serde")]
use serde::{Deserialize, Serialize};

/// Largest number of updates in a round.
pub const MAX_UPDATES: u32 = 1024;
/// Largest weight of one update: 1,024 of them sum to 2^30, so that every weighted sum of grid integers fits i64.
pub const MAX_WEIGHT: u32 = 1 << 20;
/// Parts per million in one.
pub const PPM: u32 = 1_000_000;

/// How the updates of a round become one aggregate, coordinate by coordinate.
#[derive(Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen, Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(Serialize, Deserialize))]
pub enum Rule {
    /// `Σ w q / Σ w`, half to even.
    #[codec(index = 0)]
    WeightedMean,
    /// The middle one of n values; of even n the mean of the two middle ones, half to even. Weights do not count.
    #[codec(index = 1)]
    Median,
    /// The mean, half to even, of the n − 2f values that remain without the f lowest and the f highest. Weights do not
    /// count. (Yin et al., "Byzantine-Robust Distributed Learning", ICML 2018.)
    #[codec(index = 2)]
    TrimmedMean {
        /// `f` as a part of n, in parts per million, below 500,000.
        trim_ppm: u32,
    },
}

/// Why a rule cannot be used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RuleError {
    /// `trim_ppm` is 500,000 or more: nothing would remain.
    TrimTooLarge {
        /// The parameter as given.
        trim_ppm: u32,
    },
    /// Fewer updates than the rule needs.
    TooFewUpdates {
        /// Number of updates.
        n: u32,
        /// The rule's minimum.
        minimum: u32,
    },
    /// More than [`MAX_UPDATES`] updates.
    TooManyUpdates {
        /// Number of updates.
        n: u32,
    },
    /// The number of weights is not the number of updates.
    WeightCount {
        /// Number of updates.
        expected: u32,
        /// Number of weights.
        got: u32,
    },
    /// A weight outside 1..=[`MAX_WEIGHT`].
    Weight {
        /// Index of the update.
        index: u32,
        /// Its weight.
        weight: u32,
    },
}

impl Rule {
    /// Fewest updates from which the rule forms an aggregate.
    ///
    /// One for all three: `trim_ppm < 500,000` implies `n > 2f`. A policy that wants protection from a liar has to ask for
    /// more, see [`Rule::trim_count`].
    pub fn min_updates(&self) -> u32 {
        match self {
            Self::WeightedMean | Self::Median | Self::TrimmedMean { .. } => 1,
        }
    }

    /// `f = floor(trim_ppm · n / 10^6)`: the values left out at either end. 0 for a rule that does not trim.
    pub fn trim_count(&self, n: u32) -> u32 {
        match self {
            Self::WeightedMean | Self::Median => 0,
            Self::TrimmedMean { trim_ppm } => {
                let f = u64::from(*trim_ppm) * u64::from(n) / u64::from(PPM);
                u32::try_from(f).unwrap_or(u32::MAX)
            }
        }
    }

    /// Whether the parameters make sense for every number of updates.
    ///
    /// # Errors
    /// `TrimTooLarge`.
    pub fn check(&self) -> Result<(), RuleError> {
        match self {
            Self::TrimmedMean { trim_ppm } if *trim_ppm >= PPM / 2 => {
                Err(RuleError::TrimTooLarge { trim_ppm: *trim_ppm })
            }
            _ => Ok(()),
        }
    }

    /// [`Rule::check`], and whether the rule can aggregate `n` updates.
    ///
    /// # Errors
    /// `TrimTooLarge`, `TooFewUpdates`, `TooManyUpdates`.
    pub fn check_updates(&self, n: u32) -> Result<(), RuleError> {
        self.check()?;
        let minimum = self.min_updates();
        if n < minimum {
            return Err(RuleError::TooFewUpdates { n, minimum });
        }
        if n > MAX_UPDATES {
            return Err(RuleError::TooManyUpdates { n });
        }
        Ok(())
    }
}

/// Whether `weights` are one per update, each in 1..=[`MAX_WEIGHT`].
///
/// # Errors
/// `WeightCount`, `Weight`.
pub fn check_weights(weights: &[u32], updates: usize) -> Result<(), RuleError> {
    if weights.len() != updates {
        return Err(RuleError::WeightCount {
            expected: count(updates),
            got: count(weights.len()),
        });
    }
    match weights.iter().position(|&w| w == 0 || w > MAX_WEIGHT) {
        Some(index) => Err(RuleError::Weight {
            index: count(index),
            weight: weights.get(index).copied().unwrap_or(0),
        }),
        None => Ok(()),
    }
}

/// A length as u32, at most `u32::MAX`.
pub(crate) fn count(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

impl fmt::Display for RuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TrimTooLarge { trim_ppm } => write!(f, "trim_ppm is {trim_ppm}; it must be below 500000"),
            Self::TooFewUpdates { n, minimum } => write!(f, "{n} updates; the rule needs at least {minimum}"),
            Self::TooManyUpdates { n } => write!(f, "{n} updates; at most {MAX_UPDATES} fit in a round"),
            Self::WeightCount { expected, got } => write!(f, "{got} weights for {expected} updates"),
            Self::Weight { index, weight } => {
                write!(f, "weight {weight} of update {index} is outside 1..={MAX_WEIGHT}")
            }
        }
    }
}

impl core::error::Error for RuleError {}
