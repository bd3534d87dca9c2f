//! What a batch takes of memory, and what is known of it before anything runs.

use crate::{
    batch::{drawn, engine, generate, mixed, Batch, BESIDE},
    sketch::{floats, llama, Sketch, VOCABULARY},
};
use quorate_engine::{verify_answer, Control, Engine, EngineError, Level};
use quorate_primitives::job::infer::{AnswerStatus, Choice, Request, Task};
use quorate_program::{
    op::{Binary, Unary},
    Constant, Dimension, Expression, Input, Op, Output, Type,
};

#[test]
fn less_memory_should_change_no_answer_and_too_little_be_known_before_anything_runs() {
    let batch = mixed();
    let expected = batch.expected();
    let mut least = None;
    for kib in (0..3_000).step_by(150) {
        let memory = (64 << 20) + (kib << 10);
        match batch.answered(1, Some(memory)) {
            Ok(got) => {
                assert!(got == expected, "{memory} bytes");
                least = least.or(Some(kib));
            }
            Err(EngineError::Memory { needed, allowed }) => {
                assert!(
                    least.is_none() && needed > allowed && allowed <= memory,
                    "{needed} {allowed}"
                );
            }
            Err(other) => panic!("{other}"),
        }
    }
    assert!(least.is_some_and(|kib| kib > 0), "{least:?}");
    // Nothing was kept of any.
    let mut keep = |_| panic!("something ran");
    let few = engine(1, Some(64 << 20)).infer(&batch.input(), &mut keep, &Control::default());
    assert!(matches!(few, Err(EngineError::Memory { .. })));
}

/// i64 [n] to f32 [n, width]: rows of a table by their index, through nodes.
fn table(width: usize, constant: bool, more: impl FnOnce(&mut Sketch, u32) -> u32) -> Sketch {
    let mut s = Sketch::default();
    s.graph.dimensions.push(Dimension {
        max: (1 << 28) / width as u32,
        min: 1,
        name: "n".into(),
    });
    s.graph.inputs.push(Input {
        name: "ids".into(),
        shape: vec![Expression::dimension("n")],
        element: Type::I64,
    });
    let ids = s.next();
    let rows = match constant {
        // A version has a tensor at least.
        true => {
            let bias = s.tensor(&[width], 1.0);
            s.graph.constants.push(Constant {
                shape: vec![VOCABULARY as u64, width as u64],
                element: Type::F32,
                bytes: floats(1, &[VOCABULARY, width], 1.0).bytes(),
            });
            let table = s.next();
            let rows = s.node(Op::Gather { axis: 0 }, &[table, ids]);
            s.node(Op::Binary(Binary::Add), &[rows, bias])
        }
        false => {
            let table = s.tensor(&[VOCABULARY, width], 1.0);
            s.node(Op::Gather { axis: 0 }, &[table, ids])
        }
    };
    let value = more(&mut s, rows);
    s.graph.outputs.push(Output {
        name: "rows".into(),
        value,
    });
    s
}

/// Programs most of whose memory is one tensor, one constant, several tensors, values of a run, values that two nodes read, keys and values of
/// many attentions, and what a sampler has; with the ids and the tokens that are asked for.
fn large() -> Vec<(&'static str, Sketch, usize, Task)> {
    let mean = |s: &mut Sketch, x: u32| {
        let axes = vec![1];
        let how = quorate_program::op::Reduction::Mean;
        s.node(Op::Reduce { axes, how, keep: true }, &[x])
    };
    let same = |s: &mut Sketch, x: u32| s.node(Op::Unary(Unary::Tanh), &[x]);
    let several = |s: &mut Sketch, x: u32| {
        let y = s.node(Op::Unary(Unary::Gelu), &[x]);
        let y = s.node(Op::Softmax { axis: 1 }, &[y]);
        let both = s.node(Op::Binary(Binary::Add), &[x, y]);
        mean(s, both)
    };
    let mut layers = Sketch::default();
    layers.graph.dimensions.push(Dimension {
        max: 64,
        min: 1,
        name: "n".into(),
    });
    layers.graph.inputs.push(Input {
        name: "ids".into(),
        shape: vec![Expression::dimension("n")],
        element: Type::I64,
    });
    let ids = layers.next();
    let embedding = layers.tensor(&[VOCABULARY, 1_000], 1.0);
    let weights: Vec<u32> = (0..5).map(|_| layers.tensor(&[1_000, 1_000], 0.1)).collect();
    let mut x = layers.node(Op::Gather { axis: 0 }, &[embedding, ids]);
    for weight in weights {
        x = layers.node(Op::Linear, &[x, weight]);
    }
    layers.graph.outputs.push(Output {
        name: "rows".into(),
        value: x,
    });
    let many = |s: &mut Sketch, x: u32| {
        let shape = vec![Expression::dimension("n"), (1 << 22).into()];
        s.node(Op::Expand { shape }, &[x])
    };
    // They end with their first token.
    let first = |sketch: &Sketch| {
        let mut short = Batch::new(sketch);
        short.ask(generate(1, Choice::Largest, None), &[0, 1, 4]);
        let (_, bytes) = &short.expected()[0];
        Some(u32::from_le_bytes(*bytes.last_chunk().unwrap()))
    };
    let (tokens, attentions) = (table(5_000, false, same), llama(200, 4_003));
    let (of_tokens, of_attentions) = (first(&tokens), first(&attentions));
    let mut logits = table(1, false, many);
    logits.graph.dimensions[0].max = 100;
    vec![
        ("one tensor", table(150_000, false, mean), 3, Task::Run),
        ("one constant", table(150_000, true, mean), 3, Task::Run),
        ("several tensors", layers, 20, Task::Run),
        ("values of a run", table(64, false, same), 60_000, Task::Run),
        (
            "values that are read twice",
            table(200, false, several),
            20_000,
            Task::Run,
        ),
        (
            "generated tokens",
            tokens,
            3,
            generate(1_000, Choice::Largest, of_tokens),
        ),
        (
            "keys and values",
            attentions,
            3,
            generate(4_000, Choice::Largest, of_attentions),
        ),
        ("many logits", logits, 1, generate(1, drawn(1.0, u32::MAX), None)),
    ]
}

/// What a validator declares is a third of what it has beside: each of these has to be answered with three times what it names.
#[test]
fn three_times_the_memory_that_is_named_should_be_enough() {
    for (name, sketch, ids, task) in large() {
        let mut batch = Batch::new(&sketch);
        let prompt: Vec<i64> = (0..ids as i64).map(|id| id * id % 25).collect();
        let request = batch.ask(task, &prompt);
        request.operations = u64::MAX;
        let (program, (request, input)) = (&batch.program, &batch.requests[0]);
        let asked = quorate_inference::Asked::read(program, &task, input).unwrap();
        let named = quorate_inference::memory(program, &task, &asked).unwrap();
        assert!(named >= 5, "{name}: {named} MiB");
        let request = Request {
            memory: named,
            ..request.clone()
        };
        batch.requests[0].0 = request;
        let fits = |bytes: u64| match batch.answered(1, Some(bytes)) {
            Ok(rows) => {
                assert_ne!(rows[0].0.status, AnswerStatus::Unfit, "{name}");
                true
            }
            Err(EngineError::Memory { .. }) => false,
            Err(other) => panic!("{name}: {other}"),
        };
        let least = (0..=30).find(|tenths| fits(BESIDE + u64::from(named) * (1 << 20) * tenths / 10));
        println!("{name}: {named} MiB are named, {least:?} tenths of it are enough beside {BESIDE} bytes");
        assert!(least.is_some(), "{name}: {named} MiB");
        // A MiB less is named: unfit, whatever there is.
        batch.requests[0].0.memory -= 1;
        let rows = batch.answered(1, Some(BESIDE)).unwrap();
        assert_eq!(rows[0].0.status, AnswerStatus::Unfit, "{name}");
    }
}

/// Who has no memory for a version or a program that no request named the memory for says so as others do, and is not silent.
#[test]
fn what_no_request_named_the_memory_for_should_be_unfit_without_the_memory_for_it() {
    for (name, sketch, ids, task) in large() {
        let mut batch = Batch::new(&sketch);
        let prompt: Vec<i64> = (0..ids as i64).map(|id| id * id % 25).collect();
        let request = batch.ask(task, &prompt);
        (request.operations, request.memory) = (u64::MAX, 1);
        let expected = batch.expected();
        assert_eq!(expected[0].0.status, AnswerStatus::Unfit, "{name}");
        assert!(batch.answered(1, Some(BESIDE)).unwrap() == expected, "{name}");
        let one = batch.input();
        let (row, bytes) = &expected[0];
        let found = verify_answer(
            &one,
            (row, bytes),
            (1, Some(BESIDE), Level::Avx512),
            &Control::default(),
        )
        .unwrap();
        assert_eq!(found, Ok(()), "{name}");
    }
}
