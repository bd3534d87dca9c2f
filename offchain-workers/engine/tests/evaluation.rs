//! Evaluations from files against the reference in memory.

mod device;

use device::Device;
use quorate_data_set::{DataSet, Row};
use quorate_engine::{
    BlobFile, Cancel, Control, Engine, EngineError, EvaluateInput, Evaluated, Input as FileOf, Settings, TileEngine,
};
use quorate_evaluation::evaluate;
use quorate_exact::{infer::Tensor, Dtype, Kind, ModelHeader, Role, TensorSpec};
use quorate_infer::ProgramDevice;
use quorate_program::{
    op::{Binary, Comparison, Reduction, Unary},
    Constant, Dimension, Expression, Graph, Input, ModelTensor, Node, Op, Output, Program, Sizes, Type, Value,
};
use std::{
    fs::File,
    io::Write,
    sync::{
        atomic::{AtomicU64, Ordering},
        Arc,
    },
};

const WEIGHTS: [f32; 4] = [0.5, -0.25, 1.0, 0.125];

fn tokens(max: u32) -> Dimension {
    Dimension {
        max,
        min: 1,
        name: "tokens".into(),
    }
}

fn column() -> Input {
    Input {
        name: "x".into(),
        shape: vec![Expression::dimension("tokens"), 4.into()],
        element: Type::F32,
    }
}

/// loss = log(the mean of x · w); correct: the mean is above its square. Rows have up to eight tokens.
fn graph() -> Graph {
    let node = |operands: &[u32], op| Node {
        operands: operands.to_vec(),
        op,
    };
    let output = |name: &str, value| Output {
        name: name.into(),
        value,
    };
    let mean = Op::Reduce {
        axes: vec![0, 1],
        how: Reduction::Mean,
        keep: false,
    };
    Graph {
        dimensions: vec![tokens(8)],
        inputs: vec![column()],
        tensors: vec![ModelTensor {
            name: "w".into(),
            shape: vec![4],
            element: Type::F32,
        }],
        nodes: vec![
            node(&[0, 1], Op::Binary(Binary::Mul)),
            node(&[2], mean),
            node(&[3], Op::Unary(Unary::Log)),
            node(&[3], Op::Unary(Unary::Square)),
            node(&[3, 5], Op::Compare(Comparison::Greater)),
        ],
        outputs: vec![output("correct", 6), output("loss", 4)],
        ..Graph::default()
    }
}

fn program(change: impl FnOnce(&mut Graph)) -> Program {
    let mut graph = graph();
    change(&mut graph);
    Program::new(graph).unwrap()
}

/// A version whose tensor is called so, and so.
fn version(name: &str, alias: &str) -> Vec<u8> {
    let header = ModelHeader::build(
        Kind::Model,
        vec![TensorSpec {
            name: name.into(),
            dtype: Dtype::F32,
            shape: vec![4],
            role: Role::Train,
            scale: 20,
            original_dtype: Dtype::F32,
            aliases: vec![alias.into()],
        }],
    );
    let values = WEIGHTS.iter().flat_map(|value| value.to_le_bytes());
    header.unwrap().encode().into_iter().chain(values).collect()
}

/// Rows of one to twelve tokens: some have a negative mean, some more tokens than the program takes.
fn rows(count: u64) -> (DataSet, Vec<Row>) {
    let row = |number: u64| {
        let len = 1 + (number * 5 % 12) as usize;
        let value = |i: usize| ((number * 31 + i as u64 * 17) % 97) as f32 / 5.0 - 7.0;
        Row {
            sizes: Sizes::from([("tokens".into(), len as u64)]),
            values: vec![Value::F32(
                Tensor::new(vec![len, 4], (0..len * 4).map(value).collect()).unwrap(),
            )],
        }
    };
    let set = DataSet::new(vec![column()], vec![tokens(12)], count).unwrap();
    (set, (0..count).map(row).collect())
}

fn data(count: u64) -> Vec<u8> {
    let (set, rows) = rows(count);
    let rows = rows.iter().flat_map(|row| set.write_row(row).unwrap());
    set.header().into_iter().chain(rows).collect()
}

fn blob(bytes: &[u8]) -> BlobFile {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    BlobFile::of(file).unwrap()
}

fn input(version: &[u8], program: &Program, data: &[u8]) -> EvaluateInput {
    EvaluateInput {
        version: blob(version),
        frozen_base: None,
        program: blob(&program.encode()),
        data: blob(data),
        operations: 1,
    }
}

/// An engine of which an evaluation may use so many bytes: a quarter of all.
fn engine(threads: usize, evaluation: Option<u64>) -> TileEngine {
    TileEngine::new(Settings {
        threads,
        evaluation: evaluation.map(|own| 4 * own),
        ..Settings::default()
    })
}

#[test]
fn a_device_should_run_every_row_and_the_evaluation_be_the_same() {
    let program = program(|_| ());
    let version = version("w", "z");
    let count = 70;
    // Rows of more tokens than the program takes are faults before anything is run.
    let fit = rows(count).1.iter().filter(|row| row.sizes["tokens"] <= 8).count() as u64;
    let input = || input(&version, &program, &data(count));
    let expected = engine(1, None).evaluate(&input(), &Control::default()).unwrap();
    let device = Device::default();
    let engine = engine(1, None).with_programs(Arc::new(device.clone()));
    assert_eq!(engine.evaluate(&input(), &Control::default()).unwrap(), expected);
    assert_eq!(device.runs.load(Ordering::Relaxed), fit);
    assert!(!device.is_off());
}

#[test]
fn what_a_device_answered_alone_before_it_was_found_wrong_should_be_computed_again() {
    let program = program(|_| ());
    let version = version("w", "z");
    let count = 200;
    let (rows, input) = (rows(count).1, || input(&version, &program, &data(count)));
    let expected = engine(1, None).evaluate(&input(), &Control::default()).unwrap();
    // Runs that have outputs: one of the first batch of rows, and one of the last.
    let weights = [Value::F32(Tensor::new(vec![4], WEIGHTS.to_vec()).unwrap())];
    let fit = rows.into_iter().filter(|row| row.sizes["tokens"] <= 8);
    let answered = (1..)
        .zip(fit)
        .filter(|(_, row)| program.run(row.values.clone(), &weights).is_ok());
    let answered: Vec<u64> = answered.map(|(run, _)| run).collect();
    let (early, late) = (answered[2], answered[answered.len() - 1]);
    assert!(early < 40 && late > 100, "{early} {late}");
    for device in [
        Device {
            lies: Some([early, late]),
            ..Device::default()
        },
        // Nothing of this job's own is compared any more.
        Device {
            lies: Some([early, u64::MAX]),
            fails: Some(late),
            ..Device::default()
        },
    ] {
        let engine = engine(1, None).with_programs(Arc::new(device.clone()));
        assert_eq!(engine.evaluate(&input(), &Control::default()).unwrap(), expected);
        assert!(device.is_off());
        let runs = device.runs.load(Ordering::Relaxed);
        assert!(runs >= late, "{runs} runs");
        // It is asked nothing any more.
        assert_eq!(engine.evaluate(&input(), &Control::default()).unwrap(), expected);
        assert_eq!(device.runs.load(Ordering::Relaxed), runs);
    }
}

#[test]
fn evaluation_should_be_the_references_bit_for_bit() {
    let weights = [Value::F32(Tensor::new(vec![4], WEIGHTS.to_vec()).unwrap())];
    let program = program(|_| ());
    for count in [1, 2, 64, 65, 1_000] {
        let (set, rows) = rows(count);
        let (tally, detail) = evaluate(&program, &weights, &set, rows).unwrap();
        assert!(count < 64 || (tally.faults > 0 && tally.correct > 0 && tally.correct + tally.faults < count));
        let expected = Evaluated::Done { tally, detail };
        // By its name and by the other one that it has.
        for version in [version("w", "z"), version("a", "w")] {
            let input = input(&version, &program, &data(count));
            for threads in [1, 3] {
                let seen = AtomicU64::new(0);
                let control = Control {
                    cancel: Cancel::default(),
                    progress: &|done, of| {
                        assert_eq!(of, count);
                        assert!(seen.fetch_max(done, Ordering::Relaxed) < done);
                    },
                };
                let got = engine(threads, None).evaluate(&input, &control).unwrap();
                assert_eq!(got, expected, "{count} rows, {threads} threads");
                assert_eq!(seen.into_inner(), count);
            }
        }
    }
}

/// The program with a sum of zeros of which shorter rows read more: at their own sizes they have more operations than were paid for.
fn shrinking() -> Program {
    let node = |operands: &[u32], op| Node {
        operands: operands.to_vec(),
        op,
    };
    program(|graph| {
        graph.constants.push(Constant {
            element: Type::F32,
            shape: vec![9, 100],
            bytes: vec![0; 3_600],
        });
        for node in &mut graph.nodes {
            let moved = |value: &mut u32| *value += u32::from(*value >= 2);
            node.operands.iter_mut().for_each(moved);
        }
        let tokens = Expression::dimension("tokens");
        let some = Op::Slice {
            axis: 0,
            count: Expression::from(9).minus(&tokens).unwrap(),
            start: 0.into(),
            step: 1,
        };
        let sum = Op::Reduce {
            axes: vec![0, 1],
            how: Reduction::Sum,
            keep: false,
        };
        graph.nodes.extend([
            node(&[2], some),
            node(&[8], sum),
            node(&[5, 9], Op::Binary(Binary::Add)),
        ]);
        graph.outputs[0].value = 7;
        graph.outputs[1].value = 10;
    })
}

#[test]
fn rows_with_more_operations_than_the_largest_sizes_should_be_faults_as_the_reference_has_them() {
    let weights = [Value::F32(Tensor::new(vec![4], WEIGHTS.to_vec()).unwrap())];
    let program = shrinking();
    let (set, rows) = rows(200);
    let (tally, detail) = evaluate(&program, &weights, &set, rows).unwrap();
    // Of twelve lengths one has all tokens.
    assert!(tally.faults < 200 && tally.faults > 180, "{tally:?}");
    let input = input(&version("w", "z"), &program, &data(200));
    let got = engine(1, None).evaluate(&input, &Control::default()).unwrap();
    assert_eq!(got, Evaluated::Done { tally, detail });
}

#[test]
fn less_memory_should_change_no_result() {
    // What could be kept of the constant does not fit.
    let program = shrinking();
    let input = || input(&version("w", "z"), &program, &data(70));
    let all = engine(1, None).evaluate(&input(), &Control::default()).unwrap();
    let mut least = None;
    for kib in 0..40 {
        let memory = (64 << 20) + kib * 1024;
        match engine(1, Some(memory)).evaluate(&input(), &Control::default()) {
            Ok(got) => {
                assert_eq!(got, all, "{memory} bytes");
                least = least.or(Some(kib));
            }
            Err(EngineError::Memory { needed, allowed }) => {
                assert!(
                    least.is_none() && needed > memory && allowed <= memory,
                    "{needed} {allowed}"
                );
            }
            Err(other) => panic!("{other}"),
        }
    }
    // Program twice, constants, and one of them while it is put in order.
    assert!(least.is_some_and(|kib| (14..30).contains(&kib)), "{least:?}");
}

#[test]
fn what_does_not_fit_should_be_unfit_and_never_a_failure() {
    let fits = program(|_| ());
    let (version, data) = (version("w", "z"), data(3));
    let reason = |input: EvaluateInput| match engine(1, None).evaluate(&input, &Control::default()).unwrap() {
        Evaluated::Unfit(reason) => reason,
        other => panic!("{other:?}"),
    };
    let other_name = program(|graph| graph.tensors[0].name = "v".into());
    assert!(reason(input(&version, &other_name, &data)).contains("no tensor \"v\""));
    let other_shape = program(|graph| graph.tensors[0].shape = vec![1]);
    assert!(reason(input(&version, &other_shape, &data)).contains("[4]"));
    let no_column = program(|graph| graph.inputs[0].name = "y".into());
    assert!(reason(input(&version, &no_column, &data)).contains("no column"));
    let no_loss = program(|graph| graph.outputs[1].name = "cost".into());
    assert!(reason(input(&version, &no_loss, &data)).contains("loss"));
    let poor = EvaluateInput {
        operations: 0,
        ..input(&version, &fits, &data)
    };
    assert!(reason(poor).contains("paid for"));
    // What validators never hold.
    let swapped = EvaluateInput {
        program: blob(&data),
        ..input(&version, &fits, &data)
    };
    reason(swapped);
    for wrong in [
        &data[..data.len() - 1],
        &data[..100],
        &data[..5],
        &[&data[..], &[0]].concat(),
    ] {
        reason(input(&version, &fits, wrong));
    }
    let mut nan = version.clone();
    let end = nan.len() - 4;
    nan[end..].copy_from_slice(&f32::NAN.to_le_bytes());
    assert!(reason(input(&nan, &fits, &data)).contains("\"w\""));
}

#[test]
fn damage_memory_and_an_end_should_be_failures_of_this_machine() {
    let program = program(|_| ());
    let (version, data) = (version("w", "z"), data(3));
    let failed = |input: &EvaluateInput, memory| engine(1, memory).evaluate(input, &Control::default()).unwrap_err();
    let damaged = |bytes: &[u8]| {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        let blob = BlobFile::of(File::open(file.path()).unwrap()).unwrap();
        let mut changed = bytes.to_vec();
        *changed.last_mut().unwrap() ^= 1;
        std::fs::write(file.path(), changed).unwrap();
        blob
    };
    let sound = || input(&version, &program, &data);
    let spoilt = [
        EvaluateInput {
            version: damaged(&version),
            ..sound()
        },
        EvaluateInput {
            program: damaged(&program.encode()),
            ..sound()
        },
        EvaluateInput {
            data: damaged(&data),
            ..sound()
        },
    ];
    for (input, name) in spoilt.iter().zip(["base version", "program", "data set"]) {
        let error = failed(input, None);
        assert!(
            matches!(error, EngineError::Damaged { input, .. } if input.to_string() == name),
            "{error}"
        );
    }
    for memory in [0, 1 << 20, 64 << 20] {
        let error = failed(&sound(), Some(memory));
        assert!(
            matches!(error, EngineError::Memory { allowed, needed } if needed > allowed),
            "{error}"
        );
    }
    let control = Control::default();
    control.cancel.cancel();
    let ended = engine(1, None).evaluate(&sound(), &control);
    assert!(matches!(ended, Err(EngineError::Cancelled)));
}

/// The same tensors are read wherever they are; nothing is read that both files have.
#[test]
fn tensor_should_be_of_the_version_or_of_its_frozen_base_and_not_of_both() {
    let program = program(|_| ());
    let (base, adapter, data) = (version("w", "z"), version("adapter", "a"), data(20));
    let on_base = |version: &[u8], base: &[u8]| EvaluateInput {
        frozen_base: Some(blob(base)),
        ..input(version, &program, &data)
    };
    let evaluated = |input: &EvaluateInput| engine(1, None).evaluate(input, &Control::default()).unwrap();
    let alone = evaluated(&input(&base, &program, &data));
    assert!(matches!(alone, Evaluated::Done { .. }));
    assert_eq!(evaluated(&on_base(&adapter, &base)), alone, "from the base");
    assert_eq!(evaluated(&on_base(&base, &adapter)), alone, "from the version");
    let unfit = |input: &EvaluateInput| match evaluated(input) {
        Evaluated::Unfit(reason) => reason,
        other => panic!("{other:?}"),
    };
    assert!(unfit(&on_base(&base, &base)).contains("both have a tensor \"w\""));
    let by_alias = version("other", "w");
    assert!(unfit(&on_base(&base, &by_alias)).contains("both have a tensor \"w\""));
    assert!(unfit(&on_base(&adapter, &adapter)).contains("neither the version nor its frozen base"));
    let mut nan = base.clone();
    let end = nan.len() - 4;
    nan[end..].copy_from_slice(&f32::NAN.to_le_bytes());
    assert!(unfit(&on_base(&adapter, &nan)).contains("\"w\""));
}

#[test]
fn damage_of_a_frozen_base_should_be_named() {
    let program = program(|_| ());
    let (base, adapter, data) = (version("w", "z"), version("adapter", "a"), data(3));
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &base).unwrap();
    let spoilt = BlobFile::of(File::open(file.path()).unwrap()).unwrap();
    let mut changed = base.clone();
    *changed.last_mut().unwrap() ^= 1;
    std::fs::write(file.path(), changed).unwrap();
    let input = EvaluateInput {
        frozen_base: Some(spoilt),
        ..input(&adapter, &program, &data)
    };
    let error = engine(1, None).evaluate(&input, &Control::default()).unwrap_err();
    assert!(
        matches!(
            error,
            EngineError::Damaged {
                input: FileOf::FrozenBase,
                ..
            }
        ),
        "{error}"
    );
}
