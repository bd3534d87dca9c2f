//! A batch in the making, and engines that answer it.

use crate::sketch::{llama, tokens, Sketch};
use quorate_engine::{
    AnswerRow, BlobFile, Cancel, Control, Engine, EngineError, InferInput, Made, Settings, TileEngine,
};
use quorate_exact::root;
use quorate_inference::{answer, write, Answer};
use quorate_primitives::{
    job::infer::{Choice, Generation, Request, Task},
    views::BlobRef,
};
use quorate_program::{Program, Value};
use std::{
    collections::HashMap,
    io::Write,
    sync::atomic::{AtomicU64, Ordering},
};

pub const SEED: [u8; 32] = [9; 32];
/// Millions of operations, enough for all.
pub const PAID: u64 = 1_000;
/// MiB, enough for all.
pub const NAMED: u32 = 1_000;
/// Bytes of an engine beside what is counted, and the two headers that a program may have.
pub const BESIDE: u64 = (64 << 20) + (8 << 20);

pub fn blob(bytes: &[u8]) -> BlobFile {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    BlobFile::of(file).unwrap()
}

pub fn reference(bytes: &[u8]) -> BlobRef {
    BlobRef {
        root: root(bytes).into(),
        len: bytes.len() as u64,
    }
}

pub fn generate(max_tokens: u32, choice: Choice, stop: Option<u32>) -> Task {
    Task::Generate(Generation {
        max_tokens,
        choice,
        stop,
    })
}

pub fn drawn(temperature: f32, top: u32) -> Choice {
    Choice::Drawn {
        temperature: temperature.to_bits(),
        top,
    }
}

/// A batch in the making.
pub struct Batch {
    pub program: Program,
    pub tensors: Vec<Value>,
    pub version: Vec<u8>,
    pub requests: Vec<(Request, Vec<u8>)>,
}

impl Batch {
    pub fn new(sketch: &Sketch) -> Self {
        Self {
            program: sketch.program(),
            tensors: sketch.tensors.clone(),
            version: sketch.version(),
            requests: vec![],
        }
    }

    pub fn ask(&mut self, task: Task, prompt: &[i64]) -> &mut Request {
        let number = self.requests.len() as u8;
        let input = write(&self.program, [number; 32], vec![tokens(prompt)]).unwrap();
        self.ask_with(task, input)
    }

    pub fn ask_with(&mut self, task: Task, input: Vec<u8>) -> &mut Request {
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

    pub fn input(&self) -> InferInput {
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

    pub fn expected(&self) -> Vec<(AnswerRow, Vec<u8>)> {
        let one = |(request, input): &(Request, Vec<u8>)| {
            let answered = answer(&self.program, Some(&self.tensors), request, input, &SEED);
            let bytes = answered.answer.write(&quorate_inference::salt(input));
            (answered.row(request.id, reference(&bytes)), bytes)
        };
        self.requests.iter().map(one).collect()
    }

    pub fn answered(&self, threads: usize, memory: Option<u64>) -> Result<Vec<(AnswerRow, Vec<u8>)>, EngineError> {
        self.answered_by(&engine(threads, memory))
    }

    /// Rows and answers by an engine.
    pub fn answered_by(&self, engine: &TileEngine) -> Result<Vec<(AnswerRow, Vec<u8>)>, EngineError> {
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
pub fn engine(threads: usize, evaluation: Option<u64>) -> TileEngine {
    TileEngine::new(Settings {
        threads,
        evaluation: evaluation.map(|own| 2 * own),
        ..Settings::default()
    })
}

/// Greedy and drawn, short and long prompts, stop tokens, faults of the request and of the program, and what is unfit.
pub fn mixed() -> Batch {
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
