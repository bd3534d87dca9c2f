//! Cases as the oracle has them (`primitives/exact/oracle/FORMAT.md`, "request"), and what the reference makes of them.

use std::{
    io::Write,
    process::{Command, Stdio},
};

use quorate_exact::root;
use quorate_inference::{answer, asked_for, memory, operations, salt, Answered, Asked, Checked};
use quorate_primitives::{
    job::infer::{detail_bytes, AnswerRow, Choice, Generation, Request, Task},
    views::BlobRef,
};
use quorate_program::{Program, Type, Value};
use serde_json::{json, Value as Json};

/// A request, with what it is answered by.
#[derive(Clone)]
pub struct Case {
    pub program: Program,
    /// None where the version has others than the program's.
    pub tensors: Option<Vec<Value>>,
    pub request: Request,
    pub input: Vec<u8>,
    /// Of the batch.
    pub seed: [u8; 32],
}

impl Case {
    /// None where the bytes are no program.
    pub fn read(case: &Json) -> Option<Self> {
        let input = bytes(&case["blob"]);
        let program = Program::decode(&bytes(&case["file"])).ok()?;
        let tensors = case["tensors"].as_array().unwrap().iter();
        let tensors = tensors.zip(&program.graph().tensors).map(|(given, expected)| {
            let shape: Vec<usize> = expected.shape.iter().map(|&d| d as usize).collect();
            let fits =
                !given.is_null() && given["shape"] == json!(expected.shape) && element(given) == expected.element;
            fits.then(|| value(given, &shape))?
        });
        let tensors = tensors.collect();
        Some(Self {
            tensors,
            request: Request {
                id: number(&case["number"]),
                input: blob(&input),
                task: task(&case["task"]),
                operations: number(&case["paid"]),
                memory: small(&case["memory"]),
            },
            seed: bytes(&case["seed"]).try_into().unwrap(),
            program,
            input,
        })
    }

    pub fn asked(&self) -> Option<Asked> {
        Asked::read(&self.program, &self.request.task, &self.input).ok()
    }

    pub fn answered(&self) -> Answered {
        let tensors = self.tensors.as_deref();
        answer(&self.program, tensors, &self.request, &self.input, &self.seed)
    }

    /// The answer's blob and its row.
    pub fn written(&self) -> (Vec<u8>, AnswerRow) {
        let answered = self.answered();
        let bytes = answered.answer.write(&salt(&self.input));
        let row = answered.row(self.request.id, blob(&bytes));
        (bytes, row)
    }

    pub fn checked<'a>(&'a self, row: &'a AnswerRow, answer: &'a [u8]) -> Checked<'a> {
        Checked {
            request: &self.request,
            input: &self.input,
            seed: &self.seed,
            row,
            answer,
        }
    }

    pub fn generation(&self) -> Option<&Generation> {
        match &self.request.task {
            Task::Generate(generation) => Some(generation),
            Task::Run => None,
        }
    }
}

pub fn blob(bytes: &[u8]) -> BlobRef {
    BlobRef {
        root: root(bytes).into(),
        len: bytes.len() as u64,
    }
}

/// What the reference answers; it takes its own answers for right.
pub fn answer_of(case: &Json) -> Json {
    if case["part"] == "causal" {
        return match Program::decode(&bytes(&case["file"])) {
            Ok(program) => json!({"causal": program.causal().is_ok()}),
            Err(_) => json!({"fault": "file"}),
        };
    }
    let Some(case) = Case::read(case) else {
        return json!({"fault": "file"});
    };
    let (blob, row) = case.written();
    assert_eq!(
        case.checked(&row, &blob).verify(&case.program, case.tensors.as_deref()),
        Ok(())
    );
    let mut out = json!({"malformed": true, "blob": hex::encode(&blob), "row": hex::encode(detail_bytes(&[row]))});
    if let Some(asked) = case.asked() {
        let task = &case.request.task;
        out["malformed"] = json!(false);
        out["operations"] = match operations(&case.program, task, &asked, asked_for(task)) {
            Some(operations) => json!(operations.to_string()),
            None => Json::Null,
        };
        out["memory"] = match memory(&case.program, task, &asked) {
            Some(memory) => json!(memory.to_string()),
            None => Json::Null,
        };
    }
    out
}

/// The oracle's answers to cases, or with `arguments` its own cases with answers.
pub fn ask(arguments: &[String], cases: &[Json]) -> Vec<Json> {
    let program = concat!(env!("CARGO_MANIFEST_DIR"), "/../exact/oracle/main.py");
    let mut oracle = Command::new("python3")
        .arg(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("this test needs python3");
    let mut stdin = oracle.stdin.take().unwrap();
    let text: String = cases.iter().map(|case| format!("{case}\n")).collect();
    // Both pipes stay open: the oracle may answer before it has read everything.
    let writer = std::thread::spawn(move || stdin.write_all(text.as_bytes()));
    let output = oracle.wait_with_output().unwrap();
    let written = writer.join().unwrap();
    assert!(output.status.success(), "the oracle failed: {}", output.status);
    written.expect("the oracle reads all cases");
    let lines = std::str::from_utf8(&output.stdout).unwrap().lines();
    lines.map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Cases that the oracle makes, with its answers.
pub fn made_by_the_oracle(count: usize, seed: u64) -> Vec<Json> {
    let arguments = ["--cases", &count.to_string(), "--seed", &seed.to_string(), "--requests"];
    ask(&arguments.map(String::from), &[])
}

/// The committed cases, with the oracle's answers.
pub fn golden() -> Vec<Json> {
    let text = include_str!("../../golden/requests.jsonl");
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The committed requests.
pub fn requests() -> Vec<Case> {
    let pairs = golden();
    let requests = pairs.iter().filter(|pair| pair["case"]["part"] == "answer");
    requests.map(|pair| Case::read(&pair["case"]).unwrap()).collect()
}

/// Those that are answered by a run, or by as much of it as has no fault.
pub fn run() -> Vec<Case> {
    let all = requests().into_iter();
    all.filter(|case| case.answered() != Answered::UNFIT).collect()
}

/// Those that generate tokens.
pub fn generated() -> Vec<Case> {
    run()
        .into_iter()
        .filter(|case| case.generation().is_some() && !case.answered().answer.tokens().is_empty())
        .collect()
}

/// `QUORATE_CASES`, else `default`.
pub fn count(default: usize) -> usize {
    let given = std::env::var("QUORATE_CASES").ok().and_then(|cases| cases.parse().ok());
    given.unwrap_or(default)
}

pub fn bytes(text: &Json) -> Vec<u8> {
    hex::decode(text.as_str().unwrap()).unwrap()
}

fn number(text: &Json) -> u64 {
    text.as_str().unwrap().parse().unwrap()
}

fn small(number: &Json) -> u32 {
    number.as_u64().unwrap().try_into().unwrap()
}

fn task(case: &Json) -> Task {
    if case == "Run" {
        return Task::Run;
    }
    let of = &case["Generate"];
    let draw = &of["sampler"]["Draw"];
    Task::Generate(Generation {
        max_tokens: small(&of["most"]),
        choice: match of["sampler"] == "Argmax" {
            true => Choice::Largest,
            false => Choice::Drawn {
                temperature: small(&draw["temperature"]),
                top: small(&draw["top_k"]),
            },
        },
        stop: (!of["stop"].is_null()).then(|| small(&of["stop"])),
    })
}

fn element(tensor: &Json) -> Type {
    serde_json::from_value(tensor["type"].clone()).unwrap()
}

/// None of values that no tensor has.
fn value(tensor: &Json, shape: &[usize]) -> Option<Value> {
    let element = element(tensor);
    let values = tensor["values"].as_array().unwrap().iter();
    let bytes: Vec<u8> = values
        .flat_map(|value| {
            let number = value.as_i64().unwrap();
            number.to_le_bytes()[..element.bytes()].to_vec()
        })
        .collect();
    Value::from_bytes(element, shape, &bytes).ok()
}
