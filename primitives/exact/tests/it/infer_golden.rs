//! Digests of the operations' results (`oracle/FORMAT.md`, "inference").

use std::collections::BTreeMap;

use crate::infer_cases::all;

fn golden() -> BTreeMap<String, String> {
    serde_json::from_str(include_str!("../../golden/infer.json")).unwrap()
}

#[test]
fn operations_should_give_the_golden_digests() {
    let (ours, golden) = (all(), golden());
    for (name, digest) in &ours {
        assert_eq!(golden.get(name), Some(digest), "{name}");
    }
    assert_eq!(ours.len(), golden.len());
}

#[test]
#[ignore = "writes golden/infer.json anew"]
fn write_golden_digests() {
    let text = serde_json::to_string_pretty(&all()).unwrap() + "\n";
    std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/golden/infer.json"), text).unwrap();
}
