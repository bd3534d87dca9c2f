//! The corpus of the fuzz target for proofs, replayed and spoilt.

mod checks;
#[path = "../../../../fuzz/replay.rs"]
mod replay;

use codec::Encode;
use quorate_proofs::{blob, merkle, mountains, Hash};

#[test]
fn proofs_should_hold_for_the_root_that_they_lead_to_alone() {
    let nth = |n: u8| -> Hash { [n; 32] };
    let of = |kind: u8, proof: Vec<u8>| [vec![kind], proof].concat();
    let merkle = merkle::Proof::new((0..9).map(nth), 3).unwrap();
    let last = merkle::Proof::new((0..9).map(nth), 8).unwrap();
    let mountains = mountains::Proof::new((0..11).map(nth), 5).unwrap();
    let group = blob::Proof::new(&[7; 40_000], blob::Piece::Group, 16_384).unwrap();
    let chunk = blob::Proof::new(&[7; 40_000], blob::Piece::Chunk, 39_936).unwrap();
    let seeds = [
        ("merkle", of(0, merkle.encode())),
        ("merkle_last", of(0, last.encode())),
        ("mountains", of(1, mountains.encode())),
        ("group", of(2, group.encode())),
        ("chunk", of(2, chunk.encode())),
        ("empty", of(2, vec![0; 10])),
    ];
    // Found by fuzzing, where overflow is no wrapping.
    let longest = blob::Proof {
        piece: blob::Piece::Chunk,
        offset: 0,
        siblings: vec![[7; 32]; blob::MAX_LEVELS as usize].try_into().unwrap(),
    };
    assert!(
        longest.root(u64::MAX, &[7; 1_024]).is_ok(),
        "as deep as the longest blob"
    );
    assert!(longest.root(1 << 63, &[7; 1_024]).is_err(), "as deep as no shorter one");
    replay::run("proof", &seeds, 20_000, checks::proof);
}
