//! Weighted sums of rows: the weighted mean, and the rows of pre-aggregators.

use quorate_exact::RowMap;

use crate::{
    cpu::{dispatch, Cpu},
    divide::divide,
    rows::Rows,
    simd::Vector,
};

/// Rows added per load and store of the sums.
const GROUP: usize = 4;

/// Buffers of sums, kept from block to block.
#[derive(Clone, Debug, Default)]
pub struct Sums {
    sums: Vec<i64>,
    all: Vec<i64>,
    narrow: Vec<i32>,
}

/// `out[k] = RHE(Σ w_j rows[j][k] / den)` over the terms (j, w_j), where Σ w ≤ den.
///
/// # Panics
/// If a term names a row that there is not, `den` is 0 or `out` has not the rows' width.
pub fn weighted(cpu: Cpu, rows: &Rows, terms: &[(u32, u32)], den: u32, buffers: &mut Sums, out: &mut [i32]) {
    let sums = &mut buffers.sums;
    sums.clear();
    sums.resize(rows.width(), 0);
    add_terms(cpu, rows, terms.iter().copied(), sums, &mut buffers.narrow);
    divide(cpu, sums, den, out);
}

/// Every new row of `map`, [`quorate_exact::MapRow::value`] at each coordinate.
///
/// # Panics
/// As [`weighted`].
pub fn map_rows(cpu: Cpu, map: &RowMap, rows: &Rows, buffers: &mut Sums, out: &mut Rows) {
    out.reset(map.rows.len(), rows.width());
    // Every mean lies between the least and the greatest of what it averages and 0.
    out.raise(rows.largest());
    let mixes = map.rows.iter().filter(|row| is_most(&row.terms, rows.count())).count();
    if mixes > 1 {
        buffers.all.clear();
        buffers.all.resize(rows.width(), 0);
        let every = (0..rows.count()).map(|row| (row as u32, 1));
        add_terms(cpu, rows, every, &mut buffers.all, &mut buffers.narrow);
    }
    for (i, row) in map.rows.iter().enumerate() {
        match row.terms[..] {
            [(index, weight)] if weight == row.den => out.row_mut(i).copy_from_slice(rows.row(index as usize)),
            _ if mixes > 1 && is_most(&row.terms, rows.count()) => {
                mix(cpu, rows, &row.terms, row.den, buffers, out.row_mut(i));
            }
            _ => weighted(cpu, rows, &row.terms, row.den, buffers, out.row_mut(i)),
        }
    }
}

/// Whether a row is the plain sum of more than half of all rows: then leaving out the others is less work.
fn is_most(terms: &[(u32, u32)], rows: usize) -> bool {
    2 * terms.len() > rows + 1
        && terms.iter().all(|&(_, weight)| weight == 1)
        && terms.windows(2).all(|pair| pair[0].0 < pair[1].0)
}

/// [`weighted`] for a row that [`is_most`], from the sum of all rows.
fn mix(cpu: Cpu, rows: &Rows, terms: &[(u32, u32)], den: u32, buffers: &mut Sums, out: &mut [i32]) {
    let mut kept = terms.iter().map(|&(index, _)| index).peekable();
    let left_out = (0..rows.count() as u32).filter(|row| kept.next_if_eq(row).is_none());
    let sums = &mut buffers.sums;
    sums.clear();
    sums.resize(rows.width(), 0);
    add_terms(cpu, rows, left_out.map(|row| (row, 1)), sums, &mut buffers.narrow);
    for (sum, &all) in sums.iter_mut().zip(&buffers.all) {
        *sum = all - *sum;
    }
    divide(cpu, sums, den, out);
}

fn add_terms(cpu: Cpu, rows: &Rows, terms: impl Iterator<Item = (u32, u32)>, sums: &mut [i64], narrow: &mut Vec<i32>) {
    let terms: Vec<(u32, i32)> = terms
        .flat_map(|(row, weight)| parts(weight).map(|w| (row, w)))
        .collect();
    let terms: Vec<(u32, i32)> = terms.into_iter().filter(|&(_, weight)| weight > 0).collect();
    let total: u64 = terms.iter().map(|&(_, weight)| weight as u64).sum();
    let plain = terms.iter().all(|&(_, weight)| weight == 1);
    if plain && total * u64::from(rows.largest()) <= i32::MAX as u64 {
        narrow.clear();
        narrow.resize(sums.len(), 0);
        for group in terms.chunks(GROUP) {
            add_narrow(cpu, rows, group, narrow);
        }
        sums.iter_mut()
            .zip(&*narrow)
            .for_each(|(sum, &more)| *sum += i64::from(more));
        return;
    }
    for group in terms.chunks(GROUP) {
        let values: [&[i32]; GROUP] = std::array::from_fn(|i| group.get(i).map_or(&[][..], |t| rows.row(t.0 as usize)));
        let weights: [i32; GROUP] = std::array::from_fn(|i| group.get(i).map_or(0, |t| t.1));
        add_weighted(cpu, values, weights, group.len(), sums);
    }
}

/// A weight as parts that fit i32; those that are not needed are 0.
pub(crate) fn parts(weight: u32) -> [i32; 3] {
    match i32::try_from(weight) {
        Ok(weight) => [weight, 0, 0],
        Err(_) => [(weight / 2) as i32, (weight / 2) as i32, (weight % 2) as i32],
    }
}

/// `sums[k] += Σ w_i rows[i][k]` over the first `count` rows.
pub(crate) fn add_weighted(cpu: Cpu, rows: [&[i32]; GROUP], weights: [i32; GROUP], count: usize, sums: &mut [i64]) {
    let [a, b, c, d] = rows;
    let [wa, wb, wc, wd] = weights;
    match count {
        4 => {
            dispatch!(cpu, add_4(a: &[i32], b: &[i32], c: &[i32], d: &[i32], weights: [i32; 4], sums: &mut [i64]));
        }
        _ => {
            for (row, w) in [(a, wa), (b, wb), (c, wc), (d, wd)].into_iter().take(count) {
                dispatch!(cpu, add_1(row: &[i32], w: i32, sums: &mut [i64]));
            }
        }
    }
}

#[inline(always)]
fn add_4<V: Vector>(a: &[i32], b: &[i32], c: &[i32], d: &[i32], w: [i32; 4], sums: &mut [i64]) {
    let n = sums.len();
    let (a, b, c, d) = (&a[..n], &b[..n], &c[..n], &d[..n]);
    for k in 0..n {
        sums[k] += i64::from(a[k]) * i64::from(w[0])
            + i64::from(b[k]) * i64::from(w[1])
            + i64::from(c[k]) * i64::from(w[2])
            + i64::from(d[k]) * i64::from(w[3]);
    }
}

#[inline(always)]
fn add_1<V: Vector>(row: &[i32], w: i32, sums: &mut [i64]) {
    for (sum, &q) in sums.iter_mut().zip(row) {
        *sum += i64::from(q) * i64::from(w);
    }
}

fn add_narrow(cpu: Cpu, rows: &Rows, group: &[(u32, i32)], sums: &mut [i32]) {
    if let [a, b, c, d] = group {
        let [a, b, c, d] = [a, b, c, d].map(|term| rows.row(term.0 as usize));
        dispatch!(cpu, narrow_4(a: &[i32], b: &[i32], c: &[i32], d: &[i32], sums: &mut [i32]));
        return;
    }
    for term in group {
        let row = rows.row(term.0 as usize);
        dispatch!(cpu, narrow_1(row: &[i32], sums: &mut [i32]));
    }
}

#[inline(always)]
fn narrow_4<V: Vector>(a: &[i32], b: &[i32], c: &[i32], d: &[i32], sums: &mut [i32]) {
    let n = sums.len();
    let (a, b, c, d) = (&a[..n], &b[..n], &c[..n], &d[..n]);
    for k in 0..n {
        sums[k] += a[k] + b[k] + c[k] + d[k];
    }
}

#[inline(always)]
fn narrow_1<V: Vector>(row: &[i32], sums: &mut [i32]) {
    sums.iter_mut().zip(row).for_each(|(sum, &q)| *sum += q);
}
