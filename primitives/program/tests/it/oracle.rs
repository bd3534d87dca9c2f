//! Random programs that the Python oracle reads, writes again and runs, beside the reference; and those that it makes.
//! `QUORATE_CASES` sets their number.

use std::{
    collections::BTreeMap,
    io::Write,
    process::{Command, Stdio},
};

use quorate_program::{Program, ProgramError, Value};
use serde_json::{json, Value as Json};

use crate::{
    answer::{answer, written},
    random::{seed, Random},
    sketch::Drawn,
};

fn count(default: usize) -> usize {
    let given = std::env::var("QUORATE_CASES").ok().and_then(|cases| cases.parse().ok());
    given.unwrap_or(default)
}

fn oracle(arguments: &[String], input: String) -> Vec<Json> {
    let program = concat!(env!("CARGO_MANIFEST_DIR"), "/../exact/oracle/main.py");
    let mut oracle = Command::new("python3")
        .arg(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("this test needs python3");
    let mut stdin = oracle.stdin.take().unwrap();
    // The oracle may answer before it has read everything: writing and reading at once keeps both pipes open.
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = oracle.wait_with_output().unwrap();
    assert!(output.status.success(), "the oracle failed: {}", output.status);
    let _ = writer.join();
    let lines = std::str::from_utf8(&output.stdout).unwrap().lines();
    lines.map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn ask(cases: &[Json]) -> Vec<Json> {
    let answers = oracle(&[], cases.iter().map(|case| format!("{case}\n")).collect());
    assert_eq!(answers.len(), cases.len());
    answers
}

fn case(file: &[u8], inputs: &[Value], tensors: &[Value]) -> Json {
    let list = |values: &[Value]| -> Vec<Json> { values.iter().map(written).collect() };
    json!({"op": "program", "file": hex::encode(file), "inputs": list(inputs), "tensors": list(tensors)})
}

fn tally<'a>(answers: impl Iterator<Item = &'a Json>) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for answer in answers {
        let kind = answer["fault"].as_str().unwrap_or("outputs").to_string();
        *counts.entry(kind).or_default() += 1;
    }
    counts
}

#[test]
fn random_programs_should_be_read_and_run_as_the_oracle_does() {
    let seed = seed();
    let mut random = Random(seed);
    let mut nodes = BTreeMap::<&str, usize>::new();
    let mut cases = Vec::new();
    for i in 0..count(400) {
        let Drawn {
            program,
            mut inputs,
            tensors,
        } = random.program(1 + i % 9);
        for node in &program.graph().nodes {
            *nodes.entry(node.op.name()).or_default() += 1;
        }
        if random.one_in(16) {
            // Other values, or other shapes than the program takes.
            inputs.pop();
        }
        cases.push(case(&program.encode(), &inputs, &tensors));
    }
    let answers = ask(&cases);
    for (case, expected) in cases.iter().zip(&answers) {
        assert_eq!(&answer(case), expected, "QUORATE_SEED={seed}: {case}");
    }
    println!("nodes: {nodes:?}; answers: {:?}", tally(answers.iter()));
}

/// What is no program for the one is none for the other. Shapes that do not fit for all sizes are found by the reference alone.
#[test]
fn spoilt_files_should_be_refused_as_the_oracle_does() {
    let seed = seed();
    let mut random = Random(seed);
    let mut cases = Vec::new();
    let wanted = count(1_500);
    while cases.len() < wanted {
        let drawn = random.program(3);
        let good = drawn.program.encode();
        let header = u64::from_le_bytes(*good.first_chunk().unwrap()) as usize + 8;
        let end = good[..header].iter().rposition(|&byte| byte == b'}').unwrap() + 1;
        for _ in 0..10 {
            let mut file = good.clone();
            let at = match random.below(8) {
                0 => random.below(file.len()),
                1 => random.below(8),
                _ => 8 + random.below(end - 8),
            };
            match random.below(4) {
                0 => {
                    // The same text, at another place.
                    let from = 8 + random.below(end - 8);
                    let piece: Vec<u8> = file[from..end.min(from + random.below(9))].to_vec();
                    let to = (at + piece.len()).min(file.len());
                    file[at..to].copy_from_slice(&piece[..to - at]);
                }
                1 => {
                    let digits = b"0123456789ABCDEFabcdefnm_-{}[]\",: ";
                    file[at] = random.pick(digits);
                }
                2 => file[at] ^= 1 << random.below(8),
                _ => {
                    file.remove(at);
                    file.insert(end - 1, b' ');
                }
            }
            match Program::decode(&file) {
                Err(ProgramError::Node { .. } | ProgramError::Shape { what: "input", .. }) => {}
                _ => cases.push(case(&file, &drawn.inputs, &drawn.tensors)),
            }
        }
    }
    let answers = ask(&cases);
    for (case, expected) in cases.iter().zip(&answers) {
        let ours = answer(case);
        // The reference finds what follows from shapes before it runs.
        if ours["fault"] != "refused" || expected["fault"] == "file" {
            assert_eq!(&ours, expected, "QUORATE_SEED={seed}: {case}");
        }
    }
    println!("{:?}", tally(answers.iter()));
}

#[test]
fn programs_of_the_oracle_should_be_read_and_run_as_it_does() {
    let seed = seed();
    let arguments = [
        "--cases",
        &count(400).to_string(),
        "--seed",
        &seed.to_string(),
        "--programs",
    ]
    .map(String::from);
    let pairs = oracle(&arguments, String::new());
    for pair in &pairs {
        assert_eq!(
            answer(&pair["case"]),
            pair["answer"],
            "QUORATE_SEED={seed}: {}",
            pair["case"]
        );
    }
    println!("{:?}", tally(pairs.iter().map(|pair| &pair["answer"])));
}

#[test]
fn sampled_programs_should_be_answered_as_the_oracle_did() {
    let text = include_str!("../../../exact/golden/programs.jsonl");
    let mut cases = 0;
    for line in text.lines() {
        let pair: Json = serde_json::from_str(line).unwrap();
        assert_eq!(answer(&pair["case"]), pair["answer"], "{}", pair["case"]);
        cases += 1;
    }
    assert!(cases >= 50);
}
