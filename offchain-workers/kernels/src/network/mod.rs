//! Sorting networks: Batcher's odd-even mergesort for any number of rows, cut down to what a rule wants of the sorted column,
//! and arranged so that values stay in registers where they can.
//!
//! K. E. Batcher, "Sorting networks and their applications", AFIPS 1968; Knuth, "The Art of Computer Programming", vol. 3, 5.3.4.
//!
//! A network is a list made at run time, for exactly the rows and ranks at hand, and interpreted over the columns of a strip
//! at once: one vector operation sorts two rows in as many columns as a register has lanes.

mod arrange;
mod registers;

use crate::{
    columns::{Columns, Gradual},
    simd::Vector,
};
use arrange::{arrange, Run};
use registers::{both, cross, high, low, merge_16, sort_16, MERGE_16, SORT_16};

/// What a rule wants of one rank of the sorted column.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Want {
    /// Nothing.
    Nothing,
    /// That it is somewhere among the places that want this: only their sum counts.
    Somewhere,
    /// The value of this rank, in its place.
    Exactly,
}

/// A sorting network cut down to the ranks that are wanted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Network {
    rows: usize,
    comparators: usize,
    runs: Vec<Run>,
}

/// A comparator, the lower value goes to `low`.
#[derive(Clone, Copy)]
struct Comparator {
    low: u16,
    high: u16,
    /// Layer of the whole network; comparators of a layer touch different rows.
    layer: u16,
    keeps: Keeps,
    /// The operation on 16 rows that it is part of.
    block: Option<Block>,
}

/// Layers of the network on 16 rows that no other comparator of these layers touches.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Block {
    /// The first of its layers.
    layer: u16,
    first: u16,
    distance: u16,
    /// Whether it sorts; else it merges.
    sorts: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Keeps {
    Both,
    Low,
    High,
}

impl Network {
    /// The network for the ranks of a sorted column of `wants.len()` rows, 1 to 2^15.
    ///
    /// # Panics
    /// For more rows.
    pub fn new(wants: &[Want]) -> Self {
        let rows = wants.len();
        assert!(rows <= 1 << 15, "{rows} rows");
        let room = rows.next_power_of_two() - rows;
        // Rows that lie in the middle of a full network, between sentinels that need no comparators, or at one of its ends.
        let comparators = [0, room / 2, room]
            .into_iter()
            .map(|offset| prune(&batcher(rows, offset), wants))
            .min_by_key(Vec::len)
            .unwrap_or_default();
        let runs = arrange(&comparators, rows);
        Self {
            rows,
            comparators: runs.iter().map(Run::comparators).sum(),
            runs,
        }
    }

    /// Rows that it sorts.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Comparators, those inside of larger operations included.
    pub fn comparators(&self) -> usize {
        self.comparators
    }

    /// Sorts the columns of a strip: `R · LANES` values of each row, row after row. Meanwhile `ahead` is fetched.
    ///
    /// Inlined into functions that `dispatch!` compiles for the vector type.
    #[inline(always)]
    pub(crate) fn sort<V: Vector, const R: usize>(&self, strip: &mut [i32], ahead: Columns<'_>) {
        let mut ahead = Gradual::new(ahead, self.comparators / self.rows);
        let width = R * V::LANES;
        assert!(strip.len() >= self.rows * width, "a strip of {} rows", self.rows);
        let strip = strip.as_mut_ptr();
        // SAFETY: `arrange` puts no row number of `rows` or more into a run, and the strip has room for that many.
        unsafe {
            for run in &self.runs {
                // Loops and no closures: a closure that is not inlined is compiled without the level's instructions.
                match run {
                    Run::Sort16(list) => {
                        for &first in list {
                            sort_16::<V, R>(strip, first);
                            ahead.worked::<V>(SORT_16.len());
                        }
                    }
                    Run::Merge16(list) => {
                        for &[first, distance] in list {
                            merge_16::<V, R>(strip, first, distance);
                            ahead.worked::<V>(MERGE_16.len());
                        }
                    }
                    Run::Cross(list) => {
                        for rows in list {
                            cross::<V, R>(strip, rows);
                            ahead.worked::<V>(3);
                        }
                    }
                    Run::Both(list) => {
                        for rows in list {
                            both::<V, R>(strip, rows);
                            ahead.worked::<V>(1);
                        }
                    }
                    Run::Low(list) => {
                        for rows in list {
                            low::<V, R>(strip, rows);
                            ahead.worked::<V>(1);
                        }
                    }
                    Run::High(list) => {
                        for rows in list {
                            high::<V, R>(strip, rows);
                            ahead.worked::<V>(1);
                        }
                    }
                }
            }
        }
    }
}

/// Batcher's network for rows `offset..offset + rows` of the next power of two; the others are sentinels, below all values
/// before the offset and above all after the rows. Comparators with a sentinel do nothing and are left out.
fn batcher(rows: usize, offset: usize) -> Vec<Comparator> {
    let n = rows.next_power_of_two();
    let row = |wire: usize| wire.checked_sub(offset).filter(|&row| row < rows).map(|row| row as u16);
    let (mut comparators, mut layer) = (Vec::new(), 0);
    let mut p = 1;
    while p < n {
        let first_layer = layer;
        let mut k = p;
        while k >= 1 {
            for start in (k % p..n - k).step_by(2 * k) {
                for wire in start..start + k {
                    // Only within groups of 2p.
                    if wire + k >= n || wire / (2 * p) != (wire + k) / (2 * p) {
                        continue;
                    }
                    if let (Some(low), Some(high)) = (row(wire), row(wire + k)) {
                        comparators.push(Comparator {
                            low,
                            high,
                            layer,
                            keeps: Keeps::Both,
                            block: block(wire, p, k, first_layer, row),
                        });
                    }
                }
            }
            layer += 1;
            k /= 2;
        }
        p *= 2;
    }
    comparators
}

/// The operation on 16 rows that a comparator of distance `k` is part of, when groups of `p` are merged. The first four steps
/// sort 16 wires in a row. The first four layers of a later one merge each set of 16 wires that lie p/8 apart. None where some of
/// the wires are sentinels.
fn block(wire: usize, p: usize, k: usize, layer: u16, row: impl Fn(usize) -> Option<u16>) -> Option<Block> {
    let distance = if p < 16 { 1 } else { p / 8 };
    if k < distance {
        return None;
    }
    let group = wire / (16 * distance) * 16 * distance;
    let first = row(group + wire % distance)?;
    row(group + wire % distance + 15 * distance)?;
    Some(Block {
        layer: if p < 16 { 0 } else { layer },
        first,
        distance: distance as u16,
        sorts: p < 16,
    })
}

/// The comparators that what is wanted depends on, in their order. Seen from the end: one between two rows of which nothing is
/// wanted, or only that they are somewhere, changes nothing; any other one needs both of its inputs.
fn prune(comparators: &[Comparator], wants: &[Want]) -> Vec<Comparator> {
    let mut wants = wants.to_vec();
    let mut kept = Vec::with_capacity(comparators.len());
    for &comparator in comparators.iter().rev() {
        let (low, high) = (comparator.low as usize, comparator.high as usize);
        if wants[low] == wants[high] && wants[low] != Want::Exactly {
            continue;
        }
        let keeps = match (wants[low], wants[high]) {
            (_, Want::Nothing) => Keeps::Low,
            (Want::Nothing, _) => Keeps::High,
            _ => Keeps::Both,
        };
        kept.push(Comparator { keeps, ..comparator });
        wants[low] = Want::Exactly;
        wants[high] = Want::Exactly;
    }
    kept.reverse();
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{cpu::dispatch, Cpu};

    /// The sorted columns of a strip of R registers, whose values it makes.
    #[inline(always)]
    fn sort_strip<V: Vector, const R: usize>(network: &Network) -> Vec<Vec<i32>> {
        let (width, mut state) = (R * V::LANES, network.rows() as u32);
        let mut strip: Vec<i32> = (0..network.rows() * width)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 8) as i32 % 97
            })
            .collect();
        network.sort::<V, R>(&mut strip, Columns::default());
        (0..width)
            .map(|c| (0..network.rows()).map(|row| strip[row * width + c]).collect())
            .collect()
    }

    #[inline(always)]
    fn sort_both<V: Vector>(network: &Network) -> [Vec<Vec<i32>>; 2] {
        [sort_strip::<V, 2>(network), sort_strip::<V, 4>(network)]
    }

    #[test]
    fn every_number_of_rows_should_be_sorted_on_every_level() {
        for cpu in Cpu::all() {
            for rows in (1..=70).chain([96, 100, 127, 128, 129, 200, 256]) {
                let full = Network::new(&vec![Want::Exactly; rows]);
                let network = &full;
                let strips = dispatch!(cpu, sort_both(network: &Network) -> [Vec<Vec<i32>>; 2]);
                for column in strips.into_iter().flatten() {
                    assert!(column.is_sorted(), "{rows} rows, {:?}", cpu.level());
                }
            }
        }
    }

    #[test]
    fn median_of_a_hundred_should_have_few_comparators() {
        let mut wants = [Want::Nothing; 100];
        wants[49..51].fill(Want::Somewhere);
        let network = Network::new(&wants);
        // Batcher's 897 after cutting, of which six groups of 16 take 60 instead of 63.
        assert!(network.comparators() <= 897, "{}", network.comparators());
    }
}
