//! How the elements of an operand stand for those of a result (section 15.2), for all sizes.

use quorate_program::Expression;

/// The pattern of a broadcast. A result of shape [d_0, …] is seen as rows: those of the axes before `axis`, as long as the others' product.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Spread {
    /// One element for all.
    One,
    /// Each for itself.
    All,
    /// One row for all rows.
    Row {
        /// The first axis of the row.
        axis: usize,
    },
    /// One element for each row.
    Column {
        /// The first axis of the row.
        axis: usize,
    },
}

impl Spread {
    /// None of any other pattern.
    pub fn of(operand: &[Expression], result: &[Expression]) -> Option<Self> {
        let missing = result.len().checked_sub(operand.len())?;
        let one = |axis: usize| axis < missing || operand[axis - missing].is(1);
        let same = |axis: usize| axis >= missing && operand[axis - missing] == result[axis];
        let rank = result.len();
        let first = (0..rank).find(|&axis| !one(axis));
        let end = (0..rank).rev().find(|&axis| !one(axis)).map_or(0, |axis| axis + 1);
        let Some(first) = first else {
            let single = result.iter().all(|d| d.is(1));
            return Some(if single { Self::All } else { Self::One });
        };
        let filled = |mut axes: core::ops::Range<usize>| axes.all(|axis| same(axis) || one(axis) && result[axis].is(1));
        match (filled(0..rank), filled(first..rank), filled(0..end)) {
            (true, ..) => Some(Self::All),
            (_, true, _) => Some(Self::Row { axis: first }),
            (_, _, true) => Some(Self::Column { axis: end }),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_should_be_found() {
        let t = || Expression::dimension("t");
        let n = |n: i64| Expression::from(n);
        let result = [n(1), t(), n(384)];
        let of = |operand: &[Expression]| Spread::of(operand, &result);
        assert_eq!(of(&[]), Some(Spread::One));
        assert_eq!(of(&[n(1), n(1)]), Some(Spread::One));
        assert_eq!(of(&[n(384)]), Some(Spread::Row { axis: 2 }));
        assert_eq!(of(&[t(), n(384)]), Some(Spread::All));
        assert_eq!(of(&[n(1), t(), n(1)]), Some(Spread::Column { axis: 2 }));
        let scores = [n(2), n(12), t(), t()];
        assert_eq!(
            Spread::of(&[n(1), n(1), n(1), t()], &scores),
            Some(Spread::Row { axis: 3 })
        );
        assert_eq!(Spread::of(&[n(1), n(12), n(1), t()], &scores), None);
        assert_eq!(
            Spread::of(&[n(2), n(12), n(1), n(1)], &scores),
            Some(Spread::Column { axis: 2 })
        );
    }
}
