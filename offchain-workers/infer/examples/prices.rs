//! How long operations take beside what they are charged (section 18 of `docs/exactness.md`), as JSON lines: of each a program of one node, in
//! the shapes that suit it least, and nanoseconds of a run for what is charged as 25 operations, which is a nanosecond at the least speed that a
//! validator may have. Above 1 it takes longer than its price says on this machine.

use std::{sync::Arc, time::Instant};

use quorate_exact::infer::{sample::Sampler, Tensor};
use quorate_infer::{Choice, Model, ModelError, Options, Runner, TensorBytes, Tensors};
use quorate_program::{
    op::{Binary, Comparison, Fill, Logic, Reduction, Unary},
    Graph, Input, Node, Op, Output, Program, Sizes, Type, Value,
};

/// Operations in a nanosecond.
const RATE: f64 = 25.0;

fn main() {
    let threads = std::env::args()
        .nth(1)
        .map_or(1, |threads| threads.parse().expect("threads"));
    for (name, op, inputs) in cases() {
        let (took, charged) = measured(op, inputs, threads);
        print(name, threads, took, charged);
    }
    for (name, sampler, first) in samplers() {
        for logits in [49_152, 1 << 22] {
            let charged = (256 * logits + 2_048 * first.min(logits)) as f64;
            print(
                &format!("{name} of {logits} logits"),
                1,
                sampled(sampler, logits),
                charged,
            );
        }
    }
}

fn print(what: &str, threads: usize, took: f64, charged: f64) {
    let (ms, ratio) = (took / 1e6, took * RATE / charged);
    println!("{{\"what\":\"{what}\",\"threads\":{threads},\"ms\":{ms:.3},\"charged\":{charged},\"ratio\":{ratio:.2}}}");
}

/// Samplers, and how many tokens may be chosen.
fn samplers() -> [(&'static str, Sampler, usize); 3] {
    let draw = |top_k| Sampler::Draw {
        temperature: 0.7,
        top_k,
    };
    [
        ("the largest", Sampler::Argmax, 1),
        ("a draw among 40", draw(40), 40),
        ("a draw among all", draw(u32::MAX), usize::MAX),
    ]
}

/// Nanoseconds of the choice of a token and of the hash of its logits.
fn sampled(sampler: Sampler, logits: usize) -> f64 {
    let choice = Choice { sampler, seed: [7; 32] };
    let Value::F32(logits) = floats(&[logits]) else {
        unreachable!("floats")
    };
    let run = |_| {
        let begin = Instant::now();
        choice.token(logits.data(), 1).expect("a token");
        let mut hasher = blake3::Hasher::new();
        for part in logits.data().chunks(256) {
            let bytes: Vec<u8> = part.iter().flat_map(|logit| logit.to_le_bytes()).collect();
            hasher.update(&bytes);
        }
        hasher.finalize();
        begin.elapsed().as_nanos() as f64
    };
    (0..5).map(run).fold(f64::INFINITY, f64::min)
}

struct NoTensors;

impl Tensors for NoTensors {
    fn tensor(&self, _: &str) -> Option<TensorBytes<'_>> {
        None
    }
}

/// Nanoseconds of the fastest of some runs, and what a run is charged.
fn measured(op: Op, inputs: Vec<Value>, threads: usize) -> (f64, f64) {
    let declared = inputs.iter().enumerate().map(|(i, value)| Input {
        name: format!("x{i}"),
        shape: value.shape().iter().map(|&size| (size as i64).into()).collect(),
        element: value.element(),
    });
    let operands: Vec<u32> = (0..inputs.len() as u32).collect();
    let result = inputs.len() as u32;
    let mut graph = Graph {
        inputs: declared.collect(),
        nodes: vec![Node { operands, op }],
        outputs: vec![Output {
            name: "y".into(),
            value: result,
        }],
        ..Graph::default()
    };
    let alone = Program::new(graph.clone()).expect("a program");
    let charged = alone.flops().value(&Sizes::new()).expect("a number") as f64;
    // Its first elements alone are an output: outputs are charged by their bytes.
    let results = alone.types().len() as u32;
    graph.nodes.push(Node {
        operands: vec![result],
        op: slice(0, 0, 1, 1),
    });
    graph.outputs[0].value = results;
    let program = Program::new(graph).expect("a program");
    let options = Options {
        threads,
        ..Options::default()
    };
    let model: Result<Model, ModelError> = Model::new(program, &NoTensors, options);
    let mut runner = Runner::new(Arc::new(model.expect("a model")));
    let mut best = f64::INFINITY;
    let begin = Instant::now();
    for run in 0..9 {
        if run > 1 && begin.elapsed().as_secs() > 2 {
            break;
        }
        let times = std::sync::Mutex::new(vec![]);
        let inputs: &[Value] = &inputs;
        let answers = runner.run_batch(&[inputs], &|_, _| {
            times.lock().expect("a lock").push(Instant::now());
            true
        });
        answers.expect("answers").remove(0).expect("no fault");
        let times = times.into_inner().expect("a lock");
        let [.., first, second] = times.as_slice() else {
            panic!("{} steps", times.len())
        };
        best = best.min((*second - *first).as_nanos() as f64);
    }
    (best, charged)
}

fn word(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state >> 16
}

fn floats(shape: &[usize]) -> Value {
    let mut state = 0x9e37_79b9_7f4a_7c15;
    let one = |_| (word(&mut state) >> 24) as f32 / (1u64 << 24) as f32 + 0.5;
    Value::F32(Tensor::new(shape.to_vec(), (0..shape.iter().product()).map(one).collect()).expect("floats"))
}

/// Ascending, the worst for who keeps the largest in order.
fn ascending(shape: &[usize]) -> Value {
    let last = shape[shape.len() - 1];
    let data = (0..shape.iter().product::<usize>()).map(|i| (i % last) as f32);
    Value::F32(Tensor::new(shape.to_vec(), data.collect()).expect("floats"))
}

fn integers(shape: &[usize], below: i64) -> Value {
    let mut state = 0x9e37_79b9_7f4a_7c15;
    let one = |_| (word(&mut state) % below as u64) as i64;
    Value::I64(Tensor::new(shape.to_vec(), (0..shape.iter().product()).map(one).collect()).expect("integers"))
}

fn bytes(shape: &[usize]) -> Value {
    let mut state = 0x9e37_79b9_7f4a_7c15;
    let one = |_| word(&mut state) as u8;
    Value::U8(Tensor::new(shape.to_vec(), (0..shape.iter().product()).map(one).collect()).expect("bytes"))
}

fn bools(shape: &[usize]) -> Value {
    let mut state = 0x9e37_79b9_7f4a_7c15;
    let one = |_| word(&mut state) & 1 == 1;
    Value::Bool(Tensor::new(shape.to_vec(), (0..shape.iter().product()).map(one).collect()).expect("bools"))
}

fn expand(shape: &[i64]) -> Op {
    Op::Expand {
        shape: shape.iter().map(|&size| size.into()).collect(),
    }
}

fn reduce(how: Reduction, axes: &[u32]) -> Op {
    Op::Reduce {
        axes: axes.to_vec(),
        how,
        keep: false,
    }
}

fn top(axis: u32, k: i64) -> Op {
    Op::TopK {
        axis,
        k: k.into(),
        largest: true,
    }
}

fn slice(axis: u32, start: i64, step: i64, count: i64) -> Op {
    Op::Slice {
        axis,
        count: count.into(),
        start: start.into(),
        step,
    }
}

fn split(axis: u32, parts: usize) -> Op {
    Op::Split {
        axis,
        sizes: vec![1.into(); parts],
    }
}

fn cases() -> Vec<(&'static str, Op, Vec<Value>)> {
    let n = 4_096;
    let order = |order: &[u32]| Op::Transpose { order: order.to_vec() };
    let argmax = |axis| Op::ArgMax { axis, keep: false };
    vec![
        ("transpose f32", order(&[1, 0]), vec![floats(&[n, n])]),
        ("transpose u8", order(&[1, 0]), vec![bytes(&[n, n])]),
        ("transpose i64", order(&[1, 0]), vec![integers(&[n, n], 9)]),
        (
            "transpose f32 of three axes",
            order(&[2, 1, 0]),
            vec![floats(&[256, 256, 256])],
        ),
        (
            "transpose u8 of four axes",
            order(&[3, 1, 0, 2]),
            vec![bytes(&[64, 64, 64, 64])],
        ),
        (
            "gather of elements",
            Op::Gather { axis: 0 },
            vec![floats(&[1 << 24]), integers(&[1 << 22], 1 << 24)],
        ),
        (
            "gather of bytes along the last axis",
            Op::Gather { axis: 1 },
            vec![bytes(&[n, n]), integers(&[n], n as i64)],
        ),
        (
            "gather of rows",
            Op::Gather { axis: 0 },
            vec![floats(&[n, n]), integers(&[n], n as i64)],
        ),
        (
            "concat of columns",
            Op::Concat { axis: 1 },
            (0..64).map(|_| floats(&[1 << 16, 1])).collect(),
        ),
        (
            "concat of byte columns",
            Op::Concat { axis: 1 },
            (0..1_000).map(|_| bytes(&[n, 1])).collect(),
        ),
        ("split to columns", split(1, 64), vec![floats(&[1 << 16, 64])]),
        ("split to byte columns", split(1, n), vec![bytes(&[n, n])]),
        (
            "slice backwards",
            slice(0, (1 << 24) - 1, -1, 1 << 24),
            vec![floats(&[1 << 24])],
        ),
        ("slice of a column", slice(1, 7, 1, 1), vec![floats(&[1 << 18, 64])]),
        (
            "expand of a column",
            expand(&[n as i64, n as i64]),
            vec![floats(&[n, 1])],
        ),
        ("expand of bytes", expand(&[n as i64, n as i64]), vec![bytes(&[n, 1])]),
        ("expand of a row of two", expand(&[1 << 22, 2]), vec![floats(&[1, 2])]),
        (
            "pad of bytes",
            Op::Pad {
                after: 1,
                axis: 1,
                before: 1,
                fill: Fill::Integer(0),
            },
            vec![bytes(&[1 << 22, 1])],
        ),
        (
            "pad by the edge",
            Op::Pad {
                after: 1,
                axis: 1,
                before: 1,
                fill: Fill::Edge,
            },
            vec![floats(&[1 << 22, 1])],
        ),
        (
            "pad by reflection",
            Op::Pad {
                after: 1,
                axis: 0,
                before: 1,
                fill: Fill::Reflect,
            },
            vec![floats(&[n, n])],
        ),
        (
            "resize of bytes",
            Op::Resize { axis: 1, scale: 2 },
            vec![bytes(&[n, n])],
        ),
        (
            "resize of few",
            Op::Resize { axis: 1, scale: 2 },
            vec![floats(&[1 << 22, 1])],
        ),
        (
            "reshape",
            Op::Reshape {
                shape: vec![(1 << 24).into()],
            },
            vec![floats(&[n, n])],
        ),
        ("cast to i64", Op::Cast { to: Type::I64 }, vec![floats(&[n, n])]),
        ("cast of u8", Op::Cast { to: Type::F32 }, vec![bytes(&[n, n])]),
        ("cast to i8", Op::Cast { to: Type::I8 }, vec![floats(&[n, n])]),
        ("add", Op::Binary(Binary::Add), vec![floats(&[n, n]), floats(&[n, n])]),
        (
            "divide",
            Op::Binary(Binary::Div),
            vec![floats(&[n, n]), floats(&[n, n])],
        ),
        (
            "add of a column",
            Op::Binary(Binary::Add),
            vec![floats(&[n, n]), floats(&[n, 1])],
        ),
        (
            "add of column and row",
            Op::Binary(Binary::Add),
            vec![floats(&[1, n]), floats(&[n, 1])],
        ),
        (
            "add of three axes",
            Op::Binary(Binary::Add),
            vec![floats(&[256, 1, 256]), floats(&[1, 256, 1])],
        ),
        (
            "add of pairs",
            Op::Binary(Binary::Add),
            vec![floats(&[1 << 22, 1]), floats(&[1, 2])],
        ),
        (
            "add of i64",
            Op::Binary(Binary::Add),
            vec![integers(&[n, n], 99), integers(&[n, n], 99)],
        ),
        (
            "multiply i64, broadcast",
            Op::Binary(Binary::Mul),
            vec![integers(&[n, 1], 99), integers(&[1, n], 99)],
        ),
        (
            "compare",
            Op::Compare(Comparison::Less),
            vec![floats(&[n, n]), floats(&[n, 1])],
        ),
        (
            "compare i64",
            Op::Compare(Comparison::Equal),
            vec![integers(&[n, n], 9), integers(&[n, 1], 9)],
        ),
        (
            "compare of column and row",
            Op::Compare(Comparison::Equal),
            vec![bytes(&[1, n]), bytes(&[n, 1])],
        ),
        ("and", Op::Logic(Logic::And), vec![bools(&[n, n]), bools(&[n, 1])]),
        ("not", Op::Not, vec![bools(&[n, n])]),
        (
            "where",
            Op::Where,
            vec![bools(&[n, n]), floats(&[n, n]), floats(&[n, n])],
        ),
        (
            "where, broadcast",
            Op::Where,
            vec![bools(&[n, 1]), floats(&[1, n]), floats(&[1, 1])],
        ),
        (
            "where of u8, broadcast",
            Op::Where,
            vec![bools(&[n, 1]), bytes(&[1, n]), bytes(&[1, 1])],
        ),
        ("absolute", Op::Unary(Unary::Abs), vec![floats(&[n, n])]),
        ("square root", Op::Unary(Unary::Sqrt), vec![floats(&[1 << 20])]),
        ("exponential", Op::Unary(Unary::Exp), vec![floats(&[n, n])]),
        ("sine", Op::Unary(Unary::Sin), vec![floats(&[n, n])]),
        ("gelu", Op::Unary(Unary::Gelu), vec![floats(&[n, n])]),
        ("softmax", Op::Softmax { axis: 1 }, vec![floats(&[n, n])]),
        ("softmax of columns", Op::Softmax { axis: 0 }, vec![floats(&[n, n])]),
        ("softmax of pairs", Op::Softmax { axis: 1 }, vec![floats(&[1 << 22, 2])]),
        (
            "softmax in the middle",
            Op::Softmax { axis: 1 },
            vec![floats(&[1 << 12, n / 2, 2])],
        ),
        (
            "layer norm of pairs",
            Op::LayerNorm {
                epsilon: quorate_program::Real::new(1e-5).expect("real"),
            },
            vec![floats(&[1 << 22, 2]), floats(&[2]), floats(&[2])],
        ),
        (
            "layer norm",
            Op::LayerNorm {
                epsilon: quorate_program::Real::new(1e-5).expect("real"),
            },
            vec![floats(&[n, n]), floats(&[n]), floats(&[n])],
        ),
        ("sum of rows", reduce(Reduction::Sum, &[1]), vec![floats(&[n, n])]),
        ("sum of columns", reduce(Reduction::Sum, &[0]), vec![floats(&[n, n])]),
        (
            "sum of pairs",
            reduce(Reduction::Sum, &[1]),
            vec![floats(&[1 << 22, 2])],
        ),
        ("sum of ones", reduce(Reduction::Sum, &[1]), vec![floats(&[1 << 22, 1])]),
        (
            "sum of two axes apart",
            reduce(Reduction::Sum, &[0, 2]),
            vec![floats(&[256, 256, 256])],
        ),
        (
            "largest of two axes apart",
            reduce(Reduction::Max, &[0, 2]),
            vec![floats(&[256, 256, 256])],
        ),
        ("argmax of rows", argmax(1), vec![floats(&[n, n])]),
        ("argmax of pairs", argmax(1), vec![floats(&[1 << 22, 2])]),
        ("argmax of columns", argmax(0), vec![floats(&[n, n])]),
        ("argmax of i64", argmax(1), vec![integers(&[n, n], 1 << 40)]),
        ("top 1", top(1, 1), vec![ascending(&[n, n])]),
        ("top 8", top(1, 8), vec![ascending(&[n, n])]),
        ("top 64", top(1, 64), vec![ascending(&[n, n])]),
        ("top 64, random", top(1, 64), vec![floats(&[n, n])]),
        ("top 65", top(1, 65), vec![floats(&[n, n])]),
        ("top of columns", top(0, 3), vec![floats(&[n, n])]),
        ("all in order", top(0, 1 << 22), vec![floats(&[1 << 22])]),
        (
            "all in order, i64",
            top(0, 1 << 22),
            vec![integers(&[1 << 22], 1 << 40)],
        ),
        ("matmul of one row", Op::MatMul, vec![floats(&[1, n]), floats(&[n, n])]),
        (
            "linear of one row",
            Op::Linear,
            vec![floats(&[1, n]), floats(&[2 * n, n])],
        ),
        (
            "linear of two wide",
            Op::Linear,
            vec![floats(&[1 << 22, 2]), floats(&[2, 2])],
        ),
        (
            "linear of one wide",
            Op::Linear,
            vec![floats(&[1 << 22, 1]), floats(&[1, 1])],
        ),
        (
            "matmul of many small",
            Op::MatMul,
            vec![floats(&[1 << 18, 2, 2]), floats(&[1 << 18, 2, 2])],
        ),
        ("linear", Op::Linear, vec![floats(&[256, n]), floats(&[n, n])]),
        (
            "max pool",
            Op::MaxPool {
                ceil: false,
                kernel: [2, 2],
                strides: strides(2),
            },
            vec![floats(&[1, 16, 1024, 1024])],
        ),
        (
            "average pool of one",
            Op::AveragePool {
                ceil: false,
                include_padding: true,
                kernel: [1, 1],
                strides: strides(1),
            },
            vec![floats(&[1, 16, 1024, 1024])],
        ),
        (
            "convolution of one",
            Op::Conv {
                groups: 1,
                strides: strides(1),
            },
            vec![floats(&[1, n, n, 1]), floats(&[1, 1, 1, 1])],
        ),
        (
            "convolution of depth",
            Op::Conv {
                groups: 64,
                strides: strides(1),
            },
            vec![floats(&[1, 512, 512, 64]), floats(&[64, 3, 3, 1])],
        ),
        (
            "quantize",
            Op::QuantizeLinear,
            vec![floats(&[n, n]), floats(&[]), bytes(&[])],
        ),
        (
            "dequantize",
            Op::DequantizeLinear,
            vec![bytes(&[n, n]), floats(&[]), bytes(&[])],
        ),
        ("quantize dynamically", Op::DynamicQuantizeLinear, vec![floats(&[n, n])]),
        (
            "integer matmul",
            Op::MatMulInteger,
            vec![bytes(&[256, n]), bytes(&[]), bytes(&[n, n]), bytes(&[])],
        ),
        (
            "integer matmul of one row",
            Op::MatMulInteger,
            vec![bytes(&[1, n]), bytes(&[]), bytes(&[n, n]), bytes(&[])],
        ),
    ]
}

fn strides(step: u32) -> [quorate_program::op::Stride; 2] {
    [quorate_program::op::Stride {
        after: 0,
        before: 0,
        dilation: 1,
        step,
    }; 2]
}
