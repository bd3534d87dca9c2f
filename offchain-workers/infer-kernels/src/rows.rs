//! Rows that are read, and written to places that may be their own.

use crate::{
    view::{View, ViewMut},
    walk::Source,
};

/// The rows that results are made of.
#[derive(Clone, Copy, Debug)]
pub enum Input<'a> {
    /// Those that lie where the results will.
    InPlace,
    /// Others.
    From(View<'a>),
}

impl<'a> Input<'a> {
    /// Row `row`, of `y.rows()` rows with `y.columns()` numbers.
    #[inline(always)]
    pub(crate) fn row(self, row: usize) -> Source<'a> {
        match self {
            Self::InPlace => Source::Own,
            Self::From(view) => Source::Values(view.row(row)),
        }
    }

    /// That there are as many rows and columns as of y.
    pub(crate) fn check(self, y: &ViewMut<'_>) {
        if let Self::From(x) = self {
            let shape = (x.rows(), x.columns());
            assert_eq!(shape, (y.rows(), y.columns()), "rows and columns of the result");
        }
    }
}

impl<'a> From<View<'a>> for Input<'a> {
    fn from(view: View<'a>) -> Self {
        Self::From(view)
    }
}

/// Rows that are taken together, phase by phase, where a kernel has phases: what one row waits for, others do not.
pub(crate) const TOGETHER: usize = 4;

/// As many, of this length, as stay in the first cache meanwhile: at most [`TOGETHER`].
pub(crate) fn together(columns: usize) -> usize {
    (4096 / columns.max(1)).clamp(1, TOGETHER)
}
