use crate::{golden_leaves, nth};
use proptest::prelude::*;
use quorate_proofs::{
    merkle::{leaf, root, Proof},
    ProofError,
};

/// From Python's hashlib.
#[test]
fn roots_should_be_those_of_a_second_implementation() {
    assert_eq!(
        hex::encode(leaf(&[0])),
        "0218e73c8ee0c95153928f6132591878313488e7a90b1e38a20459ffacc6f720"
    );
    let roots = [
        (0, "abb7ba4e18d37571ea7933d0346350f9097150767955f457fe06cb5c074e0ebb"),
        (1, "932828cd767695eb5f5f7dc9ade1709a2fdc0e086e117aaff8ea1b65db06aa30"),
        (2, "9233828061404a76212a502b4fc45b82ed9918ccb6b46cb6c3ce3f4d7b28b0c3"),
        (3, "3ad18c644aabfa58669cd420d4cbc4d0be9c039f7d7b0469f3e69834e87e92d2"),
        (7, "e58500d00c603831c54dfd670ff7a6c7080a33de272905edacfe261004619448"),
    ];
    for (count, expected) in roots {
        assert_eq!(hex::encode(root(golden_leaves(count))), expected, "{count} leaves");
    }
}

#[test]
fn every_leaf_of_every_small_tree_should_have_a_proof_and_no_other_place() {
    for count in 1..=33u32 {
        let root = root((0..count).map(nth));
        for index in 0..count {
            let proof = Proof::new((0..count).map(nth), index).unwrap();
            assert_eq!(proof.verify(root, nth(index)), Ok(()), "{index} of {count}");
            assert_eq!(proof.verify(root, nth(count)), Err(ProofError::OtherRoot));
            for other in (0..count + 2).filter(|other| *other != index) {
                let moved = Proof {
                    index: other,
                    ..proof.clone()
                };
                assert!(moved.verify(root, nth(index)).is_err(), "{index} as {other} of {count}");
            }
            for other in (0..2 * count).filter(|other| *other != count) {
                let longer = Proof {
                    count: other,
                    ..proof.clone()
                };
                assert!(longer.verify(root, nth(index)).is_err(), "{count} as {other}");
            }
        }
    }
}

#[test]
fn leaf_that_is_not_there_should_have_no_proof() {
    assert_eq!(Proof::new((0..5).map(nth), 5), None);
    assert_eq!(Proof::new((0..0).map(nth), 0), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn tampered_proof_should_be_refused(count in 1..600u32, at: prop::sample::Index, hash: prop::sample::Index, bit in 0..256usize) {
        let index = at.index(count as usize) as u32;
        let root = root((0..count).map(nth));
        let proof = Proof::new((0..count).map(nth), index).unwrap();
        prop_assert_eq!(proof.verify(root, nth(index)), Ok(()));

        let mut longer = proof.clone();
        longer.siblings.try_push([0; 32]).unwrap();
        prop_assert_eq!(longer.verify(root, nth(index)), Err(ProofError::Hashes));
        if !proof.siblings.is_empty() {
            let mut shorter = proof.clone();
            shorter.siblings.pop();
            prop_assert_eq!(shorter.verify(root, nth(index)), Err(ProofError::Hashes));
            let mut flipped = proof.clone();
            let hash = hash.index(proof.siblings.len());
            flipped.siblings[hash][bit / 8] ^= 1 << (bit % 8);
            prop_assert_eq!(flipped.verify(root, nth(index)), Err(ProofError::OtherRoot));
        }
    }
}
