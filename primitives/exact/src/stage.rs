//! What a stage of a pipeline is given to decide from, and why it may not come to a decision.

use alloc::vec::Vec;
use core::fmt;

use crate::{
    gram::{Gram, GramError},
    grid::Scale,
    hash::Root,
    rule::{count, Needs, RuleError},
};

/// What all stages of a round share.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Context {
    /// Number of sealed updates, from which every f follows.
    pub sealed: u32,
    /// The largest scale of the model's `train` tensors: the grid of the products.
    pub s_max: Scale,
    /// The job's seed.
    pub seed: Root,
}

impl Context {
    /// A length `x · 2^−16` on the grid of the products: `max(1, ⌊x · 2^(s_max − 16)⌋)`, below 2^56.
    pub fn radius(&self, x: u32) -> u64 {
        let up = i32::from(self.s_max) - 16;
        let length = match u32::try_from(up) {
            Ok(up) => u64::from(x).checked_shl(up).unwrap_or(0),
            Err(_) => u64::from(x).checked_shr(up.unsigned_abs()).unwrap_or(0),
        };
        length.max(1)
    }
}

/// The inner products of the rows that a stage is given, as far as it [`Needs`] them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum StageProducts {
    /// None.
    Nothing,
    /// The squared norm of each row.
    Norms(Vec<i128>),
    /// All of them.
    Pairs(Gram),
}

impl StageProducts {
    /// The products of rows of `train` tensors, given as `(shift, rows)` for each tensor, where `shift = s_max − s`.
    ///
    /// # Errors
    /// As [`Gram::add_tile`].
    pub fn of(needs: Needs, tensors: &[(u32, Vec<&[i32]>)]) -> Result<Self, GramError> {
        let n = tensors.first().map_or(0, |(_, rows)| rows.len());
        match needs {
            Needs::Nothing => Ok(Self::Nothing),
            Needs::Norms => (0..n)
                .map(|i| norm(tensors, i))
                .collect::<Result<_, _>>()
                .map(Self::Norms),
            Needs::Pairs => {
                let mut gram = Gram::new(n)?;
                for (shift, rows) in tensors {
                    gram.add_tile(rows, *shift)?;
                }
                Ok(Self::Pairs(gram))
            }
        }
    }

    /// The squared norms of `rows` rows.
    pub(crate) fn norms(&self, rows: u32) -> Result<Vec<u128>, DecideError> {
        let norms = match self {
            Self::Nothing => return Err(DecideError::ProductsMissing),
            Self::Norms(norms) => norms.clone(),
            Self::Pairs(gram) => gram.norms(),
        };
        check_rows(rows, norms.len())?;
        let checked = norms.iter().enumerate();
        checked
            .map(|(row, &norm)| u128::try_from(norm).map_err(|_| DecideError::NotAGram { row: count(row) }))
            .collect()
    }

    /// The matrix of `rows` rows, every norm and distance of which is one of some rows.
    pub(crate) fn gram(&self, rows: u32) -> Result<&Gram, DecideError> {
        let Self::Pairs(gram) = self else {
            return Err(DecideError::ProductsMissing);
        };
        check_rows(rows, gram.n())?;
        for i in 0..gram.n() {
            let norm = gram.get(i, i).filter(|&norm| norm >= 0);
            if norm.is_none() || (i..gram.n()).any(|j| gram.squared_distance(i, j).is_none()) {
                return Err(DecideError::NotAGram { row: count(i) });
            }
        }
        Ok(gram)
    }
}

fn norm(tensors: &[(u32, Vec<&[i32]>)], i: usize) -> Result<i128, GramError> {
    let mut own = Gram::new(1)?;
    for (shift, rows) in tensors {
        own.add_tile(rows.get(i..=i).unwrap_or(&[]), *shift)?;
    }
    Ok(own.get(0, 0).unwrap_or(0))
}

fn check_rows(expected: u32, got: usize) -> Result<(), DecideError> {
    match count(got) == expected {
        true => Ok(()),
        false => Err(DecideError::Rows {
            expected,
            got: count(got),
        }),
    }
}

/// Why a stage does not come to a decision.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DecideError {
    /// Its parameters, the number of rows or the weights are not allowed.
    Rule(RuleError),
    /// It needs norms or pairs that it was not given.
    ProductsMissing,
    /// The products belong to another number of rows.
    Rows {
        /// Rows of the stage.
        expected: u32,
        /// Rows of the products.
        got: u32,
    },
    /// No rows have these inner products: a squared norm or distance is negative.
    NotAGram {
        /// The row at which it shows.
        row: u32,
    },
}

impl From<RuleError> for DecideError {
    fn from(error: RuleError) -> Self {
        Self::Rule(error)
    }
}

impl fmt::Display for DecideError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rule(error) => error.fmt(f),
            Self::ProductsMissing => {
                f.write_str("the stage needs inner products of its rows: make a products pass before it")
            }
            Self::Rows { expected, got } => write!(f, "inner products of {got} rows for a stage of {expected}"),
            Self::NotAGram { row } => write!(f, "row {row}: no rows have these inner products"),
        }
    }
}

impl core::error::Error for DecideError {}
