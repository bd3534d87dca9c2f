//! Sorting networks: Batcher's odd-even mergesort for any number of rows, cut down to what a rule wants of the sorted column,
//! and arranged so that values stay in registers where they can.
//!
//! K. E. Batcher, "Sorting networks and their applications", AFIPS 1968; Knuth, "The Art of Computer Programming", vol. 3, 5.3.4.
//!
//! A network is a list made at run time, for exactly the rows and ranks at hand, and interpreted over the columns of a strip
//! at once: one vector operation sorts two rows in as many columns as a register has lanes.

use std::collections::BTreeMap;

use crate::simd::Vector;

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

/// Columns of a strip, as registers of one row.
pub(crate) const REGISTERS: usize = 2;

/// A sorting network cut down to the ranks that are wanted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Network {
    rows: usize,
    runs: Vec<Run>,
}

/// Operations of one kind, on numbers of rows.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Run {
    /// Sorts 16 consecutive rows from this one on.
    Sort16(Vec<u16>),
    /// Merges, from this row on and with this distance between rows, the first 8 of 16 rows with the last 8, each sorted.
    Merge16(Vec<[u16; 2]>),
    /// Sorts (a, c) and (b, d), then (b, c).
    Cross(Vec<[u16; 4]>),
    /// Sorts two rows.
    Both(Vec<[u16; 2]>),
    /// The lower value of two rows to the first; the second is not wanted any more.
    Low(Vec<[u16; 2]>),
    /// The higher value of two rows to the second; the first is not wanted any more.
    High(Vec<[u16; 2]>),
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
        Self {
            rows,
            runs: arrange(&comparators, rows),
        }
    }

    /// Rows that it sorts.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Comparators, those inside of larger operations included.
    pub fn comparators(&self) -> usize {
        self.runs.iter().map(Run::comparators).sum()
    }

    /// Sorts the columns of a strip: `REGISTERS · LANES` values of each row, row after row.
    ///
    /// Inlined into functions that `dispatch!` compiles for the vector type.
    #[inline(always)]
    pub(crate) fn sort<V: Vector>(&self, strip: &mut [i32]) {
        let width = REGISTERS * V::LANES;
        assert!(strip.len() >= self.rows * width, "a strip of {} rows", self.rows);
        let strip = strip.as_mut_ptr();
        // SAFETY: `arrange` puts no row number of `rows` or more into a run, and the strip has room for that many.
        unsafe {
            for run in &self.runs {
                // Loops and no closures: a closure that is not inlined is compiled without the level's instructions.
                match run {
                    Run::Sort16(list) => {
                        for &first in list {
                            sort_16::<V>(strip, first);
                        }
                    }
                    Run::Merge16(list) => {
                        for &[first, distance] in list {
                            merge_16::<V>(strip, first, distance);
                        }
                    }
                    Run::Cross(list) => {
                        for rows in list {
                            cross::<V>(strip, rows);
                        }
                    }
                    Run::Both(list) => {
                        for rows in list {
                            both::<V>(strip, rows);
                        }
                    }
                    Run::Low(list) => {
                        for rows in list {
                            low::<V>(strip, rows);
                        }
                    }
                    Run::High(list) => {
                        for rows in list {
                            high::<V>(strip, rows);
                        }
                    }
                }
            }
        }
    }
}

impl Run {
    fn comparators(&self) -> usize {
        match self {
            Self::Sort16(list) => list.len() * SORT_16.len(),
            Self::Merge16(list) => list.len() * MERGE_16.len(),
            Self::Cross(list) => list.len() * 3,
            Self::Both(list) | Self::Low(list) | Self::High(list) => list.len(),
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

/// Comparators that must be left of an operation on 16 rows for it to be worth its work.
const WORTH: [usize; 2] = [12, 40];

/// Larger operations where comparators allow them, then runs in an order that keeps what depends on what.
///
/// An operation begins in the layer of its first comparators. It depends on others that all begin in earlier layers: the
/// comparators of a block meet no others in its layers, and the third one of a cross depends on nothing but the first two.
fn arrange(comparators: &[Comparator], rows: usize) -> Vec<Run> {
    let mut counts = BTreeMap::new();
    for block in comparators.iter().filter_map(|comparator| comparator.block) {
        *counts.entry(block).or_insert(0) += 1;
    }
    counts.retain(|block, count| *count >= WORTH[usize::from(block.sorts)]);
    let in_block: Vec<bool> = comparators
        .iter()
        .map(|comparator| comparator.block.is_some_and(|block| counts.contains_key(&block)))
        .collect();
    let mut operations = crosses(comparators, in_block, rows);
    operations.extend(counts.into_keys().map(|block| Operation {
        layer: block.layer,
        kind: if block.sorts { Kind::Sort16 } else { Kind::Merge16 },
        rows: [block.first, block.distance, 0, 0],
    }));
    operations.sort_by_key(|operation| (operation.layer, operation.kind));
    let mut runs = Vec::new();
    for operation in operations {
        operation.add_to(&mut runs);
    }
    runs
}

/// An operation of one kind on some rows.
struct Operation {
    layer: u16,
    kind: Kind,
    rows: [u16; 4],
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Sort16,
    Merge16,
    Cross,
    Both,
    Low,
    High,
}

impl Operation {
    fn add_to(&self, runs: &mut Vec<Run>) {
        let [a, b, c, d] = self.rows;
        match (self.kind, runs.last_mut()) {
            (Kind::Sort16, Some(Run::Sort16(list))) => list.push(a),
            (Kind::Sort16, _) => runs.push(Run::Sort16(vec![a])),
            (Kind::Merge16, Some(Run::Merge16(list))) => list.push([a, b]),
            (Kind::Merge16, _) => runs.push(Run::Merge16(vec![[a, b]])),
            (Kind::Cross, Some(Run::Cross(list))) => list.push([a, b, c, d]),
            (Kind::Cross, _) => runs.push(Run::Cross(vec![[a, b, c, d]])),
            (Kind::Both, Some(Run::Both(list))) => list.push([a, b]),
            (Kind::Both, _) => runs.push(Run::Both(vec![[a, b]])),
            (Kind::Low, Some(Run::Low(list))) => list.push([a, b]),
            (Kind::Low, _) => runs.push(Run::Low(vec![[a, b]])),
            (Kind::High, Some(Run::High(list))) => list.push([a, b]),
            (Kind::High, _) => runs.push(Run::High(vec![[a, b]])),
        }
    }
}

/// The comparators that are not `used` as operations: three that make a cross together as one, the others alone.
fn crosses(comparators: &[Comparator], mut used: Vec<bool>, rows: usize) -> Vec<Operation> {
    let mut last: Vec<Option<usize>> = vec![None; rows];
    let mut operations = Vec::new();
    for (index, comparator) in comparators.iter().enumerate() {
        let (b, c) = (comparator.low, comparator.high);
        let before = last[b as usize].zip(last[c as usize]);
        if let Some((bd, ac)) = before.filter(|&(x, y)| x != y && !used[x] && !used[y] && !used[index]) {
            let (bd_pair, ac_pair) = (comparators[bd], comparators[ac]);
            if bd_pair.layer == ac_pair.layer && bd_pair.low == b && ac_pair.high == c {
                (used[bd], used[ac], used[index]) = (true, true, true);
                operations.push(Operation {
                    layer: bd_pair.layer,
                    kind: Kind::Cross,
                    rows: [ac_pair.low, b, c, bd_pair.high],
                });
            }
        }
        last[b as usize] = Some(index);
        last[c as usize] = Some(index);
    }
    let alone = comparators.iter().zip(&used).filter(|&(_, &used)| !used);
    operations.extend(alone.map(|(comparator, _)| Operation {
        layer: comparator.layer,
        kind: match comparator.keeps {
            Keeps::Both => Kind::Both,
            Keeps::Low => Kind::Low,
            Keeps::High => Kind::High,
        },
        rows: [comparator.low, comparator.high, 0, 0],
    }));
    operations
}

/// Where register `register` of a row begins.
///
/// # Safety
/// The strip has this row.
#[inline(always)]
unsafe fn place<V: Vector>(strip: *mut i32, row: u16, register: usize) -> *mut i32 {
    unsafe { strip.add((row as usize * REGISTERS + register) * V::LANES) }
}

/// # Safety
/// The strip has these rows.
#[inline(always)]
unsafe fn both<V: Vector>(strip: *mut i32, rows: &[u16; 2]) {
    for register in 0..REGISTERS {
        unsafe {
            let (a, b) = (
                place::<V>(strip, rows[0], register),
                place::<V>(strip, rows[1], register),
            );
            let (x, y) = (V::read(a), V::read(b));
            x.min(y).write(a);
            x.max(y).write(b);
        }
    }
}

/// # Safety
/// The strip has these rows.
#[inline(always)]
unsafe fn low<V: Vector>(strip: *mut i32, rows: &[u16; 2]) {
    for register in 0..REGISTERS {
        unsafe {
            let (a, b) = (
                place::<V>(strip, rows[0], register),
                place::<V>(strip, rows[1], register),
            );
            V::read(a).min(V::read(b)).write(a);
        }
    }
}

/// # Safety
/// The strip has these rows.
#[inline(always)]
unsafe fn high<V: Vector>(strip: *mut i32, rows: &[u16; 2]) {
    for register in 0..REGISTERS {
        unsafe {
            let (a, b) = (
                place::<V>(strip, rows[0], register),
                place::<V>(strip, rows[1], register),
            );
            V::read(a).max(V::read(b)).write(b);
        }
    }
}

/// # Safety
/// The strip has these rows.
#[inline(always)]
unsafe fn cross<V: Vector>(strip: *mut i32, rows: &[u16; 4]) {
    for register in 0..REGISTERS {
        unsafe {
            let (to_a, to_b) = (
                place::<V>(strip, rows[0], register),
                place::<V>(strip, rows[1], register),
            );
            let (to_c, to_d) = (
                place::<V>(strip, rows[2], register),
                place::<V>(strip, rows[3], register),
            );
            let (a, b, c, d) = (V::read(to_a), V::read(to_b), V::read(to_c), V::read(to_d));
            a.min(c).write(to_a);
            b.max(d).write(to_d);
            let (b, c) = (b.min(d), a.max(c));
            b.min(c).write(to_b);
            b.max(c).write(to_c);
        }
    }
}

/// # Safety
/// The strip has 16 rows from `first` on.
#[inline(always)]
unsafe fn sort_16<V: Vector>(strip: *mut i32, first: u16) {
    for register in 0..REGISTERS {
        let mut x = [V::zero(); 16];
        unsafe {
            for (i, x) in x.iter_mut().enumerate() {
                *x = V::read(place::<V>(strip, first + i as u16, register));
            }
            sort_registers(&mut x);
            for (i, x) in x.iter().enumerate() {
                x.write(place::<V>(strip, first + i as u16, register));
            }
        }
    }
}

/// # Safety
/// The strip has 16 rows `distance` apart from `first` on.
#[inline(always)]
unsafe fn merge_16<V: Vector>(strip: *mut i32, first: u16, distance: u16) {
    for register in 0..REGISTERS {
        let mut x = [V::zero(); 16];
        unsafe {
            for (i, x) in x.iter_mut().enumerate() {
                *x = V::read(place::<V>(strip, first + i as u16 * distance, register));
            }
            merge_registers(&mut x);
            for (i, x) in x.iter().enumerate() {
                x.write(place::<V>(strip, first + i as u16 * distance, register));
            }
        }
    }
}

/// The network of 60 comparators for 16 values that M. W. Green found in 1969 (Knuth, 5.3.4, figure 49), in a form of ten layers.
const SORT_16: [[u8; 2]; 60] = [
    [0, 13],
    [1, 12],
    [2, 15],
    [3, 14],
    [4, 8],
    [5, 6],
    [7, 11],
    [9, 10], //
    [0, 5],
    [1, 7],
    [2, 9],
    [3, 4],
    [6, 13],
    [8, 14],
    [10, 15],
    [11, 12], //
    [0, 1],
    [2, 3],
    [4, 5],
    [6, 8],
    [7, 9],
    [10, 11],
    [12, 13],
    [14, 15], //
    [0, 2],
    [1, 3],
    [4, 10],
    [5, 11],
    [6, 7],
    [8, 9],
    [12, 14],
    [13, 15], //
    [1, 2],
    [3, 12],
    [4, 6],
    [5, 7],
    [8, 10],
    [9, 11],
    [13, 14], //
    [1, 4],
    [2, 6],
    [5, 8],
    [7, 10],
    [9, 13],
    [11, 14], //
    [2, 4],
    [3, 6],
    [9, 12],
    [11, 13], //
    [3, 5],
    [6, 8],
    [7, 9],
    [10, 12], //
    [3, 4],
    [5, 6],
    [7, 8],
    [9, 10],
    [11, 12], //
    [6, 7],
    [8, 9],
];

/// Batcher's merge of two sorted rows of 8.
const MERGE_16: [[u8; 2]; 25] = [
    [0, 8],
    [1, 9],
    [2, 10],
    [3, 11],
    [4, 12],
    [5, 13],
    [6, 14],
    [7, 15], //
    [4, 8],
    [5, 9],
    [6, 10],
    [7, 11], //
    [2, 4],
    [3, 5],
    [6, 8],
    [7, 9],
    [10, 12],
    [11, 13], //
    [1, 2],
    [3, 4],
    [5, 6],
    [7, 8],
    [9, 10],
    [11, 12],
    [13, 14],
];

/// Written out: a loop over the constant is not always unrolled, and then the registers become an array in memory.
macro_rules! steps {
    ($x:ident, $network:ident, $($i:literal)*) => {
        $({
            const PAIR: [u8; 2] = $network[$i];
            const LOW: usize = PAIR[0] as usize;
            const HIGH: usize = PAIR[1] as usize;
            ($x[LOW], $x[HIGH]) = ($x[LOW].min($x[HIGH]), $x[LOW].max($x[HIGH]));
        })*
    };
}

#[inline(always)]
fn sort_registers<V: Vector>(x: &mut [V; 16]) {
    steps!(x, SORT_16, 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29);
    steps!(x, SORT_16, 30 31 32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59);
}

#[inline(always)]
fn merge_registers<V: Vector>(x: &mut [V; 16]) {
    steps!(x, MERGE_16, 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{cpu::dispatch, Cpu};

    /// By the 0-1 principle a network that sorts all zeros and ones sorts everything.
    #[test]
    fn sixteen_registers_are_sorted() {
        for bits in 0u32..1 << 16 {
            let mut x: [u32; 16] = std::array::from_fn(|i| bits >> i & 1);
            for [low, high] in SORT_16.map(|pair| pair.map(usize::from)) {
                (x[low], x[high]) = (x[low].min(x[high]), x[low].max(x[high]));
            }
            assert!(x.is_sorted(), "{bits:016b}");
        }
    }

    #[inline(always)]
    fn sort_strip<V: Vector>(network: &Network, strip: &mut [i32], columns: &mut Vec<Vec<i32>>) {
        network.sort::<V>(strip);
        let width = REGISTERS * V::LANES;
        *columns = (0..width)
            .map(|c| (0..network.rows()).map(|row| strip[row * width + c]).collect())
            .collect();
    }

    /// Zeros and ones for every threshold and rotation: a column of n rows, `ones` of them from row `start` on.
    #[test]
    fn every_number_of_rows_is_sorted_on_every_level() {
        for cpu in Cpu::all() {
            for rows in (1..=70).chain([96, 100, 127, 128, 129, 200, 256]) {
                let full = Network::new(&vec![Want::Exactly; rows]);
                let mut strip = vec![0i32; rows * 32];
                let mut state = rows as u32;
                strip.iter_mut().for_each(|x| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    *x = (state >> 8) as i32 % 97;
                });
                let (network, strip, mut columns) = (&full, &mut strip[..], Vec::new());
                let columns = &mut columns;
                dispatch!(cpu, sort_strip(network: &Network, strip: &mut [i32], columns: &mut Vec<Vec<i32>>));
                for column in columns {
                    assert!(column.is_sorted(), "{rows} rows, {:?}", cpu.level());
                }
            }
        }
    }

    #[test]
    fn a_median_of_a_hundred_has_few_comparators() {
        let mut wants = [Want::Nothing; 100];
        wants[49..51].fill(Want::Somewhere);
        let network = Network::new(&wants);
        // Batcher's 897 after cutting, of which six groups of 16 take 60 instead of 63.
        assert!(network.comparators() <= 897, "{}", network.comparators());
    }
}
