//! How much an evaluation takes.

use quorate_program::{Program, Sizes};

/// Operations are counted in thousands of millions.
const UNIT: u128 = 1_000_000_000;

/// Floating-point operations of an evaluation, in thousands of millions, rounded up: those of the program at the largest sizes of
/// all its dimensions (section 18), for each row. None where that is beyond 64 bits: nobody pays for so many.
pub fn operations(program: &Program, rows: u64) -> Option<u64> {
    let dimensions = program.graph().dimensions.iter();
    let largest: Sizes = dimensions
        .map(|dimension| (dimension.name.clone(), u64::from(dimension.max)))
        .collect();
    let of_a_row = u64::try_from(program.flops().value(&largest)?).ok()?;
    let all = u128::from(of_a_row).saturating_mul(rows.into());
    all.div_ceil(UNIT).try_into().ok()
}
