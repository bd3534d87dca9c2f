//! The exact Gram matrix of the rows that a stage is given: all their inner products over the `train` coordinates.

use alloc::{vec, vec::Vec};
use core::fmt;

use crate::rule::MAX_UPDATES;

/// Largest number of rows: all updates, the aggregate and the previous aggregate.
pub const MAX_ROWS: usize = MAX_UPDATES as usize + 2;

/// No entry exceeds 2^95: a product of two grid integers has 60 bits, and the header of a model keeps
/// `Σ numel · 4^(s_max − s)` at or below 2^35.
pub const GRAM_BITS: u32 = 95;

/// Why products cannot be added.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum GramError {
    /// More than [`MAX_ROWS`] rows, or none.
    Rows {
        /// Number of rows.
        n: usize,
    },
    /// The tile, the other matrix or the list of entries belongs to another number of rows.
    Size {
        /// Rows, or entries, of this matrix.
        expected: usize,
        /// Rows, or entries, given.
        got: usize,
    },
    /// The rows of a tile differ in length.
    RowLength {
        /// Index of the row.
        row: usize,
    },
    /// An entry exceeds 2^[`GRAM_BITS`].
    TooWide,
}

/// Inner products `G_ij = Σ_k q_ik · q_jk · 4^(s_max − s_k)`, symmetric, of which the upper triangle is kept row by row:
/// (0,0), (0,1), …, (0,n−1), (1,1), …
///
/// Integer sums: tiles and shards may come in any order and grouping.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Gram {
    n: usize,
    upper: Vec<i128>,
}

impl Gram {
    /// The matrix of `n` zero rows.
    ///
    /// # Errors
    /// `Rows`.
    pub fn new(n: usize) -> Result<Self, GramError> {
        if n == 0 || n > MAX_ROWS {
            return Err(GramError::Rows { n });
        }
        Ok(Self {
            n,
            upper: vec![0; triangle(n)],
        })
    }

    /// The matrix with this upper triangle.
    ///
    /// # Errors
    /// `Rows`, `Size`, `TooWide`.
    pub fn from_upper(n: usize, upper: Vec<i128>) -> Result<Self, GramError> {
        let empty = Self::new(n)?;
        if upper.len() != empty.upper.len() {
            return Err(GramError::Size {
                expected: empty.upper.len(),
                got: upper.len(),
            });
        }
        if !upper.iter().all(|&g| fits(g)) {
            return Err(GramError::TooWide);
        }
        Ok(Self { n, upper })
    }

    /// Number of rows.
    pub fn n(&self) -> usize {
        self.n
    }

    /// The upper triangle, n(n + 1)/2 entries.
    pub fn upper(&self) -> &[i128] {
        &self.upper
    }

    /// `G_ij`; none outside the matrix.
    pub fn get(&self, i: usize, j: usize) -> Option<i128> {
        let (i, j) = if i <= j { (i, j) } else { (j, i) };
        if j >= self.n {
            return None;
        }
        // Rows 0..i hold n, n − 1, … entries.
        self.upper.get(triangle(self.n) - triangle(self.n - i) + j - i).copied()
    }

    /// Adds the products of one tile: `rows[i]` are consecutive values of row i, all of one tensor, whose scale lies
    /// `shift = s_max − s` below the largest scale of the model's `train` tensors.
    ///
    /// # Errors
    /// `Size`, `RowLength`, `TooWide`; the matrix is then unspecified.
    pub fn add_tile(&mut self, rows: &[&[i32]], shift: u32) -> Result<(), GramError> {
        if rows.len() != self.n {
            return Err(GramError::Size {
                expected: self.n,
                got: rows.len(),
            });
        }
        let width = rows.first().map_or(0, |row| row.len());
        if let Some(row) = rows.iter().position(|row| row.len() != width) {
            return Err(GramError::RowLength { row });
        }
        let mut entries = self.upper.iter_mut();
        for (i, left) in rows.iter().enumerate() {
            for (right, entry) in rows.iter().skip(i).zip(&mut entries) {
                *entry = scaled_dot(left, right, shift)
                    .and_then(|dot| bounded_sum(*entry, dot))
                    .ok_or(GramError::TooWide)?;
            }
        }
        Ok(())
    }

    /// Adds the products of other coordinates of the same rows.
    ///
    /// # Errors
    /// `Size`, `TooWide`; the matrix is then unspecified.
    pub fn merge(&mut self, other: &Self) -> Result<(), GramError> {
        if self.n != other.n {
            return Err(GramError::Size {
                expected: self.n,
                got: other.n,
            });
        }
        for (entry, &more) in self.upper.iter_mut().zip(&other.upper) {
            *entry = bounded_sum(*entry, more).ok_or(GramError::TooWide)?;
        }
        Ok(())
    }

    /// The squared norms of the rows.
    pub fn norms(&self) -> Vec<i128> {
        (0..self.n).filter_map(|i| self.get(i, i)).collect()
    }

    /// `d²_ij = G_ii + G_jj − 2 G_ij`, at most 2^97; none outside the matrix or where it is negative, as no rows have it.
    pub fn squared_distance(&self, i: usize, j: usize) -> Option<u128> {
        // Three terms below 2^97 cannot overflow.
        let squared = self.get(i, i)? + self.get(j, j)? - 2 * self.get(i, j)?;
        u128::try_from(squared).ok()
    }
}

/// Entries of the upper triangle of n rows, n ≤ [`MAX_ROWS`].
pub(crate) fn triangle(n: usize) -> usize {
    n * (n + 1) / 2
}

pub(crate) fn fits(entry: i128) -> bool {
    entry.unsigned_abs() <= 1 << GRAM_BITS
}

/// `Σ x_k y_k · 4^shift` where it stays within the bound.
pub(crate) fn scaled_dot(x: &[i32], y: &[i32], shift: u32) -> Option<i128> {
    // Less than 2^63 values of at most 62 bits.
    let dot: i128 = x
        .iter()
        .zip(y)
        .map(|(&a, &b)| i128::from(i64::from(a) * i64::from(b)))
        .sum();
    if dot == 0 {
        return Some(0);
    }
    let factor = 1i128.checked_shl(shift.checked_mul(2)?).filter(|&factor| factor > 0)?;
    dot.checked_mul(factor).filter(|&product| fits(product))
}

pub(crate) fn bounded_sum(a: i128, b: i128) -> Option<i128> {
    a.checked_add(b).filter(|&sum| fits(sum))
}

impl fmt::Display for GramError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rows { n } => write!(f, "{n} rows; 1 to {MAX_ROWS} are possible"),
            Self::Size { expected, got } => write!(f, "{got} rows or entries; {expected} were expected"),
            Self::RowLength { row } => write!(f, "row {row} differs in length from row 0"),
            Self::TooWide => write!(f, "an entry of the Gram matrix exceeds 2^{GRAM_BITS}"),
        }
    }
}

impl core::error::Error for GramError {}
