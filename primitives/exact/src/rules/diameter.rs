//! Minimum diameter averaging's set: of all sets of r − f rows, those whose two most distant rows are nearest; of these the
//! first in the lexicographic order of ascending indices.
//!
//! Rows further apart than a threshold exclude each other: a set of r − f rows within it exists exactly if at most f rows
//! cover all such pairs. That is vertex cover with parameter f, whose search grows with 1.47^f, not with r: f is at most 24.

use alloc::{vec, vec::Vec};

use crate::{
    gram::Gram,
    rule::{count, MAX_UPDATES},
};

const WORDS: usize = MAX_UPDATES as usize / 64;

/// The set's rows, ascending.
pub(super) fn least(gram: &Gram, f: u32) -> Vec<u32> {
    let graph = Graph::beyond(gram, threshold(gram, f));
    let keep = gram.n().saturating_sub(f as usize);
    let mut open = Set::first(gram.n());
    let mut budget = f;
    let mut chosen = Vec::new();
    for i in 0..gram.n() {
        if chosen.len() == keep {
            break;
        }
        if !open.has(i) {
            continue;
        }
        // With row i, all that exclude it are left out; without, row i is.
        open.remove(i);
        let excluded = graph.neighbours(i).and(&open);
        let rest = open.without(&excluded);
        let left = budget.checked_sub(excluded.len());
        match left.filter(|&left| excluded.is_empty() || graph.covered(&rest, left)) {
            Some(left) => {
                (open, budget) = (rest, left);
                chosen.push(count(i));
            }
            None => budget = budget.saturating_sub(1),
        }
    }
    chosen
}

/// The least squared distance within which r − f rows lie.
fn threshold(gram: &Gram, f: u32) -> u128 {
    let n = gram.n();
    let mut distances: Vec<u128> = (0..n)
        .flat_map(|i| (i..n).map(move |j| (i, j)))
        .filter_map(|(i, j)| gram.squared_distance(i, j))
        .collect();
    distances.sort_unstable();
    distances.dedup();
    let all = Set::first(n);
    let wide_enough = |distance: &u128| Graph::beyond(gram, *distance).covered(&all, f);
    // The largest distance excludes nothing.
    let at = distances.partition_point(|distance| !wide_enough(distance));
    distances.get(at).copied().unwrap_or(u128::MAX)
}

/// A set of rows.
#[derive(Clone, PartialEq, Eq)]
struct Set([u64; WORDS]);

impl Set {
    /// Rows 0 to n − 1.
    fn first(n: usize) -> Self {
        let mut set = Self([0; WORDS]);
        (0..n).for_each(|i| set.insert(i));
        set
    }

    fn insert(&mut self, i: usize) {
        if let Some(word) = self.0.get_mut(i / 64) {
            *word |= 1 << (i % 64);
        }
    }

    fn remove(&mut self, i: usize) {
        if let Some(word) = self.0.get_mut(i / 64) {
            *word &= !(1 << (i % 64));
        }
    }

    fn has(&self, i: usize) -> bool {
        self.0.get(i / 64).is_some_and(|word| word >> (i % 64) & 1 == 1)
    }

    fn and(&self, other: &Self) -> Self {
        let mut set = self.clone();
        set.0.iter_mut().zip(&other.0).for_each(|(a, b)| *a &= b);
        set
    }

    fn without(&self, other: &Self) -> Self {
        let mut set = self.clone();
        set.0.iter_mut().zip(&other.0).for_each(|(a, b)| *a &= !b);
        set
    }

    fn common(&self, other: &Self) -> u32 {
        self.0.iter().zip(&other.0).map(|(a, b)| (a & b).count_ones()).sum()
    }

    fn len(&self) -> u32 {
        self.0.iter().map(|word| word.count_ones()).sum()
    }

    fn is_empty(&self) -> bool {
        self.0.iter().all(|&word| word == 0)
    }

    fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.0.iter().enumerate().flat_map(|(i, &word)| {
            let mut rest = word;
            core::iter::from_fn(move || {
                let bit = rest.trailing_zeros();
                rest &= rest.wrapping_sub(1);
                (bit < 64).then_some(i * 64 + bit as usize)
            })
        })
    }
}

/// Which rows exclude each other.
struct Graph(Vec<Set>);

/// The vertices that matter in what is left of a graph.
struct Scan {
    edges: u32,
    /// A vertex of the largest degree, and this degree.
    largest: (u32, usize),
    /// A vertex of degree 1.
    leaf: Option<usize>,
}

impl Graph {
    /// Those further apart than `squared`.
    fn beyond(gram: &Gram, squared: u128) -> Self {
        let n = gram.n();
        let mut sets = vec![Set::first(0); n];
        for (i, set) in sets.iter_mut().enumerate() {
            (0..n)
                .filter(|&j| gram.squared_distance(i, j).is_some_and(|distance| distance > squared))
                .for_each(|j| set.insert(j));
        }
        Self(sets)
    }

    fn neighbours(&self, i: usize) -> Set {
        self.0.get(i).cloned().unwrap_or(Set::first(0))
    }

    /// Whether at most `budget` of the rows in `open` touch every pair in `open` that exclude each other.
    fn covered(&self, open: &Set, mut budget: u32) -> bool {
        let mut open = open.clone();
        loop {
            let scan = self.scan(&mut open);
            let (degree, vertex) = scan.largest;
            if scan.edges == 0 {
                return true;
            }
            // Each vertex of a cover touches at most `degree` pairs.
            if scan.edges > budget.saturating_mul(degree) {
                return false;
            }
            let next = match scan.leaf {
                // Too many neighbours to take them all.
                _ if degree > budget => Some(vertex),
                // A leaf's neighbour covers whatever the leaf does.
                Some(leaf) => self.neighbours(leaf).and(&open).iter().next(),
                // Circles alone: some smallest cover of a circle has any vertex of it.
                None if degree <= 2 => Some(vertex),
                None => None,
            };
            // `budget` is at least 1: no pairs would be touched otherwise.
            match next {
                Some(taken) => {
                    open.remove(taken);
                    budget = budget.saturating_sub(1);
                }
                None => {
                    open.remove(vertex);
                    let neighbours = self.neighbours(vertex).and(&open);
                    // Either the vertex is in the cover or all its neighbours are. At most 24 levels deep.
                    return self.covered(&open, budget.saturating_sub(1))
                        || self.covered(&open.without(&neighbours), budget.saturating_sub(degree));
                }
            }
        }
    }

    /// Counts what is left, and drops from `open` what excludes nothing.
    fn scan(&self, open: &mut Set) -> Scan {
        let mut scan = Scan {
            edges: 0,
            largest: (0, 0),
            leaf: None,
        };
        let before = open.clone();
        for v in before.iter() {
            let degree = self.0.get(v).map_or(0, |neighbours| neighbours.common(&before));
            match degree {
                0 => open.remove(v),
                1 => scan.leaf = Some(v),
                _ => {}
            }
            scan.largest = scan.largest.max((degree, v));
            scan.edges += degree;
        }
        scan.edges /= 2;
        scan
    }
}
