use proptest::prelude::*;
use quorate_proofs::{
    blob::{Piece, Proof},
    Hash, ProofError,
};

fn bytes(len: usize) -> Vec<u8> {
    (0..len).map(|i| (i % 251) as u8).collect()
}

fn root(bytes: &[u8]) -> Hash {
    *blake3::hash(bytes).as_bytes()
}

/// The chaining values of all groups, as an outboard has them.
fn groups(bytes: &[u8]) -> Vec<Hash> {
    use blake3::hazmat::HasherExt;
    let value = |(i, group): (usize, &[u8])| {
        let mut hasher = blake3::Hasher::new();
        hasher.set_input_offset(i as u64 * Piece::Group.size()).update(group);
        hasher.finalize_non_root()
    };
    match bytes.len() as u64 <= Piece::Group.size() {
        true => vec![root(bytes)],
        false => bytes
            .chunks(Piece::Group.size() as usize)
            .enumerate()
            .map(value)
            .collect(),
    }
}

fn piece_at(bytes: &[u8], piece: Piece, offset: u64) -> &[u8] {
    let end = (offset + piece.size()).min(bytes.len() as u64);
    &bytes[offset as usize..end as usize]
}

fn offsets(len: usize, piece: Piece) -> impl Iterator<Item = u64> {
    (0..len.max(1) as u64).step_by(piece.size() as usize)
}

/// Lengths around every boundary.
const LENGTHS: [usize; 16] = [
    0, 1, 1023, 1024, 1025, 2048, 3073, 16_383, 16_384, 16_385, 17_409, 32_768, 32_769, 49_152, 65_537, 131_073,
];

/// From the BLAKE3 of primitives/exact/oracle, which is plain Python.
#[test]
fn proof_should_have_the_hashes_of_a_second_implementation() {
    let blob = bytes(40_000);
    let proof = Proof::new(&blob, Piece::Group, 16_384).unwrap();
    let hashes: Vec<String> = proof.siblings.iter().map(hex::encode).collect();
    assert_eq!(
        hashes,
        [
            "083663d9bddc14d40cc2f3869e01c5bebde7632dfea165eda38af01d93d5045b",
            "5384f9b342c6cb86badedcbe662b0e980476a8db17db3cc1f13b19329749ab1f",
        ],
        "the last group, then the first"
    );
    let root = proof.root(40_000, &blob[16_384..32_768]).unwrap();
    assert_eq!(
        hex::encode(root),
        "ccd32b4544a24c50fbefb249e10a8fcedc26e2794c79eb8a44ad0631bf07f53f"
    );
}

#[test]
fn every_piece_should_have_a_proof() {
    for len in LENGTHS {
        let blob = bytes(len);
        let (root, groups) = (root(&blob), groups(&blob));
        for piece in [Piece::Chunk, Piece::Group] {
            for offset in offsets(len, piece) {
                let proof = Proof::new(&blob, piece, offset).unwrap();
                let own = piece_at(&blob, piece, offset);
                assert_eq!(
                    proof.verify(root, len as u64, own),
                    Ok(()),
                    "{piece:?} at {offset} of {len}"
                );
                let from_groups = match piece {
                    Piece::Group => Proof::of_group(&groups, len as u64, offset),
                    Piece::Chunk => {
                        let start = offset / Piece::Group.size() * Piece::Group.size();
                        let group = piece_at(&blob, Piece::Group, start);
                        Proof::of_chunk(&groups, len as u64, offset, group)
                    }
                };
                assert_eq!(from_groups, Ok(proof), "{piece:?} at {offset} of {len}");
            }
        }
    }
}

#[test]
fn piece_that_is_not_there_should_have_no_proof() {
    let blob = bytes(40_000);
    let none = |offset| Err(ProofError::NoSuchPiece { offset, len: 40_000 });
    for (piece, offset) in [
        (Piece::Chunk, 1),
        (Piece::Chunk, 40_960),
        (Piece::Group, 1_024),
        (Piece::Group, 49_152),
        (Piece::Group, u64::MAX),
    ] {
        assert_eq!(Proof::new(&blob, piece, offset), none(offset));
    }
    assert_eq!(Proof::of_group(&groups(&blob)[1..], 40_000, 0), Err(ProofError::Hashes));
    let short = Proof::of_chunk(&groups(&blob), 40_000, 0, &blob[..100]);
    assert_eq!(
        short,
        Err(ProofError::PieceLength {
            expected: 16_384,
            got: 100
        })
    );
}

#[test]
fn no_piece_but_the_last_should_pass_for_the_last_of_a_shorter_blob() {
    for len in LENGTHS {
        let blob = bytes(len);
        let root = root(&blob);
        for piece in [Piece::Chunk, Piece::Group] {
            for offset in offsets(len, piece) {
                let own = piece_at(&blob, piece, offset);
                let end = offset + own.len() as u64;
                let proof = Proof::new(&blob, piece, offset).unwrap();
                assert_eq!(
                    proof.verify(root, end, own).is_ok(),
                    end == len as u64,
                    "{offset} of {len}"
                );
            }
        }
    }
}

#[test]
fn piece_should_be_proven_only_at_its_own_place() {
    // All chunks are equal: only the place tells them apart.
    let blob = vec![7; 70_000];
    let (root, len) = (root(&blob), blob.len() as u64);
    for offset in offsets(blob.len(), Piece::Chunk) {
        let proof = Proof::new(&blob, Piece::Chunk, offset).unwrap();
        for other in offsets(blob.len(), Piece::Chunk).filter(|other| *other != offset) {
            let moved = Proof {
                offset: other,
                ..proof.clone()
            };
            assert!(moved.verify(root, len, &blob[..1_024]).is_err(), "{offset} as {other}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn tampered_proof_should_be_refused(
        len in 1..200_000usize,
        group: bool,
        at: prop::sample::Index,
        hash: prop::sample::Index,
        bit in 0..256usize,
    ) {
        let blob = bytes(len);
        let (root, len) = (root(&blob), len as u64);
        let piece = if group { Piece::Group } else { Piece::Chunk };
        let offset = at.index(len.div_ceil(piece.size()) as usize) as u64 * piece.size();
        let own = piece_at(&blob, piece, offset);
        let proof = Proof::new(&blob, piece, offset).unwrap();
        prop_assert_eq!(proof.verify(root, len, own), Ok(()));

        let mut other = own.to_vec();
        other[bit % own.len()] ^= 1;
        prop_assert_eq!(proof.verify(root, len, &other), Err(ProofError::OtherRoot));
        let shorter = proof.verify(root, len, &own[1..]);
        let is_length = matches!(shorter, Err(ProofError::PieceLength { .. }));
        prop_assert!(is_length);
        let mut longer = proof.clone();
        longer.siblings.try_push([0; 32]).unwrap();
        prop_assert_eq!(longer.verify(root, len, own), Err(ProofError::Hashes));
        if !proof.siblings.is_empty() {
            let mut flipped = proof.clone();
            let hash = hash.index(proof.siblings.len());
            flipped.siblings[hash][bit / 8] ^= 1 << (bit % 8);
            prop_assert_eq!(flipped.verify(root, len, own), Err(ProofError::OtherRoot));
        }
    }
}
