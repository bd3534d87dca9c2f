//! The corpora of the fuzz targets for requests and answers, replayed and spoilt.

mod checks;
#[path = "../../../../fuzz/replay.rs"]
mod replay;

use checks::TASK;
use quorate_inference::{Answer, FaultKind};
use quorate_primitives::job::infer::{Choice, Generation, Task};
use quorate_program::Value;
use serde_json::Value as Json;

fn task(case: &Json) -> [u8; TASK] {
    let mut bytes = [0; TASK];
    let of = &case["Generate"];
    if of.is_null() {
        return bytes;
    }
    let draw = &of["sampler"]["Draw"];
    bytes[0] = 1;
    bytes[1] = u8::from(!draw.is_null()) | u8::from(!of["stop"].is_null()) << 1;
    let numbers = [
        &of["most"],
        &draw["temperature"],
        if draw.is_null() { &of["stop"] } else { &draw["top_k"] },
    ];
    for (place, number) in bytes[2..].chunks_exact_mut(4).zip(numbers) {
        place.copy_from_slice(&(number.as_u64().unwrap_or(0) as u32).to_le_bytes());
    }
    bytes
}

#[test]
fn requests_should_be_read_as_they_are_written_and_answered_or_refused() {
    let text = include_str!("../../golden/requests.jsonl");
    let cases = text
        .lines()
        .map(|line| serde_json::from_str::<Json>(line).unwrap()["case"].take());
    let seeds: Vec<(String, Vec<u8>)> = cases
        .filter(|case| case["part"] == "answer")
        .enumerate()
        .map(|(i, case)| {
            let of = |name: &str| hex::decode(case[name].as_str().unwrap()).unwrap();
            let blob = of("blob");
            let head = (blob.len() as u16).to_le_bytes();
            (
                format!("golden_{i:02}"),
                [&head[..], &task(&case["task"]), &blob, &of("file")].concat(),
            )
        })
        .collect();
    let seeds: Vec<_> = seeds
        .iter()
        .map(|(name, bytes)| (name.as_str(), bytes.clone()))
        .collect();
    replay::run("asked", &seeds, 50_000, checks::asked);
}

#[test]
fn tasks_should_be_what_their_bytes_say() {
    let mut bytes = [1, 3, 5, 0, 0, 0, 0, 0, 128, 63, 9, 0, 0, 0];
    let generation = |choice, stop| {
        Task::Generate(Generation {
            max_tokens: 5,
            choice,
            stop,
        })
    };
    let drawn = Choice::Drawn {
        temperature: 1f32.to_bits(),
        top: 9,
    };
    assert_eq!(checks::task(&bytes), generation(drawn, Some(9)));
    bytes[1] = 0;
    assert_eq!(checks::task(&bytes), generation(Choice::Largest, None));
    bytes[0] = 0;
    assert_eq!(checks::task(&bytes), Task::Run);
}

#[test]
fn answers_should_be_read_as_they_are_written_or_refused() {
    let value = |element, shape: &[usize], bytes: &[u8]| Value::from_bytes(element, shape, bytes).unwrap();
    use quorate_program::Type::{Bool, F32, I64, I8, U8};
    let outputs = vec![
        value(F32, &[1, 2], &[0; 8]),
        value(I64, &[], &[255; 8]),
        value(I8, &[2], &[1, 255]),
        value(U8, &[1, 1, 1, 1, 1, 1, 1, 1], &[7]),
        value(Bool, &[2], &[0, 1]),
    ];
    let of = |kind: u8, answer: Answer| [vec![kind], answer.write(&[0; 32])].concat();
    let seeds = [
        ("outputs", of(0, Answer::Outputs(outputs))),
        ("tokens", of(1, Answer::Tokens(vec![1, 2, u32::MAX]))),
        ("fault", of(0, Answer::Fault(FaultKind::NaN, vec![]))),
        ("fault_behind_tokens", of(1, Answer::Fault(FaultKind::Index, vec![4]))),
        ("unfit", of(1, Answer::Unfit)),
    ];
    replay::run("answered", &seeds, 50_000, checks::answered);
}
