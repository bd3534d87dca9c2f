//! Requests that a device answers, from files, against the reference in memory.

mod device;

use device::Device;
use quorate_engine::{AnswerRow, BlobFile, Cancel, Control, Engine, InferInput, Settings, TileEngine};
use quorate_exact::{infer::Tensor, root, Dtype, Kind, ModelHeader, Role, TensorSpec};
use quorate_infer::ProgramDevice;
use quorate_inference::{answer, salt, write};
use quorate_primitives::{
    job::infer::{AnswerStatus, Request, Task},
    views::BlobRef,
};
use quorate_program::{
    op::Binary, Dimension, Expression, Graph, Input, ModelTensor, Node, Op, Output, Program, Type, Value,
};
use std::{
    io::Write,
    sync::{
        atomic::{AtomicU64, Ordering},
        Arc,
    },
};

const SEED: [u8; 32] = [9; 32];
const WEIGHTS: [f32; 4] = [0.5, -0.25, 1.0, 0.125];
/// More than are run at once.
const REQUESTS: usize = 150;

/// x [rows, 4] · w [4].
fn program() -> Program {
    let rows = || Expression::dimension("rows");
    Program::new(Graph {
        dimensions: vec![Dimension {
            max: 8,
            min: 1,
            name: "rows".into(),
        }],
        inputs: vec![Input {
            name: "x".into(),
            shape: vec![rows(), 4.into()],
            element: Type::F32,
        }],
        tensors: vec![ModelTensor {
            name: "w".into(),
            shape: vec![4],
            element: Type::F32,
        }],
        nodes: vec![Node {
            operands: vec![0, 1],
            op: Op::Binary(Binary::Mul),
        }],
        outputs: vec![Output {
            name: "y".into(),
            value: 2,
        }],
        ..Graph::default()
    })
    .unwrap()
}

fn version() -> Vec<u8> {
    let spec = TensorSpec {
        name: "w".into(),
        dtype: Dtype::F32,
        shape: vec![4],
        role: Role::Train,
        scale: 20,
        original_dtype: Dtype::F32,
        aliases: vec![],
    };
    let header = ModelHeader::build(Kind::Model, vec![spec]).unwrap().encode();
    header
        .into_iter()
        .chain(WEIGHTS.iter().flat_map(|value| value.to_le_bytes()))
        .collect()
}

fn requests(program: &Program) -> Vec<(Request, Vec<u8>)> {
    let one = |number: usize| {
        let rows = 1 + number % 8;
        let data = (0..rows * 4).map(|i| (number * 31 + i * 17) as f32 / 7.0).collect();
        let x = Value::F32(Tensor::new(vec![rows, 4], data).unwrap());
        let input = write(program, [number as u8; 32], vec![x]).unwrap();
        let request = Request {
            id: number as u64,
            input: reference(&input),
            task: Task::Run,
            operations: 1_000,
            memory: 1_000,
        };
        (request, input)
    };
    (0..REQUESTS).map(one).collect()
}

fn reference(bytes: &[u8]) -> BlobRef {
    BlobRef {
        root: root(bytes).into(),
        len: bytes.len() as u64,
    }
}

fn blob(bytes: &[u8]) -> BlobFile {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    BlobFile::of(file).unwrap()
}

fn engine(device: &Device) -> TileEngine {
    let engine = TileEngine::new(Settings {
        threads: 1,
        ..Settings::default()
    });
    engine.with_programs(Arc::new(device.clone()))
}

/// The rows of a batch of all requests; each of them counts once for the progress.
fn answered(engine: &TileEngine) -> Vec<AnswerRow> {
    let program = program();
    let input = InferInput {
        version: blob(&version()),
        frozen_base: None,
        program: blob(&program.encode()),
        requests: requests(&program)
            .iter()
            .map(|(request, input)| (request.clone(), blob(input)))
            .collect(),
        seed: SEED,
    };
    let seen = AtomicU64::new(0);
    let control = Control {
        cancel: Cancel::default(),
        progress: &|done, of| {
            assert_eq!(of, REQUESTS as u64);
            assert_eq!(seen.fetch_add(1, Ordering::Relaxed) + 1, done);
        },
    };
    let rows = engine.infer(&input, &mut |_| Ok(()), &control).unwrap();
    assert_eq!(seen.into_inner(), REQUESTS as u64);
    rows
}

fn expected() -> Vec<AnswerRow> {
    let program = program();
    let weights = [Value::F32(Tensor::new(vec![4], WEIGHTS.to_vec()).unwrap())];
    let one = |(request, input): &(Request, Vec<u8>)| {
        let answered = answer(&program, Some(&weights), request, input, &SEED);
        let bytes = answered.answer.write(&salt(input));
        answered.row(request.id, reference(&bytes))
    };
    requests(&program).iter().map(one).collect()
}

#[test]
fn a_device_should_answer_every_request_as_the_reference_does() {
    let (device, expected) = (Device::default(), expected());
    assert!(expected.iter().all(|row| row.status == AnswerStatus::Answered));
    assert_eq!(answered(&engine(&device)), expected);
    assert_eq!(device.runs.load(Ordering::Relaxed), REQUESTS as u64);
    assert!(!device.is_off());
}

#[test]
fn what_a_device_answered_alone_before_it_was_found_wrong_should_be_computed_again() {
    let expected = expected();
    let late = REQUESTS as u64 - 1;
    for device in [
        Device {
            lies: Some([3, late]),
            ..Device::default()
        },
        // Nothing of this batch's own is compared any more.
        Device {
            lies: Some([3, u64::MAX]),
            fails: Some(late),
            ..Device::default()
        },
    ] {
        let engine = engine(&device);
        assert_eq!(answered(&engine), expected);
        assert!(device.is_off());
        // It is asked nothing any more.
        let runs = device.runs.load(Ordering::Relaxed);
        assert_eq!(answered(&engine), expected);
        assert_eq!(device.runs.load(Ordering::Relaxed), runs);
    }
}
