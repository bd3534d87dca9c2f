//! From the rows of a block to one value per column: what every rule ends in.

use quorate_exact::Combine;

use crate::{
    backend::{check_combine, BackendError},
    cpu::{dispatch, Cpu},
    divide::divide,
    network::{Network, Want, REGISTERS},
    rows::{in_lines, Rows},
    simd::Vector,
    weighted::{weighted, Sums},
};

/// A [`Combine`] made ready for many blocks.
#[derive(Clone, Debug)]
pub struct Combiner {
    way: Way,
}

#[derive(Clone, Debug)]
enum Way {
    Weighted {
        terms: Vec<(u32, u32)>,
        den: u32,
    },
    /// The sum of the ranks `lo..hi`.
    Sorted {
        network: Network,
        rows: Vec<u32>,
        lo: usize,
        hi: usize,
    },
    Around {
        network: Network,
        rows: Vec<u32>,
        keep: usize,
    },
}

/// Buffers of a thread.
#[derive(Clone, Debug, Default)]
pub struct Scratch {
    pub(crate) sums: Sums,
    strip: Vec<i32>,
    totals: Vec<i64>,
}

impl Combiner {
    /// For `n` rows.
    ///
    /// # Errors
    /// `Shape` if a column of `n` values has no value under this rule.
    pub fn new(combine: &Combine, n: usize) -> Result<Self, BackendError> {
        check_combine(combine, n)?;
        let way = match combine {
            Combine::Weighted { weights, den } => Way::Weighted {
                terms: (0..).zip(weights.iter().copied()).collect(),
                den: *den,
            },
            Combine::Sorted { lo, hi } => sorted(*lo as usize, *hi as usize, n),
            Combine::AroundMedian { rows, keep } => around(rows, *keep as usize),
        };
        Ok(Self { way })
    }

    /// All rows and weights, and the divisor, where that is all.
    pub fn as_weighted(&self) -> Option<(&[(u32, u32)], u32)> {
        match &self.way {
            Way::Weighted { terms, den } => Some((terms, *den)),
            _ => None,
        }
    }

    /// [`Combine::column`] of every column. Values are grid integers: |q| ≤ 2^30.
    ///
    /// # Panics
    /// If there are fewer rows than this was made for, or `out` has not their width.
    pub fn run(&self, cpu: Cpu, rows: &Rows, scratch: &mut Scratch, out: &mut [i32]) {
        self.run_and_fetch(cpu, rows, Ahead::default(), scratch, out);
    }

    /// [`Combiner::run`], while the bytes of the next block are fetched into the cache.
    pub(crate) fn run_and_fetch(
        &self,
        cpu: Cpu,
        rows: &Rows,
        ahead: Ahead<'_>,
        scratch: &mut Scratch,
        out: &mut [i32],
    ) {
        assert_eq!(rows.width(), out.len(), "as many outputs as columns");
        match &self.way {
            Way::Weighted { terms, den } => weighted(cpu, rows, terms, *den, &mut scratch.sums, out),
            Way::Sorted {
                network,
                rows: used,
                lo,
                hi,
            } => {
                let range = (*lo, *hi);
                let Scratch { strip, totals, .. } = scratch;
                let used = &used[..];
                totals.resize(out.len(), 0);
                dispatch!(cpu, sum_ranks(network: &Network, rows: &Rows, used: &[u32], range: (usize, usize), ahead: Ahead<'_>, strip: &mut Vec<i32>, totals: &mut [i64]));
                divide(cpu, totals, (hi - lo) as u32, out);
            }
            Way::Around {
                network,
                rows: used,
                keep,
            } => {
                let keep = *keep;
                let Scratch { strip, totals, .. } = scratch;
                let used = &used[..];
                totals.resize(out.len(), 0);
                dispatch!(cpu, sum_around(network: &Network, rows: &Rows, used: &[u32], keep: usize, ahead: Ahead<'_>, strip: &mut Vec<i32>, totals: &mut [i64]));
                divide(cpu, totals, keep as u32, out);
            }
        }
    }
}

/// Bytes of all rows that are wanted next.
#[derive(Clone, Copy, Default)]
pub(crate) struct Ahead<'a> {
    pub rows: &'a [&'a [u8]],
    /// First byte.
    pub start: usize,
    pub len: usize,
}

impl Ahead<'_> {
    /// Fetches what belongs to columns `at..at + width` of the next block.
    #[inline(always)]
    fn fetch<V: Vector>(&self, at: usize, width: usize) {
        const LINE: usize = 64;
        let end = (4 * (at + width)).min(self.len);
        for row in self.rows {
            let mut byte = 4 * at;
            while byte < end {
                V::prefetch(row.as_ptr().wrapping_add(self.start + byte));
                byte += LINE;
            }
        }
    }
}

fn sorted(lo: usize, hi: usize, n: usize) -> Way {
    let mut wants = vec![Want::Nothing; n];
    wants[lo..hi].fill(Want::Somewhere);
    Way::Sorted {
        network: Network::new(&wants),
        rows: (0..n as u32).collect(),
        lo,
        hi,
    }
}

/// The values nearest to the median are `keep` consecutive ones of the sorted column. From the first such window the next is better
/// by leaving out its lowest value x for the one above it, y, exactly if x is farther away: x + y < a + b. Once it is not, it
/// never is again, as x and y only grow. So the sum is that of the first window and of all y − x with x + y < a + b.
fn around(rows: &[u32], keep: usize) -> Way {
    let n = rows.len();
    let mut wants = vec![Want::Somewhere; n];
    wants[..n - keep].fill(Want::Exactly);
    wants[keep..].fill(Want::Exactly);
    if keep < n {
        wants[(n - 1) / 2] = Want::Exactly;
        wants[n / 2] = Want::Exactly;
    }
    Way::Around {
        network: Network::new(&wants),
        rows: rows.to_vec(),
        keep,
    }
}

/// Columns `at..` of the rows used, as many as a strip has, row after row; those beyond the rows' width repeat what the strip held.
#[inline(always)]
fn fill_strip<V: Vector>(rows: &Rows, used: &[u32], at: usize, strip: &mut [i32]) -> usize {
    let width = REGISTERS * V::LANES;
    let columns = width.min(rows.width() - at);
    for (&row, place) in used.iter().zip(strip.chunks_exact_mut(width)) {
        let values = &rows.row(row as usize)[at..];
        if columns == width {
            for register in 0..REGISTERS {
                V::load(&values[register * V::LANES..]).store(&mut place[register * V::LANES..]);
            }
        } else {
            place[..columns].copy_from_slice(&values[..columns]);
        }
    }
    columns
}

/// The sums of a strip's columns.
#[inline(always)]
fn sum_rows<V: Vector>(strip: &[i32]) -> [i64; 32] {
    let width = REGISTERS * V::LANES;
    let mut sums = [[V::zero(); 2]; REGISTERS];
    for row in strip.chunks_exact(width) {
        for register in 0..REGISTERS {
            let wide = V::load(&row[register * V::LANES..]).widen();
            sums[register][0] = sums[register][0].add_wide(wide[0]);
            sums[register][1] = sums[register][1].add_wide(wide[1]);
        }
    }
    let mut columns = [0; 32];
    for (half, place) in sums.as_flattened().iter().zip(columns.chunks_exact_mut(V::LANES / 2)) {
        half.store_wide(place);
    }
    columns
}

#[inline(always)]
fn sum_ranks<V: Vector>(
    network: &Network,
    rows: &Rows,
    used: &[u32],
    range: (usize, usize),
    ahead: Ahead<'_>,
    strip: &mut Vec<i32>,
    totals: &mut [i64],
) {
    let width = REGISTERS * V::LANES;
    let strip = in_lines(strip, used.len() * width);
    for at in (0..rows.width()).step_by(width) {
        let columns = fill_strip::<V>(rows, used, at, strip);
        ahead.fetch::<V>(at, width);
        network.sort::<V>(strip);
        let sums = sum_rows::<V>(&strip[range.0 * width..range.1 * width]);
        totals[at..at + columns].copy_from_slice(&sums[..columns]);
    }
}

#[inline(always)]
fn sum_around<V: Vector>(
    network: &Network,
    rows: &Rows,
    used: &[u32],
    keep: usize,
    ahead: Ahead<'_>,
    strip: &mut Vec<i32>,
    totals: &mut [i64],
) {
    let (width, n) = (REGISTERS * V::LANES, used.len());
    let strip = in_lines(strip, n * width);
    for at in (0..rows.width()).step_by(width) {
        let columns = fill_strip::<V>(rows, used, at, strip);
        ahead.fetch::<V>(at, width);
        network.sort::<V>(strip);
        let row = |i: usize| &strip[i * width..][..width];
        let mut sums = sum_rows::<V>(&strip[..keep * width]);
        let (a, b) = (row((n - 1) / 2), row(n / 2));
        for i in 0..n - keep {
            let (x, y) = (row(i), row(i + keep));
            for l in 0..width {
                // x + y < a + b without the overflow: |q| ≤ 2^30, so a difference wraps only where it is 2^31 itself, and then
                // x = y, so that it does not matter.
                let better = a[l].wrapping_sub(y[l]) > x[l].wrapping_sub(b[l]);
                sums[l] += i64::from(if better { y[l].wrapping_sub(x[l]) as u32 } else { 0 });
            }
        }
        totals[at..at + columns].copy_from_slice(&sums[..columns]);
    }
}
