//! Elements of all types, by plain loops: Cast, comparisons, connectives, choices, and arithmetic of integers.

use quorate_exact::infer::{cast::Castable, elementwise::Whole, Fault};
use quorate_program::{
    op::{Binary, Comparison, Logic},
    run::holds,
    Op, Type,
};

use crate::{
    arena::{elements, Bits, Loan},
    model::Model,
    plan::Plan,
    spread::Spread,
    steps::Step,
    work::{raw, Work},
};

/// Which element of an operand stands for the one in a row and a column.
#[derive(Clone, Copy)]
struct Steps {
    row: usize,
    column: usize,
}

/// Rows and columns of a result, and the steps of its operands.
#[derive(Clone, Copy)]
struct Grid<const N: usize> {
    columns: usize,
    operands: [Steps; N],
}

/// A step for each request: its bytes, and where the result is to be written.
struct Bytes<'a, const N: usize> {
    operands: [&'a [u8]; N],
    grid: Grid<N>,
}

/// Does something with elements of the type that a name has; a bool is a u8.
macro_rules! of_type {
    ($element:expr, $name:ident => $result:expr) => {
        match $element {
            Type::F32 => {
                type $name = f32;
                $result
            }
            Type::I64 => {
                type $name = i64;
                $result
            }
            Type::I32 => {
                type $name = i32;
                $result
            }
            Type::I8 => {
                type $name = i8;
                $result
            }
            Type::U8 | Type::Bool => {
                type $name = u8;
                $result
            }
        }
    };
}

/// None where operands are broadcast in other patterns than rows and columns.
pub(crate) fn run(work: &mut Work<'_, '_>, step: &Step) -> Option<bool> {
    let (model, plan) = (work.model, work.plan);
    let op = &model.node(step).op;
    let element = model.element(step.reads[usize::from(matches!(op, Op::Where))]);
    let to = model.element(step.results.start as u32);
    for request in work.requests() {
        let loan = work.arena.lend();
        let result = plan.bytes(step.results.start as u32, request);
        let fault = match op {
            Op::Cast { .. } => {
                let from = raw(model, plan, &loan, step.reads[0], request);
                match to {
                    Type::Bool => of_type!(element, A => cast::<A, bool, u8>(from, loan.write(result), u8::from)),
                    _ => of_type!(element, A => of_type!(to, B => cast::<A, B, B>(from, loan.write(result), |x| x))),
                }
            }
            Op::Not => {
                let x = raw(model, plan, &loan, step.reads[0], request);
                let y = loan.write::<u8>(result);
                y.iter_mut().zip(x).for_each(|(y, x)| *y = 1 - x);
                None
            }
            Op::Where => {
                let given = bytes::<3>(model, plan, &loan, step, request)?;
                of_type!(element, A => choose::<A>(&given, loan.write(result)));
                None
            }
            Op::Compare(how) => {
                let given = bytes::<2>(model, plan, &loan, step, request)?;
                of_type!(element, A => compare::<A>(*how, &given, loan.write(result)));
                None
            }
            Op::Logic(how) => {
                let given = bytes::<2>(model, plan, &loan, step, request)?;
                let y = loan.write::<u8>(result);
                match how {
                    Logic::And => pairs(&given, y, |a: u8, b: u8| a & b),
                    Logic::Or => pairs(&given, y, |a: u8, b: u8| a | b),
                    Logic::Xor => pairs(&given, y, |a: u8, b: u8| a ^ b),
                }
                None
            }
            Op::Binary(how) => {
                let given = bytes::<2>(model, plan, &loan, step, request)?;
                match element {
                    Type::I64 => whole::<i64>(*how, &given, loan.write(result))?,
                    Type::I32 => whole::<i32>(*how, &given, loan.write(result))?,
                    _ => return None,
                }
            }
            _ => return None,
        };
        work.faults[request] = fault;
    }
    Some(false)
}

fn bytes<'a, const N: usize>(
    model: &'a Model,
    plan: &Plan,
    loan: &Loan<'a>,
    step: &Step,
    request: usize,
) -> Option<Bytes<'a, N>> {
    let types = model.program().types();
    let result = &types[step.results.start].shape;
    let mut spreads = [Spread::One; N];
    for (spread, &operand) in spreads.iter_mut().zip(&step.reads) {
        *spread = Spread::of(&types[operand as usize].shape, result)?;
    }
    let axes = spreads.iter().filter_map(|spread| match spread {
        Spread::Row { axis } | Spread::Column { axis } => Some(*axis),
        _ => None,
    });
    let mut axis = None;
    for own in axes {
        if *axis.get_or_insert(own) != own {
            return None;
        }
    }
    let shape = plan.shape(step.results.start as u32, request);
    let columns: usize = shape[axis.unwrap_or(0)..].iter().product();
    let operands = spreads.map(|spread| match spread {
        Spread::One => Steps { row: 0, column: 0 },
        Spread::All => Steps {
            row: columns,
            column: 1,
        },
        Spread::Row { .. } => Steps { row: 0, column: 1 },
        Spread::Column { .. } => Steps { row: 1, column: 0 },
    });
    let mut own: [&[u8]; N] = [&[]; N];
    for (own, &operand) in own.iter_mut().zip(&step.reads) {
        *own = raw(model, plan, loan, operand, request);
    }
    Some(Bytes {
        operands: own,
        grid: Grid { columns, operands },
    })
}

/// y = f(a, b) of all elements.
fn pairs<A: Bits, Y: Bits>(given: &Bytes<'_, 2>, y: &mut [Y], f: impl Fn(A, A) -> Y) {
    let [a, b] = given.operands.map(elements::<A>);
    let [of_a, of_b] = given.grid.operands;
    for (row, y) in y.chunks_exact_mut(given.grid.columns).enumerate() {
        let (a, b) = (&a[row * of_a.row..], &b[row * of_b.row..]);
        match (of_a.column, of_b.column) {
            (1, 1) => y.iter_mut().zip(a).zip(b).for_each(|((y, &a), &b)| *y = f(a, b)),
            (1, _) => y.iter_mut().zip(a).for_each(|(y, &a)| *y = f(a, b[0])),
            (_, 1) => y.iter_mut().zip(b).for_each(|(y, &b)| *y = f(a[0], b)),
            _ => y.fill(f(a[0], b[0])),
        }
    }
}

fn compare<A: Bits + PartialOrd>(how: Comparison, given: &Bytes<'_, 2>, y: &mut [u8]) {
    // One loop for each, so that nothing is decided within.
    match how {
        Comparison::Equal => pairs(given, y, |a: A, b| u8::from(holds(Comparison::Equal, &a, &b))),
        Comparison::Greater => pairs(given, y, |a: A, b| u8::from(holds(Comparison::Greater, &a, &b))),
        Comparison::GreaterOrEqual => pairs(given, y, |a: A, b| u8::from(holds(Comparison::GreaterOrEqual, &a, &b))),
        Comparison::Less => pairs(given, y, |a: A, b| u8::from(holds(Comparison::Less, &a, &b))),
        Comparison::LessOrEqual => pairs(given, y, |a: A, b| u8::from(holds(Comparison::LessOrEqual, &a, &b))),
    }
}

fn choose<A: Bits>(given: &Bytes<'_, 3>, y: &mut [A]) {
    let [condition, a, b] = given.operands;
    let (a, b) = (elements::<A>(a), elements::<A>(b));
    let [of_c, of_a, of_b] = given.grid.operands;
    for (row, y) in y.chunks_exact_mut(given.grid.columns).enumerate() {
        let condition = &condition[row * of_c.row..];
        let (a, b) = (&a[row * of_a.row..], &b[row * of_b.row..]);
        for (column, y) in y.iter_mut().enumerate() {
            *y = match condition[column * of_c.column] {
                0 => b[column * of_b.column],
                _ => a[column * of_a.column],
            };
        }
    }
}

/// The fault, if a number is out of range.
fn whole<A: Bits + Whole + Default>(how: Binary, given: &Bytes<'_, 2>, y: &mut [A]) -> Option<Option<Fault>> {
    let f = match how {
        Binary::Add => A::add,
        Binary::Mul => A::mul,
        Binary::Sub => A::sub,
        Binary::Div | Binary::Max | Binary::Min => return None,
    };
    let beyond = core::cell::Cell::new(false);
    pairs(given, y, |a: A, b: A| {
        f(a, b).unwrap_or_else(|| {
            beyond.set(true);
            A::default()
        })
    });
    Some(beyond.get().then_some(Fault::Range))
}

/// B's elements are stored as Y's.
fn cast<A: Bits + Castable, B: Castable, Y>(from: &[u8], to: &mut [Y], store: impl Fn(B) -> Y) -> Option<Fault> {
    for (to, from) in to.iter_mut().zip(elements::<A>(from)) {
        match B::from_number(from.number()) {
            Some(x) => *to = store(x),
            None => return Some(Fault::Range),
        }
    }
    None
}
