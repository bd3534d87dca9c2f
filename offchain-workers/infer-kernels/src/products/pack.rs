//! Weights in the order in which strips read them.

use std::ops::Range;

use super::{strip::panel_columns, turn::turn};
use crate::{aligned::Aligned, isa::Isa, view::View};

/// Numbers that are read behind the last panel where it is narrower than the others.
const MARGIN: usize = 32;

/// Weights [n, k] as panels of columns: k rows of a panel's width each, without padding; the last panel may be narrower.
#[derive(Clone, Debug)]
pub struct Packed {
    isa: Isa,
    n: usize,
    k: usize,
    data: Aligned,
}

impl Packed {
    /// Of weights [n, k], for this level.
    pub fn new(isa: Isa, weights: View<'_>) -> Self {
        let (n, k) = (weights.rows(), weights.columns());
        let mut data = Aligned::zeros(n * k + MARGIN);
        let width = panel_columns(isa);
        for first in (0..n).step_by(width) {
            let columns = width.min(n - first);
            let panel = &mut data.as_mut_slice()[first * k..][..columns * k];
            turn(isa, weights.rows_from(first, columns), panel, columns);
        }
        Self { isa, n, k, data }
    }

    /// Columns of the product: rows of the weights.
    pub fn columns(&self) -> usize {
        self.n
    }

    /// Pairs of a chain: columns of the weights.
    pub fn pairs(&self) -> usize {
        self.k
    }

    /// Panels, the units that threads share out.
    pub fn panels(&self) -> usize {
        self.n.div_ceil(self.width())
    }

    /// The columns of some panels.
    ///
    /// # Panics
    /// If there are fewer.
    pub fn columns_of(&self, panels: Range<usize>) -> Range<usize> {
        assert!(
            panels.start <= panels.end && panels.end <= self.panels(),
            "panels of the weights"
        );
        let column = |panel: usize| (panel * self.width()).min(self.n);
        column(panels.start)..column(panels.end)
    }

    /// Bytes of memory.
    pub fn bytes(&self) -> usize {
        core::mem::size_of_val(self.data.as_slice())
    }

    /// The level that they were packed for.
    pub fn isa(&self) -> Isa {
        self.isa
    }

    /// Columns of all panels but the last.
    pub(crate) fn width(&self) -> usize {
        panel_columns(self.isa)
    }

    /// The panel that begins with this column, its columns, and the distance to the next one. A whole panel's width is readable at each
    /// of its rows.
    pub(crate) fn panel(&self, column: usize) -> (*const f32, usize, usize) {
        debug_assert!(column < self.n && column.is_multiple_of(self.width()));
        let from = &self.data.as_slice()[column * self.k..];
        (from.as_ptr(), self.width().min(self.n - column), self.width() * self.k)
    }
}
