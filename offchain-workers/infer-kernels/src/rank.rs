//! The largest elements of a row and where they are.

use std::cmp::Ordering;

use crate::{
    isa::{dispatch, Isa},
    simd::Vector,
};

/// ArgMax: the lowest index of a largest element, −0 = +0.
///
/// # Panics
/// If the row is empty.
pub fn arg_max(isa: Isa, x: &[f32]) -> usize {
    assert!(!x.is_empty(), "a row with elements");
    dispatch!(isa, first_largest(x: &[f32]) -> usize)
}

#[inline(always)]
fn first_largest<V: Vector>(x: &[f32]) -> usize {
    let mut best = [V::splat(x[0]); 4];
    let mut blocks = x.chunks_exact(4 * V::LANES);
    for block in &mut blocks {
        for (i, best) in best.iter_mut().enumerate() {
            *best = V::load(&block[i * V::LANES..]).larger(*best);
        }
    }
    let vectors = best[0].larger(best[1]).larger(best[2].larger(best[3])).largest();
    let largest = blocks
        .remainder()
        .iter()
        .fold(vectors, |best, &x| if x > best { x } else { best });
    let all = V::splat(largest);
    let size = 4 * V::LANES;
    for (block, x) in x.chunks(size).enumerate() {
        let mut found = V::none();
        for part in x.chunks_exact(V::LANES) {
            found = V::either(found, V::load(part).eq(all));
        }
        if !V::any(found) && x.len() == size {
            continue;
        }
        for (part, x) in x.chunks(V::LANES).enumerate() {
            if x.len() < V::LANES || V::any(V::load(x).eq(all)) {
                if let Some(i) = x.iter().position(|&x| x == largest) {
                    return block * size + part * V::LANES + i;
                }
            }
        }
    }
    0
}

/// TopK: the first elements by descending value, or ascending unless `largest`, and their indices, as many as there are places; −0 = +0, of equal ones the
/// lower index first. `scratch` has a place for each element of the row.
///
/// # Panics
/// If there are more places than elements, none, or not as many of both kinds, or scratch is too short.
pub fn top_k(isa: Isa, x: &[f32], largest: bool, values: &mut [f32], indices: &mut [i64], scratch: &mut [u32]) {
    let (n, k) = (x.len(), values.len());
    assert!(k > 0 && k <= n && indices.len() == k, "places for elements");
    if k <= FEW {
        return dispatch!(isa, few(x: &[f32], largest: bool, values: &mut [f32], indices: &mut [i64]));
    }
    let order = &mut scratch[..n];
    for (i, place) in order.iter_mut().enumerate() {
        *place = i as u32;
    }
    let before = |&i: &u32, &j: &u32| {
        let (first, second) = match largest {
            true => (x[j as usize], x[i as usize]),
            false => (x[i as usize], x[j as usize]),
        };
        // Tensors have no NaN, so that all values compare.
        first.partial_cmp(&second).unwrap_or(Ordering::Equal).then(i.cmp(&j))
    };
    if k < n {
        order.select_nth_unstable_by(k - 1, before);
    }
    order[..k].sort_unstable_by(before);
    for ((value, index), &i) in values.iter_mut().zip(indices).zip(order.iter()) {
        (*value, *index) = (x[i as usize], i64::from(i));
    }
}

/// So few are chosen from what is kept of the row, beside the rest.
pub const FEW: usize = 64;

/// As many are kept before the best of them are chosen: elements that come in the worst order cost no more than a choice among four.
const KEPT: usize = 4 * FEW;

#[inline(always)]
fn few<V: Vector>(x: &[f32], largest: bool, values: &mut [f32], indices: &mut [i64]) {
    let better = |a: f32, b: f32| if largest { a > b } else { a < b };
    let before = |a: &(f32, u32), b: &(f32, u32)| {
        let (first, second) = if largest { (b.0, a.0) } else { (a.0, b.0) };
        first
            .partial_cmp(&second)
            .unwrap_or(Ordering::Equal)
            .then(a.1.cmp(&b.1))
    };
    let k = values.len();
    let mut kept = [(0.0, 0); KEPT];
    let (mut len, mut worst) = (0, None);
    for (part, x) in x.chunks(V::LANES).enumerate() {
        if let Some(worst) = worst {
            // Of equal ones the first stays.
            let last = V::splat(worst);
            let x = if x.len() == V::LANES {
                V::load(x)
            } else {
                V::load_part(x)
            };
            let any = if largest {
                V::any(last.lt(x))
            } else {
                V::any(x.lt(last))
            };
            if !any {
                continue;
            }
        }
        for (i, &x) in x.iter().enumerate() {
            if worst.is_some_and(|worst| !better(x, worst)) {
                continue;
            }
            kept[len] = (x, (part * V::LANES + i) as u32);
            len += 1;
            if len == KEPT {
                worst = Some(kept.select_nth_unstable_by(k - 1, before).1 .0);
                len = k;
            }
        }
    }
    let kept = &mut kept[..len];
    if len > k {
        kept.select_nth_unstable_by(k - 1, before);
    }
    let best = &mut kept[..k];
    best.sort_unstable_by(before);
    for ((value, index), &mut (x, i)) in values.iter_mut().zip(indices).zip(best) {
        (*value, *index) = (x, i64::from(i));
    }
}
