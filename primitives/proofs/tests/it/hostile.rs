//! Bytes from anyone: they are decoded within bounds, and whatever was decoded is checked without a panic.

use codec::{Compact, Decode, DecodeAll, Encode, MaxEncodedLen};
use proptest::prelude::*;
use quorate_proofs::{blob, merkle, mountains};

#[test]
fn proofs_should_have_frozen_encodings() {
    let merkle = merkle::Proof::new((0..3).map(crate::nth), 2).unwrap();
    let sibling = hex::encode(merkle.siblings[0]);
    assert_eq!(hex::encode(merkle.encode()), format!("020000000300000004{sibling}"));
    let range = mountains::Proof::new((0..3).map(crate::nth), 2).unwrap();
    let peak = hex::encode(range.peaks[0]);
    assert_eq!(hex::encode(range.encode()), format!("02000000030000000004{peak}"));
    let group = blob::Proof::new(&[1; 20_000], blob::Piece::Group, 16_384).unwrap();
    let sibling = hex::encode(group.siblings[0]);
    assert_eq!(hex::encode(group.encode()), format!("01004000000000000004{sibling}"));
    assert_eq!(
        [
            merkle::Proof::max_encoded_len(),
            mountains::Proof::max_encoded_len(),
            blob::Proof::max_encoded_len()
        ],
        [8 + 1 + 32 * 32, 8 + 2 * (1 + 32 * 32), 9 + 1 + 54 * 32]
    );
}

#[test]
fn more_hashes_than_a_tree_has_levels_should_not_be_decoded() {
    let of = |head: &[u8], hashes: u32| {
        let mut bytes = head.to_vec();
        Compact(hashes).encode_to(&mut bytes);
        bytes.resize(bytes.len() + 32 * hashes as usize, 0);
        bytes
    };
    assert!(merkle::Proof::decode_all(&mut &of(&[0; 8], 32)[..]).is_ok());
    assert!(merkle::Proof::decode_all(&mut &of(&[0; 8], 33)[..]).is_err());
    assert!(blob::Proof::decode_all(&mut &of(&[0; 9], 54)[..]).is_ok());
    assert!(blob::Proof::decode_all(&mut &of(&[0; 9], 55)[..]).is_err());
    assert!(
        blob::Proof::decode_all(&mut &of(&[2; 9], 0)[..]).is_err(),
        "no such piece"
    );
    // A length that promises gigabytes is refused before anything is kept for it.
    let mut huge = vec![0; 8];
    Compact(u32::MAX).encode_to(&mut huge);
    assert!(mountains::Proof::decode(&mut &huge[..]).is_err());
}

#[test]
fn largest_numbers_should_be_refused_without_a_panic() {
    for (index, count) in [
        (0, 0),
        (u32::MAX, u32::MAX),
        (u32::MAX - 1, u32::MAX),
        (5, 0),
        (0, u32::MAX),
    ] {
        let proof = merkle::Proof {
            index,
            count,
            siblings: Default::default(),
        };
        assert!(proof.verify([0; 32], [0; 32]).is_err());
        let proof = mountains::Proof {
            index,
            leaves: count,
            siblings: Default::default(),
            peaks: Default::default(),
        };
        assert!(proof.verify([0; 32], [0; 32]).is_err());
    }
    for (offset, len) in [
        (0, u64::MAX),
        (u64::MAX, u64::MAX),
        (u64::MAX - 1_023, u64::MAX),
        (1 << 63, u64::MAX),
    ] {
        for piece in [blob::Piece::Chunk, blob::Piece::Group] {
            let proof = blob::Proof {
                piece,
                offset,
                siblings: Default::default(),
            };
            for bytes in [0, 1, 1_023, 1_024, 16_384] {
                assert!(proof.verify([0; 32], len, &vec![0; bytes]).is_err());
            }
        }
    }
}

proptest! {
    #[test]
    fn whatever_is_decoded_should_be_checked_without_a_panic(
        bytes in proptest::collection::vec(any::<u8>(), 0..400),
        len: u64,
        short in 0..50_000u64,
        piece in 0..17_000usize,
    ) {
        let piece = vec![1; piece];
        if let Ok(proof) = merkle::Proof::decode(&mut &bytes[..]) {
            prop_assert!(proof.verify([1; 32], [2; 32]).is_err());
        }
        if let Ok(proof) = mountains::Proof::decode(&mut &bytes[..]) {
            prop_assert!(proof.verify([1; 32], [2; 32]).is_err());
        }
        if let Ok(proof) = blob::Proof::decode(&mut &bytes[..]) {
            prop_assert!(proof.verify([1; 32], len, &piece).is_err());
            prop_assert!(proof.verify([1; 32], short, &piece).is_err());
        }
    }
}
