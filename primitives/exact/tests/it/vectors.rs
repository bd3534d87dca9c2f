//! The pairs of cases and answers that the oracle wrote.

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

vectors!(detail, faults, masked, permutations, pipelines, rounds, servers, states);
