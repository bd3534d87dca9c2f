//! How a column becomes one value, once a rule has decided: what every rule ends in, and all that a backend's last pass has to do.

use alloc::vec::Vec;

use crate::grid::div_half_even;

/// What a rule makes of the rows. The indices are those of the rows that the rule was given.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Combine {
    /// `RHE(Σ c_i q_i / den)`, with `Σ c_i ≤ den` and `0 < den < 2^32`. Where the weights sum to less, the rest is the weight
    /// of a row of zeros.
    Weighted {
        /// `c_i`, one for each row.
        weights: Vec<u32>,
        /// The divisor.
        den: u32,
    },
    /// The mean, half to even, of the elements `lo..hi` of the sorted column.
    Sorted {
        /// First element.
        lo: u32,
        /// The one after the last, `lo < hi ≤ n`.
        hi: u32,
    },
    /// Of the rows named: the mean, half to even, of the `keep` values nearest to their median, the lower value first at equal
    /// distance. With a and b the middle elements of the sorted values (the same one of an odd number) the distance is
    /// `|2q − (a + b)|`.
    AroundMedian {
        /// Ascending indices of rows, at least one.
        rows: Vec<u32>,
        /// Values kept, `1 ≤ keep ≤ rows`.
        keep: u32,
    },
}

impl Combine {
    /// The plain mean of the rows with these ascending indices out of `n`.
    pub fn mean_of(rows: &[u32], n: usize) -> Self {
        let mut weights = alloc::vec![0; n];
        for &row in rows {
            if let Some(weight) = weights.get_mut(row as usize) {
                *weight = 1;
            }
        }
        Self::Weighted {
            weights,
            den: u32::try_from(rows.len()).unwrap_or(u32::MAX),
        }
    }

    /// The value of one column, `column[i]` of row i. None if the bounds above are not kept.
    pub fn column(&self, column: &[i32]) -> Option<i32> {
        match self {
            Self::Weighted { weights, den } => {
                if weights.len() != column.len() {
                    return None;
                }
                let total = weights.iter().try_fold(0u32, |sum, &w| sum.checked_add(w))?;
                let sum = weights
                    .iter()
                    .zip(column)
                    .map(|(&w, &q)| i64::from(w) * i64::from(q))
                    .sum();
                if total > *den {
                    return None;
                }
                mean(sum, *den)
            }
            Self::Sorted { lo, hi } => {
                let mut sorted = column.to_vec();
                sorted.sort_unstable();
                mean_of(sorted.get(*lo as usize..*hi as usize)?)
            }
            Self::AroundMedian { rows, keep } => {
                let values = rows
                    .iter()
                    .map(|&row| column.get(row as usize).copied())
                    .collect::<Option<Vec<i32>>>()?;
                around_median(values, *keep as usize)
            }
        }
    }
}

pub(crate) fn around_median(mut values: Vec<i32>, keep: usize) -> Option<i32> {
    values.sort_unstable();
    let n = values.len();
    let a = *values.get(n.checked_sub(1)? / 2)?;
    let b = *values.get(n / 2)?;
    let middle = i64::from(a) + i64::from(b);
    values.sort_by_key(|&q| ((2 * i64::from(q) - middle).abs(), q));
    mean_of(values.get(..keep)?)
}

fn mean_of(values: &[i32]) -> Option<i32> {
    mean(
        values.iter().map(|&q| i64::from(q)).sum(),
        u32::try_from(values.len()).ok()?,
    )
}

/// A mean lies between the extremes of what it averages, hence in i32.
fn mean(sum: i64, den: u32) -> Option<i32> {
    i32::try_from(div_half_even(sum, den)?).ok()
}
