//! Random programs against the reference.

use proptest::prelude::*;
use quorate_exact::infer::Tensor;
use quorate_infer::{Runner, Session};
use quorate_program::{
    op::{Binary, Comparison, Reduction, Unary},
    Graph, Op, Type, Value,
};

use crate::{
    build::{d, floats, options, shape, Builder},
    models::real,
};

/// What the next node is, as numbers that a choice is made by.
type Choice = (u8, u8, u8, u8);

/// A value that nodes can read: its number and its shape, whose dimensions are texts.
#[derive(Clone)]
struct Known(u32, Vec<String>);

const WIDTH: &str = "12";

/// A program over x [n, 12] and y [n, 12]; every choice adds nodes, and what is not read is an output. A causal one has no node that looks ahead.
fn program(choices: &[Choice], causal: bool) -> Builder {
    let mut b = Builder::default();
    b.dimension("n", 1, 64);
    let x = b.input(Type::F32, &["n", WIDTH]);
    let y = b.input(Type::F32, &["n", WIDTH]);
    let weights: Vec<u32> = (0..3).map(|_| b.tensor(&[12, 12], 0.6)).collect();
    let rows: Vec<u32> = (0..3).map(|_| b.tensor(&[12], 1.0)).collect();
    let one = b.tensor(&[], 1.0);
    let inverse = Value::F32(Tensor::new(vec![3], vec![1.0, 0.25, 0.01]).unwrap());
    let uses_rope = causal && choices.iter().any(|choice| choice.0 % 14 == 10);
    let inverse = uses_rope.then(|| b.constant(&inverse));
    let wide = |first: &str| vec![first.to_owned(), WIDTH.to_owned()];
    let mut known = vec![Known(x, wide("n")), Known(y, wide("n"))];
    let mut read = std::collections::BTreeSet::new();
    for &(what, first, second, how) in choices {
        // Late values more often.
        let pick = |i: u8| known[known.len() - 1 - usize::from(i) % known.len().min(4)].clone();
        let (a, c) = (pick(first), pick(second));
        let (w, row) = (weights[usize::from(how) % 3], rows[usize::from(second) % 3]);
        let mut operands = vec![a.0];
        let mut to = a.1.clone();
        let op = match what % 14 {
            0 | 1 => {
                operands.push(w);
                if how % 2 == 0 {
                    operands.push(row);
                }
                Op::Linear
            }
            2 | 3 => Op::Unary(
                [
                    Unary::Gelu,
                    Unary::Relu,
                    Unary::Tanh,
                    Unary::Sigmoid,
                    Unary::Neg,
                    Unary::Square,
                    Unary::Abs,
                    Unary::Sin,
                    Unary::Silu,
                    Unary::Log,
                ][usize::from(how) % 10],
            ),
            4..=6 => {
                let other = match second % 4 {
                    0 => one,
                    1 => row,
                    _ if c.1 == a.1 => c.0,
                    _ => a.0,
                };
                operands.push(other);
                if how >= 128 {
                    operands.swap(0, 1);
                }
                Op::Binary(
                    [
                        Binary::Add,
                        Binary::Sub,
                        Binary::Mul,
                        Binary::Max,
                        Binary::Min,
                        Binary::Div,
                    ][usize::from(how) % 6],
                )
            }
            7 => {
                operands.extend([row, rows[0]]);
                Op::LayerNorm { epsilon: real(1e-5) }
            }
            8 => {
                operands.push(row);
                Op::RmsNorm { epsilon: real(1e-5) }
            }
            9 => Op::Softmax {
                axis: u32::from(causal || how % 2 == 1),
            },
            10 if causal => {
                let apart = shape(&["n", "2", "6"]);
                let other = pick_wide(&known, second).0;
                read.insert(other);
                let q = b.node(Op::Reshape { shape: apart.clone() }, &[a.0]);
                let k = b.node(Op::Reshape { shape: apart }, &[other]);
                let inverse = inverse.unwrap_or(0);
                let q = b.node(Op::Rope { largest: 64 }, &[q, inverse]);
                let turned = b.node(Op::Rope { largest: 64 }, &[k, inverse]);
                let attention = Op::Attention {
                    causal: true,
                    scale: real(0.4),
                };
                operands = vec![b.node(attention, &[q, turned, k])];
                to = wide("n");
                Op::Reshape {
                    shape: shape(&["n", WIDTH]),
                }
            }
            10 => {
                // Two heads of six: products of rows with rows.
                let apart = shape(&["n", "2", "6"]);
                let q = b.node(Op::Reshape { shape: apart.clone() }, &[a.0]);
                let k = b.node(Op::Reshape { shape: apart }, &[pick_wide(&known, second).0]);
                read.insert(pick_wide(&known, second).0);
                let q = b.node(Op::Transpose { order: vec![1, 0, 2] }, &[q]);
                let t = b.node(Op::Transpose { order: vec![1, 2, 0] }, &[k]);
                let v = b.node(Op::Transpose { order: vec![1, 0, 2] }, &[k]);
                let p = b.node(Op::MatMul, &[q, t]);
                let p = b.node(Op::Binary(Binary::Mul), &[p, one]);
                let p = b.node(Op::Softmax { axis: 2 }, &[p]);
                let z = b.node(Op::MatMul, &[p, v]);
                let z = b.node(Op::Transpose { order: vec![1, 0, 2] }, &[z]);
                operands = vec![z];
                to = wide("n");
                Op::Reshape {
                    shape: shape(&["n", WIDTH]),
                }
            }
            11 => {
                let z = b.node(
                    Op::Reduce {
                        axes: vec![u32::from(causal || how % 2 == 1)],
                        how: [Reduction::Mean, Reduction::Max, Reduction::Sum, Reduction::L2][usize::from(second) % 4],
                        keep: true,
                    },
                    &operands,
                );
                operands = vec![a.0, z];
                read.insert(a.0);
                Op::Binary(Binary::Sub)
            }
            12 => {
                let condition = b.node(Op::Compare(Comparison::Less), &[a.0, one]);
                operands = vec![condition, a.0, row];
                Op::Where
            }
            _ => {
                let low = b.node(
                    Op::Slice {
                        axis: 1,
                        count: d("5"),
                        start: d("4"),
                        step: -1,
                    },
                    &[a.0],
                );
                let high = b.node(
                    Op::Slice {
                        axis: 1,
                        count: d("7"),
                        start: d("5"),
                        step: 1,
                    },
                    &[a.0],
                );
                operands = vec![high, low];
                Op::Concat { axis: 1 }
            }
        };
        read.insert(a.0);
        read.extend(operands.iter().copied());
        let z = b.node(op, &operands);
        known.push(Known(z, to));
    }
    for value in known.iter().rev().map(|known| known.0) {
        if !read.contains(&value) || value == known[known.len() - 1].0 {
            b.output(value);
        }
    }
    b
}

fn pick_wide(known: &[Known], i: u8) -> Known {
    known[usize::from(i) % known.len()].clone()
}

/// Without the tensors that nothing reads, which a program must not have.
fn trimmed(mut b: Builder) -> Builder {
    let inputs = b.graph.inputs.len() as u32;
    let count = b.graph.tensors.len() as u32;
    let used = |graph: &Graph, value: u32| {
        graph.nodes.iter().any(|node| node.operands.contains(&value)) || graph.outputs.iter().any(|o| o.value == value)
    };
    for value in (inputs..inputs + count).rev() {
        if !used(&b.graph, value) {
            b.graph.tensors.remove((value - inputs) as usize);
            b.tensors.remove((value - inputs) as usize);
            let operands = b.graph.nodes.iter_mut().flat_map(|node| &mut node.operands);
            let outputs = b.graph.outputs.iter_mut().map(|output| &mut output.value);
            operands
                .chain(outputs)
                .filter(|own| **own > value)
                .for_each(|own| *own -= 1);
        }
    }
    b
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn random_programs_should_have_the_references_bits(
        choices in prop::collection::vec(any::<Choice>(), 1..14),
        rows in prop::collection::vec(1usize..40, 1..4),
        size in prop::sample::select(vec![0.1f32, 1.0, 30.0]),
    ) {
        let b = trimmed(program(&choices, false));
        let requests: Vec<Vec<Value>> = rows
            .iter()
            .enumerate()
            .map(|(i, &n)| vec![floats(i as u64, &[n, 12], size), floats(99 + i as u64, &[n, 12], size)])
            .collect();
        b.check(&requests);
    }

    #[test]
    fn random_causal_programs_should_have_the_same_bits_in_pieces(
        choices in prop::collection::vec(any::<Choice>(), 1..14),
        pieces in prop::collection::vec(1usize..9, 1..7),
        chunk in 1usize..6,
        size in prop::sample::select(vec![0.1f32, 1.0, 30.0]),
    ) {
        let b = trimmed(program(&choices, true));
        let all: usize = pieces.iter().sum();
        let inputs: Vec<Value> = (0..b.graph.inputs.len() as u64).map(|i| floats(i, &[all, 12], size)).collect();
        let whole = b.reference(&inputs);
        for options in options() {
            let model = b.model(options);
            let mut session = Session::new(model.clone(), all).unwrap();
            let mut runner = Runner::new(model);
            let mut bytes: Vec<Vec<u8>> = vec![vec![]; b.graph.outputs.len()];
            let mut fault = None;
            let mut first = 0;
            for &piece in &pieces {
                let rows: Vec<Value> = inputs.iter().map(|input| rows_of(input, first, piece)).collect();
                let done = runner.extend(&mut session, &rows, chunk, &|_, _| true, &mut |outputs| {
                    bytes.iter_mut().zip(outputs).for_each(|(bytes, output)| bytes.extend(output.bytes()));
                    true
                });
                if let Err(stop) = done {
                    fault = Some(crate::build::fault(stop));
                    break;
                }
                first += piece;
            }
            match &whole {
                Ok(outputs) => {
                    prop_assert_eq!(fault, None);
                    for (output, bytes) in outputs.iter().zip(&bytes) {
                        prop_assert!(&output.bytes() == bytes, "{:?}", options);
                    }
                }
                Err(expected) => prop_assert_eq!(fault, Some(*expected)),
            }
        }
    }
}

fn rows_of(input: &Value, first: usize, rows: usize) -> Value {
    match input {
        Value::F32(tensor) => {
            let data = tensor.data()[first * 12..][..rows * 12].to_vec();
            Value::F32(Tensor::new(vec![rows, 12], data).unwrap())
        }
        _ => unreachable!(),
    }
}
