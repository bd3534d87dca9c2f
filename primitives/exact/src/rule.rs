//! What a round's rows become, and the limits on a round's inputs.

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
/// Most iterations of [`Rule::GeometricMedian`] and [`Rule::CentredClipping`].
pub const MAX_ITERATIONS: u8 = 64;
/// Most updates that [`Rule::MinimumDiameter`] may tolerate: the time of its search grows exponentially with them.
pub const MAX_DIAMETER_TOLERATED: u32 = 24;

/// How rows become one aggregate. Below, r rows come in and n updates were sealed; `f = f_ppm · n div 10^6`.
#[derive(Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen, Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(Serialize, Deserialize))]
pub enum Rule {
    /// `Σ w q / Σ w`, half to even.
    #[codec(index = 0)]
    WeightedMean,
    /// The middle one of r values; of even r the mean of the two middle ones, half to even. Weights do not count.
    #[codec(index = 1)]
    Median,
    /// The mean, half to even, of the r − 2f values that remain without the f lowest and the f highest. Weights do not
    /// count. (Yin et al., "Byzantine-Robust Distributed Learning", ICML 2018.)
    #[codec(index = 2)]
    TrimmedMean {
        /// `f` as a part of n, in parts per million, below 500,000.
        trim_ppm: u32,
    },
    /// The mean of the r − f values nearest to the median, coordinate by coordinate. (Xie, Koyejo, Gupta, "Generalized
    /// Byzantine-tolerant SGD", 2018.)
    #[codec(index = 3)]
    MeaMed {
        /// `f` as a part of n, in parts per million, below 500,000.
        f_ppm: u32,
    },
    /// The row nearest to its r − f − 2 nearest ones. (Blanchard et al., NeurIPS 2017.)
    #[codec(index = 4)]
    Krum {
        /// `f` as a part of n, in parts per million, below 500,000.
        f_ppm: u32,
    },
    /// The mean of the r − f best rows by Krum's measure. (Blanchard et al., NeurIPS 2017.)
    #[codec(index = 5)]
    MultiKrum {
        /// `f` as a part of n, in parts per million, below 500,000.
        f_ppm: u32,
    },
    /// Of r − 2f rows that Krum selects one after the other, coordinate by coordinate the mean of the r − 4f values nearest to
    /// the median. (El Mhamdi, Guerraoui, Rouault, ICML 2018.)
    #[codec(index = 6)]
    Bulyan {
        /// `f` as a part of n, in parts per million, below 500,000.
        f_ppm: u32,
    },
    /// The mean of the r − f rows of least diameter. (El Mhamdi et al., PODC 2020, after Rousseeuw, 1985.)
    #[codec(index = 7)]
    MinimumDiameter {
        /// `f` as a part of n, in parts per million; f itself at most [`MAX_DIAMETER_TOLERATED`].
        f_ppm: u32,
    },
    /// Smoothed Weiszfeld steps towards the geometric median. (Pillutla, Kakade, Harchaoui, 2022.)
    #[codec(index = 8)]
    GeometricMedian {
        /// Distances below `nu · 2^−16` count as this, at least 1.
        nu: u32,
        /// Steps, 1 to [`MAX_ITERATIONS`].
        iterations: u8,
    },
    /// Steps from 0, each the mean of the rows' differences from the last one, clipped. (Karimireddy, He, Jaggi, ICML 2021.)
    #[codec(index = 9)]
    CentredClipping {
        /// Longest difference, `tau · 2^−16`, at least 1.
        tau: u32,
        /// Steps, 1 to [`MAX_ITERATIONS`].
        iterations: u8,
    },
}

/// Which inner products of its rows a stage of a pipeline looks at.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Needs {
    /// None: it can be part of the same pass as the stage after it.
    Nothing,
    /// Each row's squared norm.
    Norms,
    /// All of them.
    Pairs,
}

/// Why a stage of a pipeline cannot be used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RuleError {
    /// A parameter is out of its range.
    Parameter {
        /// Its name.
        name: &'static str,
        /// As given.
        value: u32,
        /// Least value allowed.
        least: u32,
        /// Largest value allowed.
        most: u32,
    },
    /// Fewer rows than the stage needs.
    TooFewRows {
        /// Number of rows.
        rows: u32,
        /// Its minimum with this number of sealed updates.
        minimum: u32,
    },
    /// More than [`MAX_UPDATES`] rows.
    TooManyRows {
        /// Number of rows.
        rows: u32,
    },
    /// f is more than [`MAX_DIAMETER_TOLERATED`].
    TooManyTolerated {
        /// f as it follows from the number of updates.
        f: u32,
    },
    /// The number of weights is not the number of rows.
    WeightCount {
        /// Number of rows.
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
    /// Fewest updates, without a pre-aggregator, from which the rule forms an aggregate; `u32::MAX` if no number up to
    /// [`MAX_UPDATES`] is enough.
    ///
    /// As f grows with n in steps, a larger number may still be refused: a policy's whole range is checked by
    /// [`Pipeline::check_range`](crate::Pipeline::check_range).
    pub fn min_updates(&self) -> u32 {
        (1..=MAX_UPDATES)
            .find(|&n| self.check_updates(n).is_ok())
            .unwrap_or(u32::MAX)
    }

    /// `f` of a rule that takes one: how many of `n` sealed updates it tolerates.
    pub fn tolerated(&self, n: u32) -> Option<u32> {
        match *self {
            Self::TrimmedMean { trim_ppm: f_ppm }
            | Self::MeaMed { f_ppm }
            | Self::Krum { f_ppm }
            | Self::MultiKrum { f_ppm }
            | Self::Bulyan { f_ppm }
            | Self::MinimumDiameter { f_ppm } => Some(tolerated(f_ppm, n)),
            Self::WeightedMean | Self::Median | Self::GeometricMedian { .. } | Self::CentredClipping { .. } => None,
        }
    }

    /// How many of `rows` rows may be anything while the aggregate stays bounded, of a rule that takes no f but has a breakdown
    /// point: `⌊(rows − 1)/2⌋`, as fewer than half of its rows never decide where the others are. The mean has none.
    pub fn breakdown(&self, rows: u32) -> Option<u32> {
        match *self {
            Self::Median | Self::GeometricMedian { .. } | Self::CentredClipping { .. } => {
                Some(rows.saturating_sub(1) / 2)
            }
            Self::WeightedMean
            | Self::TrimmedMean { .. }
            | Self::MeaMed { .. }
            | Self::Krum { .. }
            | Self::MultiKrum { .. }
            | Self::Bulyan { .. }
            | Self::MinimumDiameter { .. } => None,
        }
    }

    /// [`Rule::tolerated`], 0 for a rule that takes no f.
    pub fn trim_count(&self, n: u32) -> u32 {
        self.tolerated(n).unwrap_or(0)
    }

    /// Fewest rows with which the rule works when `n` updates were sealed.
    pub fn min_rows(&self, n: u32) -> u32 {
        let f = self.trim_count(n);
        match self {
            Self::WeightedMean | Self::Median | Self::GeometricMedian { .. } | Self::CentredClipping { .. } => 1,
            Self::TrimmedMean { .. } | Self::MeaMed { .. } | Self::MinimumDiameter { .. } => {
                f.saturating_mul(2).saturating_add(1)
            }
            Self::Krum { .. } | Self::MultiKrum { .. } => f.saturating_mul(2).saturating_add(3),
            Self::Bulyan { .. } => f.saturating_mul(4).saturating_add(3),
        }
    }

    /// Which inner products it looks at.
    pub fn needs(&self) -> Needs {
        match self {
            Self::WeightedMean | Self::Median | Self::TrimmedMean { .. } | Self::MeaMed { .. } => Needs::Nothing,
            Self::Krum { .. }
            | Self::MultiKrum { .. }
            | Self::Bulyan { .. }
            | Self::MinimumDiameter { .. }
            | Self::GeometricMedian { .. }
            | Self::CentredClipping { .. } => Needs::Pairs,
        }
    }

    /// Whether the parameters are in their ranges.
    ///
    /// # Errors
    /// `Parameter`.
    pub fn check(&self) -> Result<(), RuleError> {
        match *self {
            Self::WeightedMean | Self::Median => Ok(()),
            Self::TrimmedMean { trim_ppm } => parameter("trim_ppm", trim_ppm, 0, PPM / 2 - 1),
            Self::MeaMed { f_ppm }
            | Self::Krum { f_ppm }
            | Self::MultiKrum { f_ppm }
            | Self::Bulyan { f_ppm }
            | Self::MinimumDiameter { f_ppm } => check_f(f_ppm),
            Self::GeometricMedian { nu, iterations } => {
                parameter("nu", nu, 1, u32::MAX)?;
                check_iterations(iterations)
            }
            Self::CentredClipping { tau, iterations } => {
                parameter("tau", tau, 1, u32::MAX)?;
                check_iterations(iterations)
            }
        }
    }

    /// [`Rule::check`], and whether the rule can aggregate `rows` rows when `n` updates were sealed.
    ///
    /// # Errors
    /// `Parameter`, `TooFewRows`, `TooManyRows`, `TooManyTolerated`.
    pub fn check_rows(&self, rows: u32, n: u32) -> Result<(), RuleError> {
        self.check()?;
        let f = self.trim_count(n);
        if matches!(self, Self::MinimumDiameter { .. }) && f > MAX_DIAMETER_TOLERATED {
            return Err(RuleError::TooManyTolerated { f });
        }
        check_count(rows, self.min_rows(n))
    }

    /// [`Rule::check_rows`] of the updates themselves.
    ///
    /// # Errors
    /// The same.
    pub fn check_updates(&self, n: u32) -> Result<(), RuleError> {
        self.check_rows(n, n)
    }
}

/// `f = f_ppm · n div 10^6`.
pub(crate) fn tolerated(f_ppm: u32, n: u32) -> u32 {
    let f = u64::from(f_ppm) * u64::from(n) / u64::from(PPM);
    u32::try_from(f).unwrap_or(u32::MAX)
}

pub(crate) fn check_f(f_ppm: u32) -> Result<(), RuleError> {
    parameter("f_ppm", f_ppm, 0, PPM / 2 - 1)
}

fn check_iterations(iterations: u8) -> Result<(), RuleError> {
    parameter("iterations", iterations.into(), 1, MAX_ITERATIONS.into())
}

pub(crate) fn check_count(rows: u32, minimum: u32) -> Result<(), RuleError> {
    match rows {
        _ if rows < minimum => Err(RuleError::TooFewRows { rows, minimum }),
        _ if rows > MAX_UPDATES => Err(RuleError::TooManyRows { rows }),
        _ => Ok(()),
    }
}

pub(crate) fn parameter(name: &'static str, value: u32, least: u32, most: u32) -> Result<(), RuleError> {
    match (least..=most).contains(&value) {
        true => Ok(()),
        false => Err(RuleError::Parameter {
            name,
            value,
            least,
            most,
        }),
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
            Self::Parameter {
                name,
                value,
                least,
                most,
            } => write!(f, "{name} is {value}; it must be in {least}..={most}"),
            Self::TooFewRows { rows, minimum } => write!(
                f,
                "{rows} rows; at least {minimum} are needed: ask for more updates, or tolerate fewer"
            ),
            Self::TooManyRows { rows } => write!(f, "{rows} rows; at most {MAX_UPDATES} fit in a round"),
            Self::TooManyTolerated { f: tolerated } => write!(
                f,
                "f is {tolerated}; minimum diameter averaging tolerates at most {MAX_DIAMETER_TOLERATED}: lower f_ppm or \
                 max_updates"
            ),
            Self::WeightCount { expected, got } => write!(f, "{got} weights for {expected} updates"),
            Self::Weight { index, weight } => {
                write!(f, "weight {weight} of update {index} is outside 1..={MAX_WEIGHT}")
            }
        }
    }
}

impl core::error::Error for RuleError {}
