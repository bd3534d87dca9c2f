//! Bulyan's selection (El Mhamdi, Guerraoui, Rouault, ICML 2018): Krum again and again, each time without the rows chosen before.

use alloc::{vec, vec::Vec};

use super::krum::others;
use crate::{gram::Gram, rule::count};

/// θ = r − 2f rows, in ascending order. Each time, of the ρ rows that remain, the one of the least (s_i, i), where s_i is the
/// sum of the max(0, ρ − f − 2) least squared distances to the other remaining ones.
pub(super) fn select(gram: &Gram, f: u32) -> Vec<u32> {
    let (r, f) = (gram.n(), f as usize);
    // Sorted once: the least distances to those that remain are the first ones that remain.
    let near: Vec<Vec<(u128, usize)>> = (0..r)
        .map(|i| {
            let mut distances: Vec<_> = others(gram, i).collect();
            distances.sort_unstable();
            distances
        })
        .collect();
    let mut remains = vec![true; r];
    let mut chosen = Vec::new();
    for taken in 0..r.saturating_sub(2 * f) {
        let terms = (r - taken).saturating_sub(f + 2);
        let score = |near: &[(u128, usize)]| -> u128 {
            let open = near.iter().filter(|(_, j)| remains.get(*j) == Some(&true));
            open.take(terms).map(|(distance, _)| distance).sum()
        };
        let candidates = near.iter().enumerate().filter(|(i, _)| remains.get(*i) == Some(&true));
        let Some((_, best)) = candidates.map(|(i, near)| (score(near), i)).min() else {
            break;
        };
        if let Some(remains) = remains.get_mut(best) {
            *remains = false;
        }
        chosen.push(count(best));
    }
    chosen.sort_unstable();
    chosen
}
