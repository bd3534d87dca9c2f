//! The corpus of the fuzz target for details, replayed and spoilt.

mod checks;
#[path = "../../../../fuzz/replay.rs"]
mod replay;

use quorate_exact::{detail::VERSION, Detail, Products, ProductsShape, SumTree};

fn sample(n: usize, flags: u8) -> Detail {
    let shape = ProductsShape::from_flags(n, flags).unwrap();
    let mut tree = SumTree::new(shape).unwrap();
    tree.push(Products::new(shape).unwrap()).unwrap();
    let (tree, sum) = tree.finish().unwrap();
    Detail {
        version: VERSION,
        scores_ppm: (0..n as u32).map(|score| score * 1_000).collect(),
        selection_weights: vec![1; n],
        flags: sum.shape().flags(),
        products: sum.entries().to_vec(),
        tree,
    }
}

#[test]
fn details_should_fit_together_or_be_refused() {
    let mut seeds: Vec<_> = [(1, 0), (3, 0), (3, 1)]
        .map(|(n, flags)| (n, flags, sample(n, flags)))
        .into_iter()
        .map(|(n, flags, detail)| (format!("of_{n}_{flags}"), detail.encode()))
        .collect();
    let columns = Detail {
        selection_weights: vec![],
        ..sample(3, 0)
    };
    let wrong = Detail {
        scores_ppm: vec![1_000_001; 3],
        ..sample(3, 0)
    };
    let version = Detail {
        version: VERSION + 1,
        ..sample(3, 0)
    };
    seeds.push(("by_coordinate".into(), columns.encode()));
    seeds.push(("score".into(), wrong.encode()));
    seeds.push(("version".into(), version.encode()));
    let seeds: Vec<_> = seeds
        .iter()
        .map(|(name, bytes)| (name.as_str(), bytes.clone()))
        .collect();
    replay::run("detail", &seeds, 20_000, checks::detail);
}
