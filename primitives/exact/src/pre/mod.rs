//! Pre-aggregators: new rows from old ones, before the rule sees them.

mod bucketing;
mod clip;
mod nnm;

pub use bucketing::permutation;

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
#[cfg(feature = "serde")]
use serde::{Deserialize, Serialize};

use crate::{
    row_map::RowMap,
    rule::{check_count, check_f, parameter, tolerated, Needs, RuleError},
    stage::{Context, DecideError, StageProducts},
};

/// What is done with the rows before the rule. Below, r rows come in and n updates were sealed; `f = f_ppm · n div 10^6`.
#[derive(Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen, Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(Serialize, Deserialize))]
pub enum PreAggregator {
    /// Rows longer than a bound are shortened to it. (Sun et al., "Can You Really Backdoor Federated Learning?", 2019.)
    #[codec(index = 0)]
    Clip {
        /// The bound, `tau · 2^−16`, at least 1.
        tau: u32,
    },
    /// Clips to a bound that follows from the rows: the norm of the row after the `2f(r − f) div r` longest. (Allouah et al.,
    /// "Adaptive Gradient Clipping for Robust Federated Learning", 2024.)
    #[codec(index = 1)]
    Arc {
        /// `f` as a part of n, in parts per million, below 500,000.
        f_ppm: u32,
    },
    /// Each row becomes the mean of its r − f nearest ones. (Allouah et al., AISTATS 2023.)
    #[codec(index = 2)]
    Nnm {
        /// `f` as a part of n, in parts per million, below 500,000.
        f_ppm: u32,
    },
    /// Rows in a random order become means of `size` of them. (Karimireddy, He, Jaggi, ICLR 2022.)
    #[codec(index = 3)]
    Bucketing {
        /// Rows in a bucket, 1 to r.
        size: u32,
    },
}

/// What a pre-aggregator decided: how the new rows of `train` and of `stat` tensors follow from the old ones.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StageMap {
    /// Of `train` tensors.
    pub train: RowMap,
    /// Of `stat` tensors.
    pub stat: RowMap,
}

impl PreAggregator {
    /// What it does with `rows` rows that have these inner products; `stage` is 0 for the first pre-aggregator of the
    /// pipeline, 1 for the second.
    ///
    /// # Errors
    /// As [`DecideError`] says.
    pub fn apply(
        &self,
        stage: u8,
        rows: u32,
        products: &StageProducts,
        context: &Context,
    ) -> Result<StageMap, DecideError> {
        self.check_rows(rows, context.sealed)?;
        let lengthwise = |train| StageMap {
            train,
            stat: RowMap::identity(rows),
        };
        let both = |map: RowMap| StageMap {
            train: map.clone(),
            stat: map,
        };
        let f = self.tolerated(context.sealed).unwrap_or(0);
        Ok(match *self {
            Self::Clip { tau } => lengthwise(clip::clip(&products.norms(rows)?, context.radius(tau))),
            Self::Arc { .. } => lengthwise(clip::arc(&products.norms(rows)?, f)),
            Self::Nnm { .. } => both(nnm::nnm(products.gram(rows)?, f)),
            Self::Bucketing { size } => both(bucketing::bucketing(rows, size, &context.seed, stage)),
        })
    }

    /// `f` of one that takes it: how many of `n` sealed updates it tolerates.
    pub fn tolerated(&self, n: u32) -> Option<u32> {
        match *self {
            Self::Arc { f_ppm } | Self::Nnm { f_ppm } => Some(tolerated(f_ppm, n)),
            Self::Clip { .. } | Self::Bucketing { .. } => None,
        }
    }

    /// Fewest rows with which it works when `n` updates were sealed.
    pub fn min_rows(&self, n: u32) -> u32 {
        match *self {
            Self::Clip { .. } => 1,
            Self::Arc { f_ppm } | Self::Nnm { f_ppm } => tolerated(f_ppm, n).saturating_mul(2).saturating_add(1),
            Self::Bucketing { size } => size,
        }
    }

    /// How many rows come out where `rows` come in.
    pub fn rows_after(&self, rows: u32) -> u32 {
        match *self {
            Self::Bucketing { size } => rows.div_ceil(size.max(1)),
            Self::Clip { .. } | Self::Arc { .. } | Self::Nnm { .. } => rows,
        }
    }

    /// Which inner products it looks at.
    pub fn needs(&self) -> Needs {
        match self {
            Self::Bucketing { .. } => Needs::Nothing,
            Self::Clip { .. } | Self::Arc { .. } => Needs::Norms,
            Self::Nnm { .. } => Needs::Pairs,
        }
    }

    /// Whether its new rows are mixtures of updates: then weights become 1, and no update has a selection weight.
    pub fn mixes(&self) -> bool {
        matches!(self, Self::Nnm { .. } | Self::Bucketing { .. })
    }

    /// Whether the parameters are in their ranges.
    ///
    /// # Errors
    /// `Parameter`.
    pub fn check(&self) -> Result<(), RuleError> {
        match *self {
            Self::Clip { tau } => parameter("tau", tau, 1, u32::MAX),
            Self::Arc { f_ppm } | Self::Nnm { f_ppm } => check_f(f_ppm),
            Self::Bucketing { size } => parameter("size", size, 1, u32::MAX),
        }
    }

    /// [`PreAggregator::check`], and whether it works on `rows` rows when `n` updates were sealed.
    ///
    /// # Errors
    /// `Parameter`, `TooFewRows`, `TooManyRows`.
    pub fn check_rows(&self, rows: u32, n: u32) -> Result<(), RuleError> {
        self.check()?;
        check_count(rows, self.min_rows(n))
    }
}
