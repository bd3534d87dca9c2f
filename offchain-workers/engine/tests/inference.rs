//! Answers from files against the reference in memory.

use quorate_engine::{
    verify_answer, AnswerRow, BlobFile, Cancel, Control, Engine, EngineError, InferInput, Isa, Level, Made, Settings,
    TileEngine,
};
use quorate_exact::{infer::Tensor, root, Dtype, Kind, ModelHeader, Role, TensorSpec};
use quorate_inference::{answer, write, Answer, Answered, Wrong};
use quorate_primitives::{
    job::infer::{AnswerStatus, Choice, Generation, Request, Task},
    views::BlobRef,
};
use quorate_program::{
    op::{Binary, Unary},
    Constant, Dimension, Expression, Graph, Input, ModelTensor, Node, Op, Output, Program, Real, Type, Value,
};
use std::{
    collections::HashMap,
    fs::File,
    io::Write,
    sync::atomic::{AtomicU64, Ordering},
};

const VOCABULARY: usize = 30;
const SEED: [u8; 32] = [9; 32];
/// Millions of operations, enough for all.
const PAID: u64 = 1_000;
/// MiB, enough for all.
const NAMED: u32 = 1_000;
/// Bytes of an engine beside what is counted, and the two headers that a program may have.
const BESIDE: u64 = (64 << 20) + (8 << 20);

fn numbers(seed: u64, count: usize, size: f32) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        ((state >> 40) as f32 / (1u64 << 23) as f32 - 1.0) * size
    };
    (0..count).map(|_| next()).collect()
}

fn floats(seed: u64, shape: &[usize], size: f32) -> Value {
    let count = shape.iter().product();
    Value::F32(Tensor::new(shape.to_vec(), numbers(seed, count, size)).unwrap())
}

fn tokens(data: &[i64]) -> Value {
    Value::I64(Tensor::new(vec![data.len()], data.to_vec()).unwrap())
}

/// A program with values for its tensors.
#[derive(Default)]
struct Sketch {
    graph: Graph,
    tensors: Vec<Value>,
    values: u32,
}

impl Sketch {
    fn next(&mut self) -> u32 {
        self.values += 1;
        self.values - 1
    }

    fn tensor(&mut self, shape: &[usize], size: f32) -> u32 {
        let value = floats(self.values.into(), shape, size);
        self.graph.tensors.push(ModelTensor {
            name: format!("tensor{:02}", self.tensors.len()),
            shape: shape.iter().map(|&d| d as u64).collect(),
            element: Type::F32,
        });
        self.tensors.push(value);
        self.next()
    }

    fn node(&mut self, op: Op, operands: &[u32]) -> u32 {
        let operands = operands.to_vec();
        self.graph.nodes.push(Node { operands, op });
        self.next()
    }

    fn program(&self) -> Program {
        Program::new(self.graph.clone()).unwrap()
    }

    fn version(&self) -> Vec<u8> {
        let spec = |(tensor, _): (&ModelTensor, &Value)| TensorSpec {
            name: tensor.name.clone(),
            dtype: Dtype::F32,
            shape: tensor.shape.clone(),
            role: Role::Train,
            scale: 20,
            original_dtype: Dtype::F32,
            aliases: vec![],
        };
        let pairs = || self.graph.tensors.iter().zip(&self.tensors);
        let header = ModelHeader::build(Kind::Model, pairs().map(spec).collect()).unwrap();
        let data = pairs().flat_map(|(_, value)| value.bytes());
        header.encode().into_iter().chain(data).collect()
    }
}

/// Llama in small: grouped heads, RoPE, gates; a token above 25 is turned into the logarithm of a negative number.
fn llama(layers: usize, most: u32) -> Sketch {
    let (width, heads, groups, size) = (16, 4, 2, 4);
    let mut s = Sketch::default();
    let dimension = || Expression::dimension("tokens");
    s.graph.dimensions.push(Dimension {
        max: most,
        min: 1,
        name: "tokens".into(),
    });
    s.graph.inputs.push(Input {
        name: "tokens".into(),
        shape: vec![dimension()],
        element: Type::I64,
    });
    let ids = s.next();
    let embedding = s.tensor(&[VOCABULARY, width], 1.0);
    let weights: Vec<[u32; 5]> = (0..layers)
        .map(|_| {
            [
                s.tensor(&[width], 1.0),
                s.tensor(&[heads * size, width], 0.4),
                s.tensor(&[groups * size, width], 0.4),
                s.tensor(&[groups * size, width], 0.4),
                s.tensor(&[width, heads * size], 0.4),
            ]
        })
        .collect();
    let constant = |s: &mut Sketch, value: Value| {
        s.graph.constants.push(Constant {
            shape: value.shape().iter().map(|&d| d as u64).collect(),
            element: value.element(),
            bytes: value.bytes(),
        });
        s.next()
    };
    let inverse = constant(&mut s, Value::F32(Tensor::new(vec![2], vec![1.0, 0.1]).unwrap()));
    let mut signs = vec![1.0f32; VOCABULARY];
    signs[25..].fill(-1.0);
    let signs = constant(&mut s, Value::F32(Tensor::new(vec![VOCABULARY, 1], signs).unwrap()));
    let mut x = s.node(Op::Gather { axis: 0 }, &[embedding, ids]);
    for [gain, q, k, v, o] in weights {
        let epsilon = Real::new(1e-5).unwrap();
        let h = s.node(Op::RmsNorm { epsilon }, &[x, gain]);
        let split = |s: &mut Sketch, w: u32, heads: usize| {
            let y = s.node(Op::Linear, &[h, w]);
            let shape = vec![dimension(), (heads as i64).into(), (size as i64).into()];
            s.node(Op::Reshape { shape }, &[y])
        };
        let (q, k, v) = (
            split(&mut s, q, heads),
            split(&mut s, k, groups),
            split(&mut s, v, groups),
        );
        let q = s.node(Op::Rope { largest: most }, &[q, inverse]);
        let k = s.node(Op::Rope { largest: most }, &[k, inverse]);
        let scale = Real::new(0.5).unwrap();
        let y = s.node(Op::Attention { causal: true, scale }, &[q, k, v]);
        let shape = vec![dimension(), ((heads * size) as i64).into()];
        let y = s.node(Op::Reshape { shape }, &[y]);
        let y = s.node(Op::Linear, &[y, o]);
        x = s.node(Op::Binary(Binary::Add), &[x, y]);
    }
    let sign = s.node(Op::Gather { axis: 0 }, &[signs, ids]);
    let log = s.node(Op::Unary(Unary::Log), &[sign]);
    let x = s.node(Op::Binary(Binary::Add), &[x, log]);
    let logits = s.node(Op::Linear, &[x, embedding]);
    s.graph.outputs.push(Output {
        name: "logits".into(),
        value: logits,
    });
    s
}

fn blob(bytes: &[u8]) -> BlobFile {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    BlobFile::of(file).unwrap()
}

fn reference(bytes: &[u8]) -> BlobRef {
    BlobRef {
        root: root(bytes).into(),
        len: bytes.len() as u64,
    }
}

fn generate(max_tokens: u32, choice: Choice, stop: Option<u32>) -> Task {
    Task::Generate(Generation {
        max_tokens,
        choice,
        stop,
    })
}

fn drawn(temperature: f32, top: u32) -> Choice {
    Choice::Drawn {
        temperature: temperature.to_bits(),
        top,
    }
}

/// A batch in the making.
struct Batch {
    program: Program,
    tensors: Vec<Value>,
    version: Vec<u8>,
    requests: Vec<(Request, Vec<u8>)>,
}

impl Batch {
    fn new(sketch: &Sketch) -> Self {
        Self {
            program: sketch.program(),
            tensors: sketch.tensors.clone(),
            version: sketch.version(),
            requests: vec![],
        }
    }

    fn ask(&mut self, task: Task, prompt: &[i64]) -> &mut Request {
        let number = self.requests.len() as u8;
        let input = write(&self.program, [number; 32], vec![tokens(prompt)]).unwrap();
        self.ask_with(task, input)
    }

    fn ask_with(&mut self, task: Task, input: Vec<u8>) -> &mut Request {
        let request = Request {
            id: 100 + self.requests.len() as u64,
            input: reference(&input),
            task,
            operations: PAID,
            memory: NAMED,
        };
        self.requests.push((request, input));
        &mut self.requests.last_mut().unwrap().0
    }

    fn input(&self) -> InferInput {
        let requests = self.requests.iter();
        InferInput {
            version: blob(&self.version),
            frozen_base: None,
            program: blob(&self.program.encode()),
            requests: requests
                .map(|(request, input)| (request.clone(), blob(input)))
                .collect(),
            seed: SEED,
        }
    }

    fn expected(&self) -> Vec<(AnswerRow, Vec<u8>)> {
        let one = |(request, input): &(Request, Vec<u8>)| {
            let answered = answer(&self.program, Some(&self.tensors), request, input, &SEED);
            let bytes = answered.answer.write(&quorate_inference::salt(input));
            (answered.row(request.id, reference(&bytes)), bytes)
        };
        self.requests.iter().map(one).collect()
    }

    fn answered(&self, threads: usize, memory: Option<u64>) -> Result<Vec<(AnswerRow, Vec<u8>)>, EngineError> {
        self.answered_by(&engine(threads, memory))
    }

    /// Rows and answers by an engine.
    fn answered_by(&self, engine: &TileEngine) -> Result<Vec<(AnswerRow, Vec<u8>)>, EngineError> {
        let mut kept = HashMap::new();
        let mut told: HashMap<usize, Vec<u32>> = HashMap::new();
        let mut ended = HashMap::new();
        let mut keep = |made: Made| {
            match made {
                Made::Token { request, token } => {
                    assert!(!ended.contains_key(&request), "a token after the answer");
                    told.entry(request).or_default().push(token);
                }
                Made::Answer { request, bytes } => {
                    let root = root(&bytes);
                    assert_eq!(ended.insert(request, root), None);
                    kept.insert(root, bytes);
                }
            }
            Ok(())
        };
        let seen = AtomicU64::new(0);
        let all = self.requests.len() as u64;
        let control = Control {
            cancel: Cancel::default(),
            progress: &|done, of| {
                assert_eq!(of, all);
                assert_eq!(seen.fetch_add(1, Ordering::Relaxed) + 1, done);
            },
        };
        let rows = engine.infer(&self.input(), &mut keep, &control)?;
        assert_eq!(seen.into_inner(), all);
        for (number, ((request, input), row)) in self.requests.iter().zip(&rows).enumerate() {
            assert_eq!(ended[&number], row.answer.root.0);
            let salt = quorate_inference::salt(input);
            let answer = Answer::read(&salt, &request.task, &kept[&row.answer.root.0]).unwrap();
            let told = told.remove(&number).unwrap_or_default();
            assert_eq!(told, answer.tokens(), "request {number} is told as it is answered");
        }
        let answer = |row: AnswerRow| {
            let bytes = kept[&row.answer.root.0].clone();
            (row, bytes)
        };
        Ok(rows.into_iter().map(answer).collect())
    }
}

/// An engine of which a batch may use so many bytes: half of all.
fn engine(threads: usize, evaluation: Option<u64>) -> TileEngine {
    TileEngine::new(Settings {
        threads,
        evaluation: evaluation.map(|own| 2 * own),
        ..Settings::default()
    })
}

/// Greedy and drawn, short and long prompts, stop tokens, faults of the request and of the program, and what is unfit.
fn mixed() -> Batch {
    let mut batch = Batch::new(&llama(2, 100));
    let prompt = |number: usize, len: usize| -> Vec<i64> {
        (0..len).map(|i| ((number * 7 + i * i * 3 + i) % 25) as i64).collect()
    };
    for number in 0..14 {
        let choice = match number % 3 {
            0 => Choice::Largest,
            1 => drawn(0.8, 5),
            _ => drawn(3.0, 1_000),
        };
        let stop = (number % 4 == 1).then_some(number as u32);
        batch.ask(
            generate(1 + 3 * number as u32 % 20, choice, stop),
            &prompt(number, 1 + 7 * number % 80),
        );
    }
    // Of the largest context; of a token outside the vocabulary, the 70th; of one whose logarithm is none; run once.
    batch.ask(generate(20, Choice::Largest, None), &prompt(3, 80));
    let mut outside = prompt(5, 75);
    outside[69] = 30;
    batch.ask(generate(5, Choice::Largest, None), &outside);
    outside[69] = -31;
    batch.ask(Task::Run, &outside);
    batch.ask(generate(5, Choice::Largest, None), &[1, 26, 3]);
    for len in [1, 9, 9, 100] {
        batch.ask(Task::Run, &prompt(len, len));
    }
    // More tokens than the program takes; none; less paid for than is needed; bytes that are no request.
    batch.ask(generate(21, Choice::Largest, None), &prompt(3, 80));
    batch.ask(generate(0, Choice::Largest, None), &prompt(3, 8));
    batch.ask(generate(5, drawn(f32::NAN, 5), None), &prompt(3, 8));
    batch.ask(Task::Run, &prompt(3, 8)).operations = 1;
    batch.ask(Task::Run, &prompt(3, 8)).memory = 0;
    let (.., input) = batch.requests[0].clone();
    for spoilt in [
        &[][..],
        &input[..20],
        &input[..input.len() - 1],
        &[&input[..], &[0]].concat(),
    ] {
        batch.ask_with(generate(3, Choice::Largest, None), spoilt.to_vec());
    }
    batch
}

#[test]
fn answers_should_be_the_references_bit_for_bit() {
    let batch = mixed();
    let expected = batch.expected();
    let count = |status| expected.iter().filter(|(row, _)| row.status == status).count();
    assert_eq!(
        [AnswerStatus::Answered, AnswerStatus::Fault, AnswerStatus::Unfit].map(count),
        [17, 5, 9],
        "{expected:?}"
    );
    // Some stop before all that was asked for.
    assert!(expected
        .iter()
        .any(|(row, bytes)| row.tokens > 0 && row.tokens < 5 && bytes.len() > 33));
    for threads in [1, 3] {
        assert!(batch.answered(threads, None).unwrap() == expected, "{threads} threads");
    }
    // In another order each has the same answer.
    let mut turned = mixed();
    turned.requests.reverse();
    let mut got = turned.answered(2, None).unwrap();
    got.reverse();
    assert!(got == expected);
}

#[test]
fn answers_should_not_depend_on_the_instructions() {
    let batch = mixed();
    let expected = batch.expected();
    for isa in Isa::available() {
        let engine = TileEngine::new(Settings {
            threads: 1,
            instructions: isa.level(),
            ..Settings::default()
        });
        assert!(batch.answered_by(&engine).unwrap() == expected, "{}", isa.level());
    }
}

#[test]
fn fault_after_some_tokens_should_answer_with_these_tokens() {
    let mut batch = Batch::new(&llama(1, 60));
    for number in 0..8 {
        // Among all tokens some have no logarithm: such a sequence ends in a fault when it is run.
        batch.ask(generate(40, drawn(5.0, 30), None), &[number]);
    }
    let expected = batch.expected();
    let faults = expected
        .iter()
        .filter(|(row, _)| row.status == AnswerStatus::Fault && row.tokens > 1);
    assert!(faults.count() > 2, "{expected:?}");
    assert!(batch.answered(2, None).unwrap() == expected);
}

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

#[test]
fn version_without_the_programs_tensors_should_make_all_unfit() {
    let mut batch = mixed();
    let expected: Vec<_> = batch
        .requests
        .iter()
        .map(|(request, input)| {
            let bytes = Answer::Unfit.write(&quorate_inference::salt(input));
            (Answered::UNFIT.row(request.id, reference(&bytes)), bytes)
        })
        .collect();
    batch.version = llama(1, 100).version();
    assert!(batch.answered(1, None).unwrap() == expected);
    let (request, input) = &batch.requests[0];
    let (row, bytes) = &expected[0];
    let one = InferInput {
        requests: vec![(request.clone(), blob(input))],
        ..batch.input()
    };
    let found = verify_answer(&one, (row, bytes), (1, None, Level::Avx512), &Control::default()).unwrap();
    assert_eq!(found, Ok(()));
}

#[test]
fn transcript_should_be_checked_by_one_run() {
    let mut batch = mixed();
    for number in 0..8 {
        batch.ask(generate(15, drawn(5.0, 30), None), &[number]);
    }
    let expected = batch.expected();
    let mut wrongs = HashMap::<String, usize>::new();
    for ((request, input), (row, bytes)) in batch.requests.iter().zip(&expected) {
        let one = InferInput {
            requests: vec![(request.clone(), blob(input))],
            ..batch.input()
        };
        let found = |row: &AnswerRow, bytes: &[u8]| {
            let checked = quorate_inference::Checked {
                request,
                input,
                seed: &SEED,
                row,
                answer: bytes,
            };
            let by = |level| verify_answer(&one, (row, bytes), (1, None, level), &Control::default()).unwrap();
            let found = by(Level::Avx512);
            assert_eq!(found, checked.verify(&batch.program, Some(&batch.tensors)));
            assert_eq!(found, by(Level::Scalar), "with portable instructions");
            found
        };
        assert_eq!(found(row, bytes), Ok(()), "{request:?}");
        // Each part of the row, and each byte of short answers.
        let spoilt = [
            AnswerRow {
                request: 1,
                ..row.clone()
            },
            AnswerRow {
                tokens: row.tokens + 1,
                ..row.clone()
            },
            AnswerRow {
                operations: row.operations ^ 1,
                ..row.clone()
            },
            AnswerRow {
                trace: [1; 32].into(),
                ..row.clone()
            },
        ];
        assert!(spoilt.iter().all(|row| found(row, bytes) == Err(Wrong::Row)));
        for at in (0..bytes.len().min(200)).step_by(7) {
            let mut other = bytes.clone();
            other[at] ^= 1;
            let row = AnswerRow {
                answer: reference(&other),
                ..row.clone()
            };
            let wrong = found(&row, &other).unwrap_err();
            *wrongs.entry(format!("{wrong:?}")).or_default() += 1;
        }
        // One token less, and one more.
        if row.tokens > 0 {
            for other in [&bytes[..bytes.len() - 4], &[&bytes[..], &[3, 0, 0, 0]].concat()] {
                let row = AnswerRow {
                    answer: reference(other),
                    ..row.clone()
                };
                assert!(found(&row, other).is_err());
            }
        }
    }
    assert!(
        wrongs.contains_key("Token(0)") && wrongs.contains_key("Answer(Salt)"),
        "{wrongs:?}"
    );
}

#[test]
fn damage_and_an_end_should_be_failures_of_this_machine() {
    let batch = mixed();
    let damaged = |bytes: &[u8]| {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        let blob = BlobFile::of(File::open(file.path()).unwrap()).unwrap();
        let mut changed = bytes.to_vec();
        *changed.last_mut().unwrap() ^= 1;
        std::fs::write(file.path(), changed).unwrap();
        blob
    };
    let mut spoilt = vec![];
    let program = batch.program.encode();
    spoilt.push((
        InferInput {
            version: damaged(&batch.version),
            ..batch.input()
        },
        "base version",
    ));
    spoilt.push((
        InferInput {
            program: damaged(&program),
            ..batch.input()
        },
        "program",
    ));
    let mut input = batch.input();
    input.requests[3].1 = damaged(&batch.requests[3].1);
    spoilt.push((input, "request 3"));
    for (input, name) in spoilt {
        let error = engine(1, None)
            .infer(&input, &mut |_| Ok(()), &Control::default())
            .unwrap_err();
        assert!(
            matches!(error, EngineError::Damaged { input, .. } if input.to_string() == name),
            "{error}"
        );
    }
    for after in [0, 1, 10] {
        let cancel = Cancel::default();
        let stop = cancel.clone();
        let progress = move |done, _| {
            if done >= after {
                stop.cancel();
            }
        };
        if after == 0 {
            cancel.cancel();
        }
        let control = Control {
            cancel,
            progress: &progress,
        };
        let ended = engine(1, None).infer(&batch.input(), &mut |_| Ok(()), &control);
        assert!(matches!(ended, Err(EngineError::Cancelled)));
    }
    let full = |_| Err(std::io::ErrorKind::StorageFull.into());
    let error = engine(1, None)
        .infer(&batch.input(), &mut { full }, &Control::default())
        .unwrap_err();
    assert!(matches!(error, EngineError::Io { .. }), "{error}");
}

/// A canonical file of these tensors.
fn file_of<'a>(tensors: impl Iterator<Item = (&'a ModelTensor, &'a Value)>) -> Vec<u8> {
    let tensors: Vec<_> = tensors.collect();
    let spec = |(tensor, _): &(&ModelTensor, &Value)| TensorSpec {
        name: tensor.name.clone(),
        dtype: Dtype::F32,
        shape: tensor.shape.clone(),
        role: Role::Train,
        scale: 0,
        original_dtype: Dtype::F32,
        aliases: vec![],
    };
    let header = ModelHeader::build(Kind::Model, tensors.iter().map(spec).collect()).unwrap();
    let mut file = header.encode();
    for tensor in &header.tensors {
        let (_, value) = tensors.iter().find(|(own, _)| own.name == tensor.name).unwrap();
        file.extend(value.bytes());
    }
    file
}

#[test]
fn batch_should_be_answered_with_the_tensors_of_a_version_and_of_its_frozen_base() {
    let batch = mixed();
    let expected: Vec<AnswerRow> = batch.expected().into_iter().map(|(row, _)| row).collect();
    let all = || batch.program.graph().tensors.iter().zip(&batch.tensors);
    let part = |even: bool| {
        let own = all().enumerate().filter(|(number, _)| (number % 2 == 0) == even);
        file_of(own.map(|(_, pair)| pair))
    };
    for (version, base) in [(part(true), part(false)), (part(false), part(true))] {
        let input = InferInput {
            version: blob(&version),
            frozen_base: Some(blob(&base)),
            ..batch.input()
        };
        let rows = engine(1, None).infer(&input, &mut |_| Ok(()), &Control::default());
        assert_eq!(rows.unwrap(), expected);
    }
}
