//! From the rows of a block to one value per column: what every rule ends in.

use quorate_exact::{
    grid::{quantize, Scale},
    Combine,
};

use crate::{
    backend::{check_combine, BackendError},
    columns::Columns,
    cpu::{dispatch, Cpu},
    divide::divide,
    network::{Network, Want},
    quantize::grid,
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
    /// Some values of the sorted column.
    Sorted {
        network: Network,
        rows: Vec<u32>,
        pick: Pick,
    },
}

/// Which values of a sorted column.
#[derive(Clone, Copy, Debug)]
enum Pick {
    /// Those of the ranks `lo..hi`.
    Ranks { lo: usize, hi: usize },
    /// The `keep` nearest to the median.
    Around { keep: usize },
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
        self.run_and_fetch(cpu, rows, Columns::default(), scratch, out);
    }

    /// [`Combiner::run`], while the bytes of the next block are fetched into the cache.
    pub(crate) fn run_and_fetch(
        &self,
        cpu: Cpu,
        rows: &Rows,
        ahead: Columns<'_>,
        scratch: &mut Scratch,
        out: &mut [i32],
    ) {
        assert_eq!(rows.width(), out.len(), "as many outputs as columns");
        match &self.way {
            Way::Weighted { terms, den } => weighted(cpu, rows, terms, *den, &mut scratch.sums, out),
            Way::Sorted { .. } => {
                self.sort(cpu, Source::Rows(rows), ahead, scratch, out);
            }
        }
    }

    /// Whether every row is sorted, so that [`Combiner::run_bytes`] sees all of them.
    pub(crate) fn sorts(&self, n: usize) -> bool {
        matches!(&self.way, Way::Sorted { rows, .. } if rows.len() == n)
    }

    /// The same from the updates' bytes, if it [`Combiner::sorts`] all rows; the largest |q|.
    ///
    /// # Errors
    /// `None` if some value has no place on its grid; `out` is then unspecified.
    pub(crate) fn run_bytes(
        &self,
        cpu: Cpu,
        (bytes, scale): (Columns<'_>, Scale),
        ahead: Columns<'_>,
        scratch: &mut Scratch,
        out: &mut [i32],
    ) -> Option<u32> {
        assert_eq!(bytes.len, 4 * out.len(), "as many outputs as columns");
        let (factor, limit) = grid(scale)?;
        let largest = self.sort(cpu, Source::Bytes(bytes, factor), ahead, scratch, out);
        // Rounding is monotone: the largest value has the largest integer.
        (largest <= limit).then(|| quantize(largest, scale).map_or(0, i32::unsigned_abs))
    }

    /// The bits of the largest magnitude, if they come from bytes.
    fn sort(&self, cpu: Cpu, source: Source<'_>, ahead: Columns<'_>, scratch: &mut Scratch, out: &mut [i32]) -> u32 {
        let Way::Sorted { network, rows, pick } = &self.way else {
            return 0;
        };
        let (used, pick) = (&rows[..], *pick);
        let Scratch { strip, totals, .. } = scratch;
        totals.resize(out.len(), 0);
        let largest = dispatch!(cpu, sort_strips(network: &Network, source: Source<'_>, used: &[u32], pick: Pick, ahead: Columns<'_>, strip: &mut Vec<i32>, totals: &mut [i64]) -> u32);
        let count = match pick {
            Pick::Ranks { lo, hi } => hi - lo,
            Pick::Around { keep } => keep,
        };
        divide(cpu, totals, count as u32, out);
        largest
    }
}

/// Where the values of a block come from.
#[derive(Clone, Copy)]
enum Source<'a> {
    Rows(&'a Rows),
    /// f32, and 2^scale.
    Bytes(Columns<'a>, f32),
}

fn sorted(lo: usize, hi: usize, n: usize) -> Way {
    let mut wants = vec![Want::Nothing; n];
    wants[lo..hi].fill(Want::Somewhere);
    Way::Sorted {
        network: Network::new(&wants),
        rows: (0..n as u32).collect(),
        pick: Pick::Ranks { lo, hi },
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
    Way::Sorted {
        network: Network::new(&wants),
        rows: rows.to_vec(),
        pick: Pick::Around { keep },
    }
}

/// Columns of a strip at most.
const MOST: usize = 64;
/// Bytes of a strip of that many columns: it is to fit a core's first-level cache.
const STRIP_BYTES: usize = 32 << 10;

/// Sorts the columns strip by strip, and sums up what is picked of each. The more columns a strip has, the less the network's
/// list weighs.
#[inline(always)]
fn sort_strips<V: Vector>(
    network: &Network,
    source: Source<'_>,
    used: &[u32],
    pick: Pick,
    ahead: Columns<'_>,
    strip: &mut Vec<i32>,
    totals: &mut [i64],
) -> u32 {
    if 4 * 4 * V::LANES * used.len() <= STRIP_BYTES {
        sort_all::<V, 4>(network, source, used, pick, ahead, strip, totals)
    } else {
        sort_all::<V, 2>(network, source, used, pick, ahead, strip, totals)
    }
}

/// [`sort_strips`] with R registers for the columns of a strip.
#[inline(always)]
fn sort_all<V: Vector, const R: usize>(
    network: &Network,
    source: Source<'_>,
    used: &[u32],
    pick: Pick,
    ahead: Columns<'_>,
    strip: &mut Vec<i32>,
    totals: &mut [i64],
) -> u32 {
    const { assert!(R * V::LANES <= MOST) };
    let width = R * V::LANES;
    let strip = in_lines(strip, used.len() * width);
    let mut largest = V::zero();
    let mut at = 0;
    while at < totals.len() {
        let columns = width.min(totals.len() - at);
        match source {
            Source::Rows(rows) => fill_strip::<V, R>(rows, used, (at, columns), strip),
            Source::Bytes(bytes, factor) => {
                largest = largest.max(quantize_strip::<V, R>(bytes, factor, used, (at, columns), strip));
            }
        }
        network.sort::<V, R>(strip, ahead.part(at, width));
        let sums = match pick {
            Pick::Ranks { lo, hi } => sum_rows::<V, R>(&strip[lo * width..hi * width]),
            Pick::Around { keep } => sum_around::<V, R>(strip, used.len(), keep),
        };
        totals[at..at + columns].copy_from_slice(&sums[..columns]);
        at += width;
    }
    largest.largest() as u32
}

/// Some columns from `at` on of the rows used, row after row; those beyond the rows' width repeat what the strip held.
#[inline(always)]
fn fill_strip<V: Vector, const R: usize>(rows: &Rows, used: &[u32], (at, columns): (usize, usize), strip: &mut [i32]) {
    let width = R * V::LANES;
    for (&row, place) in used.iter().zip(strip.chunks_exact_mut(width)) {
        let values = &rows.row(row as usize)[at..];
        if columns == width {
            for register in 0..R {
                V::load(&values[register * V::LANES..]).store(&mut place[register * V::LANES..]);
            }
        } else {
            place[..columns].copy_from_slice(&values[..columns]);
        }
    }
}

/// The same from bytes; the largest magnitudes. Columns beyond the rows' width are 0.
#[inline(always)]
fn quantize_strip<V: Vector, const R: usize>(
    bytes: Columns<'_>,
    factor: f32,
    used: &[u32],
    (at, columns): (usize, usize),
    strip: &mut [i32],
) -> V {
    let width = R * V::LANES;
    let (start, len) = (bytes.start + 4 * at, 4 * columns);
    let mut largest = V::zero();
    for (&row, place) in used.iter().zip(strip.chunks_exact_mut(width)) {
        let values = &bytes.rows[row as usize][start..start + len];
        if columns == width {
            largest = largest.max(quantize_row::<V, R>(values, factor, place));
        } else {
            let mut padded = [0; 4 * MOST];
            padded[..len].copy_from_slice(values);
            largest = largest.max(quantize_row::<V, R>(&padded, factor, place));
        }
    }
    largest
}

#[inline(always)]
fn quantize_row<V: Vector, const R: usize>(values: &[u8], factor: f32, place: &mut [i32]) -> V {
    let mut largest = V::zero();
    for register in 0..R {
        let x = V::load_bytes(&values[4 * register * V::LANES..]);
        largest = largest.max(x.magnitude());
        x.quantize(factor).store(&mut place[register * V::LANES..]);
    }
    largest
}

/// The sums of a strip's columns.
#[inline(always)]
fn sum_rows<V: Vector, const R: usize>(strip: &[i32]) -> [i64; MOST] {
    let width = R * V::LANES;
    let mut sums = [[V::zero(); 2]; R];
    for row in strip.chunks_exact(width) {
        for register in 0..R {
            let wide = V::load(&row[register * V::LANES..]).widen();
            sums[register][0] = sums[register][0].add_wide(wide[0]);
            sums[register][1] = sums[register][1].add_wide(wide[1]);
        }
    }
    let mut columns = [0; MOST];
    for (half, place) in sums.as_flattened().iter().zip(columns.chunks_exact_mut(V::LANES / 2)) {
        half.store_wide(place);
    }
    columns
}

/// The sums of the `keep` values nearest to the median: see [`around`].
#[inline(always)]
fn sum_around<V: Vector, const R: usize>(strip: &[i32], n: usize, keep: usize) -> [i64; MOST] {
    let width = R * V::LANES;
    let row = |i: usize| &strip[i * width..][..width];
    let mut sums = sum_rows::<V, R>(&strip[..keep * width]);
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
    sums
}
