//! Operations on corresponding elements of a block of rows, one after the other while a part of it is in the nearest cache.

use crate::{
    functions::Function,
    isa::{dispatch, Isa},
    nan::holds_nan,
    simd::Vector,
    view::{View, ViewMut},
    walk::{self, Pair, Source},
};

/// What becomes of two elements.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Binary {
    /// a ⊕ b.
    Add,
    /// a ⊖ b.
    Sub,
    /// a ⊗ b.
    Mul,
    /// a ⊘ b.
    Div,
    /// The smaller, −0 < +0.
    Min,
    /// The larger, −0 < +0.
    Max,
}

/// One of the numbers that an operation takes, for the element in row r and column c.
#[derive(Clone, Copy, Debug)]
pub enum Operand<'a> {
    /// Another for each.
    All(View<'a>),
    /// The c-th: one row for all.
    Row(&'a [f32]),
    /// The r-th: one column for all.
    Column(&'a [f32]),
    /// One number for all.
    One(f32),
}

/// What is done to each element y.
#[derive(Clone, Copy, Debug)]
pub enum Step<'a> {
    /// function(y).
    Map(Function),
    /// y ∘ operand.
    Then(Binary, Operand<'a>),
    /// operand ∘ y.
    After(Binary, Operand<'a>),
}

/// Elements that all steps are done to before the next ones: two such parts are half of a small first cache.
const PART: usize = 2048;

/// `steps` one after the other on each element of y, in place; y's first element is in row and column `at` of the operands. Answers whether
/// some result is NaN: one that an earlier step gives is still one at the end.
///
/// # Panics
/// If an operand is too small.
#[must_use = "a NaN ends the run"]
pub fn apply(isa: Isa, steps: &[Step<'_>], y: ViewMut<'_>, at: [usize; 2]) -> bool {
    run(isa, None, steps, y, at)
}

/// [`apply`] to `start` instead of what is in y.
///
/// # Panics
/// If an operand is too small.
#[must_use = "a NaN ends the run"]
pub fn compute(isa: Isa, start: Operand<'_>, steps: &[Step<'_>], y: ViewMut<'_>, at: [usize; 2]) -> bool {
    run(isa, Some(start), steps, y, at)
}

fn run(isa: Isa, start: Option<Operand<'_>>, steps: &[Step<'_>], mut y: ViewMut<'_>, at: [usize; 2]) -> bool {
    let (rows, columns) = (y.rows(), y.columns());
    let operands = steps.iter().filter_map(|step| match step {
        Step::Map(_) => None,
        Step::Then(_, operand) | Step::After(_, operand) => Some(operand),
    });
    let flat = at[1] == 0 && operands.chain(&start).all(|operand| operand.is_flat(rows, columns));
    if let (true, Some(y)) = (flat, y.whole()) {
        // Rows that lie one after the other are one long row.
        return long_row(isa, start, steps, y, at);
    }
    if let Some(nan) = short_rows(isa, start, steps, &mut y, at) {
        return nan;
    }
    (0..rows).fold(false, |nan, row| {
        nan | long_row(isa, start, steps, y.row(row), [at[0] + row, at[1]])
    })
}

/// Elements of several short rows that are taken as one.
const WIDE: usize = 1024;
/// As many operands are repeated for that at most, in as many steps.
const REPEATED: usize = 4;
const STEPS: usize = 8;

/// Short rows that lie one after the other, several as one: an operand that is one row for all is repeated. None if they are not such rows.
fn short_rows(
    isa: Isa,
    start: Option<Operand<'_>>,
    steps: &[Step<'_>],
    y: &mut ViewMut<'_>,
    at: [usize; 2],
) -> Option<bool> {
    let (rows, columns) = (y.rows(), y.columns());
    let short = columns > 0 && columns <= WIDE / 2 && rows * columns >= 2 * WIDE;
    if !short || at[1] != 0 || steps.len() > STEPS {
        return None;
    }
    let times = WIDE / columns;
    let mut buffers = [[0.0; WIDE]; REPEATED];
    let mut free = buffers.iter_mut();
    let mut wide = |operand| repeat(operand, [rows, columns], times * columns, &mut free);
    let start = match start {
        Some(start) => Some(wide(start)?),
        None => None,
    };
    let mut changed = [Step::Map(Function::Neg); STEPS];
    for (to, step) in changed.iter_mut().zip(steps) {
        *to = match *step {
            Step::Map(function) => Step::Map(function),
            Step::Then(binary, operand) => Step::Then(binary, wide(operand)?),
            Step::After(binary, operand) => Step::After(binary, wide(operand)?),
        };
    }
    let steps = &changed[..steps.len()];
    let parts = y.whole()?.chunks_mut(times * columns).enumerate();
    Some(parts.fold(false, |nan, (part, y)| {
        nan | part_of_row(isa, start, steps, y, [at[0] + part * times, 0])
    }))
}

/// An operand of several rows as one of `wide` numbers; none if it has no such form, or no buffer is free.
fn repeat<'a>(
    operand: Operand<'a>,
    [rows, columns]: [usize; 2],
    wide: usize,
    free: &mut impl Iterator<Item = &'a mut [f32; WIDE]>,
) -> Option<Operand<'a>> {
    match operand {
        Operand::Row(data) => {
            let row = &mut free.next()?[..wide];
            row.chunks_exact_mut(columns)
                .for_each(|part| part.copy_from_slice(&data[..columns]));
            Some(Operand::Row(row))
        }
        Operand::All(_) | Operand::One(_) => operand.is_flat(rows, columns).then_some(operand),
        Operand::Column(_) => None,
    }
}

/// All steps on a row, part by part.
fn long_row(
    isa: Isa,
    start: Option<Operand<'_>>,
    steps: &[Step<'_>],
    y: &mut [f32],
    [row, column]: [usize; 2],
) -> bool {
    y.chunks_mut(PART).enumerate().fold(false, |nan, (part, y)| {
        nan | part_of_row(isa, start, steps, y, [row, column + part * PART])
    })
}

/// All steps on some elements of a row.
fn part_of_row(isa: Isa, start: Option<Operand<'_>>, steps: &[Step<'_>], y: &mut [f32], at: [usize; 2]) -> bool {
    let n = y.len();
    let mut own = start.map_or(Source::Own, |start| start.part(at, n));
    let mut nan = false;
    for step in steps {
        nan = match *step {
            Step::Map(function) => function.apply(isa, own, y),
            Step::Then(binary, operand) => binary.apply(isa, own, operand.part(at, n), y),
            Step::After(binary, operand) => binary.apply(isa, operand.part(at, n), own, y),
        };
        own = Source::Own;
    }
    match own {
        Source::Own => nan,
        // There were no steps.
        Source::Values(x) => {
            y.copy_from_slice(x);
            holds_nan(isa, y)
        }
        Source::One(x) => {
            y.fill(x);
            x.is_nan()
        }
    }
}

impl<'a> Operand<'a> {
    /// What `len` elements from row and column `at` on take.
    fn part(self, [row, column]: [usize; 2], len: usize) -> Source<'a> {
        match self {
            Self::All(view) => Source::Values(view.run(row, column, len)),
            Self::Row(data) => Source::Values(&data[column..][..len]),
            Self::Column(data) => Source::One(data[row]),
            Self::One(x) => Source::One(x),
        }
    }

    /// Whether as many rows and columns are one long row for this operand.
    fn is_flat(self, rows: usize, columns: usize) -> bool {
        match self {
            Self::All(view) => view.step() == columns && view.columns() == columns,
            Self::One(_) => true,
            Self::Row(_) | Self::Column(_) => rows <= 1,
        }
    }
}

impl Binary {
    pub(crate) fn apply(self, isa: Isa, a: Source<'_>, b: Source<'_>, y: &mut [f32]) -> bool {
        let binary = self;
        dispatch!(isa, apply_pair(binary: Binary, a: Source<'_>, b: Source<'_>, y: &mut [f32]) -> bool)
    }
}

#[inline(always)]
fn apply_pair<V: Vector>(binary: Binary, a: Source<'_>, b: Source<'_>, y: &mut [f32]) -> bool {
    match binary {
        Binary::Add => walk::pair::<V, _>(Add, a, b, y),
        Binary::Sub => walk::pair::<V, _>(Sub, a, b, y),
        Binary::Mul => walk::pair::<V, _>(Mul, a, b, y),
        Binary::Div => walk::pair::<V, _>(Div, a, b, y),
        Binary::Min => walk::pair::<V, _>(Min, a, b, y),
        Binary::Max => walk::pair::<V, _>(Max, a, b, y),
    }
}

macro_rules! pairs {
    ($($name:ident $method:ident),*) => {
        $(
            #[derive(Clone, Copy)]
            pub(crate) struct $name;

            impl Pair for $name {
                #[inline(always)]
                fn of<V: Vector>(self, a: V, b: V) -> V {
                    a.$method(b)
                }
            }
        )*
    };
}

pairs!(Add add, Sub sub, Mul mul, Div div, Min min, Max max);
