//! Whether a program takes its inputs: by their types, sizes and indices.

use quorate_client::{Error, Result};
use quorate_convert::names::shown;
use quorate_program::{types::shape_text, Dimension, Expression, Input, Op, Program, Value};
use std::collections::BTreeMap;

/// The type and shape that an input has to have, such as `f32 [rows, 3]`.
pub fn wanted(input: &Input) -> String {
    format!("{} {}", input.element, shape_text(&input.shape))
}

/// A type and a shape, such as `f32 [2, 3]`.
pub fn of(value: &Value) -> String {
    let axes: Vec<String> = value.shape().iter().map(usize::to_string).collect();
    format!("{} [{}]", value.element(), axes.join(", "))
}

/// That the program takes these inputs, one for each of its own, in its order. What it computes of them may still be a fault.
///
/// # Errors
/// `Input` naming input, axis and bounds.
pub fn check(program: &Program, values: &[Value]) -> Result<()> {
    let inputs = &program.graph().inputs;
    if inputs.len() != values.len() {
        let known: Vec<_> = inputs.iter().map(|input| shown(&input.name)).collect();
        return Err(Error::Input(format!(
            "{} inputs were given, and the program has {}: {}",
            values.len(),
            inputs.len(),
            known.join(", ")
        )));
    }
    let mut sizes = BTreeMap::new();
    for (input, value) in inputs.iter().zip(values) {
        check_shape(&program.graph().dimensions, input, value, &mut sizes)?;
    }
    check_indices(program, values)
}

/// What is known of a dimension: its size, and the input that says so.
type Sizes<'a> = BTreeMap<&'a str, (u64, &'a str)>;

fn check_shape<'a>(dimensions: &'a [Dimension], input: &'a Input, value: &Value, sizes: &mut Sizes<'a>) -> Result<()> {
    let name = shown(&input.name);
    if value.element() != input.element || value.shape().len() != input.shape.len() {
        return Err(Error::Input(format!(
            "input {name} is {}; {} was expected",
            of(value),
            wanted(input)
        )));
    }
    for (axis, (wanted, &size)) in input.shape.iter().zip(value.shape()).enumerate() {
        let size = size as u64;
        let wrong = |why: String| {
            Error::Input(format!(
                "input {name} is {}: axis {axis} is {size}, and {why}",
                of(value)
            ))
        };
        if let Some(constant) = wanted.size() {
            if constant as u64 != size {
                return Err(wrong(format!("the program takes {constant}")));
            }
        }
        let Some(dimension) = dimensions.iter().find(|d| *wanted == Expression::dimension(&d.name)) else {
            continue;
        };
        let Dimension { name: of, min, max } = dimension;
        if !(u64::from(*min)..=u64::from(*max)).contains(&size) {
            return Err(wrong(format!("the program takes {min} to {max} of its dimension {of}")));
        }
        let (known, other) = *sizes.entry(of.as_str()).or_insert((size, &input.name));
        if known != size {
            return Err(wrong(format!(
                "the dimension {of} is {known} in input {}",
                shown(other)
            )));
        }
    }
    Ok(())
}

/// That tokens and other indices which an input brings are inside the tables that the program looks them up in. An index outside is a fault
/// of the run, which is paid.
fn check_indices(program: &Program, values: &[Value]) -> Result<()> {
    for node in &program.graph().nodes {
        let (Op::Gather { axis }, [table, indices]) = (&node.op, node.operands.as_slice()) else {
            continue;
        };
        let (Some(Value::I64(given)), Some(input)) = (
            values.get(*indices as usize),
            program.graph().inputs.get(*indices as usize),
        ) else {
            continue;
        };
        let rows = program.types().get(*table as usize);
        let rows = rows.and_then(|table| table.shape.get(*axis as usize)?.constant());
        let Some(rows) = rows else { continue };
        let outside = |index: &i64| !(rows.saturating_neg()..rows).contains(index);
        if let Some((at, index)) = given.data().iter().enumerate().find(|(_, index)| outside(index)) {
            return Err(Error::Input(format!(
                "input {}: element {at} is {index}, and the table that it is looked up in has {rows} rows, 0 to {}",
                shown(&input.name),
                rows.saturating_sub(1)
            )));
        }
    }
    Ok(())
}
