//! The bytes of a request, of answers, of a row: what others write and read.

use quorate_exact::infer::Tensor;
use quorate_inference::{seed, write, Answer, FaultKind, Trace, SALT};
use quorate_primitives::job::infer::{detail_bytes, AnswerRow, AnswerStatus, InferOutcome, ROW_BYTES};
use quorate_program::{Dimension, Expression, Graph, Input, Node, Output, Program, Type, Value};

use crate::case::blob;

fn salt() -> [u8; SALT] {
    core::array::from_fn(|i| i as u8)
}

/// BLAKE3 of the salt above, deriving a key for "quorate/answer/1".
const SALTED: &str = "a31a0a6e202b3093f3bc5c1cf455e14d4f805e5798ef89299d95035c139fab01";

#[test]
fn a_request_should_be_its_salt_its_sizes_and_its_inputs() {
    let dimension = |name: &str| Dimension {
        max: 9,
        min: 1,
        name: name.into(),
    };
    let input = |name: &str, shape: Vec<Expression>, element| Input {
        name: name.into(),
        shape,
        element,
    };
    let (n, m) = (Expression::dimension("n"), Expression::dimension("m"));
    let program = Program::new(Graph {
        // In the program's order, which is not that of their names.
        dimensions: vec![dimension("n"), dimension("m")],
        inputs: vec![
            input("ids", vec![n], Type::I64),
            input("mask", vec![m], Type::Bool),
            input("x", vec![], Type::F32),
        ],
        outputs: (0..3)
            .map(|value| Output {
                name: value.to_string(),
                value,
            })
            .collect(),
        nodes: Vec::<Node>::new(),
        ..Graph::default()
    })
    .unwrap();
    let inputs = vec![
        Value::I64(Tensor::new(vec![2], vec![-2, 258]).unwrap()),
        Value::Bool(Tensor::new(vec![1], vec![true]).unwrap()),
        Value::F32(Tensor::new(vec![], vec![-0.0]).unwrap()),
    ];
    let own = hex::encode(write(&program, salt(), inputs).unwrap());
    let expected = [
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
        "02000000",
        "01000000",
        "feffffffffffffff0201000000000000",
        "01",
        "00000080",
    ];
    assert_eq!(own, expected.concat());
}

#[test]
fn answers_should_be_their_salt_their_end_and_what_there_is() {
    let outputs = Answer::Outputs(vec![
        Value::F32(Tensor::new(vec![1, 2], vec![1.0, -0.0]).unwrap()),
        Value::I64(Tensor::new(vec![], vec![-1]).unwrap()),
        Value::I32(Tensor::new(vec![1], vec![-2]).unwrap()),
        Value::I8(Tensor::new(vec![1], vec![-3]).unwrap()),
        Value::U8(Tensor::new(vec![1], vec![4]).unwrap()),
        Value::Bool(Tensor::new(vec![2], vec![true, false]).unwrap()),
    ]);
    let written = [
        "00",
        "000201000000020000000000803f00000080",
        "0100ffffffffffffffff",
        "020101000000feffffff",
        "030101000000fd",
        "04010100000004",
        "0501020000000100",
    ];
    let cases = [
        (outputs, written.concat()),
        (Answer::Tokens(vec![1, 0x0203_0405]), "000100000005040302".into()),
        (Answer::Fault(FaultKind::NaN, vec![]), "01".into()),
        (Answer::Fault(FaultKind::Index, vec![7]), "0207000000".into()),
        (Answer::Fault(FaultKind::Range, vec![]), "03".into()),
        (Answer::Unfit, "ff".into()),
    ];
    for (answer, expected) in cases {
        assert_eq!(
            hex::encode(answer.write(&salt())),
            format!("{SALTED}{expected}"),
            "{answer:?}"
        );
    }
}

#[test]
fn a_row_should_have_93_bytes_in_this_order() {
    let row = AnswerRow {
        request: 0x0102_0304_0506_0708,
        status: AnswerStatus::Fault,
        answer: blob(b""),
        trace: [0xaa; 32].into(),
        tokens: 0x0a0b_0c0d,
        operations: 9,
    };
    let expected = [
        "080706050403020101",
        "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262",
        "0000000000000000",
        &"aa".repeat(32),
        "0d0c0b0a",
        "0900000000000000",
    ];
    let own = detail_bytes(std::slice::from_ref(&row));
    assert_eq!(hex::encode(&own), expected.concat());
    assert_eq!(own.len() as u64, ROW_BYTES);
    // BLAKE2b of "quorate/answers/1" and of the one page's hash, that of "quorate/answer-page/1" and of the rows, all as SCALE.
    let outcome = InferOutcome::new(&[row.clone(), row], [0xbb; 32].into());
    assert_eq!(
        hex::encode(outcome.answers),
        "1b9f378ad554b79cb28021403d258835d2bf48d9de5394b974ad372945c51469"
    );
}

#[test]
fn seeds_and_traces_should_be_these() {
    assert_eq!(
        hex::encode(seed(0x0102, &[3; 32])),
        "13502df516a2c6c5afe2003850d94b844bdbf3b2b259dc5c73230de2c81fa42f"
    );
    let mut trace = Trace::new(&salt());
    assert_eq!(trace.root(), [0; 32]);
    trace.push(&[1.0, -2.5]);
    trace.push(&[f32::INFINITY, 0.0]);
    assert_eq!(
        hex::encode(trace.root()),
        "1c13471623dbd2ff055cd01ff4b57d1eb58b67855de67d1a3d8d4fb260edaa28"
    );
    // A row of more than one block of the hash's input.
    let mut trace = Trace::new(&salt());
    trace.push(&(0..300).map(|i| i as f32).collect::<Vec<_>>());
    assert_eq!(
        hex::encode(trace.root()),
        "3392a89dbde0804ea1280409ff44016740eddcf3b788ebe1c3540f8422e3be70"
    );
}
