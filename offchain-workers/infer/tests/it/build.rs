//! Small programs, their tensors, and runs by both sides.

use std::sync::Arc;

use quorate_exact::infer::{Fault, Tensor};
use quorate_infer::{Model, Options, Runner, Stop, TensorBytes, Tensors};
use quorate_infer_kernels::Isa;
use quorate_program::{
    Constant, Dimension, Expression, Graph, Input, ModelTensor, Node, Op, Output, Program, Type, Value,
};

/// A program in the making, with values for its tensors. Sources come first: nodes are added once all of them are there.
#[derive(Default)]
pub struct Builder {
    pub graph: Graph,
    pub tensors: Vec<Value>,
    values: u32,
    seed: u64,
}

/// A model's tensors.
pub struct Held(Vec<(String, Vec<u64>, Type, Vec<u8>)>);

impl Tensors for Held {
    fn tensor(&self, name: &str) -> Option<TensorBytes<'_>> {
        let (_, shape, element, bytes) = self.0.iter().find(|(own, ..)| own == name)?;
        let element = Ok(*element);
        Some(TensorBytes { shape, element, bytes })
    }
}

/// An expression of a dimension's name, or of a number.
pub fn d(text: &str) -> Expression {
    text.parse::<i64>()
        .map_or_else(|_| Expression::dimension(text), Expression::from)
}

pub fn shape(dimensions: &[&str]) -> Vec<Expression> {
    dimensions.iter().map(|text| d(text)).collect()
}

/// Numbers around 0, of about this size.
pub fn numbers(seed: u64, count: usize, size: f32) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        ((state >> 40) as f32 / (1u64 << 23) as f32 - 1.0) * size
    };
    (0..count).map(|_| next()).collect()
}

pub fn floats(seed: u64, shape: &[usize], size: f32) -> Value {
    let count = shape.iter().product();
    Value::F32(Tensor::new(shape.to_vec(), numbers(seed, count, size)).unwrap())
}

pub fn ids(seed: u64, count: usize, below: usize) -> Value {
    let ids = numbers(seed, count, 1.0)
        .iter()
        .map(|x| ((x + 1.0) * 0.5 * below as f32) as i64 % below as i64)
        .collect();
    Value::I64(Tensor::new(vec![count], ids).unwrap())
}

impl Builder {
    pub fn dimension(&mut self, name: &str, min: u32, max: u32) {
        let name = name.into();
        self.graph.dimensions.push(Dimension { max, min, name });
    }

    pub fn input(&mut self, element: Type, dimensions: &[&str]) -> u32 {
        self.graph.inputs.push(Input {
            name: format!("input{}", self.graph.inputs.len()),
            shape: shape(dimensions),
            element,
        });
        self.value()
    }

    /// The number of an input that was added by hand.
    pub fn given_number(&mut self) -> u32 {
        self.value()
    }

    pub fn tensor(&mut self, dimensions: &[usize], size: f32) -> u32 {
        self.seed += 1;
        self.given(floats(self.seed, dimensions, size))
    }

    pub fn given(&mut self, value: Value) -> u32 {
        self.graph.tensors.push(ModelTensor {
            name: format!("tensor{}", self.tensors.len()),
            shape: value.shape().iter().map(|&d| d as u64).collect(),
            element: value.element(),
        });
        self.tensors.push(value);
        self.value()
    }

    pub fn constant(&mut self, value: &Value) -> u32 {
        self.graph.constants.push(Constant {
            shape: value.shape().iter().map(|&d| d as u64).collect(),
            element: value.element(),
            bytes: value.bytes(),
        });
        self.value()
    }

    pub fn node(&mut self, op: Op, operands: &[u32]) -> u32 {
        self.nodes(op, operands, 1)[0]
    }

    pub fn nodes(&mut self, op: Op, operands: &[u32], results: usize) -> Vec<u32> {
        self.graph.nodes.push(Node {
            operands: operands.to_vec(),
            op,
        });
        (0..results).map(|_| self.value()).collect()
    }

    pub fn output(&mut self, value: u32) {
        let name = format!("output{}", self.graph.outputs.len());
        self.graph.outputs.push(Output { name, value });
    }

    fn value(&mut self) -> u32 {
        self.values += 1;
        self.values - 1
    }

    pub fn program(&self) -> Program {
        Program::new(self.graph.clone()).unwrap()
    }

    pub fn held(&self) -> Held {
        let pairs = self.graph.tensors.iter().zip(&self.tensors);
        Held(
            pairs
                .map(|(tensor, value)| (tensor.name.clone(), tensor.shape.clone(), tensor.element, value.bytes()))
                .collect(),
        )
    }

    pub fn model(&self, options: Options) -> Arc<Model> {
        Arc::new(Model::new(self.program(), &self.held(), options).unwrap())
    }

    /// By the reference.
    pub fn reference(&self, inputs: &[Value]) -> Result<Vec<Value>, Fault> {
        self.program().run(inputs.to_vec(), &self.tensors)
    }

    /// That every level of instructions, and any number of threads, has the reference's answer, fused and not, alone and in a batch.
    pub fn check(&self, requests: &[Vec<Value>]) {
        let expected: Vec<_> = requests.iter().map(|inputs| self.reference(inputs)).collect();
        // Also where nothing but tensors and constants is kept.
        let none = Options {
            memory: 0,
            ..Options::default()
        };
        for options in options().into_iter().chain([none]) {
            let mut model = Model::new(self.program(), &self.held(), options).unwrap();
            model.allow(u64::MAX);
            let mut runner = Runner::new(Arc::new(model));
            for (inputs, expected) in requests.iter().zip(&expected) {
                let got = runner.run(inputs);
                assert_same(&got.map_err(fault), expected, &format!("{options:?}"));
            }
            let batch: Vec<&[Value]> = requests.iter().map(Vec::as_slice).collect();
            let got = runner.run_batch(&batch, &|_, _| true).unwrap();
            for (got, expected) in got.iter().zip(&expected) {
                assert_same(got, expected, &format!("in a batch, {options:?}"));
            }
        }
    }
}

pub fn fault(stop: Stop) -> Fault {
    match stop {
        Stop::Fault(fault) => fault,
        other => panic!("{other}"),
    }
}

pub fn assert_same(got: &Result<Vec<Value>, Fault>, expected: &Result<Vec<Value>, Fault>, how: &str) {
    match (got, expected) {
        (Ok(got), Ok(expected)) => {
            assert_eq!(got.len(), expected.len());
            for (i, (got, expected)) in got.iter().zip(expected).enumerate() {
                assert_eq!(got.shape(), expected.shape(), "output {i}, {how}");
                assert!(
                    got.bytes() == expected.bytes(),
                    "output {i}, {how}:\n{got:?}\n{expected:?}"
                );
            }
        }
        (got, expected) => assert_eq!(got, expected, "{how}"),
    }
}

pub fn options() -> Vec<Options> {
    let mut all = vec![];
    for isa in Isa::available() {
        for (threads, fused) in [(1, true), (1, false), (3, true)] {
            all.push(Options {
                isa,
                threads,
                fused,
                memory: u64::MAX,
            });
        }
    }
    all
}
