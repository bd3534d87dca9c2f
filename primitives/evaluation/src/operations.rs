//! How much an evaluation takes.

use quorate_program::{Program, Sizes, Value};

/// Operations are counted in thousands of millions.
const UNIT: u128 = 1_000_000_000;
/// What a node of a run takes, whatever it computes, in floating-point operations.
pub const NODE: u64 = 25_000;
/// What a row takes, whatever the program is.
pub const ROW: u64 = 100_000;

/// Operations of an evaluation, in thousands of millions, rounded up: for each row 100,000, 25,000 for each node of the program, and the
/// program's floating-point operations at the largest sizes of all its dimensions (section 18). None where that is beyond 64 bits:
/// nobody pays for so many.
pub fn operations(program: &Program, rows: u64) -> Option<u64> {
    let nodes = u64::try_from(program.graph().nodes.len()).ok()?;
    let of_a_row = Most::of(program)
        .0?
        .checked_add(nodes.checked_mul(NODE)?)?
        .checked_add(ROW)?;
    let all = u128::from(of_a_row).saturating_mul(rows.into());
    all.div_ceil(UNIT).try_into().ok()
}

/// The floating-point operations at the largest sizes, which are paid for: smaller sizes can need more, as shapes such as N + 1 − n do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Most(Option<u64>);

impl Most {
    /// A program's.
    pub fn of(program: &Program) -> Self {
        let dimensions = program.graph().dimensions.iter();
        let largest: Sizes = dimensions
            .map(|dimension| (dimension.name.clone(), u64::from(dimension.max)))
            .collect();
        Self(at(program, &largest))
    }

    /// Whether a run with these inputs has no more. One with sizes that the program does not have ends in a fault of its own.
    pub fn allows(self, program: &Program, inputs: &[Value]) -> bool {
        let shapes: alloc::vec::Vec<&[usize]> = inputs.iter().map(Value::shape).collect();
        program.sizes_of(&shapes).is_ok_and(|sizes| {
            let needed = at(program, &sizes);
            needed.zip(self.0).is_some_and(|(needed, most)| needed <= most)
        })
    }
}

fn at(program: &Program, sizes: &Sizes) -> Option<u64> {
    u64::try_from(program.flops().value(sizes)?).ok()
}
