//! The corpora of the fuzz targets for a validator's own files, replayed and spoilt.

mod checks;
#[path = "../../src/archive/progress.rs"]
#[allow(dead_code)]
mod progress;
#[path = "../../../../fuzz/replay.rs"]
mod replay;

use codec::Encode;
use quorate_gadget::{
    disk,
    journal::{self, Sealed},
};
use quorate_primitives::{AccountId, Hash};

#[test]
fn sealed_outcomes_should_be_read_or_set_aside() {
    let entry = |len: usize| {
        let sealed = Sealed {
            outcome: vec![3; len],
            salt: [4; 32],
            at: 5,
        };
        ((Hash::repeat_byte(1), AccountId::new([2; 32])), sealed).encode()
    };
    let whole = |body: Vec<u8>| (sp_crypto_hashing::blake2_256(&body), body).encode();
    let seeds = [
        ("entry", whole(entry(137))),
        ("body", entry(137)),
        ("empty_outcome", entry(0)),
        ("truncated", entry(137)[..100].to_vec()),
        ("longer", [entry(1), vec![0]].concat()),
        ("promised", [&[1; 64][..], &[3, 255, 255, 255, 255]].concat()),
    ];
    replay::run("sealed", &seeds, 20_000, checks::sealed);
}

#[test]
fn progress_should_be_read_or_not_be_trusted() {
    let head = format!("quorate/evidence/1 {:?}\n", Hash::repeat_byte(1));
    let texts = [
        ("empty", head.clone()),
        ("models", format!("{head}0 7\n3 9 2 4\n")),
        ("twice", format!("{head}0 7\n0 8\n")),
        ("beyond", format!("{head}0 7 7\n")),
        ("order", format!("{head}0 7 4 2\n")),
        ("largest", format!("{head}4294967295 4294967295 4294967294\n")),
        ("too_large", format!("{head}4294967296 1\n")),
        (
            "other_chain",
            format!("quorate/evidence/1 {:?}\n", Hash::repeat_byte(2)),
        ),
    ];
    let seeds = texts.map(|(name, text)| (name, text.into_bytes()));
    replay::run("progress", &seeds, 1_000, checks::progress);
}
