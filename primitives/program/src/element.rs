//! One piece of an operation's result, from the slices of its operands that decide it. A referee who is shown a disputed value, and
//! not the tensors, computes no more than this.

use alloc::vec::Vec;
use core::fmt;

use quorate_exact::infer::{Fault, Tensor};

use crate::{each_type, op::Op, run::apply, sizes::Shapes, value::Held, Value};

/// Why nothing can be said about a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NoRuling {
    /// No few elements of the operands decide an element of this operation's results.
    Operation(&'static str),
    /// So many slices decide a piece of this operation's result.
    Slices {
        /// The least number.
        least: usize,
        /// The largest.
        most: usize,
        /// Slices given.
        got: usize,
    },
    /// The slices, or what is claimed, do not fit each other or the operation.
    Shape(Fault),
}

impl fmt::Display for NoRuling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Operation(name) => write!(
                f,
                "no few elements of the operands of {name} decide an element of its results"
            ),
            Self::Slices { least, most, got } => {
                write!(f, "{got} slices were given; the operation takes {least} to {most}")
            }
            Self::Shape(fault) => write!(f, "slices and claim do not fit: {fault}"),
        }
    }
}

impl core::error::Error for NoRuling {}

/// Whether `claimed` is, bit for bit, what `op` yields for these slices of its operands; not so where it has a fault of values there.
///
/// Slices and claim have one axis each:
///
/// | operation | slices | claimed |
/// |---|---|---|
/// | Unary, Binary, Compare, Logic, Not, Where, Cast | as many elements of each operand | as many |
/// | BatchNorm | as many channels of one place and of each parameter | as many |
/// | Linear | a row of x, a row of w, (its bias) | one element |
/// | MatMul | a row of a, a column of b | one element |
/// | Softmax | the elements along its axis | as many |
/// | LayerNorm, RmsNorm | a row, gains, (biases) | a row |
/// | Reduce, ArgMax | the elements that are reduced, row-major over the axes | one element |
///
/// # Errors
/// [`NoRuling`]: nothing follows for either side.
pub fn check_element(op: &Op, slices: &[Value], claimed: &Value) -> Result<bool, NoRuling> {
    let (least, most) = slices_of(op).ok_or(NoRuling::Operation(op.name()))?;
    if !(least..=most).contains(&slices.len()) {
        let got = slices.len();
        return Err(NoRuling::Slices { least, most, got });
    }
    let lengths: Vec<usize> = slices.iter().chain([claimed]).map(length).collect::<Result<_, _>>()?;
    let (lengths, claimed_length) = lengths.split_at(slices.len());
    let expected = fits(op, lengths)?;
    if claimed_length != [expected] {
        let got = claimed_length.first().copied().unwrap_or_default();
        return Err(NoRuling::Shape(Fault::Length { expected, got }));
    }
    let slices: Vec<Value> = slices
        .iter()
        .enumerate()
        .map(|(i, slice)| match (op, i) {
            (Op::Linear, 1) | (Op::MatMul, 0) => with_shape(slice, |n| [1, n]),
            (Op::MatMul, 1) => with_shape(slice, |n| [n, 1]),
            _ => Ok(slice.clone()),
        })
        .collect::<Result<_, _>>()
        .map_err(NoRuling::Shape)?;
    match apply(&alone(op), &slices.iter().collect::<Vec<_>>(), &Shapes::none()) {
        Ok(results) => match results.first() {
            Some(result) if result.element() == claimed.element() => Ok(result.bytes() == claimed.bytes()),
            _ => Err(NoRuling::Shape(Fault::Parameter("claimed"))),
        },
        Err(Fault::NaN | Fault::Index { .. } | Fault::Range) => Ok(false),
        Err(fault) => Err(NoRuling::Shape(fault)),
    }
}

/// The least and the largest number of slices that decide a piece.
fn slices_of(op: &Op) -> Option<(usize, usize)> {
    Some(match op {
        Op::Unary(_) | Op::Not | Op::Cast { .. } | Op::Softmax { .. } | Op::Reduce { .. } | Op::ArgMax { .. } => (1, 1),
        Op::Binary(_) | Op::Compare(_) | Op::Logic(_) | Op::MatMul | Op::RmsNorm { .. } => (2, 2),
        Op::Linear | Op::LayerNorm { .. } => (2, 3),
        Op::Where => (3, 3),
        Op::BatchNorm { .. } => (5, 5),
        _ => return None,
    })
}

/// The length of the piece. All slices have one length, but for Linear's bias.
fn fits(op: &Op, lengths: &[usize]) -> Result<usize, NoRuling> {
    let first = lengths.first().copied().unwrap_or_default();
    for (i, &got) in lengths.iter().enumerate() {
        let expected = if matches!(op, Op::Linear) && i == 2 { 1 } else { first };
        if got != expected {
            return Err(NoRuling::Shape(Fault::Length { expected, got }));
        }
    }
    Ok(match op {
        Op::Linear | Op::MatMul | Op::Reduce { .. } | Op::ArgMax { .. } => 1,
        _ => first,
    })
}

/// The operation over slices: whatever axes it had, theirs is the only one.
fn alone(op: &Op) -> Op {
    match op {
        Op::Softmax { .. } => Op::Softmax { axis: 0 },
        Op::Reduce { how, .. } => Op::Reduce {
            axes: alloc::vec![0],
            how: *how,
            keep: true,
        },
        Op::ArgMax { .. } => Op::ArgMax { axis: 0, keep: true },
        _ => op.clone(),
    }
}

fn length(slice: &Value) -> Result<usize, NoRuling> {
    match slice.shape() {
        [length] => Ok(*length),
        shape => Err(NoRuling::Shape(Fault::Rank {
            expected: 1,
            got: shape.len(),
        })),
    }
}

fn with_shape(slice: &Value, shape: impl Fn(usize) -> [usize; 2]) -> Result<Value, Fault> {
    each_type!(slice, slice => {
        let data = slice.data().to_vec();
        Tensor::new(shape(data.len()).to_vec(), data).map(Held::held)
    })
}
