//! Losses: what an evaluation sums, made of a program's logits and labels.

use quorate_program::{
    op::{Binary, Comparison, Reduction, Unary},
    Constant, Expression, Graph, Input, Node, Op, Output, Program, ProgramError, Type, ValueType,
};

/// Why a program has no loss.
#[derive(Debug, thiserror::Error)]
pub enum LossError {
    /// There is nothing to compare with labels.
    #[error("the program has no output {0:?}: name the logits with --logits")]
    Logits(String),
    /// It answers several things, and none was named.
    #[error("the program has {0} outputs: name the logits with --logits")]
    Several(usize),
    /// They are no logits.
    #[error("{name:?} is {found}: logits are f32 with the classes, a number of them that is known, on the last axis")]
    Form {
        /// Its name.
        name: String,
        /// What it is.
        found: String,
    },
    /// The name is taken.
    #[error("the program has an input or output {0:?} already: choose another name")]
    Taken(String),
    /// What was made is refused.
    #[error(transparent)]
    Program(#[from] ProgramError),
}

/// The program with outputs `loss` and `correct` in the place of its logits, [classes] or […, classes], and an input i64 with the labels,
/// of the logits' shape without the classes. Without a name the only output is the logits.
///
/// loss: log S32(exp(x − max)) − (x_label − max), of several positions the mean; correct: ArgMax is the label, at all positions. A label that
/// is no class is a fault.
///
/// # Errors
/// As [`LossError`] says.
pub fn cross_entropy(program: &Program, logits: Option<&str>, label: &str) -> Result<Program, LossError> {
    let graph = program.graph();
    let at = match logits {
        Some(name) => graph.outputs.iter().position(|output| output.name == name),
        None if graph.outputs.len() == 1 => Some(0),
        None => return Err(LossError::Several(graph.outputs.len())),
    };
    let output = at.and_then(|at| graph.outputs.get(at));
    let output = output.ok_or_else(|| LossError::Logits(logits.unwrap_or_default().into()))?;
    let of = program.types().get(output.value as usize);
    let form = || LossError::Form {
        name: output.name.clone(),
        found: of.map(ToString::to_string).unwrap_or_default(),
    };
    let (classes, positions) = of.and_then(classes).ok_or_else(form)?;
    let left = || graph.outputs.iter().filter(|other| other.name != output.name);
    if let Some(taken) = left().find(|other| ["loss", "correct"].contains(&other.name.as_str())) {
        return Err(LossError::Taken(taken.name.clone()));
    }
    if graph.inputs.iter().any(|input| input.name == label) {
        return Err(LossError::Taken(label.into()));
    }
    let mut draft = Draft::new(program, label, &positions, classes);
    let x = draft.moved(output.value);
    let outputs: Vec<Output> = left()
        .map(|other| Output {
            name: other.name.clone(),
            value: draft.moved(other.value),
        })
        .collect();
    let loss = draft.loss(x, &positions);
    let correct = draft.correct(x, positions.len() as u32);
    let mut graph = draft.graph;
    graph.outputs = outputs;
    graph.outputs.push(Output {
        name: "correct".into(),
        value: correct,
    });
    graph.outputs.push(Output {
        name: "loss".into(),
        value: loss,
    });
    Ok(Program::new(graph)?)
}

/// How many classes logits have, and the axes before them.
fn classes(of: &ValueType) -> Option<(i64, Vec<Expression>)> {
    let (last, positions) = of.shape.split_last()?;
    let classes = last.constant().filter(|&classes| classes >= 1)?;
    (of.element == Type::F32).then(|| (classes, positions.to_vec()))
}

/// A program with one input more, and constants and nodes behind its own.
struct Draft {
    graph: Graph,
    /// The number of inputs before, and of all values before the first node.
    inputs: u32,
    sources: u32,
    added: u32,
    /// The next value.
    next: u32,
    label: u32,
    /// 0, 1, … of the classes; their number; zeros.
    places: u32,
    count: u32,
    zero: u32,
    nothing: u32,
}

impl Draft {
    fn new(program: &Program, label: &str, positions: &[Expression], classes: i64) -> Self {
        let mut graph = program.graph().clone();
        let inputs = graph.inputs.len() as u32;
        let sources = inputs + graph.tensors.len() as u32 + graph.constants.len() as u32;
        let values = program.types().len() as u32;
        graph.inputs.push(Input {
            name: label.into(),
            shape: positions.to_vec(),
            element: Type::I64,
        });
        let integers = |shape: &[u64], values: Vec<i64>| Constant {
            shape: shape.to_vec(),
            element: Type::I64,
            bytes: values.into_iter().flat_map(i64::to_le_bytes).collect(),
        };
        let constants = [
            integers(&[classes.unsigned_abs()], (0..classes).collect()),
            integers(&[], vec![classes]),
            integers(&[], vec![0]),
            Constant {
                shape: vec![],
                element: Type::F32,
                bytes: 0f32.to_le_bytes().to_vec(),
            },
        ];
        let added = constants.len() as u32;
        graph.constants.extend(constants);
        let first = sources + 1;
        let mut draft = Self {
            graph,
            inputs,
            sources,
            added,
            next: values + 1 + added,
            label: inputs,
            places: first,
            count: first + 1,
            zero: first + 2,
            nothing: first + 3,
        };
        let mut nodes = std::mem::take(&mut draft.graph.nodes);
        for operand in nodes.iter_mut().flat_map(|node| &mut node.operands) {
            *operand = draft.moved(*operand);
        }
        draft.graph.nodes = nodes;
        draft
    }

    /// The number that a value of the program has now.
    fn moved(&self, value: u32) -> u32 {
        match value {
            value if value < self.inputs => value,
            value if value < self.sources => value + 1,
            value => value + 1 + self.added,
        }
    }

    fn node(&mut self, op: Op, operands: &[u32]) -> u32 {
        self.graph.nodes.push(Node {
            operands: operands.to_vec(),
            op,
        });
        self.next += 1;
        self.next - 1
    }

    /// Over all axes from `first` up to `end`.
    fn reduce(&mut self, how: Reduction, x: u32, (first, end): (u32, u32), keep: bool) -> u32 {
        let axes = (first..end).collect();
        self.node(Op::Reduce { axes, how, keep }, &[x])
    }

    /// Which class each label is: true once on the last axis. One that is none is outside of the places, also one below 0.
    fn labelled(&mut self, positions: &[Expression]) -> u32 {
        let (label, zero, count, places) = (self.label, self.zero, self.count, self.places);
        let below = self.node(Op::Compare(Comparison::Less), &[label, zero]);
        let checked = self.node(Op::Where, &[below, count, label]);
        let class = self.node(Op::Gather { axis: 0 }, &[places, checked]);
        let shape = positions.iter().cloned().chain([1.into()]).collect();
        let class = self.node(Op::Reshape { shape }, &[class]);
        self.node(Op::Compare(Comparison::Equal), &[class, places])
    }

    fn loss(&mut self, x: u32, positions: &[Expression]) -> u32 {
        let axis = positions.len() as u32;
        let last = (axis, axis + 1);
        let largest = self.reduce(Reduction::Max, x, last, true);
        let below = self.node(Op::Binary(Binary::Sub), &[x, largest]);
        let powers = self.node(Op::Unary(Unary::Exp), &[below]);
        let sum = self.reduce(Reduction::Sum, powers, last, false);
        let all = self.node(Op::Unary(Unary::Log), &[sum]);
        let mask = self.labelled(positions);
        let own = self.node(Op::Where, &[mask, below, self.nothing]);
        let own = self.reduce(Reduction::Sum, own, last, false);
        let loss = self.node(Op::Binary(Binary::Sub), &[all, own]);
        match axis {
            0 => loss,
            axis => self.reduce(Reduction::Mean, loss, (0, axis), false),
        }
    }

    fn correct(&mut self, x: u32, axis: u32) -> u32 {
        let found = self.node(Op::ArgMax { axis, keep: false }, &[x]);
        let right = self.node(Op::Compare(Comparison::Equal), &[found, self.label]);
        if axis == 0 {
            return right;
        }
        let right = self.node(Op::Cast { to: Type::F32 }, &[right]);
        let all = self.reduce(Reduction::Min, right, (0, axis), false);
        self.node(Op::Cast { to: Type::Bool }, &[all])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quorate_exact::infer::{Fault, Tensor};
    use quorate_program::{Dimension, Value};

    /// logits = −x, which are an output, with a constant and a tensor before them.
    fn negated(shape: &[Expression], dimensions: Vec<Dimension>) -> Program {
        let zero = Constant {
            shape: vec![],
            element: Type::F32,
            bytes: vec![0; 4],
        };
        let node = |operands: &[u32], op| Node {
            operands: operands.to_vec(),
            op,
        };
        let graph = Graph {
            dimensions,
            inputs: vec![Input {
                name: "x".into(),
                shape: shape.to_vec(),
                element: Type::F32,
            }],
            constants: vec![zero],
            nodes: vec![
                node(&[0, 1], Op::Binary(Binary::Add)),
                node(&[2], Op::Unary(Unary::Neg)),
            ],
            outputs: vec![Output {
                name: "logits".into(),
                value: 3,
            }],
            ..Graph::default()
        };
        Program::new(graph).unwrap()
    }

    fn run(program: &Program, shape: &[usize], x: &[f32], labels: &[i64]) -> Result<(bool, f32), Fault> {
        let negative = x.iter().map(|x| -x).collect();
        let x = Value::F32(Tensor::new(shape.to_vec(), negative).unwrap());
        let positions = shape[..shape.len() - 1].to_vec();
        let labels = Value::I64(Tensor::new(positions, labels.to_vec()).unwrap());
        match &program.run(vec![x, labels], &[])?[..] {
            [Value::Bool(correct), Value::F32(loss)] => Ok((correct.data()[0], loss.data()[0])),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn loss_should_be_the_cross_entropy_of_the_label() {
        let plain = cross_entropy(&negated(&[3.into()], vec![]), None, "label").unwrap();
        let (correct, loss) = run(&plain, &[3], &[1.0, 2.0, 0.0], &[1]).unwrap();
        assert!(correct && (loss - 0.407_606).abs() < 1e-6, "{loss}");
        let (correct, loss) = run(&plain, &[3], &[1.0, 2.0, 0.0], &[2]).unwrap();
        assert!(!correct && (loss - 2.407_606).abs() < 1e-6, "{loss}");
        // Exponentials that would leave the numbers.
        let (correct, loss) = run(&plain, &[3], &[500.0, -500.0, 400.0], &[2]).unwrap();
        assert!(!correct && loss == 100.0, "{loss}");
        for none in [3, -1, i64::MIN, i64::MAX] {
            assert!(matches!(
                run(&plain, &[3], &[1.0, 2.0, 0.0], &[none]),
                Err(Fault::Index { .. })
            ));
        }
    }

    #[test]
    fn loss_of_positions_should_be_their_mean_and_all_have_to_be_right() {
        let tokens = Dimension {
            max: 4,
            min: 1,
            name: "tokens".into(),
        };
        let shape = [Expression::dimension("tokens"), 3.into()];
        let program = cross_entropy(&negated(&shape, vec![tokens]), Some("logits"), "next").unwrap();
        let x = [1.0, 2.0, 0.0, 1.0, 2.0, 0.0];
        let (correct, loss) = run(&program, &[2, 3], &x, &[1, 2]).unwrap();
        assert!(!correct && (loss - 1.407_606).abs() < 1e-6, "{loss}");
        assert!(run(&program, &[2, 3], &x, &[1, 1]).unwrap().0);
        assert!(run(&program, &[1, 3], &x[..3], &[1]).unwrap().0);
        assert!(run(&program, &[2, 3], &x, &[1, 3]).is_err());
    }

    #[test]
    fn what_has_no_logits_should_be_named() {
        let program = negated(&[3.into()], vec![]);
        assert!(matches!(
            cross_entropy(&program, Some("scores"), "label"),
            Err(LossError::Logits(_))
        ));
        assert!(matches!(cross_entropy(&program, None, "x"), Err(LossError::Taken(_))));
        let scalar = negated(&[], vec![]);
        assert!(matches!(
            cross_entropy(&scalar, None, "label"),
            Err(LossError::Form { .. })
        ));
        let loss = cross_entropy(&program, None, "label").unwrap();
        assert!(matches!(
            cross_entropy(&loss, None, "again"),
            Err(LossError::Several(2))
        ));
    }
}
