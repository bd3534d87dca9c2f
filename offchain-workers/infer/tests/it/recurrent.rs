//! LSTM and GRU of several steps and sequences, and the largest of rows.

use quorate_program::{Op, Type};

use crate::build::{d, floats, Builder};

/// Of requests with 1, 3 and 17 steps of two sequences.
fn check(op: &Op, gates: usize, biased: bool) {
    let (input, units) = (7, 19);
    let mut b = Builder::default();
    b.dimension("t", 1, 40);
    let x = b.input(Type::F32, &["t", "2", "7"]);
    let w = b.tensor(&[gates * units, input], 0.6);
    let r = b.tensor(&[gates * units, units], 0.4);
    let mut operands = vec![x, w, r, b.tensor(&[2, units], 0.7)];
    if *op == Op::Lstm {
        operands.push(b.tensor(&[2, units], 0.9));
    }
    if biased {
        operands.extend([b.tensor(&[gates * units], 0.5), b.tensor(&[gates * units], 0.5)]);
    }
    let results = b.nodes(op.clone(), &operands, if *op == Op::Lstm { 3 } else { 2 });
    for result in results {
        b.output(result);
    }
    let requests: Vec<_> = [1, 3, 17]
        .into_iter()
        .map(|steps| vec![floats(steps as u64, &[steps, 2, input], 1.5)])
        .collect();
    b.check(&requests);
}

#[test]
fn an_lstm_should_have_the_references_bits() {
    check(&Op::Lstm, 4, true);
    check(&Op::Lstm, 4, false);
}

#[test]
fn a_gru_should_have_the_references_bits() {
    for linear_before_reset in [false, true] {
        let op = Op::Gru { linear_before_reset };
        check(&op, 3, true);
        check(&op, 3, false);
    }
}

#[test]
fn the_largest_and_the_smallest_of_rows_should_be_the_references() {
    let mut b = Builder::default();
    b.dimension("n", 1, 9);
    let x = b.input(Type::F32, &["n", "130"]);
    let same = b.tensor(&[130], 0.0);
    let zeros = b.node(Op::Binary(quorate_program::op::Binary::Mul), &[x, same]);
    for (from, k, largest) in [(x, 5, true), (x, 64, false), (x, 65, true), (zeros, 3, true)] {
        let op = Op::TopK {
            axis: 1,
            k: d(&k.to_string()),
            largest,
        };
        for result in b.nodes(op, &[from], 2) {
            b.output(result);
        }
    }
    let requests: Vec<_> = [1, 4, 9]
        .into_iter()
        .map(|n| vec![floats(n as u64, &[n, 130], 2.0)])
        .collect();
    b.check(&requests);
}
