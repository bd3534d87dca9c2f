//! Disputed elements, as a referee decides them.

use quorate_exact::infer::{Fault, Tensor};
use quorate_program::{
    check_element,
    op::{Binary, Unary},
    NoRuling, Op, Real, Value,
};
use serde_json::Value as Json;

use crate::answer::element;

fn f32s(values: &[f32]) -> Value {
    Value::F32(Tensor::new(vec![values.len()], values.to_vec()).unwrap())
}

#[test]
fn pieces_should_be_right_where_they_are_the_whole_results() {
    let text = include_str!("../../../exact/golden/elements.jsonl");
    let mut counts = [0; 2];
    for line in text.lines() {
        let pair: Json = serde_json::from_str(line).unwrap();
        assert_eq!(element(&pair["case"]), pair["answer"], "{}", pair["case"]);
        counts[usize::from(pair["answer"]["right"] == true)] += 1;
    }
    assert!(counts.iter().all(|&count| count > 50), "{counts:?}");
}

/// A chain of fma in the other order would give 2^-30.
#[test]
fn one_element_of_a_product_should_be_the_chain_in_its_order() {
    let (x, w) = (f32s(&[1.0, 1.0, 1.0]), f32s(&[1.0, 2f32.powi(-30), -1.0]));
    assert_eq!(
        check_element(&Op::Linear, &[x.clone(), w.clone()], &f32s(&[0.0])),
        Ok(true)
    );
    assert_eq!(check_element(&Op::Linear, &[x, w], &f32s(&[2f32.powi(-30)])), Ok(false));
}

#[test]
fn zeros_of_another_sign_should_be_wrong() {
    let zero = [f32s(&[0.0]), f32s(&[0.0])];
    let add = Op::Binary(Binary::Add);
    assert_eq!(check_element(&add, &zero, &f32s(&[0.0])), Ok(true));
    assert_eq!(check_element(&add, &zero, &f32s(&[-0.0])), Ok(false));
}

#[test]
fn value_where_there_is_a_fault_should_be_wrong() {
    assert_eq!(
        check_element(&Op::Unary(Unary::Sqrt), &[f32s(&[-1.0])], &f32s(&[0.0])),
        Ok(false)
    );
}

#[test]
fn slices_that_decide_nothing_should_be_no_ruling() {
    let row = f32s(&[1.0, 2.0]);
    let one = f32s(&[1.0]);
    let length = |expected, got| Err(NoRuling::Shape(Fault::Length { expected, got }));
    let epsilon = Real::new(1e-5).unwrap();
    let whole = Value::I64(Tensor::new(vec![1], vec![1]).unwrap());
    let square = Value::F32(Tensor::new(vec![1, 1], vec![1.0]).unwrap());
    let transpose = Op::Transpose { order: vec![0] };
    for (op, slices, claimed, expected) in [
        (
            &transpose,
            vec![row.clone()],
            &row,
            Err(NoRuling::Operation("Transpose")),
        ),
        (
            &Op::Linear,
            vec![row.clone()],
            &one,
            Err(NoRuling::Slices {
                least: 2,
                most: 3,
                got: 1,
            }),
        ),
        (&Op::Linear, vec![row.clone(), one.clone()], &one, length(2, 1)),
        (
            &Op::Linear,
            vec![row.clone(), row.clone(), row.clone()],
            &one,
            length(1, 2),
        ),
        (&Op::Linear, vec![row.clone(), row.clone()], &row, length(1, 2)),
        (
            &Op::RmsNorm { epsilon },
            vec![row.clone(), row.clone()],
            &one,
            length(2, 1),
        ),
        (
            &Op::MatMul,
            vec![row.clone(), row.clone()],
            &square,
            Err(NoRuling::Shape(Fault::Rank { expected: 1, got: 2 })),
        ),
        (
            &Op::MatMul,
            vec![row.clone(), row.clone()],
            &whole,
            Err(NoRuling::Shape(Fault::Parameter("claimed"))),
        ),
        (
            &Op::Unary(Unary::Exp),
            vec![whole.clone()],
            &one,
            Err(NoRuling::Shape(Fault::Parameter("operands"))),
        ),
    ] {
        assert_eq!(check_element(op, &slices, claimed), expected, "{op:?} {slices:?}");
    }
}
