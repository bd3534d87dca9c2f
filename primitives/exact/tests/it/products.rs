use proptest::prelude::*;
use quorate_exact::{masked, Gram, Products, ProductsError, ProductsShape};

use crate::common::{grid_integer, property};

fn shape() -> impl Strategy<Value = ProductsShape> {
    (1usize..7, 0u8..4).prop_map(|(n, flags)| ProductsShape::from_flags(n, flags).unwrap())
}

fn tile(shape: ProductsShape) -> impl Strategy<Value = (Vec<Vec<i32>>, u32)> {
    (0usize..5, 0u32..8).prop_flat_map(move |(width, shift)| {
        let row = prop::collection::vec(grid_integer(), width);
        (prop::collection::vec(row, shape.rows()), Just(shift))
    })
}

fn slices(rows: &[Vec<i32>]) -> Vec<&[i32]> {
    rows.iter().map(Vec::as_slice).collect()
}

#[test]
fn every_entry_should_be_the_product_that_its_name_says() {
    let inputs = shape().prop_flat_map(|shape| (Just(shape), tile(shape)));
    property(1_000, inputs, |(shape, (rows, shift))| {
        let mut products = Products::new(shape).unwrap();
        products.add_tile(&slices(&rows), shift).unwrap();
        let dot = |x: usize, y: usize| -> i128 {
            let both = rows[x].iter().zip(&rows[y]);
            both.map(|(&a, &b)| (i128::from(a) * i128::from(b)) << (2 * shift))
                .sum()
        };
        let (n, p) = (shape.updates, shape.updates + 1);
        for i in 0..n {
            prop_assert_eq!(products.uu(i), Some(dot(i, i)));
            prop_assert_eq!(products.ua(i), Some(dot(i, n)));
            prop_assert_eq!(products.up(i), shape.previous.then(|| dot(i, p)));
            for j in 0..n {
                let known = shape.pairs || i == j;
                prop_assert_eq!(products.pair(i, j), known.then(|| dot(i, j)));
            }
            prop_assert_eq!(products.pair(i, n), None);
        }
        prop_assert_eq!(products.aa(), dot(n, n));
        prop_assert_eq!(products.ap(), shape.previous.then(|| dot(n, p)));
        prop_assert_eq!(products.pp(), shape.previous.then(|| dot(p, p)));
        for outside in [
            products.uu(n),
            products.ua(n),
            products.up(n),
            products.get(0, shape.rows()),
        ] {
            prop_assert_eq!(outside, None);
        }
        // The order of the entries.
        prop_assert_eq!(shape.entries().count(), shape.len());
        prop_assert_eq!(products.entries().len(), shape.len());
        for ((x, y), &entry) in shape.entries().zip(products.entries()) {
            prop_assert_eq!(entry, dot(x, y));
            prop_assert_eq!(products.get(x, y), Some(entry));
            prop_assert_eq!(products.get(y, x), Some(entry));
        }
        let mut gram = Gram::new(n).unwrap();
        gram.add_tile(&slices(&rows[..n]), shift).unwrap();
        prop_assert_eq!(products.gram(), (shape.pairs || n == 1).then_some(gram));
        Ok(())
    });
}

#[test]
fn tiles_in_any_order_should_give_the_same_products() {
    let inputs = shape().prop_flat_map(|shape| {
        let tiles = prop::collection::vec(tile(shape), 1..6);
        tiles.prop_flat_map(move |tiles| (Just(shape), Just(tiles.clone()), Just(tiles).prop_shuffle()))
    });
    property(500, inputs, |(shape, tiles, shuffled)| {
        let mut whole = Products::new(shape).unwrap();
        for (rows, shift) in &tiles {
            whole.add_tile(&slices(rows), *shift).unwrap();
        }
        let mut merged = Products::new(shape).unwrap();
        for (rows, shift) in &shuffled {
            let mut part = Products::new(shape).unwrap();
            part.add_tile(&slices(rows), *shift).unwrap();
            merged.merge(&part).unwrap();
        }
        prop_assert_eq!(whole.encode(), merged.encode());
        prop_assert_eq!(whole.encode().len(), 5 + 16 * shape.len());
        Ok(())
    });
}

#[test]
fn products_should_keep_their_bounds() {
    let shape = ProductsShape::from_flags(2, 2).unwrap();
    assert_eq!(ProductsShape::from_flags(0, 0), Err(ProductsError::Updates { n: 0 }));
    assert_eq!(
        ProductsShape::from_flags(1025, 0),
        Err(ProductsError::Updates { n: 1025 })
    );
    assert_eq!(ProductsShape::from_flags(1, 4), Err(ProductsError::Flags { got: 4 }));
    let huge = ProductsShape {
        updates: usize::MAX,
        ..shape
    };
    assert_eq!(Products::new(huge), Err(ProductsError::Updates { n: usize::MAX }));
    let size = ProductsError::Entries { expected: 9, got: 8 };
    assert_eq!(Products::from_entries(shape, vec![0; 8]), Err(size));
    let mut entries = vec![0; 9];
    entries[4] = -(1 << 95) - 1;
    assert_eq!(Products::from_entries(shape, entries), Err(ProductsError::TooWide));
    let mut products = Products::new(shape).unwrap();
    let rows = ProductsError::Rows { expected: 4, got: 3 };
    assert_eq!(products.add_tile(&[&[1][..]; 3], 0), Err(rows));
    let ragged: [&[i32]; 4] = [&[1], &[1], &[1, 2], &[1]];
    assert_eq!(products.add_tile(&ragged, 0), Err(ProductsError::RowLength { row: 2 }));
    assert_eq!(products.add_tile(&[&[1 << 30][..]; 4], 18), Err(ProductsError::TooWide));
    let other = Products::new(ProductsShape::from_flags(2, 3).unwrap()).unwrap();
    assert_eq!(Products::new(shape).unwrap().merge(&other), Err(ProductsError::Shape));
}

#[test]
fn masked_sums_should_wrap_and_not_depend_on_order_or_grouping() {
    let inputs = (1usize..6, 0usize..8).prop_flat_map(|(n, width)| {
        let row = prop::collection::vec(any::<u64>(), width);
        (prop::collection::vec(row, n), Just(width))
    });
    property(500, inputs, |(rows, width)| {
        let sum = |k: usize| rows.iter().map(|row| u128::from(row[k])).sum::<u128>();
        let mut wide = vec![0; width];
        let slices: Vec<&[u64]> = rows.iter().map(Vec::as_slice).collect();
        for part in slices.rchunks(2) {
            prop_assert!(masked::sum64(part, &mut wide));
        }
        prop_assert_eq!(wide, (0..width).map(|k| sum(k) as u64).collect::<Vec<_>>());
        let narrow: Vec<Vec<u32>> = rows.iter().map(|row| row.iter().map(|&x| x as u32).collect()).collect();
        let slices: Vec<&[u32]> = narrow.iter().map(Vec::as_slice).collect();
        let mut out = vec![0; width];
        prop_assert!(masked::sum32(&slices, &mut out));
        prop_assert_eq!(&out, &(0..width).map(|k| sum(k) as u32).collect::<Vec<_>>());
        let longer = vec![1u32; width + 1];
        prop_assert!(!masked::sum32(&[&longer], &mut out.clone()));
        Ok(())
    });
}
