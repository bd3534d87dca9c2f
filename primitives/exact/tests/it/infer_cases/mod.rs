//! The operations on seeded inputs (`oracle/FORMAT.md`, "inference"). Without `std`: `wasm/` compiles these files too.

use alloc::{collections::BTreeMap, format, string::String, vec::Vec};

use quorate_exact::{
    infer::{Fault, Tensor},
    root,
};

use inputs::Inputs;

mod images;
mod inputs;
mod moves;
mod rows;
mod sequences;

/// The last three give hard numbers.
const SEEDS: [u64; 6] = [1, 2, 3, 4, 5, 6];
const LENGTHS: [usize; 6] = [1, 31, 32, 33, 97, 389];

/// A function of two numbers, and its name.
type Binary = (&'static str, fn(f32, f32) -> f32);

/// A function of one number, and its name.
type Unary = (&'static str, fn(f32) -> f32);

type Bytes = Result<Vec<u8>, Fault>;

/// What each case gives, by its name.
struct Cases(BTreeMap<String, String>);

impl Cases {
    fn add(&mut self, op: &str, shape: &[usize], case: impl Fn(&mut Inputs) -> Bytes) {
        for seed in SEEDS {
            let answer = match case(&mut Inputs::new(seed)) {
                Ok(bytes) => hex::encode(root(&bytes)),
                Err(fault @ (Fault::NaN | Fault::Range)) => format!("{fault:?}"),
                Err(fault) => panic!("{op} {shape:?}: {fault}"),
            };
            let old = self.0.insert(format!("{op} {shape:?} {seed}"), answer);
            assert!(old.is_none(), "{op} {shape:?} twice");
        }
    }
}

fn bytes(y: Result<Tensor, Fault>) -> Bytes {
    y.map(|y| y.bytes())
}

/// BLAKE3 of the bytes of each case's results, or its fault.
pub fn all() -> BTreeMap<String, String> {
    let mut cases = Cases(BTreeMap::new());
    rows::products(&mut cases);
    rows::elementwise(&mut cases);
    rows::exact(&mut cases);
    rows::rows(&mut cases);
    sequences::sequences(&mut cases);
    sequences::recurrent(&mut cases);
    images::images(&mut cases);
    moves::moves(&mut cases);
    moves::integers(&mut cases);
    cases.0
}
