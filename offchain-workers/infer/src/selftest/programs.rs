//! Small programs that use every kernel, with values for them.

use quorate_exact::infer::Tensor;
use quorate_program::{
    op::{Binary, Clip, HardSigmoid, Reduction, Stride, Unary},
    Constant, Graph, Input, ModelTensor, Node, Op, Output, Program, Real, Type, Value,
};

/// A program, its tensors' values and a request's inputs.
pub struct Trial {
    /// What it has.
    pub name: &'static str,
    /// The program.
    pub program: Program,
    /// One for each tensor of the program.
    pub tensors: Vec<Value>,
    /// One for each input.
    pub inputs: Vec<Value>,
}

/// A graph in the making. Inputs, tensors and constants come before nodes.
#[derive(Default)]
struct Sketch {
    graph: Graph,
    tensors: Vec<Value>,
    inputs: Vec<Value>,
    values: u32,
}

fn floats(seed: u64, shape: &[usize], size: f32) -> Option<Value> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        ((state >> 40) as f32 / (1u64 << 23) as f32 - 1.0) * size
    };
    let data = (0..shape.iter().product()).map(|_| next()).collect();
    Some(Value::F32(Tensor::new(shape.to_vec(), data).ok()?))
}

impl Sketch {
    fn next(&mut self) -> u32 {
        self.values += 1;
        self.values - 1
    }

    fn input(&mut self, value: Value) -> u32 {
        self.graph.inputs.push(Input {
            name: format!("input{}", self.inputs.len()),
            shape: value.shape().iter().map(|&d| (d as i64).into()).collect(),
            element: value.element(),
        });
        self.inputs.push(value);
        self.next()
    }

    fn given(&mut self, value: Value) -> u32 {
        self.graph.tensors.push(ModelTensor {
            name: format!("tensor{}", self.tensors.len()),
            shape: value.shape().iter().map(|&d| d as u64).collect(),
            element: value.element(),
        });
        self.tensors.push(value);
        self.next()
    }

    fn tensor(&mut self, shape: &[usize], size: f32) -> Option<u32> {
        let value = floats(self.values.into(), shape, size)?;
        Some(self.given(value))
    }

    fn constant(&mut self, value: &Value) -> u32 {
        self.graph.constants.push(Constant {
            shape: value.shape().iter().map(|&d| d as u64).collect(),
            element: value.element(),
            bytes: value.bytes(),
        });
        self.next()
    }

    fn node(&mut self, op: Op, operands: &[u32]) -> u32 {
        self.nodes(op, operands, 1)[0]
    }

    fn nodes(&mut self, op: Op, operands: &[u32], results: usize) -> Vec<u32> {
        self.graph.nodes.push(Node {
            operands: operands.to_vec(),
            op,
        });
        (0..results).map(|_| self.next()).collect()
    }

    fn unary(&mut self, op: Unary, x: u32) -> u32 {
        self.node(Op::Unary(op), &[x])
    }

    fn trial(mut self, name: &'static str, outputs: &[u32]) -> Option<Trial> {
        self.graph.outputs = outputs
            .iter()
            .enumerate()
            .map(|(i, &value)| Output {
                name: format!("output{i}"),
                value,
            })
            .collect();
        Some(Trial {
            name,
            program: Program::new(self.graph).ok()?,
            tensors: self.tensors,
            inputs: self.inputs,
        })
    }
}

/// All of them. None if one is not a program, which a test rules out.
pub fn trials() -> Option<Vec<Trial>> {
    Some(vec![text()?, gated()?, image()?, numbers()?, whole()?])
}

fn shape(dimensions: &[i64]) -> Vec<quorate_program::Expression> {
    dimensions.iter().map(|&d| d.into()).collect()
}

/// A layer of BERT over 19 tokens: products with and without bias, attention, normalisation.
fn text() -> Option<Trial> {
    let mut s = Sketch::default();
    let ids = (0..19).map(|i| (i * 7) % 23).collect();
    let tokens = s.input(Value::I64(Tensor::new(vec![19], ids).ok()?));
    let table = s.tensor(&[23, 40], 1.0)?;
    let (gain, shift) = (s.tensor(&[40], 1.0)?, s.tensor(&[40], 0.5)?);
    let mut pair = |rows| Some((s.tensor(&[rows, 40], 0.3)?, s.tensor(&[rows], 0.2)?));
    let (q, k, v, inner) = (pair(40)?, pair(40)?, pair(40)?, pair(70)?);
    let outer = s.tensor(&[40, 70], 0.2)?;
    let epsilon = Real::new(1e-5)?;
    let x = s.node(Op::Gather { axis: 0 }, &[table, tokens]);
    let x = s.node(Op::LayerNorm { epsilon }, &[x, gain, shift]);
    let mut heads = |(weights, bias)| {
        let y = s.node(Op::Linear, &[x, weights, bias]);
        s.node(
            Op::Reshape {
                shape: shape(&[19, 2, 20]),
            },
            &[y],
        )
    };
    let (q, k, v) = (heads(q), heads(k), heads(v));
    let scale = Real::new(0.223_606_8)?;
    let seen = s.node(Op::Attention { causal: false, scale }, &[q, k, v]);
    let flat = Op::Reshape {
        shape: shape(&[19, 40]),
    };
    let seen = s.node(flat, &[seen]);
    let y = s.node(Op::Binary(Binary::Add), &[seen, x]);
    let up = s.node(Op::Linear, &[y, inner.0, inner.1]);
    let up = s.unary(Unary::Gelu, up);
    let down = s.node(Op::Linear, &[up, outer]);
    let y = s.node(Op::Binary(Binary::Add), &[down, y]);
    let y = s.node(Op::LayerNorm { epsilon }, &[y, gain, shift]);
    let p = s.node(Op::Softmax { axis: 1 }, &[y]);
    s.trial("a layer of BERT", &[y, p])
}

/// A layer of Llama for one token and for many: products of one row, RoPE, causal attention, a gate.
fn gated() -> Option<Trial> {
    let mut s = Sketch::default();
    let x = s.input(floats(5, &[11, 32], 1.0)?);
    let one = s.input(floats(6, &[1, 32], 1.0)?);
    let gain = s.tensor(&[32], 1.0)?;
    let mut weights = |rows, columns| s.tensor(&[rows, columns], 0.3);
    let (q, k, v, gate, up) = (
        weights(32, 32)?,
        weights(16, 32)?,
        weights(16, 32)?,
        weights(48, 32)?,
        weights(48, 32)?,
    );
    let down = weights(32, 48)?;
    let frequencies = (0..4).map(|i| 0.1f32.powi(i)).collect();
    let frequencies = s.constant(&Value::F32(Tensor::new(vec![4], frequencies).ok()?));
    let epsilon = Real::new(1e-6)?;
    let n = s.node(Op::RmsNorm { epsilon }, &[x, gain]);
    let mut heads = |weights, heads| {
        let y = s.node(Op::Linear, &[n, weights]);
        s.node(
            Op::Reshape {
                shape: shape(&[11, heads, 8]),
            },
            &[y],
        )
    };
    let (q, k, v) = (heads(q, 4), heads(k, 2), heads(v, 2));
    let rope = Op::Rope { largest: 64 };
    let (q, k) = (s.node(rope.clone(), &[q, frequencies]), s.node(rope, &[k, frequencies]));
    let scale = Real::new(0.353_553_4)?;
    let seen = s.node(Op::Attention { causal: true, scale }, &[q, k, v]);
    let mut outputs = vec![seen];
    for x in [n, one] {
        let (a, b) = (s.node(Op::Linear, &[x, gate]), s.node(Op::Linear, &[x, up]));
        let a = s.unary(Unary::Silu, a);
        let y = s.node(Op::Binary(Binary::Mul), &[a, b]);
        outputs.push(s.node(Op::Linear, &[y, down]));
    }
    s.trial("a layer of Llama", &outputs)
}

fn stride(step: u32, pad: u32) -> [Stride; 2] {
    let one = Stride {
        after: pad,
        before: pad,
        dilation: 1,
        step,
    };
    [one, one]
}

/// Convolutions of all kinds, pools, what follows them.
fn image() -> Option<Trial> {
    let mut s = Sketch::default();
    let x = s.input(floats(9, &[1, 11, 13, 3], 1.0)?);
    let first = (s.tensor(&[16, 3, 3, 3], 0.4)?, s.tensor(&[16], 0.5)?);
    let (deep, wide) = (s.tensor(&[16, 3, 3, 1], 0.6)?, s.tensor(&[16, 5, 5, 1], 0.3)?);
    let point = (s.tensor(&[24, 1, 1, 16], 0.4)?, s.tensor(&[24], 0.5)?);
    let grouped = s.tensor(&[24, 3, 3, 6], 0.3)?;
    let back = s.tensor(&[8, 2, 2, 24], 0.3)?;
    let (gain, shift, mean) = (s.tensor(&[24], 1.0)?, s.tensor(&[24], 0.5)?, s.tensor(&[24], 0.5)?);
    let variance = s.given(Value::F32(
        Tensor::new(vec![24], (1..25).map(|i| i as f32 / 12.0).collect()).ok()?,
    ));
    let conv = |groups, strides| Op::Conv { groups, strides };
    let x = s.node(conv(1, stride(2, 1)), &[x, first.0, first.1]);
    let x = s.unary(
        Unary::HardSigmoid(HardSigmoid {
            alpha: Real::new(0.2)?,
            beta: Real::new(0.5)?,
        }),
        x,
    );
    let y = s.node(conv(16, stride(1, 1)), &[x, deep]);
    let z = s.node(conv(16, stride(1, 2)), &[x, wide]);
    let y = s.node(Op::Binary(Binary::Sub), &[y, z]);
    let y = s.node(conv(1, stride(1, 0)), &[y, point.0, point.1]);
    let y = s.node(
        Op::BatchNorm {
            epsilon: Real::new(1e-5)?,
        },
        &[y, gain, shift, mean, variance],
    );
    let y = s.unary(
        Unary::Clip(Clip {
            high: Real::new(6.0)?,
            low: Real::new(-1.0)?,
        }),
        y,
    );
    let g = s.node(conv(4, stride(1, 1)), &[y, grouped]);
    let g = s.unary(Unary::Relu, g);
    let (kernel, strides) = ([3, 3], stride(2, 1));
    let most = s.node(
        Op::MaxPool {
            ceil: false,
            kernel,
            strides,
        },
        &[g],
    );
    let average = s.node(
        Op::AveragePool {
            ceil: false,
            include_padding: false,
            kernel,
            strides,
        },
        &[g],
    );
    let joined = s.node(Op::Binary(Binary::Max), &[most, average]);
    let up = s.node(
        Op::ConvTranspose {
            extra: [0, 0],
            groups: 1,
            strides: stride(2, 0),
        },
        &[joined, back],
    );
    let mean = Op::Reduce {
        axes: vec![1, 2],
        how: Reduction::Mean,
        keep: false,
    };
    let (one, other) = (s.node(mean.clone(), &[g]), s.node(mean, &[up]));
    s.trial("a network of images", &[up, one, other])
}

/// Every function, on small, large and ordinary numbers; reductions over them.
fn numbers() -> Option<Trial> {
    let mut s = Sketch::default();
    let edges = [
        0.0,
        -0.0,
        f32::from_bits(1),
        -f32::from_bits(0x007f_ffff),
        f32::MIN_POSITIVE,
        1e-20,
        -1.0,
        1.0,
        87.5,
        -103.5,
        3e4,
        -3e4,
    ];
    let Value::F32(other) = floats(3, &[91 - edges.len()], 8.0)? else {
        return None;
    };
    let all: Vec<f32> = edges.into_iter().chain(other.data().iter().copied()).collect();
    let near: Vec<f32> = all.iter().map(|x| x.clamp(-80.0, 80.0)).collect();
    let above: Vec<f32> = all.iter().map(|x| x.abs()).collect();
    let mut input = |data: &[f32]| Some(s.input(Value::F32(Tensor::new(vec![7, 13], data.to_vec()).ok()?)));
    let (all, near, above) = (input(&all)?, input(&near)?, input(&above)?);
    let mut outputs = vec![];
    use Unary::{Abs, Cos, Cube, Erf, Exp, Gelu, GeluTanh, Log, Neg, Relu, Sigmoid, Silu, Sin, Sqrt, Square, Tanh};
    for op in [Abs, Erf, Neg, Relu, Sigmoid, Square, Tanh, Silu, Gelu] {
        outputs.push(s.unary(op, all));
    }
    for op in [Cos, Cube, Exp, GeluTanh, Sin] {
        outputs.push(s.unary(op, near));
    }
    let rooted = s.unary(Sqrt, above);
    let whole = s.node(Op::Binary(Binary::Add), &[above, rooted]);
    let one = s.unary(Exp, near);
    let positive = s.node(Op::Binary(Binary::Add), &[whole, one]);
    let logs = s.unary(Log, positive);
    let parts = s.node(Op::Binary(Binary::Div), &[near, positive]);
    outputs.extend([rooted, logs, parts]);
    for how in [
        Reduction::L1,
        Reduction::L2,
        Reduction::Max,
        Reduction::Mean,
        Reduction::Min,
        Reduction::Sum,
        Reduction::SumSquare,
    ] {
        let axes = vec![1];
        outputs.push(s.node(Op::Reduce { axes, how, keep: false }, &[near]));
    }
    s.trial("functions", &outputs)
}

/// Products of matrices of the request alone, and of integers; an LSTM, a GRU, the largest of rows.
fn whole() -> Option<Trial> {
    let mut s = Sketch::default();
    let steps = s.input(floats(7, &[4, 2, 9], 1.0)?);
    let (a, b) = (
        s.input(floats(1, &[2, 17, 33], 1.0)?),
        s.input(floats(2, &[2, 33, 21], 1.0)?),
    );
    let bytes = |count: u64, by: u64| (0..count).map(|i| (i * by % 256) as u8).collect::<Vec<u8>>();
    let x = s.input(Value::U8(Tensor::new(vec![9, 31], bytes(279, 37)).ok()?));
    let weights = bytes(31 * 14, 91).into_iter().map(|byte| byte as i8).collect();
    let weights = s.given(Value::I8(Tensor::new(vec![14, 31], weights).ok()?));
    let (w, r) = (s.tensor(&[68, 9], 0.5)?, s.tensor(&[68, 17], 0.5)?);
    let (v, q) = (s.tensor(&[51, 9], 0.5)?, s.tensor(&[51, 17], 0.5)?);
    let (h, c) = (s.tensor(&[2, 17], 1.0)?, s.tensor(&[2, 17], 1.0)?);
    let zero = s.constant(&Value::U8(Tensor::new(vec![], vec![128]).ok()?));
    let zeros = s.constant(&Value::I8(Tensor::new(vec![], vec![-3]).ok()?));
    let product = s.node(Op::MatMul, &[a, b]);
    let turned = s.node(Op::Transpose { order: vec![0, 2, 1] }, &[product]);
    let sums = s.node(Op::MatMulInteger, &[x, zero, weights, zeros]);
    let sums = s.node(Op::Cast { to: Type::F32 }, &[sums]);
    let mut outputs = vec![product, turned, sums];
    outputs.extend(s.nodes(Op::Lstm, &[steps, w, r, h, c], 3));
    for linear_before_reset in [false, true] {
        outputs.extend(s.nodes(Op::Gru { linear_before_reset }, &[steps, v, q, h], 2));
    }
    let (axis, k, largest) = (2, 5.into(), true);
    outputs.extend(s.nodes(Op::TopK { axis, k, largest }, &[product], 2));
    s.trial("products", &outputs)
}
