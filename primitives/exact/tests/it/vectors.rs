//! The pairs of cases and answers that the oracle wrote.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{BufRead, BufReader},
};

use serde_json::Value;

use crate::interchange::answer;

fn check(name: &str, text: &str) {
    let mut cases = 0;
    for line in text.lines().filter(|line| !line.is_empty()) {
        let pair: Value = serde_json::from_str(line).unwrap();
        assert_eq!(answer(&pair["case"]), pair["answer"], "{name}: {}", pair["case"]);
        cases += 1;
    }
    println!("{name}: {cases} cases");
    assert!(cases > 0, "{name} is empty");
}

macro_rules! vectors {
    ($($name:ident),*) => {$(
        #[test]
        fn $name() {
            let name = concat!(stringify!($name), ".jsonl");
            check(name, include_str!(concat!("../../golden/", stringify!($name), ".jsonl")));
        }
    )*};
}

vectors!(
    detail,
    faults,
    inference,
    masked,
    permutations,
    pipelines,
    rounds,
    servers,
    states
);

/// Pairs of a file, as `oracle/main.py --cases 10000 --infer` writes them.
#[test]
#[ignore = "QUORATE_PAIRS names a file of pairs"]
fn pairs_of_a_file_should_be_answered_alike() {
    let path = std::env::var("QUORATE_PAIRS").expect("QUORATE_PAIRS");
    let mut counts = BTreeMap::<String, [usize; 3]>::new();
    for line in BufReader::new(File::open(path).unwrap()).lines() {
        let pair: Value = serde_json::from_str(&line.unwrap()).unwrap();
        let (case, expected) = (&pair["case"], &pair["answer"]);
        let name = case.get("name").unwrap_or(&case["op"]).to_string();
        let [cases, faults, differing] = counts.entry(name).or_default();
        let ours = answer(case);
        *cases += 1;
        *faults += usize::from(expected.get("fault").is_some());
        if &ours != expected {
            *differing += 1;
            if *differing <= 3 {
                println!("differs: {case}\n  oracle {expected}\n  reference {ours}");
            }
        }
    }
    println!("{counts:#?}");
    assert!(counts.values().all(|[_, _, differing]| *differing == 0));
}
