//! An evaluation is a sum over rows: order and shares change nothing.

use proptest::prelude::*;
use quorate_data_set::{DataSet, Row};
use quorate_evaluation::{evaluate, operations, row_loss, Fit, Misfit};
use quorate_exact::infer::Tensor;
use quorate_program::{
    op::{Binary, Comparison, Unary},
    Dimension, Expression, Graph, Input, Node, Op, Output, Program, Sizes, Type, Value,
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

#[test]
fn operations_should_be_those_of_all_rows_at_the_largest_sizes_rounded_up() {
    // One logarithm, a difference and a comparison.
    let program = Program::new(program()).unwrap();
    assert_eq!(operations(&program, 0), Some(0));
    assert_eq!(operations(&program, 1), Some(1));
    assert_eq!(operations(&program, 1_000_000_000), Some(18));
    assert_eq!(operations(&program, 1_000_000_001), Some(19));
    let most = u128::from(u64::MAX) * 18;
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
    assert_eq!(operations(&program, 3), Some(6));
    assert_eq!(operations(&program, u64::MAX), None);
}
