//! From comparators to the operations that are run.

use std::collections::BTreeMap;

use super::{
    registers::{MERGE_16, SORT_16},
    Comparator, Keeps,
};

/// Operations of one kind, on numbers of rows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Run {
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

impl Run {
    /// Comparators of all of them.
    pub fn comparators(&self) -> usize {
        match self {
            Self::Sort16(list) => list.len() * SORT_16.len(),
            Self::Merge16(list) => list.len() * MERGE_16.len(),
            Self::Cross(list) => list.len() * 3,
            Self::Both(list) | Self::Low(list) | Self::High(list) => list.len(),
        }
    }
}

/// Comparators that must be left of an operation on 16 rows for it to be worth its work.
const WORTH: [usize; 2] = [12, 40];

/// Larger operations where comparators allow them, then runs in an order that keeps what depends on what.
///
/// An operation begins in the layer of its first comparators. It depends on others that all begin in earlier layers: the
/// comparators of a block meet no others in its layers, and the third one of a cross depends on nothing but the first two.
pub fn arrange(comparators: &[Comparator], rows: usize) -> Vec<Run> {
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
