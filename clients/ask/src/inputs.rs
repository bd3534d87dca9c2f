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

#[cfg(test)]
mod tests {
    use super::*;
    use quorate_exact::infer::Tensor;
    use quorate_program::{op::Unary, Constant, Graph, Node, Output, Type};

    /// Rows of a table of 4 rows by `ids` [n], and |x| of x [n, 2].
    fn program() -> Program {
        let input = |name: &str, shape, element| Input {
            name: name.into(),
            shape,
            element,
        };
        let rows = Expression::dimension("rows");
        let node = |op, operands| Node { operands, op };
        let output = |name: &str, value| Output {
            name: name.into(),
            value,
        };
        Program::new(Graph {
            dimensions: vec![Dimension {
                name: "rows".into(),
                min: 1,
                max: 8,
            }],
            inputs: vec![
                input("ids", vec![rows.clone()], Type::I64),
                input("x", vec![rows, 2.into()], Type::F32),
            ],
            constants: vec![Constant {
                shape: vec![4, 3],
                element: Type::F32,
                bytes: vec![0; 48],
            }],
            nodes: vec![
                node(Op::Gather { axis: 0 }, vec![2, 0]),
                node(Op::Unary(Unary::Abs), vec![1]),
            ],
            outputs: vec![output("found", 3), output("y", 4)],
            ..Graph::default()
        })
        .unwrap()
    }

    fn ids(ids: &[i64]) -> Value {
        Value::I64(Tensor::new(vec![ids.len()], ids.to_vec()).unwrap())
    }

    fn x(shape: [usize; 2]) -> Value {
        Value::F32(Tensor::new(shape.to_vec(), vec![0.5; shape[0] * shape[1]]).unwrap())
    }

    fn refused(ids: Value, x: Value) -> String {
        match check(&program(), &[ids, x]) {
            Err(Error::Input(text)) => text,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn size_that_the_program_does_not_take_should_be_named_with_its_bounds() {
        assert!(check(&program(), &[ids(&[0, 3, -4]), x([3, 2])]).is_ok());
        for (refused, named) in [
            (
                refused(ids(&[0; 9]), x([9, 2])),
                "axis 0 is 9, and the program takes 1 to 8 of its dimension rows",
            ),
            (refused(ids(&[0; 2]), x([2, 3])), "axis 1 is 3, and the program takes 2"),
            (refused(ids(&[0; 2]), x([3, 2])), "the dimension rows is 2 in input ids"),
            (
                refused(x([2, 2]), x([2, 2])),
                "input ids is f32 [2, 2]; i64 [rows] was expected",
            ),
        ] {
            assert!(refused.contains(named), "{refused}");
        }
    }

    #[test]
    fn index_outside_its_table_should_be_found_before_it_is_paid_for() {
        for outside in [4, -5, i64::MAX, i64::MIN] {
            let text = refused(ids(&[0, outside]), x([2, 2]));
            assert!(
                text.contains(&format!("element 1 is {outside}")) && text.contains("4 rows, 0 to 3"),
                "{text}"
            );
        }
    }
}
