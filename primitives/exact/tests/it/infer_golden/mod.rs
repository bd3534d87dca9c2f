//! Digests of the operations' results: `golden/infer.json` has, for each operation, shape and seed, BLAKE3 of the bytes of all its
//! results. Inputs are made in the order of the operation's arguments, as `infer_tensors::tensor` makes them.

use std::collections::BTreeMap;

use quorate_exact::{
    infer::{Fault, Tensor},
    root,
};

use crate::infer_numbers::Numbers;

mod images;
mod moves;
mod rows;
mod sequences;

const SEEDS: [u64; 3] = [1, 2, 3];
const LENGTHS: [usize; 6] = [1, 31, 32, 33, 97, 389];

/// A function of two numbers, and its name.
type Binary = (&'static str, fn(f32, f32) -> f32);

/// A function of one number, and its name.
type Unary = (&'static str, fn(f32) -> f32);

type Bytes = Result<Vec<u8>, Fault>;

/// Cases by name: digests of what each seed gives.
struct Cases(BTreeMap<String, String>);

impl Cases {
    fn add(&mut self, op: &str, shape: &[usize], case: impl Fn(&mut Numbers) -> Bytes) {
        for seed in SEEDS {
            let bytes = case(&mut Numbers::new(seed)).unwrap();
            let old = self
                .0
                .insert(format!("{op} {shape:?} {seed}"), hex::encode(root(&bytes)));
            assert!(old.is_none(), "{op} {shape:?} twice");
        }
    }
}

fn bytes(y: Result<Tensor, Fault>) -> Bytes {
    y.map(|y| y.bytes())
}

fn all() -> BTreeMap<String, String> {
    let mut cases = Cases(BTreeMap::new());
    rows::products(&mut cases);
    rows::elementwise(&mut cases);
    rows::rows(&mut cases);
    sequences::sequences(&mut cases);
    sequences::recurrent(&mut cases);
    images::images(&mut cases);
    moves::moves(&mut cases);
    moves::integers(&mut cases);
    cases.0
}

fn golden() -> BTreeMap<String, String> {
    serde_json::from_str(include_str!("../../../golden/infer.json")).unwrap()
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
