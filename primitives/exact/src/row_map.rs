//! What a pre-aggregator does: new rows from old ones, on the same grid.

use alloc::vec::Vec;

use crate::grid::div_half_even;

/// One new row: `RHE(Σ w_j q_j / den)` at every coordinate, with `Σ w_j ≤ den` and `0 < den < 2^32`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MapRow {
    /// Index of an old row and its weight, by ascending index, at least one.
    pub terms: Vec<(u32, u32)>,
    /// The divisor.
    pub den: u32,
}

/// New rows, each from old ones.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RowMap {
    /// The new rows in their order.
    pub rows: Vec<MapRow>,
}

impl MapRow {
    /// The old row `index` as it is.
    pub fn copy_of(index: u32) -> Self {
        Self {
            terms: alloc::vec![(index, 1)],
            den: 1,
        }
    }

    /// The value of one coordinate of the new row. None if the bounds above are not kept.
    pub fn value(&self, column: &[i32]) -> Option<i32> {
        let mut total = 0u32;
        let mut sum = 0i64;
        for &(row, weight) in &self.terms {
            total = total.checked_add(weight)?;
            sum += i64::from(weight) * i64::from(*column.get(row as usize)?);
        }
        if total > self.den {
            return None;
        }
        i32::try_from(div_half_even(sum, self.den)?).ok()
    }
}

impl RowMap {
    /// All `n` rows as they are.
    pub fn identity(n: u32) -> Self {
        Self {
            rows: (0..n).map(MapRow::copy_of).collect(),
        }
    }

    /// One column of the new rows. None if the bounds above are not kept.
    pub fn column(&self, column: &[i32]) -> Option<Vec<i32>> {
        self.rows.iter().map(|row| row.value(column)).collect()
    }
}
