//! Which programs are causal: as the oracle says, and so that no row depends on later ones.

use std::collections::BTreeMap;

use quorate_exact::infer::Tensor;
use quorate_program::{
    op::{Binary, Comparison, Fill, Logic, Reduction, Stride, Unary},
    Constant, Dimension, Expression, Graph, Input, Node, Op, Output, Program, Real, Sizes, Type, Value,
};
use serde_json::json;

use crate::{
    case::{ask, count},
    random::{seed, Random},
};

const ROWS: usize = 5;

/// A constant's type and shape.
type Fits = (Type, &'static [usize]);

/// None: a value that there is.
const VALUE: &[Fits] = &[];
const ROW: &[Fits] = &[(Type::F32, &[2])];
const MATRIX: &[Fits] = &[(Type::F32, &[2, 2])];
const CUBE: &[Fits] = &[(Type::F32, &[2, 1, 2])];
const FILTERS: &[Fits] = &[(Type::F32, &[2, 1, 1, 2]), (Type::F32, &[2, 1, 2, 2])];
/// Positive numbers: variances, scales, inverse frequencies.
const UNIT: &[Fits] = &[(Type::F32, &[2]), (Type::F32, &[1])];
const SCALE: &[Fits] = &[(Type::F32, &[])];
const ZERO: &[Fits] = &[(Type::U8, &[])];
const BYTES: &[Fits] = &[(Type::U8, &[2, 2])];
const INDICES: &[Fits] = &[(Type::I64, &[1]), (Type::I64, &[]), (Type::I64, &[2])];
const BOOLS: &[Fits] = &[(Type::Bool, &[]), (Type::Bool, &[2]), (Type::Bool, &[1, 2])];
const ANY: &[Fits] = &[
    (Type::F32, &[]),
    (Type::F32, &[1]),
    (Type::F32, &[2]),
    (Type::F32, &[1, 2]),
    (Type::F32, &[2, 1]),
    (Type::F32, &[2, 2]),
    (Type::F32, &[1, 1, 2]),
    (Type::F32, &[1, 2, 2]),
    (Type::F32, &[2, 2, 2]),
    (Type::F32, &[1, 1, 1, 2]),
];

fn real(x: f32) -> Real {
    Real::new(x).unwrap()
}

fn rows() -> Expression {
    Expression::dimension("d")
}

/// A program with random operations over a few rows of numbers and of indices. All values that nothing reads are its outputs.
struct Grown {
    graph: Graph,
    /// The types and shapes of all values, with 2 rows.
    values: Vec<(Type, Vec<usize>)>,
}

impl Grown {
    fn new() -> Self {
        let input = |name: &str, shape: Vec<Expression>, element| Input {
            name: name.into(),
            shape,
            element,
        };
        let graph = Graph {
            dimensions: vec![Dimension {
                max: 16,
                min: 1,
                name: "d".into(),
            }],
            inputs: vec![
                input("x", vec![rows(), 2.into()], Type::F32),
                input("i", vec![rows()], Type::I64),
                input("y", vec![rows(), 1.into(), 2.into()], Type::F32),
                input("z", vec![rows(), 1.into(), 2.into(), 2.into()], Type::F32),
                input("b", vec![rows(), 2.into()], Type::U8),
            ],
            ..Graph::default()
        };
        let values = vec![
            (Type::F32, vec![2, 2]),
            (Type::I64, vec![2]),
            (Type::F32, vec![2, 1, 2]),
            (Type::F32, vec![2, 1, 2, 2]),
            (Type::U8, vec![2, 2]),
        ];
        Self { graph, values }
    }

    fn sources(&self) -> usize {
        self.graph.inputs.len() + self.graph.constants.len()
    }

    /// A constant of this type and shape; all results are numbered anew.
    fn constant(&mut self, random: &mut Random, (element, shape): Fits, positive: bool) -> u32 {
        let at = self.sources();
        let bytes = match element {
            // Indices that every axis has.
            Type::I64 => vec![0; 8 * shape.iter().product::<usize>()],
            // Scales and variances are positive.
            Type::F32 if shape.is_empty() || positive => 0.25f32.to_le_bytes().repeat(shape.iter().product()),
            _ => random.value(element, shape).bytes(),
        };
        self.graph.constants.push(Constant {
            shape: shape.iter().map(|&d| d as u64).collect(),
            element,
            bytes,
        });
        let later = |value: &mut u32| *value += u32::from(*value as usize >= at);
        self.graph
            .nodes
            .iter_mut()
            .flat_map(|node| &mut node.operands)
            .for_each(later);
        self.values.insert(at, (element, shape.to_vec()));
        at as u32
    }

    fn operand(&mut self, random: &mut Random, fits: &[Fits]) -> u32 {
        if fits.is_empty() || random.one_in(4) {
            // Often one of the last.
            let last = random.pick(&[2, self.values.len()]).min(self.values.len());
            return (self.values.len() - 1 - random.below(last)) as u32;
        }
        let chosen = random.pick(fits);
        self.constant(random, chosen, fits == UNIT)
    }

    /// This with one more node, if there is such a program.
    fn with_node(&self, random: &mut Random) -> Option<(Self, Program)> {
        let (op, fits) = random.causal_operation();
        (0..40).find_map(|_| self.try_node(random, &op, &fits))
    }

    fn try_node(&self, random: &mut Random, op: &Op, fits: &[&[Fits]]) -> Option<(Self, Program)> {
        let mut next = Self {
            graph: self.graph.clone(),
            values: self.values.clone(),
        };
        // A constant moves the results behind it: those that were chosen before it, too.
        let mut chosen: Vec<u32> = Vec::new();
        for fits in fits {
            let (before, sources) = (next.values.len(), next.sources());
            // Now and then an operand again.
            let value = match chosen.first() {
                Some(&again) if fits.is_empty() && random.one_in(3) => again,
                _ => next.operand(random, fits),
            };
            if next.values.len() > before {
                let later = |other: &mut u32| *other += u32::from(*other as usize >= sources);
                chosen.iter_mut().for_each(later);
            }
            chosen.push(value);
        }
        let op = op.clone();
        next.graph.nodes.push(Node { operands: chosen, op });
        let program = next.program()?;
        let shapes = program.at(&Sizes::from([("d".into(), 2)])).ok()?;
        for value in program.results(next.graph.nodes.len() - 1) {
            next.values
                .push((program.types()[value].element, shapes.of(value as u32).to_vec()));
        }
        let large = |(_, shape): &(Type, Vec<usize>)| shape.iter().product::<usize>() > 200;
        (!next.values.iter().any(large)).then_some((next, program))
    }

    fn program(&self) -> Option<Program> {
        let mut graph = self.graph.clone();
        // How many results the last node has is known by the program alone.
        graph.outputs = (0..self.values.len() as u32 + 1).map(output).collect();
        let mut found = Program::new(graph.clone());
        for more in 1..4u32 {
            let Ok(program) = &found else { return None };
            let all = program.types().len() as u32;
            if graph.outputs.len() as u32 == all {
                break;
            }
            graph.outputs = (0..self.values.len() as u32 + 1 + more).map(output).collect();
            found = Program::new(graph.clone());
        }
        let all = found.ok()?.types().len() as u32;
        let read: Vec<u32> = graph.nodes.iter().flat_map(|node| node.operands.clone()).collect();
        graph.outputs = (0..all).filter(|value| !read.contains(value)).map(output).collect();
        Program::new(graph).ok()
    }
}

fn output(value: u32) -> Output {
    Output {
        name: format!("v{value}"),
        value,
    }
}

impl Random {
    fn axis(&mut self) -> u32 {
        self.pick(&[0, 1, 1, 1, 2])
    }

    fn window(&mut self) -> [Stride; 2] {
        let own = Stride {
            after: self.below(2) as u32,
            before: self.below(2) as u32,
            ..Stride::default()
        };
        [Stride::default(), own]
    }

    fn size_of(&mut self) -> Expression {
        let less = rows().minus(&1.into()).unwrap();
        let twice = rows().times(&2.into()).unwrap();
        self.pick(&[1.into(), 1.into(), 2.into(), 2.into(), 4.into(), rows(), less, twice])
    }

    fn shape_of(&mut self) -> Vec<Expression> {
        let mut shape: Vec<Expression> = (0..self.size(1, 4)).map(|_| self.size_of()).collect();
        if !self.one_in(4) {
            shape[0] = rows();
        }
        shape
    }

    /// An operation, and for each operand the constants that it may be. Where there are none it is a value that there is.
    fn causal_operation(&mut self) -> (Op, Vec<&'static [Fits]>) {
        let (axis, keep, epsilon) = (self.axis(), self.flag(), real(0.01));
        let up_to = |n: usize, all: &[&'static [Fits]]| all[..n].to_vec();
        match self.below(40) {
            0 => (Op::Unary(self.pick(&[Unary::Tanh, Unary::Neg, Unary::Relu])), vec![ANY]),
            1 => (Op::Not, vec![VALUE]),
            2 => {
                let to = self.pick(&[Type::F32, Type::I64, Type::Bool, Type::I32]);
                (Op::Cast { to }, vec![VALUE])
            }
            3..6 => {
                let op = Op::Binary(self.pick(&[Binary::Add, Binary::Mul, Binary::Max]));
                (op, self.pick(&[vec![VALUE, ANY], vec![ANY, VALUE], vec![VALUE, VALUE]]))
            }
            6 => (Op::Compare(Comparison::Less), vec![VALUE, self.pick(&[ANY, VALUE])]),
            7 => (Op::Logic(Logic::Xor), vec![VALUE, self.pick(&[BOOLS, VALUE])]),
            8 => (
                Op::Where,
                vec![self.pick(&[BOOLS, VALUE]), VALUE, self.pick(&[ANY, VALUE])],
            ),
            9 => (
                Op::Linear,
                up_to(self.size(2, 3), &[self.pick(&[VALUE, ANY]), MATRIX, ROW]),
            ),
            10..13 => (
                Op::MatMul,
                self.pick(&[
                    vec![VALUE, VALUE],
                    vec![VALUE, ANY],
                    vec![ANY, VALUE],
                    vec![VALUE, MATRIX],
                ]),
            ),
            13 => (Op::LayerNorm { epsilon }, up_to(self.size(2, 3), &[VALUE, ROW, ROW])),
            14 => (Op::RmsNorm { epsilon }, vec![VALUE, ROW]),
            15 => (Op::BatchNorm { epsilon }, vec![VALUE, ROW, ROW, ROW, UNIT]),
            16 => (Op::Softmax { axis }, vec![VALUE]),
            17 => (Op::ArgMax { axis, keep }, vec![VALUE]),
            18 => {
                let k = self.size_of();
                (Op::TopK { axis, k, largest: keep }, vec![VALUE])
            }
            19 => {
                let start = self.pick(&[0.into(), 0.into(), 1.into(), rows().minus(&1.into()).unwrap()]);
                let (count, step) = (self.size_of(), self.pick(&[1, -1]));
                (
                    Op::Slice {
                        axis,
                        count,
                        start,
                        step,
                    },
                    vec![VALUE],
                )
            }
            20 => {
                let sizes = vec![1.into(), self.size_of()];
                (Op::Split { axis, sizes }, vec![VALUE])
            }
            21 => {
                let fill = self.pick(&[Fill::Edge, Fill::Reflect, Fill::Constant(real(1.0))]);
                let (before, after) = self.pick(&[(1, 0), (0, 1)]);
                (
                    Op::Pad {
                        after,
                        axis,
                        before,
                        fill,
                    },
                    vec![VALUE],
                )
            }
            22 => (Op::Resize { axis, scale: 2 }, vec![VALUE]),
            23 => {
                let axes = self.pick(&[vec![0], vec![1], vec![1], vec![0, 1], vec![1, 2]]);
                let how = self.pick(&[Reduction::Sum, Reduction::Max, Reduction::Mean]);
                (Op::Reduce { axes, how, keep }, vec![VALUE])
            }
            24 => {
                let orders = [
                    vec![1, 0],
                    vec![0, 1],
                    vec![0, 2, 1],
                    vec![1, 0, 2],
                    vec![2, 1, 0],
                    vec![0, 2, 1, 3],
                ];
                (
                    Op::Transpose {
                        order: self.pick(&orders),
                    },
                    vec![VALUE],
                )
            }
            25 => (
                Op::Concat { axis },
                self.pick(&[vec![VALUE], vec![VALUE; 2], vec![VALUE, ANY], vec![VALUE; 3]]),
            ),
            26..28 => (
                Op::Gather { axis },
                self.pick(&[vec![ANY, VALUE], vec![VALUE, INDICES], vec![VALUE, VALUE]]),
            ),
            28 => {
                let shape = self.shape_of();
                (Op::Expand { shape }, vec![self.pick(&[ANY, VALUE])])
            }
            29 | 30 => {
                let shape = self.shape_of();
                (Op::Reshape { shape }, vec![self.pick(&[ANY, VALUE, VALUE])])
            }
            31 | 32 => {
                let (causal, scale) = (!self.one_in(3), real(0.5));
                let fixed = self.pick(&[VALUE, VALUE, VALUE, CUBE]);
                (
                    Op::Attention { causal, scale },
                    up_to(self.size(3, 4), &[VALUE, VALUE, fixed, MATRIX]),
                )
            }
            33 => {
                let strides = self.window();
                (
                    Op::Conv { groups: 1, strides },
                    up_to(self.size(2, 3), &[VALUE, FILTERS, ROW]),
                )
            }
            34 => {
                let (kernel, strides) = ([1, self.size(1, 2) as u32], self.window());
                let max = Op::MaxPool {
                    ceil: false,
                    kernel,
                    strides,
                };
                let average = Op::AveragePool {
                    ceil: false,
                    include_padding: keep,
                    kernel,
                    strides,
                };
                (self.pick(&[max, average]), vec![VALUE])
            }
            35 => (Op::QuantizeLinear, vec![VALUE, self.pick(&[SCALE, ANY, VALUE]), ZERO]),
            36 => (
                Op::DequantizeLinear,
                up_to(self.size(2, 3), &[VALUE, self.pick(&[SCALE, ANY, VALUE]), ZERO]),
            ),
            37 => (Op::MatMulInteger, vec![VALUE, ZERO, BYTES, ZERO]),
            38 => (
                self.pick(&[Op::DynamicQuantizeLinear, Op::Rope { largest: 20 }]),
                self.pick(&[vec![VALUE], vec![VALUE, UNIT]]),
            ),
            _ => {
                let strides = self.window();
                (
                    Op::ConvTranspose {
                        extra: [0, 0],
                        groups: 1,
                        strides,
                    },
                    vec![VALUE, FILTERS],
                )
            }
        }
    }

    /// A program of some nodes.
    fn grown(&mut self) -> Program {
        let (mut grown, mut program) = (Grown::new(), None);
        let (most, mut tries) = (self.size(1, 5), 0);
        while tries < 60 && grown.graph.nodes.len() < most || program.is_none() {
            tries += 1;
            if let Some((next, found)) = grown.with_node(self) {
                (grown, program) = (next, Some(found));
            }
        }
        program.unwrap()
    }
}

/// The first rows of an input or output.
fn first(value: &Value, rows: usize) -> Vec<u8> {
    let bytes = value.bytes();
    bytes[..bytes.len() / value.shape()[0] * rows].to_vec()
}

/// Each row of a run's outputs is that of a run which ends there.
fn check_rows(random: &mut Random, program: &Program) -> bool {
    let inputs: Vec<Value> = program
        .graph()
        .inputs
        .iter()
        .map(|input| {
            let sizes = Sizes::from([("d".into(), ROWS as u64)]);
            let shape: Vec<usize> = input.shape.iter().map(|d| d.value(&sizes).unwrap() as usize).collect();
            match input.element {
                // Indices, of axes of two.
                Type::I64 => {
                    let data = (0..ROWS).map(|_| random.below(2) as i64).collect();
                    Value::I64(Tensor::new(shape, data).unwrap())
                }
                element => random.value(element, &shape),
            }
        })
        .collect();
    let Ok(all) = program.run(inputs.clone(), &[]) else {
        return false;
    };
    for rows in 1..ROWS {
        let some = inputs.iter().map(|input| {
            let mut shape = input.shape().to_vec();
            shape[0] = rows;
            Value::from_bytes(input.element(), &shape, &first(input, rows)).unwrap()
        });
        let some = program
            .run(some.collect(), &[])
            .expect("what has no fault in all rows has none in fewer");
        for (own, whole) in some.iter().zip(&all) {
            assert_eq!(own.shape()[0], rows);
            assert_eq!(own.bytes(), first(whole, rows), "{rows} rows");
        }
    }
    true
}

#[test]
fn rows_of_causal_programs_should_not_depend_on_later_ones() {
    let seed = seed();
    let mut random = Random(seed);
    let (mut nodes, mut causal, mut ran) = (BTreeMap::<&str, usize>::new(), 0, 0);
    let programs = count(800);
    for _ in 0..programs {
        let program = random.grown();
        if program.causal().is_err() {
            continue;
        }
        causal += 1;
        if check_rows(&mut random, &program) {
            ran += 1;
            for node in &program.graph().nodes {
                *nodes.entry(node.op.name()).or_default() += 1;
            }
        }
    }
    println!("{causal} causal, {ran} without a fault: {nodes:?}");
    assert!(ran > programs / 8, "{ran}");
}

#[test]
fn the_oracle_should_take_the_same_programs_for_causal() {
    let seed = seed();
    let mut random = Random(seed);
    let programs: Vec<Program> = (0..count(500)).map(|_| random.grown()).collect();
    let case = |program: &Program| json!({"op": "request", "part": "causal", "file": hex::encode(program.encode())});
    let answers = ask(&[], &programs.iter().map(case).collect::<Vec<_>>());
    assert_eq!(answers.len(), programs.len());
    let mut causal = 0;
    for (program, expected) in programs.iter().zip(&answers) {
        let own = program.causal();
        causal += usize::from(own.is_ok());
        assert_eq!(
            json!({"causal": own.is_ok()}),
            *expected,
            "QUORATE_SEED={seed}: {own:?}, {:?}",
            program.graph()
        );
    }
    println!("{causal} of {} are causal", programs.len());
    assert!(causal > programs.len() / 20, "{causal}");
}
