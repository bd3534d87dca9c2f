//! Elements of all types, by plain loops: Cast, comparisons, connectives, choices, and arithmetic of integers.

use quorate_exact::infer::{cast::Castable, elementwise::Whole, Fault, MAX_RANK};
use quorate_program::{
    op::{Binary, Comparison, Logic},
    run::{binary_f32, holds},
    Op, Type,
};

use crate::{
    arena::{elements, Bits, Loan},
    model::Model,
    plan::Plan,
    steps::Step,
    work::{raw, Work},
};

/// Operands' elements, and which of them stand for those of the result: axes of the result, as few as possible, with each operand's distance
/// from one to the next, which is 0 where one element stands for all.
struct Bytes<'a, const N: usize> {
    operands: [&'a [u8]; N],
    axes: [Axis<N>; MAX_RANK],
    rank: usize,
}

#[derive(Clone, Copy)]
struct Axis<const N: usize> {
    len: usize,
    steps: [usize; N],
}

impl<const N: usize> Bytes<'_, N> {
    /// The columns of a row of the result, and each operand's distance of two.
    fn columns(&self) -> Axis<N> {
        self.axes[self.rank - 1]
    }

    /// Each row of the result, with the first element of each operand.
    fn rows<Y>(&self, y: &mut [Y], mut row: impl FnMut(&mut [Y], [usize; N])) {
        let outer = &self.axes[..self.rank - 1];
        let (mut index, mut first) = ([0; MAX_RANK], [0; N]);
        for y in y.chunks_exact_mut(self.columns().len) {
            row(y, first);
            for (axis, index) in outer.iter().zip(&mut index).rev() {
                *index += 1;
                let steps = first.iter_mut().zip(axis.steps);
                if *index < axis.len {
                    steps.for_each(|(first, step)| *first += step);
                    break;
                }
                *index = 0;
                steps.for_each(|(first, step)| *first -= step * (axis.len - 1));
            }
        }
    }
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

/// None of what no program has. Operands may be broadcast in any pattern.
pub(crate) fn run(work: &mut Work<'_, '_>, step: &Step) -> Option<bool> {
    let (model, plan) = (work.model, work.plan);
    let op = &model.node(step).op;
    let element = model.element(step.reads[usize::from(matches!(op, Op::Where))]);
    let to = model.element(step.results.start as u32);
    let mut nan = false;
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
                let given = bytes::<3>(model, plan, &loan, step, request);
                of_type!(element, A => choose::<A>(&given, loan.write(result)));
                None
            }
            Op::Compare(how) => {
                let given = bytes::<2>(model, plan, &loan, step, request);
                of_type!(element, A => compare::<A>(*how, &given, loan.write(result)));
                None
            }
            Op::Logic(how) => {
                let given = bytes::<2>(model, plan, &loan, step, request);
                let y = loan.write::<u8>(result);
                match how {
                    Logic::And => pairs(&given, y, |a: u8, b: u8| a & b),
                    Logic::Or => pairs(&given, y, |a: u8, b: u8| a | b),
                    Logic::Xor => pairs(&given, y, |a: u8, b: u8| a ^ b),
                }
                None
            }
            Op::Binary(how) => {
                let given = bytes::<2>(model, plan, &loan, step, request);
                match element {
                    Type::I64 => whole::<i64>(*how, &given, loan.write(result))?,
                    Type::I32 => whole::<i32>(*how, &given, loan.write(result))?,
                    Type::F32 => {
                        let y = loan.write(result);
                        floats(*how, &given, y);
                        nan |= y.iter().any(|y| y.is_nan());
                        None
                    }
                    _ => return None,
                }
            }
            _ => return None,
        };
        work.faults[request] = fault;
    }
    Some(nan)
}

fn bytes<'a, const N: usize>(
    model: &'a Model,
    plan: &Plan,
    loan: &Loan<'a>,
    step: &Step,
    request: usize,
) -> Bytes<'a, N> {
    let shape = plan.shape(step.results.start as u32, request);
    let mut given = Bytes {
        operands: [&[]; N],
        axes: [Axis { len: 1, steps: [0; N] }; MAX_RANK],
        rank: 1,
    };
    let mut steps = [1; N];
    let mut axes = [Axis { len: 1, steps: [0; N] }; MAX_RANK];
    for (behind, &len) in shape.iter().rev().enumerate() {
        let axis = &mut axes[shape.len() - 1 - behind];
        axis.len = len;
        for (i, &operand) in step.reads.iter().take(N).enumerate() {
            let own = plan.shape(operand, request);
            let size = own.len().checked_sub(behind + 1).map_or(1, |at| own[at]);
            axis.steps[i] = if size == 1 { 0 } else { steps[i] };
            steps[i] *= size;
        }
    }
    // Axes that lie together in all operands are one.
    let mut rank = 0;
    for &axis in axes[..shape.len()].iter().filter(|axis| axis.len > 1) {
        let together = |last: &Axis<N>| {
            last.steps
                .iter()
                .zip(axis.steps)
                .all(|(&outer, own)| outer == own * axis.len)
        };
        if rank > 0 && together(&given.axes[rank - 1]) {
            let len = given.axes[rank - 1].len * axis.len;
            given.axes[rank - 1] = Axis { len, ..axis };
        } else {
            given.axes[rank] = axis;
            rank += 1;
        }
    }
    given.rank = rank.max(1);
    for (own, &operand) in given.operands.iter_mut().zip(&step.reads) {
        *own = raw(model, plan, loan, operand, request);
    }
    given
}

/// y = f(a, b) of all elements.
fn pairs<A: Bits, Y: Bits>(given: &Bytes<'_, 2>, y: &mut [Y], f: impl Fn(A, A) -> Y) {
    let [a, b] = given.operands.map(elements::<A>);
    let columns = given.columns().steps;
    given.rows(y, |y, [of_a, of_b]| {
        let (a, b) = (&a[of_a..], &b[of_b..]);
        match columns {
            [0, 0] => y.fill(f(a[0], b[0])),
            [_, 0] => y.iter_mut().zip(a).for_each(|(y, &a)| *y = f(a, b[0])),
            [0, _] => y.iter_mut().zip(b).for_each(|(y, &b)| *y = f(a[0], b)),
            _ => y.iter_mut().zip(a).zip(b).for_each(|((y, &a), &b)| *y = f(a, b)),
        }
    });
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
    let [of_c, of_a, of_b] = given.columns().steps;
    given.rows(y, |y, [first_c, first_a, first_b]| {
        for (column, y) in y.iter_mut().enumerate() {
            *y = match condition[first_c + column * of_c] {
                0 => b[first_b + column * of_b],
                _ => a[first_a + column * of_a],
            };
        }
    });
}

/// Of numbers that are broadcast in a pattern for which there is no kernel.
fn floats(how: Binary, given: &Bytes<'_, 2>, y: &mut [f32]) {
    match how {
        Binary::Add => pairs(given, y, |a: f32, b| a + b),
        Binary::Div => pairs(given, y, |a: f32, b| a / b),
        Binary::Max => pairs(given, y, |a, b| binary_f32(Binary::Max, a, b)),
        Binary::Min => pairs(given, y, |a, b| binary_f32(Binary::Min, a, b)),
        Binary::Mul => pairs(given, y, |a: f32, b| a * b),
        Binary::Sub => pairs(given, y, |a: f32, b| a - b),
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
