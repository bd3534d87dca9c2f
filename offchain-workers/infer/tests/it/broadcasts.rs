//! Chains of operations on elements whose operands are broadcast, on either side.

use proptest::prelude::*;
use quorate_exact::infer::Tensor;
use quorate_program::{
    op::{Binary, Reduction, Unary},
    Op, Type, Value,
};

use crate::build::{floats, Builder};

#[test]
fn a_value_that_is_broadcast_should_not_be_the_chain() {
    for narrow in [&["n", "1"][..], &["1", "1"], &["1"], &["1", "4"], &["4"]] {
        for how in [Binary::Sub, Binary::Div] {
            for first in [true, false] {
                let mut b = Builder::default();
                b.dimension("n", 1, 100);
                let x = b.input(Type::F32, narrow);
                let z = b.input(Type::F32, &["n", "4"]);
                let m = b.node(Op::Unary(Unary::Exp), &[x]);
                let y = b.node(Op::Binary(how), &if first { [m, z] } else { [z, m] });
                let y = b.node(Op::Unary(Unary::Tanh), &[y]);
                b.output(y);
                let request = |seed: u64, n: usize| {
                    let shape: Vec<usize> = narrow.iter().map(|d| d.parse().unwrap_or(n)).collect();
                    vec![floats(seed, &shape, 2.0), floats(seed + 1, &[n, 4], 3.0)]
                };
                b.check(&[request(1, 1), request(3, 7), request(5, 33)]);
            }
        }
    }
}

const SHAPES: [&[&str]; 9] = [
    &["n", "5", "6"],
    &["n", "1", "6"],
    &["n", "5", "1"],
    &["n", "1", "1"],
    &["1", "5", "6"],
    &["5", "6"],
    &["5", "1"],
    &["6"],
    &[],
];

fn joined(a: &[&'static str], b: &[&'static str]) -> Vec<&'static str> {
    let rank = a.len().max(b.len());
    let of = |shape: &[&'static str], axis: usize| (axis + shape.len()).checked_sub(rank).map_or("1", |at| shape[at]);
    (0..rank)
        .map(|axis| if of(a, axis) == "1" { of(b, axis) } else { of(a, axis) })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_chains_should_have_the_references_bits(
        choices in prop::collection::vec(any::<(u8, u8, u8, u8)>(), 1..12),
        rows in prop::collection::vec(1usize..30, 1..4),
        size in prop::sample::select(vec![1.0f32, 30.0]),
    ) {
        let mut b = Builder::default();
        b.dimension("n", 1, 64);
        let mut known: Vec<(u32, Vec<&'static str>)> = vec![];
        for shape in SHAPES {
            known.push((b.input(Type::F32, shape), shape.to_vec()));
        }
        for shape in &SHAPES[4..] {
            let sizes: Vec<usize> = shape.iter().map(|d| d.parse().unwrap()).collect();
            known.push((b.tensor(&sizes, 1.0), shape.to_vec()));
        }
        let sources = known.len();
        let mut read = std::collections::BTreeSet::new();
        for (first, second, what, how) in choices {
            let pick = |i: u8, late: bool| match late && known.len() > sources {
                true => known[known.len() - 1 - usize::from(i) % (known.len() - sources).min(2)].clone(),
                false => known[usize::from(i) % known.len()].clone(),
            };
            let (a, c) = (pick(first, what % 4 != 0), pick(second, what % 8 == 1));
            let (op, operands, shape) = match how % 5 {
                0 => {
                    let unary = [Unary::Neg, Unary::Relu, Unary::Tanh, Unary::Sqrt, Unary::Log][usize::from(what) % 5];
                    (Op::Unary(unary), vec![a.0], a.1)
                }
                own => {
                    let all = [Binary::Add, Binary::Sub, Binary::Mul, Binary::Div, Binary::Max, Binary::Min];
                    let shape = joined(&a.1, &c.1);
                    let operands = if own % 2 == 0 { vec![a.0, c.0] } else { vec![c.0, a.0] };
                    (Op::Binary(all[usize::from(what / 8) % 6]), operands, shape)
                }
            };
            read.extend(operands.iter().copied());
            known.push((b.node(op, &operands), shape));
        }
        for (value, _) in &known {
            if !read.contains(value) {
                b.output(*value);
            }
        }
        let requests: Vec<Vec<Value>> = rows
            .iter()
            .enumerate()
            .map(|(i, &n)| {
                let input = |(k, shape): (usize, &&[&str])| {
                    let sizes: Vec<usize> = shape.iter().map(|d| d.parse().unwrap_or(n)).collect();
                    let Value::F32(own) = floats((17 * i + k) as u64, &sizes, size) else {
                        unreachable!()
                    };
                    // Few NaN: most are above 0.
                    let data = own.data().iter().map(|x| if (x + size) < 0.01 { *x } else { x.abs() }).collect();
                    Value::F32(Tensor::new(sizes, data).unwrap())
                };
                SHAPES.iter().enumerate().map(input).collect()
            })
            .collect();
        b.check(&requests);
    }
}

/// So many values that their places are found in another way.
#[test]
fn thousands_of_values_should_not_lie_in_each_other() {
    let mut b = Builder::default();
    b.dimension("n", 1, 9);
    let mut known = vec![b.input(Type::F32, &["n", "4"]), b.input(Type::F32, &["n", "1"])];
    let mut read = std::collections::BTreeSet::new();
    for i in 0..6_000usize {
        let pick = |back: usize| known[known.len() - 1 - (i * back) % known.len().min(61)];
        let (a, c) = (pick(7_919), pick(104_729));
        let y = match i % 3 {
            0 => {
                let how = [Reduction::Max, Reduction::Mean][i % 2];
                let axes = vec![1];
                b.node(Op::Reduce { axes, how, keep: true }, &[a])
            }
            1 => b.node(Op::Binary(Binary::Sub), &[a, c]),
            _ => b.node(Op::Unary(Unary::Tanh), &[a]),
        };
        read.extend(if i % 3 == 1 { vec![a, c] } else { vec![a] });
        known.push(y);
    }
    for &value in &known {
        if !read.contains(&value) {
            b.output(value);
        }
    }
    b.check(&[1, 4, 9].map(|n| vec![floats(n as u64, &[n, 4], 2.0), floats(7, &[n, 1], 2.0)]));
}
