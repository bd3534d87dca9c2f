use crate::{golden_leaves, nth};
use proptest::prelude::*;
use quorate_proofs::{
    merkle::parent,
    mountains::{root, Proof},
    Hash, ProofError,
};

/// The peaks over these leaves, appended one after the other.
fn peaks(leaves: &[Hash]) -> Vec<Hash> {
    let mut peaks = Vec::new();
    for (count, leaf) in (0u32..).zip(leaves) {
        let mut node = *leaf;
        for _ in 0..count.trailing_ones() {
            node = parent(peaks.pop().unwrap(), node);
        }
        peaks.push(node);
    }
    peaks
}

fn leaves(count: u32) -> Vec<Hash> {
    (0..count).map(nth).collect()
}

fn root_of(leaves: &[Hash]) -> Hash {
    root(leaves.len() as u32, &peaks(leaves))
}

/// From Python's hashlib.
#[test]
fn roots_should_be_those_of_a_second_implementation() {
    let roots = [
        (0, "73dec91dae89e8f95cf76d23a2a8118e13cb9a4cb621fb397a420a9fbebe428a"),
        (1, "7af1a81129d2dd635d372e9c4dea1e124309b4de5b61578afdd22c1b87da5b17"),
        (7, "18154b933771f12d17593d70d68786a29d093b66a374665e2a9b96890c1a542d"),
        (11, "fd5e6a28c84593c697588c2743ec949ea4d378be880e098e2fd255c9353e1124"),
    ];
    for (count, expected) in roots {
        assert_eq!(hex::encode(root_of(&golden_leaves(count))), expected, "{count} leaves");
    }
}

#[test]
fn every_record_of_every_small_range_should_have_a_proof_and_no_other_place() {
    for count in 1..=33u32 {
        let leaves = leaves(count);
        let root = root_of(&leaves);
        for index in 0..count {
            let proof = Proof::new(leaves.iter().copied(), index).unwrap();
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
                    leaves: other,
                    ..proof.clone()
                };
                assert!(longer.verify(root, nth(index)).is_err(), "{count} as {other}");
            }
        }
    }
}

#[test]
fn record_that_is_not_there_should_have_no_proof() {
    assert_eq!(Proof::new(leaves(5), 5), None);
    assert_eq!(Proof::new(leaves(0), 0), None);
    assert_eq!(Proof::from_nodes(5, 4, |_, _| None), None, "a node is missing");
}

#[test]
fn proof_from_stored_nodes_should_ask_for_a_path_and_peaks_only() {
    // The largest range: nobody has its leaves, but its nodes may be stored.
    let mut asked = 0;
    let proof = Proof::from_nodes(u32::MAX, 12_345, |height, position| {
        asked += 1;
        Some(nth(height ^ position))
    });
    let proof = proof.unwrap();
    assert_eq!((asked, proof.siblings.len(), proof.peaks.len()), (62, 31, 31));
    assert!(proof.root(nth(0)).is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn tampered_proof_should_be_refused(count in 1..600u32, at: prop::sample::Index, hash: prop::sample::Index, bit in 0..256usize) {
        let index = at.index(count as usize) as u32;
        let leaves = leaves(count);
        let root = root_of(&leaves);
        let proof = Proof::new(leaves, index).unwrap();
        prop_assert_eq!(proof.verify(root, nth(index)), Ok(()));

        for list in [false, true] {
            let mut longer = proof.clone();
            let hashes = if list { &mut longer.siblings } else { &mut longer.peaks };
            if hashes.try_push([0; 32]).is_ok() {
                prop_assert_eq!(longer.verify(root, nth(index)), Err(ProofError::Hashes));
            }
            let mut other = proof.clone();
            let hashes = if list { &mut other.siblings } else { &mut other.peaks };
            if !hashes.is_empty() {
                let hash = hash.index(hashes.len());
                hashes[hash][bit / 8] ^= 1 << (bit % 8);
                prop_assert_eq!(other.verify(root, nth(index)), Err(ProofError::OtherRoot));
            }
        }
    }
}
