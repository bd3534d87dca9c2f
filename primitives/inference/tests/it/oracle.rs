//! The reference beside the Python oracle, which was written from the text alone. `QUORATE_CASES` sets the number of cases.

use std::collections::BTreeMap;

use serde_json::{json, Value as Json};

use crate::{
    case::{answer_of, ask, bytes, count, golden, made_by_the_oracle, Case},
    random::{seed, Random},
};

fn kind(pair: &Json) -> String {
    let answer = &pair["answer"];
    match (&answer["causal"], &answer["blob"]) {
        (Json::Bool(causal), _) => format!("causal {causal}"),
        (_, Json::Null) => "no program".into(),
        (_, blob) => format!("end {}", bytes(blob)[32]),
    }
}

fn tally(pairs: &[Json]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    pairs
        .iter()
        .for_each(|pair| *counts.entry(kind(pair)).or_default() += 1);
    counts
}

#[test]
fn sampled_requests_should_be_answered_as_the_oracle_did() {
    let pairs = golden();
    for pair in &pairs {
        assert_eq!(answer_of(&pair["case"]), pair["answer"], "{}", pair["case"]);
    }
    let ends = tally(&pairs);
    for end in [
        "causal true",
        "causal false",
        "end 0",
        "end 1",
        "end 2",
        "end 3",
        "end 255",
    ] {
        assert!(ends.get(end).is_some_and(|&count| count >= 3), "{ends:?}");
    }
}

#[test]
fn requests_of_the_oracle_should_be_answered_as_it_does() {
    let seed = seed();
    let pairs = made_by_the_oracle(count(250), seed);
    for pair in &pairs {
        assert_eq!(
            answer_of(&pair["case"]),
            pair["answer"],
            "QUORATE_SEED={seed}: {}",
            pair["case"]
        );
    }
    println!("{:?}", tally(&pairs));
}

/// Other tasks, inputs, seeds and payments than the oracle draws.
#[test]
fn changed_requests_should_be_answered_as_the_oracle_does() {
    let seed = seed();
    let mut random = Random(seed);
    let cases: Vec<Json> = golden()
        .into_iter()
        .map(|pair| pair["case"].clone())
        .filter(|case| case["part"] == "answer")
        // Of more tokens all would be generated where the change names enough.
        .filter(|case| case["task"]["Generate"]["most"].as_u64().is_none_or(|most| most < 50))
        .collect();
    let cases: Vec<Json> = (0..count(250))
        .map(|_| {
            let mut case = random.pick(&cases);
            change(&mut random, &mut case);
            case
        })
        .collect();
    let answers = ask(&[], &cases);
    assert_eq!(answers.len(), cases.len());
    for (case, expected) in cases.iter().zip(&answers) {
        assert_eq!(&answer_of(case), expected, "QUORATE_SEED={seed}: {case}");
    }
}

/// Makes one to three changes.
fn change(random: &mut Random, case: &mut Json) {
    for _ in 0..random.size(1, 3) {
        match random.below(8) {
            0 => {
                let task = match random.below(3) {
                    0 => json!("Run"),
                    1 => json!({"Generate": {"most": random.size(1, 4), "sampler": "Argmax", "stop": random.below(4)}}),
                    _ => {
                        let temperature = random.pick(&[0.3f32, 1.0, 7.5, 1e-30, 3e38]).to_bits();
                        let sampler = json!({"Draw": {"temperature": temperature, "top_k": random.size(1, 5)}});
                        json!({"Generate": {"most": random.size(1, 4), "sampler": sampler, "stop": null}})
                    }
                };
                case["task"] = task;
            }
            1 => case["seed"] = json!(hex::encode([random.below(256) as u8; 32])),
            2 => case["number"] = json!(random.word().to_string()),
            3 => case["paid"] = json!(random.below(4).to_string()),
            4 => case["memory"] = json!(random.below(3)),
            5 => {
                // Other tokens, or other numbers.
                let mut blob = bytes(&case["blob"]);
                if let Some(at) = blob.len().checked_sub(8) {
                    blob[at] = random.below(5) as u8;
                    case["blob"] = json!(hex::encode(blob));
                }
            }
            6 => {
                // A prompt of another length.
                let Some(read) = Case::read(case).and_then(|case| case.asked()) else {
                    continue;
                };
                if read.inputs.len() != 1 || read.sizes.len() != 1 || read.prompt().is_empty() {
                    continue;
                }
                let tokens: Vec<u64> = (0..random.size(1, 7)).map(|_| random.below(4) as u64).collect();
                let mut blob = bytes(&case["blob"])[..32].to_vec();
                blob.extend((tokens.len() as u32).to_le_bytes());
                tokens.iter().for_each(|token| blob.extend(token.to_le_bytes()));
                case["blob"] = json!(hex::encode(blob));
            }
            _ => {
                let mut blob = bytes(&case["blob"]);
                let at = random.below(blob.len());
                match random.below(3) {
                    0 => blob.truncate(at),
                    1 => blob.push(random.below(256) as u8),
                    _ if blob.is_empty() => (),
                    _ => blob[at] ^= 1 << random.below(8),
                }
                case["blob"] = json!(hex::encode(blob));
            }
        }
    }
}
