//! What holds for any bytes that are taken for a proof; the fuzz target has the same check.

use codec::{DecodeAll, Encode};
use quorate_proofs::{blob, merkle, mountains, Hash};

const LEAF: Hash = [7; 32];

/// The first byte says which proof the rest is. A proof that decodes is that of the root which it leads to, and of no other.
pub fn proof(bytes: &[u8]) {
    let Some((&kind, mut rest)) = bytes.split_first() else {
        return;
    };
    let all = rest;
    match kind % 3 {
        0 => {
            if let Ok(proof) = merkle::Proof::decode_all(&mut rest) {
                assert_eq!(proof.encode(), all);
                assert!(proof.verify([1; 32], LEAF).is_err());
                if let Ok(root) = proof.root(LEAF) {
                    assert!(proof.index < proof.count);
                    assert!(proof.verify(root, LEAF).is_ok() && proof.verify(root, [8; 32]).is_err());
                }
            }
        }
        1 => {
            if let Ok(proof) = mountains::Proof::decode_all(&mut rest) {
                assert_eq!(proof.encode(), all);
                assert!(proof.verify([1; 32], LEAF).is_err());
                if let Ok(root) = proof.root(LEAF) {
                    assert!(proof.index < proof.leaves);
                    assert!(proof.verify(root, LEAF).is_ok() && proof.verify(root, [8; 32]).is_err());
                }
            }
        }
        _ => {
            if let Ok(proof) = blob::Proof::decode_all(&mut rest) {
                assert_eq!(proof.encode(), all);
                for len in [0, 1, 1_024, 16_384, 16_385, 40_000, 1 << 40, u64::MAX] {
                    piece(&proof, len);
                }
            }
        }
    }
}

fn piece(proof: &blob::Proof, len: u64) {
    let Ok(size) = proof.piece.len_at(proof.offset, len) else {
        assert!(proof.root(len, &[]).is_err(), "there is no such piece");
        return;
    };
    let bytes = vec![7; size as usize];
    assert!(proof.verify([1; 32], len, &bytes).is_err());
    if let Ok(root) = proof.root(len, &bytes) {
        assert!(proof.verify(root, len, &bytes).is_ok());
        assert!(
            proof.root(len, &vec![7; size as usize + 1]).is_err(),
            "a piece has one length"
        );
    }
}
