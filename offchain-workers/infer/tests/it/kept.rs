//! What is computed once, and kept: within the memory that is given.

use std::cell::Cell;

use quorate_infer::{Model, ModelError, Options, Plan, Runner};
use quorate_program::{
    op::{Binary, Stride, Unary},
    Op, Type,
};

use crate::build::{assert_same, fault, floats, shape, Builder};

fn with(memory: u64) -> Options {
    Options {
        memory,
        ..Options::default()
    }
}

/// x + a vector of 4 KiB of weights, after it was spread to 60 KiB, eight times.
fn spread() -> Builder {
    let mut b = Builder::default();
    b.dimension("n", 1, 4);
    let x = b.input(Type::F32, &["n", "1024"]);
    let w = b.tensor(&[1, 1024], 1.0);
    let mut outputs = vec![];
    for rows in 1..=8 {
        let spread = b.node(
            Op::Expand {
                shape: shape(&["15", "1024"]),
            },
            &[w],
        );
        let one = Op::Slice {
            axis: 0,
            count: 1.into(),
            start: (rows - 1).into(),
            step: 1,
        };
        let turned = b.node(Op::Unary(Unary::Neg), &[spread]);
        let one = b.node(one, &[turned]);
        outputs.push(b.node(Op::Binary(Binary::Add), &[x, one]));
    }
    outputs.into_iter().for_each(|output| b.output(output));
    b
}

#[test]
fn what_is_computed_once_should_take_at_most_half_of_what_tensors_leave() {
    let b = spread();
    let sources = 4096;
    let request = [floats(7, &[3, 1024], 1.0)];
    let expected = b.reference(&request);
    let mut seen = vec![];
    for memory in [0, 8_192, 20_000, 100_000, 400_000, u64::MAX] {
        let mut model = Model::new(b.program(), &b.held(), with(memory)).unwrap();
        let most = sources + memory.saturating_sub(2 * sources) / 2;
        assert!(model.bytes() <= most, "{} bytes of {memory}", model.bytes());
        seen.push(model.steps().len());
        model.allow(u64::MAX);
        let got = Runner::new(model.into()).run(&request).map_err(fault);
        assert_same(&got, &expected, &format!("{memory} bytes"));
    }
    // The less is kept, the more is done in each run.
    assert!(
        seen.is_sorted_by(|a, b| a >= b) && seen[0] == 32 && seen[5] == 8,
        "{seen:?}"
    );
}

#[test]
fn copies_of_the_weights_of_many_convolutions_should_be_bounded() {
    let mut b = Builder::default();
    b.dimension("n", 1, 4);
    let x = b.input(Type::F32, &["1", "n", "4", "8"]);
    let w = b.tensor(&[64, 1, 1, 8], 1.0);
    let mut sum = None;
    for step in 1..=40 {
        let across = Stride {
            dilation: step,
            ..Stride::default()
        };
        let conv = Op::Conv {
            groups: 1,
            strides: [Stride::default(), across],
        };
        let y = b.node(conv, &[x, w]);
        sum = Some(sum.map_or(y, |sum| b.node(Op::Binary(Binary::Add), &[sum, y])));
    }
    b.output(sum.unwrap());
    b.check(&[vec![floats(3, &[1, 2, 4, 8], 1.0)]]);
    let sources = 64 * 8 * 4;
    for memory in [0, 20_000, 60_000] {
        let bytes = Model::new(b.program(), &b.held(), with(memory)).unwrap().bytes();
        assert!(bytes <= sources + memory / 2, "{bytes} bytes of {memory}");
    }
    assert!(b.model(Options::default()).bytes() > 40 * sources);
}

#[test]
fn a_run_should_have_what_the_model_leaves() {
    let b = spread();
    let model = |memory| {
        let mut model = Model::new(b.program(), &b.held(), Options::default()).unwrap();
        model.allow(memory);
        model
    };
    let whole = model(u64::MAX);
    let request = [floats(7, &[3, 1024], 1.0)];
    let needed = Plan::new(&whole, &[[("n".to_owned(), 3)].into()], 0).unwrap().memory();
    let needed = needed + whole.bytes();
    assert!(Runner::new(model(needed).into()).run(&request).is_ok());
    assert!(Runner::new(model(needed - 1).into()).run(&request).is_err());
}

/// x + a product of weights with themselves.
fn product(size: usize) -> Builder {
    let mut b = Builder::default();
    b.dimension("n", 1, 4);
    let x = b.input(Type::F32, &["n", "1"]);
    let w = b.tensor(&[size, size], 0.1);
    let product = b.node(Op::MatMul, &[w, w]);
    let corner = Op::Slice {
        axis: 0,
        count: 1.into(),
        start: 0.into(),
        step: 1,
    };
    let corner = b.node(corner, &[product]);
    let y = b.node(Op::Binary(Binary::Add), &[x, corner]);
    b.output(y);
    b
}

#[test]
fn heavy_products_should_be_left_to_the_runs() {
    // The product of 186 · 186 costs less than 2^24, that of 187 · 187 more.
    let steps = |size| product(size).model(Options::default()).steps();
    assert_eq!(steps(186).len(), 1);
    assert_eq!(steps(187)[0], "MatMul");
    let b = product(187);
    let request = [floats(1, &[2, 1], 1.0)];
    let got = Runner::new(b.model(Options::default())).run(&request).map_err(fault);
    assert_same(&got, &b.reference(&request), "a heavy product");
}

#[test]
fn loading_should_end_when_asked_to() {
    let b = spread();
    let load = |most: usize| {
        let asked = Cell::new(0);
        let go_on = || {
            asked.set(asked.get() + 1);
            asked.get() <= most
        };
        let made = Model::new_while(b.program(), &b.held(), Options::default(), &go_on);
        (made.err(), asked.get())
    };
    let (none, all) = load(usize::MAX);
    // Before the tensor, and before each of three nodes, eight times.
    assert!(none.is_none() && all == 25, "{all}");
    for most in 0..all {
        let (error, asked) = load(most);
        assert!(matches!(error, Some(ModelError::Cancelled)) && asked == most + 1);
    }
}
