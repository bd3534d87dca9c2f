//! The aggregation rules over grid integers: one column is one coordinate of all updates, in the order of their indices.
//!
//! Only the rules that choose by coordinate are here.

use alloc::vec::Vec;
use core::fmt;

use crate::{
    combine::around_median,
    grid::div_half_even,
    rule::{check_weights, count, Needs, Rule, RuleError},
};

/// Why there is no aggregate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AggregateError {
    /// The rule, the number of updates or their weights are not allowed.
    Rule(RuleError),
    /// Σ w is 0 or 2^32 or more.
    WeightSum,
    /// The rule looks at whole rows: no coordinate has an aggregate by itself.
    NotByCoordinate,
    /// A row has not as many values as the output.
    RowLength {
        /// Index of the row.
        row: u32,
        /// Length of the output.
        expected: u64,
        /// Length of the row.
        got: u64,
    },
}

impl From<RuleError> for AggregateError {
    fn from(error: RuleError) -> Self {
        Self::Rule(error)
    }
}

/// The aggregate of one coordinate. `column` holds n grid integers and comes back in any order; `weights` are read by
/// [`Rule::WeightedMean`] only, the other rules accept any.
///
/// # Errors
/// As [`AggregateError`] says, `RowLength` apart.
pub fn aggregate_column(rule: &Rule, column: &mut [i32], weights: &[u32]) -> Result<i32, AggregateError> {
    check(rule, column.len(), weights)?;
    aggregate_checked(rule, column, weights)
}

/// The aggregate of many coordinates: `rows[i][k]` is coordinate k of update i, `out[k]` its aggregate.
///
/// # Errors
/// As [`AggregateError`] says; `out` is then unspecified.
pub fn aggregate_tile(rule: &Rule, rows: &[&[i32]], weights: &[u32], out: &mut [i32]) -> Result<(), AggregateError> {
    check(rule, rows.len(), weights)?;
    if let Some(row) = rows.iter().position(|row| row.len() != out.len()) {
        let got = rows.get(row).map_or(0, |row| row.len());
        return Err(AggregateError::RowLength {
            row: count(row),
            expected: out.len() as u64,
            got: got as u64,
        });
    }
    let mut column = Vec::with_capacity(rows.len());
    for (k, value) in out.iter_mut().enumerate() {
        column.clear();
        column.extend(rows.iter().filter_map(|row| row.get(k)));
        *value = aggregate_checked(rule, &mut column, weights)?;
    }
    Ok(())
}

/// `Σ c_i q_i / Σ c_i`, half to even, with weights that may be 0 (not selected): the kernel that every rule which ends in
/// integer weights feeds.
///
/// |Σ c q| < 2^63 for every i32 because Σ c < 2^32.
///
/// # Errors
/// `Rule(WeightCount)`; `WeightSum` unless 0 < Σ c < 2^32.
pub fn weighted_mean(column: &[i32], weights: &[u32]) -> Result<i32, AggregateError> {
    if column.len() != weights.len() {
        return Err(RuleError::WeightCount {
            expected: count(column.len()),
            got: count(weights.len()),
        }
        .into());
    }
    let total = weights
        .iter()
        .try_fold(0u32, |sum, &w| sum.checked_add(w))
        .ok_or(AggregateError::WeightSum)?;
    let sum: i64 = column
        .iter()
        .zip(weights)
        .map(|(&q, &w)| i64::from(q) * i64::from(w))
        .sum();
    mean(sum, total)
}

fn check(rule: &Rule, n: usize, weights: &[u32]) -> Result<(), AggregateError> {
    rule.check_updates(count(n))?;
    if rule.needs() != Needs::Nothing {
        return Err(AggregateError::NotByCoordinate);
    }
    if *rule == Rule::WeightedMean {
        check_weights(weights, n)?;
    }
    Ok(())
}

fn aggregate_checked(rule: &Rule, column: &mut [i32], weights: &[u32]) -> Result<i32, AggregateError> {
    let n = column.len();
    match rule {
        Rule::WeightedMean => weighted_mean(column, weights),
        Rule::Median => middle(column, n.saturating_sub(1) / 2),
        Rule::TrimmedMean { .. } => middle(column, rule.trim_count(count(n)) as usize),
        Rule::MeaMed { .. } => around_median(column.to_vec(), n.saturating_sub(rule.trim_count(count(n)) as usize))
            .ok_or(AggregateError::WeightSum),
        _ => Err(AggregateError::NotByCoordinate),
    }
}

/// The mean of what remains of the sorted column without `f` values at either end.
fn middle(column: &mut [i32], f: usize) -> Result<i32, AggregateError> {
    column.sort_unstable();
    let kept = column.get(f..column.len().saturating_sub(f)).unwrap_or(&[]);
    mean(kept.iter().map(|&q| i64::from(q)).sum(), count(kept.len()))
}

/// A mean lies between the extremes of what it averages, hence in i32.
fn mean(sum: i64, total: u32) -> Result<i32, AggregateError> {
    let mean = div_half_even(sum, total).ok_or(AggregateError::WeightSum)?;
    i32::try_from(mean).map_err(|_| AggregateError::WeightSum)
}

impl fmt::Display for AggregateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rule(error) => error.fmt(f),
            Self::NotByCoordinate => {
                f.write_str("the rule chooses whole rows by their inner products: decide first, then combine")
            }
            Self::WeightSum => f.write_str("the weights sum to 0 or to 2^32 or more"),
            Self::RowLength { row, expected, got } => {
                write!(f, "row {row} has {got} values; {expected} were expected")
            }
        }
    }
}

impl core::error::Error for AggregateError {}
