use proptest::prelude::*;
use quorate_exact::{
    detail::{leaf_hash, node_hash, MAX_LEAVES, VERSION},
    Detail, DetailError, Products, ProductsError, ProductsShape, ProductsTree, Root, SumTree,
};

use crate::common::property;

fn detail() -> Detail {
    Detail {
        version: VERSION,
        scores_ppm: vec![1_000_000, 7],
        selection_weights: vec![3, 4],
        flags: 1,
        products: vec![5, -1, 2, 6, 0, 9],
        tree: ProductsTree {
            leaves: vec![[1; 32], [2; 32]],
            root: [3; 32],
        },
    }
}

fn partials() -> impl Strategy<Value = Vec<Products>> {
    (1usize..4, 0u8..4, 1usize..20).prop_flat_map(|(n, flags, tiles)| {
        let shape = ProductsShape::from_flags(n, flags).unwrap();
        let entries = prop::collection::vec(-(1i128 << 80)..1 << 80, shape.len());
        let products = entries.prop_map(move |entries| Products::from_entries(shape, entries).unwrap());
        prop::collection::vec(products, tiles)
    })
}

/// Products of one update and an aggregate.
fn small(uu: i128) -> Products {
    Products::from_entries(ProductsShape::from_flags(1, 0).unwrap(), vec![uu, 0, 0]).unwrap()
}

/// The tree by its definition.
fn definition(first: u64, partials: &[Products]) -> (Root, Products) {
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
fn blob_should_round_trip_and_refuse_other_bytes() {
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
fn parts_that_do_not_fit_together_should_be_refused() {
    let refused = |change: fn(&mut Detail)| {
        let mut detail = detail();
        change(&mut detail);
        Detail::decode(&detail.encode()).unwrap_err()
    };
    assert_eq!(refused(|d| d.version = 1), DetailError::Version { got: 1 });
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
    let refused_products = |change| match refused(change) {
        DetailError::Products(error) => error,
        other => panic!("{other:?}"),
    };
    let size = |expected, got| ProductsError::Entries { expected, got };
    assert_eq!(refused_products(|d| d.products.truncate(5)), size(6, 5));
    assert_eq!(refused_products(|d| d.flags = 0), size(5, 6));
    assert_eq!(refused_products(|d| d.flags = 2), size(9, 6));
    assert_eq!(refused_products(|d| d.flags = 3), size(10, 6));
    assert_eq!(refused_products(|d| d.flags = 4), ProductsError::Flags { got: 4 });
    assert_eq!(refused_products(|d| d.products[0] = i128::MAX), ProductsError::TooWide);
    assert_eq!(refused(|d| d.tree.leaves.clear()), DetailError::Leaves { got: 0 });
    let got = MAX_LEAVES + 1;
    assert_eq!(
        refused(|d| d.tree.leaves = vec![[0; 32]; MAX_LEAVES + 1]),
        DetailError::Leaves { got }
    );
    for (flags, entries) in [(0, 5), (1, 6), (2, 9), (3, 10)] {
        let other = Detail {
            flags,
            products: vec![0; entries],
            selection_weights: vec![],
            ..detail()
        };
        let products = Detail::decode(&other.encode()).unwrap().products().unwrap();
        assert_eq!((products.shape().updates, products.shape().flags()), (2, flags));
    }
}

#[test]
fn claimed_length_should_reserve_no_memory() {
    // Version, then a vector of 2^32 − 1 scores.
    assert_eq!(
        Detail::decode(&[VERSION, 3, 0xff, 0xff, 0xff, 0xff]),
        Err(DetailError::Encoding)
    );
}

#[test]
fn random_bytes_should_never_panic() {
    property(3_000, prop::collection::vec(any::<u8>(), 0..200), |mut bytes| {
        let _ = Detail::decode(&bytes);
        bytes.insert(0, VERSION);
        let _ = Detail::decode(&bytes);
        Ok(())
    });
}

#[test]
fn streamed_tree_should_equal_its_definition() {
    property(300, partials(), |partials| {
        let mut tree = SumTree::new(partials[0].shape()).unwrap();
        partials.iter().for_each(|partial| tree.push(partial.clone()).unwrap());
        let (tree, sum) = tree.finish().unwrap();
        prop_assert_eq!((tree.root, sum), definition(0, &partials));
        let leaves: Vec<Root> = (0..).zip(&partials).map(|(i, partial)| leaf_hash(i, partial)).collect();
        prop_assert_eq!(tree.leaves, leaves);
        Ok(())
    });
}

#[test]
fn every_entry_and_place_should_count() {
    let root = |partials: &[Products]| definition(0, partials).0;
    let gram = small;
    let original = root(&[gram(1), gram(2), gram(3)]);
    // The same sum in other parts, in another order, or with a part more.
    assert_ne!(original, root(&[gram(2), gram(1), gram(3)]));
    assert_ne!(original, root(&[gram(1), gram(3), gram(2)]));
    assert_ne!(original, root(&[gram(1), gram(2), gram(3), gram(0)]));
    assert_ne!(original, root(&[gram(3), gram(3)]));
}

#[test]
fn tree_should_refuse_other_products() {
    let shape = |n, flags| ProductsShape::from_flags(n, flags).unwrap();
    let mut tree = SumTree::new(shape(2, 0)).unwrap();
    for other in [shape(1, 0), shape(2, 1), shape(2, 2)] {
        assert_eq!(tree.push(Products::new(other).unwrap()), Err(ProductsError::Shape));
    }
    let (hashes, sum) = tree.finish().unwrap();
    assert_eq!(
        (hashes.leaves.len(), hashes.root, sum),
        (0, [0; 32], Products::new(shape(2, 0)).unwrap())
    );
    let mut tree = SumTree::new(shape(1, 0)).unwrap();
    tree.push(small(1 << 95)).unwrap();
    assert_eq!(tree.push(small(1 << 95)), Err(ProductsError::TooWide));
    let none = ProductsShape {
        updates: 0,
        ..shape(1, 0)
    };
    assert_eq!(SumTree::new(none).unwrap_err(), ProductsError::Updates { n: 0 });
}
