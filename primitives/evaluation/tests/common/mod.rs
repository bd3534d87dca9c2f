//! Rounds of a small task: logistic regression with organisations that train, replay, or send noise.
#![allow(dead_code, reason = "each test uses its part")]

use quorate_data_set::{DataSet, Row};
use quorate_evaluation::assessment::{AssessedRound, Fewest, Update};
use quorate_exact::{
    evaluate, grid::apply, infer::Tensor, root, Account, Detail, Dtype, Kind, ModelHeader, Pipeline, ProductsTree,
    Role, RowTensor, Rule, TensorSpec, UpdateHeader,
};
use quorate_program::{
    op::{Binary, Comparison, Reduction, Unary},
    Constant, Graph, Input, ModelTensor, Node, Op, Output, Program, Sizes, Type, Value,
};

/// Weights of the model.
pub const DIMENSIONS: usize = 400;
pub const SCALE: i8 = 24;
/// Rows that an organisation trains on.
const TRAINED: usize = 60;
const STEP: f64 = 8.0;

/// Numbers that look random: SplitMix64.
pub struct Random(pub u64);

impl Random {
    pub fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let x = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let x = (x ^ x >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ x >> 31
    }

    /// About normal.
    pub fn normal(&mut self) -> f64 {
        (0..12)
            .map(|_| (self.word() >> 11) as f64 / (1u64 << 53) as f64)
            .sum::<f64>()
            - 6.0
    }
}

/// What an organisation sends.
#[derive(Clone, Debug)]
pub enum Sent {
    Honest,
    /// The previous aggregate, times so many halves.
    Replay(i32),
    Noise,
    /// This row.
    Row(Vec<i32>),
    /// This row, with nothing in the other tensor.
    Alone(Vec<i32>),
}

/// x and y = ±1.
pub type Example = (Vec<f32>, f32);

/// A round, as files.
pub struct World {
    pub header: ModelHeader,
    pub base: Vec<u8>,
    pub version: Vec<u8>,
    pub program: Vec<u8>,
    pub benchmark: Option<Vec<u8>>,
    pub shards: Vec<(u32, Vec<u8>)>,
    pub updates: Vec<(Update, Vec<u8>)>,
    /// The rows of the updates.
    pub rows: Vec<Vec<i32>>,
    pub aggregation: Detail,
    pub weights: Vec<f32>,
    pub task: Task,
}

/// What is to be learned.
#[derive(Clone)]
pub struct Task(Vec<f64>);

impl Task {
    pub fn new(random: &mut Random) -> Self {
        Self((0..DIMENSIONS).map(|_| random.normal() * 2.0).collect())
    }

    pub fn examples(&self, random: &mut Random, count: usize) -> Vec<Example> {
        let example = |_| {
            let x: Vec<f32> = (0..DIMENSIONS).map(|_| random.normal() as f32).collect();
            let margin: f64 = x.iter().zip(&self.0).map(|(&x, w)| f64::from(x) * w).sum();
            let noisy = margin / (DIMENSIONS as f64).sqrt() + random.normal() * 0.5;
            (x, if noisy > 0.0 { 1.0 } else { -1.0 })
        };
        (0..count).map(example).collect()
    }
}

pub fn margin(weights: &[f64], (x, y): &Example) -> f64 {
    f64::from(*y) * x.iter().zip(weights).map(|(&x, w)| f64::from(x) * w).sum::<f64>()
}

/// One step of gradient descent on these examples, as a row.
fn trained(weights: &[f32], examples: &[Example], step: f64) -> Vec<i32> {
    let weights: Vec<f64> = weights.iter().map(|&w| w.into()).collect();
    let mut gradient = vec![0.0; weights.len()];
    for example in examples {
        let slope = -f64::from(example.1) / (1.0 + margin(&weights, example).exp());
        for (own, &x) in gradient.iter_mut().zip(&example.0) {
            *own += slope * f64::from(x) / examples.len() as f64;
        }
    }
    let grid = |g: &f64| (-g * step * f64::from(1u32 << SCALE) / (weights.len() as f64).sqrt()).round() as i32;
    gradient.iter().map(grid).collect()
}

/// loss = log(1 + exp(−y · (x · w))); correct: y · (x · w) > 0.
pub fn program() -> Graph {
    let input = |name: &str, shape: Vec<quorate_program::Expression>| Input {
        name: name.into(),
        shape,
        element: Type::F32,
    };
    let node = |operands: &[u32], op| Node {
        operands: operands.to_vec(),
        op,
    };
    let sum = Op::Reduce {
        axes: vec![0],
        how: Reduction::Sum,
        keep: false,
    };
    let output = |name: &str, value| Output {
        name: name.into(),
        value,
    };
    Graph {
        inputs: vec![input("x", vec![(DIMENSIONS as i64).into()]), input("y", vec![])],
        tensors: vec![ModelTensor {
            name: "w".into(),
            shape: vec![DIMENSIONS as u64],
            element: Type::F32,
        }],
        constants: vec![Constant {
            element: Type::F32,
            shape: vec![],
            bytes: 1f32.to_le_bytes().to_vec(),
        }],
        nodes: vec![
            node(&[0, 2], Op::Binary(Binary::Mul)),
            node(&[4], sum),
            node(&[5, 1], Op::Binary(Binary::Mul)),
            node(&[6], Op::Unary(Unary::Neg)),
            node(&[7], Op::Unary(Unary::Exp)),
            node(&[8, 3], Op::Binary(Binary::Add)),
            node(&[9], Op::Unary(Unary::Log)),
            node(&[6, 7], Op::Compare(Comparison::Greater)),
        ],
        outputs: vec![output("correct", 11), output("loss", 10)],
        ..Graph::default()
    }
}

/// A data set of these examples, with a column more that no program reads.
pub fn data(examples: &[Example], salt: u8) -> Vec<u8> {
    let column = |name: &str, shape: Vec<quorate_program::Expression>, element| Input {
        name: name.into(),
        shape,
        element,
    };
    let columns = vec![
        column("y", vec![], Type::F32),
        column("salt", vec![], Type::U8),
        column("x", vec![(DIMENSIONS as i64).into()], Type::F32),
    ];
    let set = DataSet::new(columns, vec![], examples.len() as u64).unwrap();
    let row = |(x, y): &Example| {
        let values = vec![
            Value::F32(Tensor::new(vec![], vec![*y]).unwrap()),
            Value::U8(Tensor::new(vec![], vec![salt]).unwrap()),
            Value::F32(Tensor::new(vec![DIMENSIONS], x.clone()).unwrap()),
        ];
        set.write_row(&Row {
            sizes: Sizes::new(),
            values,
        })
        .unwrap()
    };
    let rows: Vec<Vec<u8>> = examples.iter().map(row).collect();
    set.header().into_iter().chain(rows.concat()).collect()
}

fn header() -> ModelHeader {
    let spec = |name: &str, dtype, shape: Vec<u64>, role, scale| TensorSpec {
        name: name.into(),
        dtype,
        shape,
        role,
        scale,
        original_dtype: dtype,
        aliases: vec![],
    };
    let specs = vec![
        spec("w", Dtype::F32, vec![DIMENSIONS as u64], Role::Train, SCALE),
        spec("more", Dtype::F32, vec![3], Role::Train, 20),
        spec("statistics", Dtype::F32, vec![2], Role::Stat, 20),
        spec("fixed", Dtype::I64, vec![1], Role::Const, 0),
    ];
    ModelHeader::build(Kind::Model, specs).unwrap()
}

/// The values of a file: "more", "statistics", "w", then "fixed".
fn model(header: &ModelHeader, weights: &[f32]) -> Vec<u8> {
    let values = [0.5, -0.25, 0.0, 1.0, 2.0].iter().chain(weights);
    let bytes = values.flat_map(|value: &f32| value.to_le_bytes());
    header.encode().into_iter().chain(bytes).chain([7; 8]).collect()
}

pub fn world(seed: u64, sent: &[(u32, u32, Sent)]) -> World {
    let random = &mut Random(seed);
    let task = Task::new(random);
    let header = header();
    let first: Vec<f32> = (0..DIMENSIONS).map(|_| random.normal() as f32 / 8.0).collect();
    // The step before this round's.
    let examples = task.examples(random, 4 * TRAINED);
    let previous = trained(&first, &examples, STEP);
    let moved = |weights: &[f32], row: &[i32]| -> Vec<f32> {
        let value = |(w, &q): (&f32, &i32)| f32::from_bits(apply(w.to_bits(), q.into(), SCALE).unwrap());
        weights.iter().zip(row).map(value).collect()
    };
    let weights = moved(&first, &previous);
    let base = model(&header, &weights);
    // As a worker reads it from both versions.
    let read = |(new, old): (&f32, &f32)| quorate_exact::grid::step(new.to_bits(), old.to_bits(), SCALE).unwrap();
    let previous: Vec<i32> = weights.iter().zip(&first).map(read).collect();
    let rows: Vec<Vec<i32>> = sent
        .iter()
        .map(|(_, _, sent)| match sent {
            Sent::Honest => trained(&weights, &task.examples(random, TRAINED), STEP),
            Sent::Replay(halves) => previous.iter().map(|q| q * halves / 2).collect(),
            Sent::Noise => (0..DIMENSIONS).map(|_| (random.normal() * 4e6) as i32).collect(),
            Sent::Row(row) | Sent::Alone(row) => row.clone(),
        })
        .collect();
    let updates = sent.iter().zip(&rows).map(|((organisation, weight, sent), row)| {
        let (organisation, weight) = (*organisation, *weight);
        let grid = |q: &i32| (*q as f32 / (1u32 << SCALE) as f32).to_le_bytes();
        let head = UpdateHeader::new(&header, &root(&base), &Account([organisation as u8; 32]));
        let others = more(sent)
            .into_iter()
            .map(|q| q as f32 / (1u32 << 20) as f32)
            .chain([3.0, -3.0]);
        let others: Vec<u8> = others.flat_map(f32::to_le_bytes).collect();
        let bytes = row.iter().flat_map(grid);
        let file = head.bytes().iter().copied().chain(others).chain(bytes).collect();
        (Update { organisation, weight }, file)
    });
    let updates: Vec<(Update, Vec<u8>)> = updates.collect();
    // What the file's f32 are on the grid.
    let rows: Vec<Vec<i32>> = rows
        .iter()
        .map(|row| row.iter().map(|&q| on_grid(q)).collect())
        .collect();
    let tensors = [
        RowTensor {
            role: Role::Train,
            scale: 20,
            rows: sent.iter().map(|(_, _, sent)| more(sent)).collect(),
            previous: Some(vec![0; 3]),
        },
        RowTensor {
            role: Role::Train,
            scale: SCALE,
            rows: rows.clone(),
            previous: Some(previous),
        },
    ];
    let claimed: Vec<u32> = updates.iter().map(|(update, _)| update.weight).collect();
    let made = evaluate(&Pipeline::from(Rule::WeightedMean), &tensors, &claimed, [0; 32]).unwrap();
    let version = model(&header, &moved(&weights, &made.aggregate[1]));
    let aggregation = Detail {
        version: quorate_exact::detail::VERSION,
        scores_ppm: made.scores_ppm,
        selection_weights: made.selection,
        flags: made.products.shape().flags(),
        products: made.products.entries().to_vec(),
        tree: ProductsTree {
            leaves: vec![[0; 32]],
            root: [0; 32],
        },
    };
    let shards = (100..104).map(|supplier| (supplier, data(&task.examples(random, 250), 0)));
    World {
        shards: shards.collect(),
        benchmark: Some(data(&task.examples(random, 40), 0)),
        program: Program::new(program()).unwrap().encode(),
        header,
        base,
        version,
        updates,
        rows,
        aggregation,
        weights,
        task,
    }
}

/// The other tensor's row.
fn more(sent: &Sent) -> Vec<i32> {
    match sent {
        Sent::Replay(_) | Sent::Alone(_) => vec![0; 3],
        _ => vec![0, 1 << 18, -(1 << 19)],
    }
}

/// What the f32 of a grid integer is on the grid again.
fn on_grid(q: i32) -> i32 {
    quorate_exact::grid::quantize((q as f32 / (1u32 << SCALE) as f32).to_bits(), SCALE).unwrap()
}

impl World {
    pub fn round(&self) -> AssessedRound<'_> {
        AssessedRound {
            base: &self.base,
            version: &self.version,
            program: &self.program,
            benchmark: self.benchmark.as_deref(),
            shards: self
                .shards
                .iter()
                .map(|(supplier, data)| (*supplier, &data[..]))
                .collect(),
            updates: self.updates.iter().map(|(update, file)| (*update, &file[..])).collect(),
            aggregation: &self.aggregation,
            contribution: Some(Fewest { rows: 200, shards: 4 }),
            operations: 1_000,
        }
    }
}
