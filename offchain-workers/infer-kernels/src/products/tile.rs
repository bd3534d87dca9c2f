//! What else is done to a product's numbers before they leave the cache.

use crate::{
    elementwise::{apply, Step},
    isa::Isa,
    view::ViewMut,
};

/// A part of a product that is finished: its numbers, and where in the product they are.
#[derive(Debug)]
pub struct Tile<'a> {
    /// The numbers.
    pub values: ViewMut<'a>,
    /// Their first row, of those given to a product; the place of a convolution, counted row by row.
    pub row: usize,
    /// Distance between two of its rows.
    pub row_step: usize,
    /// Their first column, of all columns of the weights.
    pub column: usize,
}

/// What is done to each part of a product while it is in the cache; whether a number was NaN.
pub type Finish<'a> = &'a (dyn Fn(Tile<'_>) -> bool + Sync);

impl Tile<'_> {
    /// These steps, one after the other; rows and columns of their operands are those of the product. Whether some result is NaN.
    ///
    /// # Panics
    /// If an operand is too small.
    #[must_use = "a NaN ends the run"]
    pub fn apply(mut self, isa: Isa, steps: &[Step<'_>]) -> bool {
        if self.row_step == 1 {
            return apply(isa, steps, self.values, [self.row, self.column]);
        }
        let columns = self.values.columns();
        (0..self.values.rows()).fold(false, |nan, i| {
            let row = self.values.part((i, 1), (0, columns));
            nan | apply(isa, steps, row, [self.row + i * self.row_step, self.column])
        })
    }
}
