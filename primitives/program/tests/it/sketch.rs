//! Random programs of several nodes.

use quorate_program::{
    op::Op, Constant, Dimension, Expression, Graph, Input, ModelTensor, Node, Output, Program, Sizes, Type, Value,
};

use crate::{
    ops::{make::KINDS, mapped},
    random::Random,
};

/// A value by what it is: its number is known at the end.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Id {
    Input(usize),
    Tensor(usize),
    Constant(usize),
    Result(usize, usize),
}

#[derive(Clone, Default)]
struct Sketch {
    dimensions: Vec<Dimension>,
    inputs: Vec<(Type, Vec<Expression>)>,
    tensors: Vec<(Type, Vec<usize>)>,
    constants: Vec<Value>,
    nodes: Vec<(Vec<Id>, Op)>,
    /// All values, with their types and their shapes for the sizes.
    values: Vec<(Id, Type, Vec<usize>)>,
}

fn results(op: &Op) -> usize {
    match op {
        Op::Lstm | Op::DynamicQuantizeLinear => 3,
        Op::Gru { .. } | Op::TopK { .. } => 2,
        Op::Split { sizes, .. } => sizes.len(),
        _ => 1,
    }
}

impl Sketch {
    fn number(&self, id: Id) -> u32 {
        let (tensors, constants) = (self.inputs.len(), self.inputs.len() + self.tensors.len());
        let nodes = constants + self.constants.len();
        let before = |node: usize| self.nodes[..node].iter().map(|(_, op)| results(op)).sum::<usize>();
        let number = match id {
            Id::Input(i) => i,
            Id::Tensor(i) => tensors + i,
            Id::Constant(i) => constants + i,
            Id::Result(node, i) => nodes + before(node) + i,
        };
        number as u32
    }

    /// The graph, whose outputs are all values that nothing reads.
    fn graph(&self) -> Graph {
        let read: Vec<Id> = self.nodes.iter().flat_map(|(operands, _)| operands).copied().collect();
        let unread = self.values.iter().filter(|(id, ..)| !read.contains(id));
        Graph {
            dimensions: self.dimensions.clone(),
            inputs: (self.inputs.iter().enumerate())
                .map(|(i, (element, shape))| Input {
                    name: format!("in {i}"),
                    shape: shape.clone(),
                    element: *element,
                })
                .collect(),
            tensors: (self.tensors.iter().enumerate())
                .map(|(i, (element, shape))| ModelTensor {
                    name: format!("w.{i}\n\"ü"),
                    shape: shape.iter().map(|&d| d as u64).collect(),
                    element: *element,
                })
                .collect(),
            constants: (self.constants.iter())
                .map(|value| Constant {
                    shape: value.shape().iter().map(|&d| d as u64).collect(),
                    element: value.element(),
                    bytes: value.bytes(),
                })
                .collect(),
            nodes: (self.nodes.iter())
                .map(|(operands, op)| Node {
                    operands: operands.iter().map(|&id| self.number(id)).collect(),
                    op: op.clone(),
                })
                .collect(),
            outputs: unread
                .enumerate()
                .map(|(i, (id, ..))| Output {
                    name: i.to_string(),
                    value: self.number(*id),
                })
                .collect(),
            tokenizer: None,
        }
    }
}

/// A program and a request that it takes.
pub struct Drawn {
    pub program: Program,
    pub inputs: Vec<Value>,
    pub tensors: Vec<Value>,
}

impl Random {
    /// A program of up to `most` nodes.
    pub fn program(&mut self, most: usize) -> Drawn {
        loop {
            if let Some(drawn) = self.try_program(most) {
                return drawn;
            }
        }
    }

    fn try_program(&mut self, most: usize) -> Option<Drawn> {
        let of = [self.size(2, 4), 5];
        let bounds = |random: &mut Self, size: usize, name: &str| Dimension {
            max: (size + random.below(3)) as u32,
            min: (size - random.below(size)) as u32,
            name: name.into(),
        };
        let sizes = Sizes::from([("m".into(), of[1] as u64), ("n".into(), of[0] as u64)]);
        let mut sketch = Sketch {
            dimensions: vec![bounds(self, of[1], "m"), bounds(self, of[0], "n")],
            // They say the sizes of the dimensions.
            inputs: vec![(Type::F32, vec![Expression::dimension("n"), Expression::dimension("m")])],
            values: vec![(Id::Input(0), Type::F32, vec![of[0], of[1]])],
            ..Sketch::default()
        };
        let how = self.below(3);
        let expression = |d: usize| {
            let (n, m) = (Expression::dimension("n"), Expression::dimension("m"));
            match d {
                d if d == of[0] => n,
                d if d == of[1] => m,
                d if how == 1 && d == 2 * of[0] => n.times(&2.into()).unwrap(),
                d if how == 2 && d == of[0] + 1 => n.plus(&1.into()).unwrap(),
                d => Expression::from(d as i64),
            }
        };
        let mut program = None;
        for _ in 0..200 {
            if sketch.nodes.len() >= most {
                break;
            }
            let case = self.operation_on(&sketch.values);
            let mut next = sketch.clone();
            let symbolic = self.flag();
            let mut operands = Vec::new();
            for (i, (element, shape)) in case.operands.iter().enumerate() {
                let constant = case.constant == Some(i);
                let same = next
                    .values
                    .iter()
                    .filter(|(_, own, its)| own == element && its == shape);
                let same: Vec<Id> = same.map(|(id, ..)| *id).collect();
                let id = if !constant && !same.is_empty() && !self.one_in(4) {
                    self.pick(&same)
                } else {
                    let id = match self.below(3) {
                        0 if !constant => {
                            let of = |&d: &usize| if symbolic { expression(d) } else { (d as i64).into() };
                            next.inputs.push((*element, shape.iter().map(of).collect()));
                            Id::Input(next.inputs.len() - 1)
                        }
                        1 if !constant => {
                            next.tensors.push((*element, shape.clone()));
                            Id::Tensor(next.tensors.len() - 1)
                        }
                        _ => {
                            next.constants.push(self.value(*element, shape));
                            Id::Constant(next.constants.len() - 1)
                        }
                    };
                    next.values.push((id, *element, shape.clone()));
                    id
                };
                operands.push(id);
            }
            let op = mapped(&case.op, |e| match e.size() {
                Some(n) if symbolic => expression(n),
                _ => e.clone(),
            });
            let node = next.nodes.len();
            (0..results(&op)).for_each(|i| next.values.push((Id::Result(node, i), Type::Bool, vec![])));
            next.nodes.push((operands, op));
            let Ok(found) = Program::new(next.graph()) else {
                continue;
            };
            let Ok(shapes) = found.at(&sizes) else { continue };
            for (number, at) in found.results(node).zip(next.values.len() - found.results(node).len()..) {
                next.values[at].1 = found.types()[number].element;
                next.values[at].2 = shapes.of(number as u32).to_vec();
            }
            let large = |(.., shape): &(Id, Type, Vec<usize>)| shape.iter().product::<usize>() > 300;
            if !next.values.iter().any(large) {
                (sketch, program) = (next, Some(found));
            }
        }
        let program = program?;
        let shapes = program.at(&sizes).ok()?;
        let of = |(element, number): (Type, usize), random: &mut Self| random.value(element, shapes.of(number as u32));
        let inputs = sketch
            .inputs
            .iter()
            .enumerate()
            .map(|(i, (element, _))| of((*element, i), self))
            .collect();
        let first = program.first_tensor();
        let tensors = sketch
            .tensors
            .iter()
            .enumerate()
            .map(|(i, (element, _))| of((*element, first + i), self));
        let tensors = tensors.collect();
        Some(Drawn {
            program,
            inputs,
            tensors,
        })
    }

    /// An operation that reads one of these values, if some draw has such an operand.
    fn operation_on(&mut self, values: &[(Id, Type, Vec<usize>)]) -> crate::ops::make::Case {
        let mut case = self.any_operation();
        for _ in 0..60 {
            let reads = |(element, shape): &(Type, Vec<usize>)| {
                values
                    .iter()
                    .skip(1)
                    .any(|(_, own, its)| own == element && its == shape)
            };
            if case.operands.iter().any(reads) {
                break;
            }
            case = self.any_operation();
        }
        case
    }

    fn any_operation(&mut self) -> crate::ops::make::Case {
        let kind = self.below(KINDS);
        self.operation(kind)
    }
}
