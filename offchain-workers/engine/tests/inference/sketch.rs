//! Programs with values for their tensors.

use quorate_exact::{infer::Tensor, Dtype, Kind, ModelHeader, Role, TensorSpec};
use quorate_program::{
    op::{Binary, Unary},
    Constant, Dimension, Expression, Graph, Input, ModelTensor, Node, Op, Output, Program, Real, Type, Value,
};

pub const VOCABULARY: usize = 30;

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

pub fn tokens(data: &[i64]) -> Value {
    Value::I64(Tensor::new(vec![data.len()], data.to_vec()).unwrap())
}

/// A program with values for its tensors.
#[derive(Default)]
pub struct Sketch {
    pub graph: Graph,
    pub tensors: Vec<Value>,
    pub values: u32,
}

impl Sketch {
    pub fn next(&mut self) -> u32 {
        self.values += 1;
        self.values - 1
    }

    pub fn tensor(&mut self, shape: &[usize], size: f32) -> u32 {
        let value = floats(self.values.into(), shape, size);
        self.graph.tensors.push(ModelTensor {
            name: format!("tensor{:02}", self.tensors.len()),
            shape: shape.iter().map(|&d| d as u64).collect(),
            element: Type::F32,
        });
        self.tensors.push(value);
        self.next()
    }

    pub fn node(&mut self, op: Op, operands: &[u32]) -> u32 {
        let operands = operands.to_vec();
        self.graph.nodes.push(Node { operands, op });
        self.next()
    }

    pub fn program(&self) -> Program {
        Program::new(self.graph.clone()).unwrap()
    }

    pub fn version(&self) -> Vec<u8> {
        let spec = |(tensor, _): (&ModelTensor, &Value)| TensorSpec {
            name: tensor.name.clone(),
            dtype: Dtype::F32,
            shape: tensor.shape.clone(),
            role: Role::Train,
            scale: 20,
            original_dtype: Dtype::F32,
            aliases: vec![],
        };
        let pairs = || self.graph.tensors.iter().zip(&self.tensors);
        let header = ModelHeader::build(Kind::Model, pairs().map(spec).collect()).unwrap();
        let data = pairs().flat_map(|(_, value)| value.bytes());
        header.encode().into_iter().chain(data).collect()
    }
}

/// Llama in small: grouped heads, RoPE, gates; a token above 25 is turned into the logarithm of a negative number.
pub fn llama(layers: usize, most: u32) -> Sketch {
    let (width, heads, groups, size) = (16, 4, 2, 4);
    let mut s = Sketch::default();
    let dimension = || Expression::dimension("tokens");
    s.graph.dimensions.push(Dimension {
        max: most,
        min: 1,
        name: "tokens".into(),
    });
    s.graph.inputs.push(Input {
        name: "tokens".into(),
        shape: vec![dimension()],
        element: Type::I64,
    });
    let ids = s.next();
    let embedding = s.tensor(&[VOCABULARY, width], 1.0);
    let weights: Vec<[u32; 5]> = (0..layers)
        .map(|_| {
            [
                s.tensor(&[width], 1.0),
                s.tensor(&[heads * size, width], 0.4),
                s.tensor(&[groups * size, width], 0.4),
                s.tensor(&[groups * size, width], 0.4),
                s.tensor(&[width, heads * size], 0.4),
            ]
        })
        .collect();
    let constant = |s: &mut Sketch, value: Value| {
        s.graph.constants.push(Constant {
            shape: value.shape().iter().map(|&d| d as u64).collect(),
            element: value.element(),
            bytes: value.bytes(),
        });
        s.next()
    };
    let inverse = constant(&mut s, Value::F32(Tensor::new(vec![2], vec![1.0, 0.1]).unwrap()));
    let mut signs = vec![1.0f32; VOCABULARY];
    signs[25..].fill(-1.0);
    let signs = constant(&mut s, Value::F32(Tensor::new(vec![VOCABULARY, 1], signs).unwrap()));
    let mut x = s.node(Op::Gather { axis: 0 }, &[embedding, ids]);
    for [gain, q, k, v, o] in weights {
        let epsilon = Real::new(1e-5).unwrap();
        let h = s.node(Op::RmsNorm { epsilon }, &[x, gain]);
        let split = |s: &mut Sketch, w: u32, heads: usize| {
            let y = s.node(Op::Linear, &[h, w]);
            let shape = vec![dimension(), (heads as i64).into(), (size as i64).into()];
            s.node(Op::Reshape { shape }, &[y])
        };
        let (q, k, v) = (
            split(&mut s, q, heads),
            split(&mut s, k, groups),
            split(&mut s, v, groups),
        );
        let q = s.node(Op::Rope { largest: most }, &[q, inverse]);
        let k = s.node(Op::Rope { largest: most }, &[k, inverse]);
        let scale = Real::new(0.5).unwrap();
        let y = s.node(Op::Attention { causal: true, scale }, &[q, k, v]);
        let shape = vec![dimension(), ((heads * size) as i64).into()];
        let y = s.node(Op::Reshape { shape }, &[y]);
        let y = s.node(Op::Linear, &[y, o]);
        x = s.node(Op::Binary(Binary::Add), &[x, y]);
    }
    let sign = s.node(Op::Gather { axis: 0 }, &[signs, ids]);
    let log = s.node(Op::Unary(Unary::Log), &[sign]);
    let x = s.node(Op::Binary(Binary::Add), &[x, log]);
    let logits = s.node(Op::Linear, &[x, embedding]);
    s.graph.outputs.push(Output {
        name: "logits".into(),
        value: logits,
    });
    s
}

/// A canonical file of these tensors.
pub fn file_of<'a>(tensors: impl Iterator<Item = (&'a ModelTensor, &'a Value)>) -> Vec<u8> {
    let tensors: Vec<_> = tensors.collect();
    let spec = |(tensor, _): &(&ModelTensor, &Value)| TensorSpec {
        name: tensor.name.clone(),
        dtype: Dtype::F32,
        shape: tensor.shape.clone(),
        role: Role::Train,
        scale: 0,
        original_dtype: Dtype::F32,
        aliases: vec![],
    };
    let header = ModelHeader::build(Kind::Model, tensors.iter().map(spec).collect()).unwrap();
    let mut file = header.encode();
    for tensor in &header.tensors {
        let (_, value) = tensors.iter().find(|(own, _)| own.name == tensor.name).unwrap();
        file.extend(value.bytes());
    }
    file
}
