//! A program's inputs from files.

use crate::{
    commands::whole_file::read,
    failure::{usage, Result},
};
use quorate_ask::inputs::{check, wanted};
use quorate_compile::read_npy;
use quorate_convert::names::shown;
use quorate_program::{Program, Value};
use std::path::Path;

/// The program's inputs, in its order, of words such as `x=x.npy`.
///
/// # Errors
/// `Usage` naming the input that is missing, given twice, unknown, or of another type or size than the program takes.
pub fn inputs(program: &Program, given: &[String]) -> Result<Vec<Value>> {
    let mut files: Vec<(&str, Value)> = Vec::new();
    for text in given {
        let (name, path) = text
            .rsplit_once('=')
            .ok_or_else(|| usage(format!("--input {text}: NAME=FILE.npy was expected")))?;
        if !program.graph().inputs.iter().any(|input| input.name == name) {
            let known: Vec<_> = program.graph().inputs.iter().map(|input| shown(&input.name)).collect();
            return Err(usage(format!(
                "the program has no input {}: its inputs are {}",
                shown(name),
                known.join(", ")
            )));
        }
        if files.iter().any(|(other, _)| *other == name) {
            return Err(usage(format!("--input {} is given twice", shown(name))));
        }
        let value = read_npy(&read(Path::new(path))?).map_err(|error| usage(format!("{path}: {error}")))?;
        files.push((name, value));
    }
    let mut values = Vec::new();
    for input in &program.graph().inputs {
        let found = files.iter().position(|(name, _)| *name == input.name);
        let found = found.ok_or_else(|| {
            usage(format!(
                "input {} is missing: --input {}=FILE.npy, {}",
                shown(&input.name),
                input.name,
                wanted(input)
            ))
        })?;
        values.push(files.swap_remove(found).1);
    }
    check(program, &values)?;
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use quorate_compile::write_npy;
    use quorate_exact::infer::Tensor;
    use quorate_program::{op::Unary, Constant, Dimension, Expression, Graph, Input, Node, Op, Output, Type};

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

    #[test]
    fn inputs_should_be_given_once_each_and_by_names_that_the_program_has() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, value: &Value| {
            let path = folder.path().join(name);
            std::fs::write(&path, write_npy(value)).unwrap();
            path.display().to_string()
        };
        let (own, other) = (file("ids.npy", &ids(&[1, 2])), file("x.npy", &x([2, 2])));
        let given = |words: &[String]| inputs(&program(), words).map_err(|failure| failure.text());
        let [of_ids, of_x] = [format!("ids={own}"), format!("x={other}")];
        assert_eq!(
            given(&[of_x.clone(), of_ids.clone()]).unwrap(),
            [ids(&[1, 2]), x([2, 2])]
        );
        for (words, named) in [
            (vec![of_ids.clone(), of_x.clone(), of_ids.clone()], "ids is given twice"),
            (vec![of_ids.clone()], "input x is missing"),
            (vec![of_x, format!("y={other}")], "no input y: its inputs are ids, x"),
            (vec![own], "NAME=FILE.npy was expected"),
        ] {
            let error = given(&words).unwrap_err();
            assert!(error.contains(named), "{error}");
        }
    }
}
