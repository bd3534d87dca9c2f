use proptest::prelude::*;
use quorate_exact::{
    detail::{leaf_hash, node_hash, MAX_LEAVES, VERSION},
    Detail, DetailError, Gram, GramError, GramTree, Root, SumTree,
};

use crate::common::property;

fn detail() -> Detail {
    Detail {
        version: VERSION,
        scores_ppm: vec![1_000_000, 7],
        selection_weights: vec![3, 4],
        gram: vec![5, -1, 2, 6, 0, 9],
        gram_tree: GramTree {
            leaves: vec![[1; 32], [2; 32]],
            root: [3; 32],
        },
    }
}

fn partials() -> impl Strategy<Value = Vec<Gram>> {
    (1usize..4, 1usize..20).prop_flat_map(|(n, tiles)| {
        let upper = prop::collection::vec(-(1i128 << 80)..1 << 80, n * (n + 1) / 2);
        prop::collection::vec(upper.prop_map(move |upper| Gram::from_upper(n, upper).unwrap()), tiles)
    })
}

/// The tree by its definition.
fn definition(first: u64, partials: &[Gram]) -> (Root, Gram) {
    if let [partial] = partials {
        return (leaf_hash(first, partial), partial.clone());
    }
    let split = partials.len().next_power_of_two() / 2;
    let (left, mut sum) = definition(first, &partials[..split]);
    let (right, other) = definition(first + split as u64, &partials[split..]);
    sum.merge(&other).unwrap();
    (node_hash(&left, &right, &sum), sum)
}

#[test]
fn a_blob_round_trips_and_refuses_other_bytes() {
    let bytes = detail().encode();
    assert_eq!(Detail::decode(&bytes), Ok(detail()));
    for len in 0..bytes.len() {
        assert_eq!(Detail::decode(&bytes[..len]), Err(DetailError::Encoding));
    }
    assert_eq!(Detail::decode(&[&bytes[..], &[0]].concat()), Err(DetailError::Encoding));
    for at in 0..bytes.len() {
        for flip in [1, 2, 0x80, 0xff] {
            let mut changed = bytes.clone();
            changed[at] ^= flip;
            if let Ok(other) = Detail::decode(&changed) {
                assert_eq!(other.encode(), changed);
            }
        }
    }
}

#[test]
fn parts_that_do_not_fit_together_are_refused() {
    let refused = |change: fn(&mut Detail)| {
        let mut detail = detail();
        change(&mut detail);
        Detail::decode(&detail.encode()).unwrap_err()
    };
    assert_eq!(refused(|d| d.version = 2), DetailError::Version { got: 2 });
    assert_eq!(refused(|d| d.scores_ppm.clear()), DetailError::Updates { n: 0 });
    assert_eq!(
        refused(|d| d.scores_ppm = vec![0; 1025]),
        DetailError::Updates { n: 1025 }
    );
    assert_eq!(
        refused(|d| d.scores_ppm[1] = 1_000_001),
        DetailError::Score { index: 1 }
    );
    let weights = DetailError::SelectionWeights { expected: 2, got: 1 };
    assert_eq!(refused(|d| d.selection_weights.truncate(1)), weights);
    let size = DetailError::Gram(GramError::Size { expected: 10, got: 5 });
    assert_eq!(refused(|d| d.gram.truncate(5)), size);
    assert_eq!(
        refused(|d| d.gram[0] = i128::MAX),
        DetailError::Gram(GramError::TooWide)
    );
    assert_eq!(refused(|d| d.gram_tree.leaves.clear()), DetailError::Leaves { got: 0 });
    let got = MAX_LEAVES + 1;
    assert_eq!(
        refused(|d| d.gram_tree.leaves = vec![[0; 32]; MAX_LEAVES + 1]),
        DetailError::Leaves { got }
    );
    let with_previous = Detail {
        gram: vec![0; 10],
        selection_weights: vec![],
        ..detail()
    };
    assert_eq!(Detail::decode(&with_previous.encode()).unwrap().gram().unwrap().n(), 4);
}

#[test]
fn a_claimed_length_reserves_no_memory() {
    // Version, then a vector of 2^32 − 1 scores.
    assert_eq!(
        Detail::decode(&[1, 3, 0xff, 0xff, 0xff, 0xff]),
        Err(DetailError::Encoding)
    );
}

#[test]
fn random_bytes_never_panic() {
    property(3_000, prop::collection::vec(any::<u8>(), 0..200), |mut bytes| {
        let _ = Detail::decode(&bytes);
        bytes.insert(0, VERSION);
        let _ = Detail::decode(&bytes);
        Ok(())
    });
}

#[test]
fn the_streamed_tree_equals_its_definition() {
    property(300, partials(), |partials| {
        let mut tree = SumTree::new(partials[0].n()).unwrap();
        partials.iter().for_each(|partial| tree.push(partial.clone()).unwrap());
        let (tree, sum) = tree.finish().unwrap();
        prop_assert_eq!((tree.root, sum), definition(0, &partials));
        let leaves: Vec<Root> = (0..).zip(&partials).map(|(i, partial)| leaf_hash(i, partial)).collect();
        prop_assert_eq!(tree.leaves, leaves);
        Ok(())
    });
}

#[test]
fn every_entry_and_place_counts() {
    let root = |partials: &[Gram]| definition(0, partials).0;
    let gram = |g| Gram::from_upper(1, vec![g]).unwrap();
    let original = root(&[gram(1), gram(2), gram(3)]);
    // The same sum in other parts, in another order, or with a part more.
    assert_ne!(original, root(&[gram(2), gram(1), gram(3)]));
    assert_ne!(original, root(&[gram(1), gram(3), gram(2)]));
    assert_ne!(original, root(&[gram(1), gram(2), gram(3), gram(0)]));
    assert_ne!(original, root(&[gram(3), gram(3)]));
}

#[test]
fn the_tree_refuses_other_matrices() {
    let mut tree = SumTree::new(2).unwrap();
    assert_eq!(
        tree.push(Gram::new(1).unwrap()),
        Err(GramError::Size { expected: 2, got: 1 })
    );
    let (hashes, sum) = tree.finish().unwrap();
    assert_eq!(
        (hashes.leaves.len(), hashes.root, sum),
        (0, [0; 32], Gram::new(2).unwrap())
    );
    let wide = Gram::from_upper(1, vec![1 << 95]).unwrap();
    let mut tree = SumTree::new(1).unwrap();
    tree.push(wide.clone()).unwrap();
    assert_eq!(tree.push(wide), Err(GramError::TooWide));
    assert_eq!(SumTree::new(0).unwrap_err(), GramError::Rows { n: 0 });
}
