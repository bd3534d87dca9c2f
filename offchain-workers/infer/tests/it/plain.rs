//! Integers, bools and what chooses between them.

use quorate_exact::infer::Tensor;
use quorate_program::{
    op::{Binary, Comparison, Fill, Logic},
    Op, Type, Value,
};

use crate::{
    build::{d, floats, ids, shape, Builder},
    models::real,
};

#[test]
fn integers_and_bools_should_be_as_the_reference_has_them() {
    let mut b = Builder::default();
    b.dimension("n", 1, 50);
    let x = b.input(Type::F32, &["n", "6"]);
    let i = b.input(Type::I64, &["n"]);
    let row = b.tensor(&[6], 1.0);
    let ten = b.given(Value::I64(Tensor::new(vec![], vec![10]).unwrap()));
    let four = b.given(Value::I32(Tensor::new(vec![1], vec![1 << 20]).unwrap()));
    let column = b.node(
        Op::Reshape {
            shape: shape(&["n", "1"]),
        },
        &[i],
    );
    let turned = b.node(
        Op::Reshape {
            shape: shape(&["1", "n"]),
        },
        &[i],
    );
    let mut outputs = vec![];
    for how in [
        Comparison::Equal,
        Comparison::Greater,
        Comparison::GreaterOrEqual,
        Comparison::Less,
        Comparison::LessOrEqual,
    ] {
        // A causal mask: a column beside a row has no kernel; others have.
        outputs.push(b.node(Op::Compare(how), &[turned, column]));
        outputs.push(b.node(Op::Compare(how), &[row, x]));
        outputs.push(b.node(Op::Compare(how), &[i, ten]));
    }
    let [a, c] = [outputs[1], outputs[4]];
    for how in [Logic::And, Logic::Or, Logic::Xor] {
        outputs.push(b.node(Op::Logic(how), &[a, c]));
    }
    let not = b.node(Op::Not, &[c]);
    outputs.push(b.node(Op::Where, &[not, x, row]));
    outputs.push(b.node(Op::Where, &[outputs[2], i, ten]));
    for how in [Binary::Add, Binary::Sub, Binary::Mul] {
        outputs.push(b.node(Op::Binary(how), &[column, ten]));
        let small = b.node(Op::Cast { to: Type::I32 }, &[column]);
        outputs.push(b.node(Op::Binary(how), &[four, small]));
    }
    for to in [Type::F32, Type::I32, Type::I8, Type::U8, Type::Bool] {
        outputs.push(b.node(Op::Cast { to }, &[i]));
        if to != Type::F32 && to != Type::U8 {
            outputs.push(b.node(Op::Cast { to }, &[x]));
        }
    }
    for (value, fill) in [
        (x, Fill::Constant(real(-2.5))),
        (not, Fill::Integer(1)),
        (column, Fill::Integer(-7)),
        (x, Fill::Edge),
    ] {
        let pad = Op::Pad {
            after: 1,
            axis: 1,
            before: 2,
            fill,
        };
        outputs.push(b.node(pad, &[value]));
    }
    let some = Op::Slice {
        axis: 1,
        count: d("2"),
        start: d("5"),
        step: -3,
    };
    outputs.push(b.node(some, &[x]));
    outputs.push(b.node(Op::Transpose { order: vec![1, 0] }, &[x]));
    for (axis, keep) in [(1, false), (1, true), (0, false)] {
        outputs.push(b.node(Op::ArgMax { axis, keep }, &[x]));
    }
    outputs.into_iter().for_each(|output| b.output(output));
    let request = |n: usize, below: usize| {
        let i = ids(n as u64, n, below);
        vec![floats(n as u64, &[n, 6], 1.9), i]
    };
    // The last ones leave a type's range.
    b.check(&[
        request(3, 120),
        request(1, 120),
        request(40, 120),
        request(20, 1_000),
        request(33, 4_000),
    ]);
}

#[test]
fn operands_should_be_broadcast_in_any_pattern() {
    let mut b = Builder::default();
    b.dimension("m", 1, 6);
    b.dimension("n", 1, 6);
    let x = b.input(Type::F32, &["2", "m", "1", "n", "3"]);
    let y = b.input(Type::F32, &["4", "n", "1"]);
    let row = b.tensor(&[2, 1, 4, 1, 1], 1.0);
    let condition = b.node(Op::Compare(Comparison::Less), &[x, y]);
    let mut outputs = vec![condition];
    outputs.push(b.node(Op::Where, &[condition, row, x]));
    for how in [
        Binary::Add,
        Binary::Sub,
        Binary::Mul,
        Binary::Div,
        Binary::Min,
        Binary::Max,
    ] {
        outputs.push(b.node(Op::Binary(how), &[y, x]));
        outputs.push(b.node(Op::Binary(how), &[x, row]));
    }
    outputs.into_iter().for_each(|output| b.output(output));
    let request = |m: usize, n: usize| vec![floats(1, &[2, m, 1, n, 3], 1.0), floats(2, &[4, n, 1], 1.0)];
    let mut nan = request(2, 3);
    nan[0] = Value::F32(Tensor::new(vec![2, 2, 1, 3, 3], vec![f32::INFINITY; 36]).unwrap());
    nan[1] = Value::F32(Tensor::new(vec![4, 3, 1], vec![f32::INFINITY; 12]).unwrap());
    b.check(&[request(1, 1), request(2, 3), request(6, 1), nan, request(5, 6)]);
}
