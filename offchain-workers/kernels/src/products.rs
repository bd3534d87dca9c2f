//! Exact inner products of rows of grid integers.

use quorate_exact::grid::Scale;

use crate::{
    cpu::{dispatch, Cpu},
    quantize::{grid, quantize},
    rows::in_lines,
    simd::Vector,
};

/// Rows for which the aggregates are loaded once.
const GROUP: usize = 4;
/// Values per step where a product may have 60 bits: 2^16 products of half a value and a whole one fit i64.
const WIDE: usize = 1 << 16;

/// `Σ x_k · y_k`. `bound` is the product of bounds on the magnitudes of x and of y, which are grid integers: at most 2^60.
///
/// # Panics
/// If the lengths differ.
pub fn dot(cpu: Cpu, x: &[i32], y: &[i32], bound: u64) -> i128 {
    assert_eq!(x.len(), y.len(), "rows of one length");
    if u128::from(bound) * (x.len() as u128) < 1 << 63 {
        return i128::from(dispatch!(cpu, dot_narrow(x: &[i32], y: &[i32]) -> i64));
    }
    let parts = x.chunks(WIDE).zip(y.chunks(WIDE));
    parts
        .map(|(x, y)| {
            let (high, low) = dispatch!(cpu, dot_wide(x: &[i32], y: &[i32]) -> (i64, i64));
            (i128::from(high) << 15) + i128::from(low)
        })
        .sum()
}

/// What the rows of a block are multiplied with.
#[derive(Clone, Copy, Debug)]
pub struct Factors<'a> {
    /// The aggregate.
    pub aggregate: &'a [i32],
    /// The previous aggregate, where there is one.
    pub previous: Option<&'a [i32]>,
    /// A bound on the magnitudes of the rows and of the aggregate.
    pub largest: u32,
    /// Every product counts `4^shift` times; at most [`crate::backend::MAX_SHIFT`].
    pub shift: u32,
}

/// Buffers for the products of rows with aggregates.
#[derive(Clone, Debug, Default)]
pub struct RowProducts {
    /// The aggregate and the previous one, each vector followed by its higher lanes.
    spread: [Vec<i32>; 2],
    row: Vec<i32>,
}

impl RowProducts {
    /// Adds, for each of `count` rows, its products with itself, with the aggregate and, if there is one, with the previous one;
    /// then the products of the aggregates: the order of [`crate::Finish::Aggregate`]. `bytes(j)` is the little-endian f32 of
    /// row j, all of which have a place on the grid.
    ///
    /// # Panics
    /// If lengths differ, or `sums` has fewer entries.
    pub fn add<'a>(
        &mut self,
        cpu: Cpu,
        (count, bytes): (usize, impl Fn(usize) -> &'a [u8]),
        scale: Scale,
        factors: &Factors<'_>,
        sums: &mut [i128],
    ) {
        let Factors {
            aggregate,
            previous,
            largest,
            shift,
        } = *factors;
        let width = aggregate.len();
        assert!(previous.is_none_or(|p| p.len() == width), "aggregates of one length");
        assert!(
            (0..count).all(|row| bytes(row).len() == 4 * width),
            "rows of the aggregate's length"
        );
        let largest = u64::from(largest.max(previous.map_or(0, |p| largest_of(cpu, p))));
        let each = 2 + usize::from(previous.is_some());
        let (of_rows, of_aggregates) = sums.split_at_mut(each * count);
        if u128::from(largest * largest) * (width as u128) >= 1 << 63 {
            self.add_wide(cpu, bytes, scale, factors, largest * largest, (of_rows, of_aggregates));
            return;
        }
        let Some((factor, _)) = grid(scale) else {
            unreachable!("values of a scale that no grid has");
        };
        let [a, p] = &mut self.spread;
        let room = 2 * width.next_multiple_of(16);
        let (a, p) = (in_lines(a, room), in_lines(p, room));
        let own = dispatch!(cpu, spread(aggregate: &[i32], previous: Option<&[i32]>, a: &mut [i32], p: &mut [i32]) -> [i64; 3]);
        add(of_aggregates, &own, shift);
        let (a, p) = (&*a, &*p);
        for (group, sums) in of_rows.chunks_mut(GROUP * each).enumerate() {
            let first = GROUP * group;
            if sums.len() == GROUP * each {
                let rows: [&[u8]; GROUP] = std::array::from_fn(|i| bytes(first + i));
                let products =
                    dispatch!(cpu, multiply_4(rows: [&[u8]; 4], factor: f32, a: &[i32], p: &[i32]) -> [[i64; 3]; 4]);
                for (sums, products) in sums.chunks_exact_mut(each).zip(&products) {
                    add(sums, products, shift);
                }
                continue;
            }
            for (row, sums) in (first..).zip(sums.chunks_exact_mut(each)) {
                let row = bytes(row);
                let products = dispatch!(cpu, multiply_1(row: &[u8], factor: f32, a: &[i32], p: &[i32]) -> [i64; 3]);
                add(sums, &products, shift);
            }
        }
    }

    /// The same where sums may not fit i64; `bound` is that of [`dot`].
    #[cold]
    fn add_wide<'a>(
        &mut self,
        cpu: Cpu,
        bytes: impl Fn(usize) -> &'a [u8],
        scale: Scale,
        factors: &Factors<'_>,
        bound: u64,
        (of_rows, of_aggregates): (&mut [i128], &mut [i128]),
    ) {
        let (a, previous) = (factors.aggregate, factors.previous);
        let add = |sum: &mut i128, x: &[i32], y: &[i32]| *sum += dot(cpu, x, y, bound) << (2 * factors.shift);
        self.row.resize(a.len(), 0);
        for (row, sums) in of_rows
            .chunks_exact_mut(2 + usize::from(previous.is_some()))
            .enumerate()
        {
            if quantize(cpu, bytes(row), scale, &mut self.row).is_err() {
                unreachable!("a value that has no place on the grid");
            }
            add(&mut sums[0], &self.row, &self.row);
            add(&mut sums[1], &self.row, a);
            previous.iter().for_each(|p| add(&mut sums[2], &self.row, p));
        }
        add(&mut of_aggregates[0], a, a);
        if let Some(p) = previous {
            add(&mut of_aggregates[1], a, p);
            add(&mut of_aggregates[2], p, p);
        }
    }
}

/// The largest magnitude of grid integers.
pub(crate) fn largest_of(cpu: Cpu, x: &[i32]) -> u32 {
    dispatch!(cpu, largest_magnitude(x: &[i32]) -> u32)
}

#[inline(always)]
fn largest_magnitude<V: Vector>(x: &[i32]) -> u32 {
    x.iter().fold(0, |largest, q| largest.max(q.unsigned_abs()))
}

/// `sums[i] += products[i] · 4^shift`, by one multiplication for each: shifts of i128 are slow.
#[inline(always)]
fn add(sums: &mut [i128], products: &[i64; 3], shift: u32) {
    let factor = i128::from(1i64 << (2 * shift));
    for (sum, &product) in sums.iter_mut().zip(products) {
        *sum += i128::from(product) * factor;
    }
}

/// Fills `to_a` and `to_p`; the products of a with itself, of a with p, of p with itself.
#[inline(always)]
fn spread<V: Vector>(a: &[i32], p: Option<&[i32]>, to_a: &mut [i32], to_p: &mut [i32]) -> [i64; 3] {
    let p = p.unwrap_or(&[]);
    let mut sums = [V::zero(); 3];
    let places = to_a
        .chunks_exact_mut(2 * V::LANES)
        .zip(to_p.chunks_exact_mut(2 * V::LANES));
    for ((at, _), (to_a, to_p)) in a.chunks(V::LANES).enumerate().zip(places) {
        let (a, p) = (vector_at::<V>(a, at), vector_at::<V>(p, at));
        let (a, p) = ([a, a.higher()], [p, p.higher()]);
        for half in 0..2 {
            a[half].store(&mut to_a[half * V::LANES..]);
            p[half].store(&mut to_p[half * V::LANES..]);
            sums[0] = sums[0].add_wide(a[half].multiply_signed(a[half]));
            sums[1] = sums[1].add_wide(a[half].multiply_signed(p[half]));
            sums[2] = sums[2].add_wide(p[half].multiply_signed(p[half]));
        }
    }
    [sums[0].sum_wide(), sums[1].sum_wide(), sums[2].sum_wide()]
}

/// Vector `at` of `values`, zeros beyond their end.
#[inline(always)]
fn vector_at<V: Vector>(values: &[i32], at: usize) -> V {
    let rest = values.get(at * V::LANES..).unwrap_or(&[]);
    if rest.len() >= V::LANES {
        return V::load(rest);
    }
    let mut padded = [0; 16];
    padded[..rest.len()].copy_from_slice(rest);
    V::load(&padded)
}

#[inline(always)]
fn multiply_4<V: Vector>(rows: [&[u8]; 4], factor: f32, a: &[i32], p: &[i32]) -> [[i64; 3]; 4] {
    if V::LANES == 16 {
        return multiply::<V, 4>(rows, factor, a, p);
    }
    // Half the registers.
    let [first, second] = multiply::<V, 2>([rows[0], rows[1]], factor, a, p);
    let [third, fourth] = multiply::<V, 2>([rows[2], rows[3]], factor, a, p);
    [first, second, third, fourth]
}

#[inline(always)]
fn multiply_1<V: Vector>(row: &[u8], factor: f32, a: &[i32], p: &[i32]) -> [i64; 3] {
    multiply::<V, 1>([row], factor, a, p)[0]
}

/// The products of each row with itself, with a and with p; every sum fits i64.
#[inline(always)]
fn multiply<V: Vector, const N: usize>(rows: [&[u8]; N], factor: f32, a: &[i32], p: &[i32]) -> [[i64; 3]; N] {
    let (bytes, len) = (4 * V::LANES, rows[0].len());
    let mut sums = [[V::zero(); 3]; N];
    let mut at = 0;
    let whole = len / bytes * bytes;
    while at < whole {
        let mut x = [V::zero(); N];
        for i in 0..N {
            x[i] = V::load_bytes(&rows[i][at..at + bytes]);
        }
        add_columns(&mut sums, x, factor, &a[at / 2..], &p[at / 2..]);
        at += bytes;
    }
    if at < len {
        let mut x = [V::zero(); N];
        for i in 0..N {
            let mut padded = [0u8; 64];
            padded[..len - at].copy_from_slice(&rows[i][at..]);
            x[i] = V::load_bytes(&padded);
        }
        add_columns(&mut sums, x, factor, &a[at / 2..], &p[at / 2..]);
    }
    let mut products = [[0; 3]; N];
    for i in 0..N {
        for k in 0..3 {
            products[i][k] = sums[i][k].sum_wide();
        }
    }
    products
}

#[inline(always)]
fn add_columns<V: Vector, const N: usize>(sums: &mut [[V; 3]; N], x: [V; N], factor: f32, a: &[i32], p: &[i32]) {
    let (a, p) = (&a[..2 * V::LANES], &p[..2 * V::LANES]);
    for i in 0..N {
        let x = x[i].quantize(factor);
        let x = [x, x.higher()];
        for half in 0..2 {
            let (a, p) = (V::load(&a[half * V::LANES..]), V::load(&p[half * V::LANES..]));
            sums[i][0] = sums[i][0].add_wide(x[half].multiply_signed(x[half]));
            sums[i][1] = sums[i][1].add_wide(x[half].multiply_signed(a));
            sums[i][2] = sums[i][2].add_wide(x[half].multiply_signed(p));
        }
    }
}

#[inline(always)]
fn dot_narrow<V: Vector>(x: &[i32], y: &[i32]) -> i64 {
    x.iter().zip(y).map(|(&x, &y)| i64::from(x) * i64::from(y)).sum()
}

/// The parts of x above and below 2^15 times y: at most 2^15 · 2^30 · 2^16.
#[inline(always)]
fn dot_wide<V: Vector>(x: &[i32], y: &[i32]) -> (i64, i64) {
    x.iter().zip(y).fold((0, 0), |(high, low), (&x, &y)| {
        let y = i64::from(y);
        (high + i64::from(x >> 15) * y, low + i64::from(x & 0x7fff) * y)
    })
}
