//! What a policy does with a round's updates: up to two pre-aggregators, a rule, a server optimiser.

use core::fmt;

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
#[cfg(feature = "serde")]
use serde::{Deserialize, Serialize};

use crate::{
    optimiser::ServerOptimiser,
    pre::PreAggregator,
    rule::{Needs, Rule, RuleError, MAX_UPDATES},
};

/// The pre-aggregators of a pipeline, in their order.
#[derive(Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen, Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(Serialize, Deserialize))]
pub enum PreAggregation {
    /// None: the rule sees the updates.
    #[codec(index = 0)]
    None,
    /// One.
    #[codec(index = 1)]
    One(PreAggregator),
    /// The first one's rows go through the second one.
    #[codec(index = 2)]
    Two(PreAggregator, PreAggregator),
}

/// What becomes of a round's updates.
#[derive(Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen, Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(Serialize, Deserialize))]
pub struct Pipeline {
    /// Rows from rows.
    pub pre: PreAggregation,
    /// One aggregate from rows.
    pub rule: Rule,
    /// A new version from the aggregate.
    pub server: ServerOptimiser,
}

/// A part of a pipeline, for messages.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    /// The first (0) or second (1) pre-aggregator.
    Pre(u8),
    /// The rule.
    Rule,
    /// The server optimiser.
    ServerOptimiser,
}

/// Why a pipeline cannot be used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PipelineError {
    /// No updates, or more than [`MAX_UPDATES`].
    Updates {
        /// Their number.
        n: u32,
    },
    /// The least number of updates is above the largest.
    Range {
        /// Least number.
        min: u32,
        /// Largest number.
        max: u32,
    },
    /// One part is wrong for every number of updates.
    Parameter {
        /// The part.
        part: Part,
        /// What is wrong.
        error: RuleError,
    },
    /// One part cannot work with this number of updates.
    Rows {
        /// Number of sealed updates.
        n: u32,
        /// The part.
        part: Part,
        /// Why not.
        error: RuleError,
    },
}

impl PreAggregation {
    /// The pre-aggregators in their order.
    pub fn stages(&self) -> impl Iterator<Item = PreAggregator> + '_ {
        let (first, second) = match *self {
            Self::None => (None, None),
            Self::One(a) => (Some(a), None),
            Self::Two(a, b) => (Some(a), Some(b)),
        };
        first.into_iter().chain(second)
    }
}

impl From<Rule> for Pipeline {
    /// The rule alone, its aggregate added.
    fn from(rule: Rule) -> Self {
        Self {
            pre: PreAggregation::None,
            rule,
            server: ServerOptimiser::Plain,
        }
    }
}

impl Pipeline {
    /// Whether all parameters are in their ranges.
    ///
    /// # Errors
    /// `Parameter`.
    pub fn check(&self) -> Result<(), PipelineError> {
        for (stage, pre) in (0..).zip(self.pre.stages()) {
            pre.check().map_err(parameter(Part::Pre(stage)))?;
        }
        self.rule.check().map_err(parameter(Part::Rule))?;
        self.server.check().map_err(parameter(Part::ServerOptimiser))
    }

    /// [`Pipeline::check`], and whether it can run with `n` sealed updates.
    ///
    /// # Errors
    /// `Parameter`, `Updates`, `Rows`.
    pub fn check_updates(&self, n: u32) -> Result<(), PipelineError> {
        self.check()?;
        self.check_counts(n)
    }

    /// [`Pipeline::check_updates`] of every number from `min` to `max`: at most 1,024 × 3 comparisons.
    ///
    /// # Errors
    /// `Parameter`, `Range`, `Updates`, and `Rows` of the first number that fails.
    pub fn check_range(&self, min: u32, max: u32) -> Result<(), PipelineError> {
        self.check()?;
        if min > max {
            return Err(PipelineError::Range { min, max });
        }
        if let Some(n) = [min, max].into_iter().find(|n| !(1..=MAX_UPDATES).contains(n)) {
            return Err(PipelineError::Updates { n });
        }
        (min..=max).try_for_each(|n| self.check_counts(n))
    }

    /// How many of `n` sealed updates the pipeline tolerates: the smallest f of the stages that take one, and the
    /// [breakdown](Rule::breakdown) of a rule that takes none but has one, of the rows that reach it. (One update spoils at most
    /// one row of each pre-aggregator without an f.) `None` if nothing limits how many updates may be faulty: the mean, without a
    /// pre-aggregator that takes an f. Never falls when n grows. What one organisation may have in a round is capped by it.
    pub fn tolerated(&self, n: u32) -> Option<u32> {
        let rows = self.pre.stages().fold(n, |rows, pre| pre.rows_after(rows));
        let rule = self.rule.tolerated(n).or_else(|| self.rule.breakdown(rows));
        let pre = self.pre.stages().filter_map(|pre| pre.tolerated(n));
        pre.chain(rule).min()
    }

    /// Fewest updates with which it can run; `u32::MAX` if there is no such number. A larger number may still be refused,
    /// see [`Pipeline::check_range`].
    pub fn min_updates(&self) -> u32 {
        (1..=MAX_UPDATES)
            .find(|&n| self.check_updates(n).is_ok())
            .unwrap_or(u32::MAX)
    }

    /// Whether the round's products hold those of pairs of updates: exactly if the first stage looks at pairs.
    pub fn first_stage_pairs(&self) -> bool {
        let first = self.pre.stages().next().map(|pre| pre.needs());
        first.unwrap_or_else(|| self.rule.needs()) == Needs::Pairs
    }

    fn check_counts(&self, n: u32) -> Result<(), PipelineError> {
        if !(1..=MAX_UPDATES).contains(&n) {
            return Err(PipelineError::Updates { n });
        }
        let at = |part| move |error| PipelineError::Rows { n, part, error };
        let mut rows = n;
        for (stage, pre) in (0..).zip(self.pre.stages()) {
            pre.check_rows(rows, n).map_err(at(Part::Pre(stage)))?;
            rows = pre.rows_after(rows);
        }
        self.rule.check_rows(rows, n).map_err(at(Part::Rule))
    }
}

fn parameter(part: Part) -> impl Fn(RuleError) -> PipelineError {
    move |error| PipelineError::Parameter { part, error }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pre(0) => f.write_str("first pre-aggregator"),
            Self::Pre(_) => f.write_str("second pre-aggregator"),
            Self::Rule => f.write_str("rule"),
            Self::ServerOptimiser => f.write_str("server optimiser"),
        }
    }
}

impl fmt::Display for PipelineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Updates { n } => write!(f, "{n} updates; a round has 1 to {MAX_UPDATES}"),
            Self::Range { min, max } => write!(f, "at least {min} updates but at most {max}: raise max_updates"),
            Self::Parameter { part, error } => write!(f, "{part}: {error}"),
            Self::Rows { n, part, error } => write!(f, "with {n} updates, {part}: {error}"),
        }
    }
}

impl core::error::Error for PipelineError {}
