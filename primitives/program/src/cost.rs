//! Floating-point operations of a node, as users are charged for them: a polynomial of the dimensions.

use crate::{
    error::NodeFault,
    expression::Expression,
    op::{Op, Unary},
    shapes::elements,
    types::{Shape, ValueType},
};

/// Operations of one function of section 13.
const FUNCTION: i64 = 16;

/// The operations of a node (section 18). A fused multiplication and addition counts 2.
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
    let cost = match op {
        Op::Linear | Op::MatMul | Op::MatMulInteger => each(&made()?.times(&last(0))?, 2)?,
        Op::Conv { .. } | Op::ConvTranspose { .. } => {
            let taps = elements(shape(1).get(1..).unwrap_or(&[]))?;
            each(&made()?.times(&taps)?, 2)?
        }
        Op::Attention { .. } => {
            let pairs = dimension(0, 0).times(&dimension(0, 1))?.times(&dimension(1, 0))?;
            let widths = dimension(0, 2).plus(&dimension(2, 2))?;
            each(&pairs.times(&widths)?, 2)?.plus(&each(&pairs, FUNCTION + 4)?)?
        }
        Op::Lstm | Op::Gru { .. } => {
            let widths = dimension(1, 1).plus(&dimension(2, 1))?;
            let gates = dimension(0, 0).times(&dimension(0, 1))?.times(&dimension(2, 0))?;
            each(&gates.times(&widths)?, 2)?.plus(&each(&gates, FUNCTION + 4)?)?
        }
        Op::Softmax { .. } => each(&made()?, FUNCTION + 4)?,
        Op::LayerNorm { .. } | Op::RmsNorm { .. } | Op::BatchNorm { .. } | Op::Rope { .. } => each(&made()?, 8)?,
        Op::MaxPool { kernel, .. } | Op::AveragePool { kernel, .. } => {
            let taps = i64::from(kernel[0]).saturating_mul(kernel[1].into());
            each(&made()?, taps)?
        }
        // A Split moves all of its operand, whatever its first part has.
        Op::Reduce { .. } | Op::ArgMax { .. } | Op::Split { .. } => read()?,
        Op::TopK { .. } => each(&read()?, FUNCTION)?,
        Op::Unary(function) => match function {
            Unary::Abs | Unary::Clip(_) | Unary::Cube | Unary::Neg | Unary::Relu | Unary::Sqrt | Unary::Square => {
                made()?
            }
            _ => each(&made()?, FUNCTION)?,
        },
        Op::QuantizeLinear | Op::DequantizeLinear | Op::DynamicQuantizeLinear => each(&read()?, 4)?,
        _ => made()?,
    };
    Ok(cost)
}
