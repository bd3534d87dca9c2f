//! Operations of a node, as users are charged for them: a polynomial of the dimensions.

use crate::{
    error::NodeFault,
    expression::Expression,
    op::{Op, Unary},
    shapes::elements,
    types::{Shape, ValueType},
};

/// Operations of one function of section 13.
const FUNCTION: i64 = 16;
/// Of an element that is made, whatever it takes.
const MADE: i64 = 32;
/// Of an element of a product, of a reduction, or whose type or whose source is chosen, beside that.
const RESULT: i64 = 64;
/// Of an element that is moved, which may be alone in its line of memory; or looked at by a choice.
const MOVED: i64 = 256;
/// Of an element that is read along an axis on which elements lie apart.
const APART: i64 = 512;
/// Of a row that is normalised, or looked up.
const ROW: i64 = 1_024;
/// Of one of many products.
const MATRIX: i64 = 2_048;
/// Of an element that is brought into order.
const SORTED: i64 = 4_096;
/// Of a step of a recurrent network: it begins when the one before has ended, whatever its size.
const STEP: i64 = 32_768;

/// The operations of a node (section 18). A fused multiplication and addition counts 2. What memory takes is counted too: each byte that is
/// read or written 1, and more where elements are moved or lie apart.
///
/// # Errors
/// `TooLarge`.
pub(crate) fn flops(op: &Op, operands: &[&ValueType], results: &[ValueType]) -> Result<Expression, NodeFault> {
    let none = Shape::new();
    let shape = |operand: usize| operands.get(operand).map_or(&none, |value| &value.shape);
    let dimension = |operand: usize, axis: usize| shape(operand).get(axis).cloned().unwrap_or_default();
    let last = |operand: usize| shape(operand).last().cloned().unwrap_or_default();
    let made = || elements(results.first().map_or(&none, |value| &value.shape));
    let read = || elements(shape(0));
    let each = |elements: &Expression, operations: i64| elements.times(&operations.into());
    let mut cost = match op {
        // It moves nothing.
        Op::Reshape { .. } => return Ok(Expression::default()),
        // Their bytes are part of it. A Split moves all of its operand, whatever its first part has.
        Op::Split { .. } => return Ok(each(&read()?, MOVED)?),
        Op::Gather { .. } => return Ok(each(&made()?, MOVED)?.plus(&each(&elements(shape(1))?, ROW)?)?),
        Op::Concat { .. }
        | Op::Slice { .. }
        | Op::Transpose { .. }
        | Op::Expand { .. }
        | Op::Pad { .. }
        | Op::Resize { .. } => return Ok(each(&made()?, MOVED)?),
        Op::Linear | Op::MatMulInteger => each(&made()?.times(&last(0))?, 2)?.plus(&each(&made()?, RESULT)?)?,
        Op::MatMul => {
            let result = results.first().map_or(&none, |value| &value.shape);
            let matrices = elements(result.get(..result.len().saturating_sub(2)).unwrap_or(&[]))?;
            let made = made()?;
            let products = each(&made.times(&last(0))?, 2)?.plus(&each(&made, RESULT)?)?;
            products.plus(&each(&matrices, MATRIX)?)?
        }
        Op::Conv { .. } | Op::ConvTranspose { .. } => {
            let taps = elements(shape(1).get(1..).unwrap_or(&[]))?;
            each(&made()?.times(&taps)?, 2)?.plus(&each(&made()?, RESULT)?)?
        }
        Op::Attention { .. } => {
            let pairs = dimension(0, 0).times(&dimension(0, 1))?.times(&dimension(1, 0))?;
            let widths = dimension(0, 2).plus(&dimension(2, 2))?;
            let rows = dimension(0, 0).times(&dimension(0, 1))?;
            let products = each(&pairs.times(&widths)?, 2)?.plus(&each(&pairs, FUNCTION + 4)?)?;
            products.plus(&each(&rows, MOVED)?)?
        }
        Op::Lstm | Op::Gru { .. } => {
            let widths = dimension(1, 1).plus(&dimension(2, 1))?;
            let rows = dimension(0, 0).times(&dimension(0, 1))?;
            let gates = rows.times(&dimension(2, 0))?;
            let products = each(&gates.times(&widths)?, 2)?.plus(&each(&gates, FUNCTION + 4)?)?;
            products
                .plus(&each(&dimension(0, 0), STEP)?)?
                .plus(&each(&rows, ROW)?)?
        }
        Op::Softmax { axis } => each(&made()?, FUNCTION + 4)?.plus(&each(&without(shape(0), *axis)?, ROW)?)?,
        Op::LayerNorm { .. } | Op::RmsNorm { .. } | Op::BatchNorm { .. } => {
            let rows = shape(0).len().saturating_sub(1);
            each(&made()?, 8)?.plus(&each(&without(shape(0), rows as u32)?, ROW)?)?
        }
        Op::Rope { .. } => each(&made()?, 8)?,
        Op::MaxPool { kernel, .. } | Op::AveragePool { kernel, .. } => {
            let taps = i64::from(kernel[0]).saturating_mul(kernel[1].into());
            each(&made()?, taps)?
        }
        Op::Reduce { .. } => read()?.plus(&each(&made()?, RESULT)?)?,
        Op::ArgMax { .. } | Op::TopK { .. } => each(&read()?, MOVED)?.plus(&each(&made()?, SORTED)?)?,
        Op::Unary(function) => match function {
            Unary::Abs | Unary::Clip(_) | Unary::Cube | Unary::Neg | Unary::Relu | Unary::Sqrt | Unary::Square => {
                Expression::default()
            }
            _ => each(&made()?, FUNCTION)?,
        },
        Op::QuantizeLinear | Op::DequantizeLinear | Op::DynamicQuantizeLinear => each(&read()?, 4)?,
        Op::Cast { .. } | Op::Where => each(&made()?, RESULT)?,
        _ => Expression::default(),
    };
    if is_apart(op, shape(0).len()) {
        cost.add(&each(&read()?, APART)?)?;
    }
    cost.add(&each(&made()?, MADE)?)?;
    for value in operands.iter().copied().chain(results) {
        cost.add(&each(&elements(&value.shape)?, value.element.bytes() as i64)?)?;
    }
    Ok(cost)
}

/// Elements of a shape without one axis.
fn without(shape: &[Expression], axis: u32) -> Result<Expression, NodeFault> {
    let axis = (axis as usize).min(shape.len());
    let (before, behind) = (shape.get(..axis), shape.get(axis.saturating_add(1)..));
    Ok(elements(before.unwrap_or(&[]))?.times(&elements(behind.unwrap_or(&[]))?)?)
}

/// Whether an operation goes along other axes than the last ones, of so many.
fn is_apart(op: &Op, rank: usize) -> bool {
    match op {
        Op::Softmax { axis } | Op::ArgMax { axis, .. } | Op::TopK { axis, .. } => *axis as usize + 1 != rank,
        Op::Reduce { axes, .. } => axes
            .iter()
            .rev()
            .zip((0..rank).rev())
            .any(|(&axis, last)| axis as usize != last),
        _ => false,
    }
}
