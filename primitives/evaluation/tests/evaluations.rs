//! An evaluation is a sum over rows: order and shares change nothing.

use proptest::prelude::*;
use quorate_data_set::{DataSet, Row};
use quorate_evaluation::{evaluate, operations, row_loss, Fit, Misfit};
use quorate_exact::infer::Tensor;
use quorate_program::{
    op::{Binary, Comparison, Reduction, Unary},
    Constant, Dimension, Expression, Graph, Input, Node, Op, Output, Program, Sizes, Type, Value,
};

/// loss = log(x) − y; correct = x > y.
fn program() -> Graph {
    let input = |name: &str| Input {
        name: name.into(),
        shape: vec![],
        element: Type::F32,
    };
    let node = |operands: &[u32], op| Node {
        operands: operands.to_vec(),
        op,
    };
    let output = |name: &str, value| Output {
        name: name.into(),
        value,
    };
    Graph {
        inputs: vec![input("x"), input("y")],
        nodes: vec![
            node(&[0], Op::Unary(Unary::Log)),
            node(&[2, 1], Op::Binary(Binary::Sub)),
            node(&[0, 1], Op::Compare(Comparison::Greater)),
        ],
        outputs: vec![output("correct", 4), output("loss", 3)],
        ..Graph::default()
    }
}

fn data(rows: u64) -> DataSet {
    let column = |name: &str, element| Input {
        name: name.into(),
        shape: vec![],
        element,
    };
    let columns = vec![
        column("y", Type::F32),
        column("other", Type::U8),
        column("x", Type::F32),
    ];
    DataSet::new(columns, vec![], rows).unwrap()
}

fn row((x, y): (f32, f32)) -> Row {
    let float = |x| Value::F32(Tensor::new(vec![], vec![x]).unwrap());
    Row {
        sizes: Sizes::new(),
        values: vec![float(y), Value::U8(Tensor::new(vec![], vec![9]).unwrap()), float(x)],
    }
}

#[test]
fn columns_should_be_inputs_by_their_names() {
    let program = Program::new(program()).unwrap();
    let rows = [(1.0, -0.5), (0.0, 0.0), (-1.0, 0.0), (1.0, 1.0)].map(row);
    let (tally, detail) = evaluate(&program, &[], &data(4), rows).unwrap();
    // 0.5 and right; log 0 is −∞, cut to −16, and 0 > 0 is wrong; log of −1 is a fault, which counts 16; −1 and wrong.
    let loss: [i32; 4] = [1 << 19, -16 << 20, 16 << 20, -1 << 20];
    assert_eq!(
        (tally.rows, tally.loss, tally.correct, tally.faults),
        (4, loss.map(i64::from).iter().sum(), 1, 1)
    );
    let flags = [1, 0, 2, 0];
    let expected: Vec<u8> = loss
        .iter()
        .zip(flags)
        .flat_map(|(loss, flag)| [loss.to_le_bytes().to_vec(), vec![flag]].concat())
        .collect();
    assert_eq!(detail, expected);
}

#[test]
fn what_does_not_fit_should_be_named() {
    let with = |change: fn(&mut Graph)| {
        let mut graph = program();
        change(&mut graph);
        Fit::new(&Program::new(graph).unwrap(), &data(1))
    };
    assert_eq!(with(|g| g.inputs[1].name = "z".into()), Err(Misfit::Input("z".into())));
    assert_eq!(
        with(|g| g.inputs[1].name = "other".into()),
        Err(Misfit::Input("other".into()))
    );
    assert_eq!(with(|g| g.outputs[1].name = "cost".into()), Err(Misfit::Loss));
    assert_eq!(
        with(|g| {
            g.outputs[0].value = 3;
            g.nodes.truncate(2);
        }),
        Err(Misfit::Correct)
    );
    assert!(with(|g| g.outputs[0].name = "right".into())
        .unwrap()
        .correct()
        .is_none());
}

#[test]
fn a_loss_should_be_rounded_half_to_even() {
    let unit = 1.0 / (1 << 20) as f32;
    for (loss, expected) in [
        (0.5 * unit, 0),
        (1.5 * unit, 2),
        (-0.5 * unit, 0),
        (-2.5 * unit, -2),
        (f32::INFINITY, 16 << 20),
        (f32::NEG_INFINITY, -16 << 20),
        (f32::MIN_POSITIVE, 0),
        (15.999999, (16 << 20) - 1),
    ] {
        assert_eq!(row_loss(loss), expected, "{loss}");
    }
}

proptest! {
    #[test]
    fn shares_and_order_should_change_no_sum(values in prop::collection::vec((-2.0f32..50.0, -20.0f32..20.0), 1..30), cut in 0usize..30) {
        let program = Program::new(program()).unwrap();
        let set = data(values.len() as u64);
        let of = |values: &[(f32, f32)]| evaluate(&program, &[], &set, values.iter().copied().map(row)).unwrap().0;
        let whole = of(&values);
        let (a, b) = values.split_at(cut.min(values.len()));
        let (a, b) = (of(b), of(a));
        prop_assert_eq!(whole.loss, a.loss + b.loss);
        prop_assert_eq!(whole.correct + whole.faults, a.correct + b.correct + a.faults + b.faults);
        let mut turned = values.clone();
        turned.reverse();
        prop_assert_eq!(of(&turned), whole);
    }
}

/// loss = the sum of x [n] and of the first 9 − n of nine of its rows' constants, a thousand in each.
fn shrinking() -> Program {
    let n = || Expression::dimension("n");
    let node = |operands: &[u32], op| Node {
        operands: operands.to_vec(),
        op,
    };
    let sum = |axes: &[u32]| Op::Reduce {
        axes: axes.to_vec(),
        how: Reduction::Sum,
        keep: false,
    };
    let graph = Graph {
        dimensions: vec![Dimension {
            max: 8,
            min: 1,
            name: "n".into(),
        }],
        inputs: vec![Input {
            name: "x".into(),
            shape: vec![n()],
            element: Type::F32,
        }],
        constants: vec![Constant {
            element: Type::F32,
            shape: vec![9, 1_000],
            bytes: vec![0; 36_000],
        }],
        nodes: vec![
            node(
                &[1],
                Op::Slice {
                    axis: 0,
                    count: Expression::from(9).minus(&n()).unwrap(),
                    start: 0.into(),
                    step: 1,
                },
            ),
            node(&[2], sum(&[0, 1])),
            node(&[0], sum(&[0])),
            node(&[3, 4], Op::Binary(Binary::Add)),
        ],
        outputs: vec![Output {
            name: "loss".into(),
            value: 5,
        }],
        ..Graph::default()
    };
    Program::new(graph).unwrap()
}

#[test]
fn a_row_with_more_operations_than_the_largest_sizes_have_should_be_a_fault() {
    let program = shrinking();
    // At the largest size: 1,000 are cut out and summed, 8 are summed, and both together; at smaller ones more.
    let sum = |n| n + 96 + 4 * n + 4;
    assert_eq!(100_000 + 4 * 25_000 + 256_000 + sum(1_000) + sum(8) + 32 + 12, 461_284);
    assert_eq!(operations(&program, 1_000_000), Some(462));
    let column = Input {
        name: "x".into(),
        shape: vec![Expression::dimension("n")],
        element: Type::F32,
    };
    let dimension = |max| Dimension {
        max,
        min: 1,
        name: "n".into(),
    };
    let set = DataSet::new(vec![column], vec![dimension(9)], 4).unwrap();
    let row = |n: usize| Row {
        sizes: Sizes::from([("n".into(), n as u64)]),
        values: vec![Value::F32(Tensor::new(vec![n], vec![0.5; n]).unwrap())],
    };
    let (tally, detail) = evaluate(&program, &[], &set, [8, 7, 1, 9].map(row)).unwrap();
    assert_eq!(
        (tally.rows, tally.loss, tally.faults),
        (4, (4 << 20) + 3 * (16 << 20), 3)
    );
    let flags: Vec<u8> = detail.chunks(5).map(|row| row[4]).collect();
    assert_eq!(flags, [0, 2, 2, 2]);
}

#[test]
fn operations_should_be_those_of_all_rows_at_the_largest_sizes_rounded_up() {
    // A row, three nodes: one logarithm, a difference and a comparison; bytes of operands and results.
    const EACH: u64 = 100_000 + 3 * 25_000 + (16 + 32 + 8) + (32 + 12) + (32 + 9);
    let program = Program::new(program()).unwrap();
    assert_eq!(operations(&program, 0), Some(0));
    assert_eq!(operations(&program, 1), Some(1));
    // Many tiny rows are not nearly free.
    assert_eq!(operations(&program, 100_000_000), Some(17_515));
    assert_eq!(operations(&program, 1_000_000_000), Some(EACH));
    assert_eq!(operations(&program, 1_000_000_001), Some(EACH + 1));
    let most = u128::from(u64::MAX) * u128::from(EACH);
    assert_eq!(
        operations(&program, u64::MAX),
        most.div_ceil(1_000_000_000).try_into().ok()
    );
    // A dimension counts with its largest size, whatever rows there are.
    let rows = |name: &str| Expression::dimension(name);
    let graph = Graph {
        dimensions: vec![Dimension {
            max: 2_000_000_000,
            min: 1,
            name: "n".into(),
        }],
        inputs: vec![Input {
            name: "x".into(),
            shape: vec![rows("n")],
            element: Type::F32,
        }],
        nodes: vec![Node {
            operands: vec![0],
            op: Op::Unary(Unary::Abs),
        }],
        outputs: vec![Output {
            name: "y".into(),
            value: 1,
        }],
        ..Graph::default()
    };
    let program = Program::new(graph).unwrap();
    assert_eq!(operations(&program, 1), Some(81));
    assert_eq!(operations(&program, 3), Some(241));
    assert_eq!(operations(&program, u64::MAX), None);
}
