//! Places for blocks of memory, of which some are needed at the same time.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, BinaryHeap},
};

use crate::arena::ALIGNMENT;

/// Up to so many blocks are compared with each other.
const FEW: usize = 4_096;

/// A block, and the first and the last step that need it.
#[derive(Clone, Debug)]
pub struct Block {
    /// Whose it is: for the caller.
    pub value: usize,
    /// Its length.
    pub bytes: usize,
    /// The first step that needs it.
    pub first: usize,
    /// The last one.
    pub last: usize,
}

/// The offset of each, a multiple of 64, and where all end. Blocks that are needed at the same time do not overlap.
pub fn places(blocks: &[Block]) -> (Vec<usize>, usize) {
    match blocks.len() <= FEW {
        true => by_size(blocks),
        false => by_step(blocks),
    }
}

/// The largest first: small ones fit into what they leave.
fn by_size(blocks: &[Block]) -> (Vec<usize>, usize) {
    let mut order: Vec<usize> = (0..blocks.len()).collect();
    order.sort_by_key(|&i| (Reverse(blocks[i].bytes), i));
    let (mut offsets, mut end) = (vec![0; blocks.len()], 0);
    let mut placed: Vec<usize> = vec![];
    for i in order {
        let block = &blocks[i];
        let meets = |other: &Block| block.first <= other.last && other.first <= block.last;
        let mut others: Vec<_> = placed
            .iter()
            .filter(|&&other| meets(&blocks[other]))
            .map(|&other| (offsets[other], offsets[other] + blocks[other].bytes))
            .collect();
        others.sort_unstable();
        let mut offset = 0;
        for (begin, behind) in others {
            if offset + block.bytes <= begin {
                break;
            }
            offset = offset.max(behind.next_multiple_of(ALIGNMENT));
        }
        offsets[i] = offset;
        end = end.max(offset + block.bytes);
        placed.push(i);
    }
    (offsets, end)
}

/// Step after step, each into the smallest gap that is large enough: faster, and with more gaps.
fn by_step(blocks: &[Block]) -> (Vec<usize>, usize) {
    let mut order: Vec<usize> = (0..blocks.len()).collect();
    order.sort_by_key(|&i| (blocks[i].first, Reverse(blocks[i].bytes), i));
    let mut offsets = vec![0; blocks.len()];
    let mut gaps = Gaps::default();
    let mut ends: BinaryHeap<Reverse<(usize, usize, usize)>> = BinaryHeap::new();
    for i in order {
        let block = &blocks[i];
        while let Some(&Reverse((_, offset, bytes))) = ends.peek().filter(|Reverse((last, ..))| *last < block.first) {
            ends.pop();
            gaps.give(offset, bytes);
        }
        let bytes = block.bytes.next_multiple_of(ALIGNMENT);
        offsets[i] = gaps.take(bytes);
        ends.push(Reverse((block.last, offsets[i], bytes)));
    }
    (offsets, gaps.end)
}

/// What is free of the arena, which grows where no gap is large enough.
#[derive(Default)]
struct Gaps {
    /// Length by offset.
    by_offset: BTreeMap<usize, usize>,
    /// Length and offset.
    by_length: BTreeSet<(usize, usize)>,
    end: usize,
}

impl Gaps {
    fn take(&mut self, bytes: usize) -> usize {
        let fitting = self.by_length.range((bytes, 0)..).next().copied();
        // Else what is free at the end grows.
        let last = self
            .by_offset
            .iter()
            .next_back()
            .map(|(&offset, &length)| (length, offset));
        let (length, offset) = match fitting.or(last.filter(|(length, offset)| length + offset == self.end)) {
            Some((length, offset)) => {
                self.by_offset.remove(&offset);
                self.by_length.remove(&(length, offset));
                (length, offset)
            }
            None => (0, self.end),
        };
        self.end = self.end.max(offset + bytes);
        if length > bytes {
            self.put(offset + bytes, length - bytes);
        }
        offset
    }

    fn give(&mut self, mut offset: usize, mut length: usize) {
        if let Some((&before, &own)) = self
            .by_offset
            .range(..offset)
            .next_back()
            .filter(|(&before, &own)| before + own == offset)
        {
            self.by_length.remove(&(own, before));
            self.by_offset.remove(&before);
            (offset, length) = (before, own + length);
        }
        if let Some(own) = self.by_offset.remove(&(offset + length)) {
            self.by_length.remove(&(own, offset + length));
            length += own;
        }
        self.put(offset, length);
    }

    fn put(&mut self, offset: usize, length: usize) {
        self.by_offset.insert(offset, length);
        self.by_length.insert((length, offset));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_that_are_needed_together_should_not_overlap() {
        let mut state = 1u64;
        let mut next = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            ((state >> 33) % below) as usize
        };
        let blocks: Vec<Block> = (0..600)
            .map(|value| {
                let first = next(300);
                Block {
                    value,
                    bytes: 1 + next(5_000),
                    first,
                    last: first + next(20),
                }
            })
            .collect();
        let most = (0..320).map(|step| {
            let held = blocks.iter().filter(|block| block.first <= step && step <= block.last);
            held.map(|block| block.bytes).sum::<usize>()
        });
        let most = most.max().unwrap();
        for (place, spare) in [(by_size as fn(&[Block]) -> _, 130), (by_step, 200)] {
            let (offsets, end): (Vec<usize>, usize) = place(&blocks);
            assert!(end <= most * spare / 100, "{end} for {most}");
            for (i, a) in blocks.iter().enumerate() {
                assert!(offsets[i].is_multiple_of(ALIGNMENT) && offsets[i] + a.bytes <= end);
                for (j, b) in blocks.iter().enumerate().skip(i + 1) {
                    let together = a.first <= b.last && b.first <= a.last;
                    let apart = offsets[i] + a.bytes <= offsets[j] || offsets[j] + b.bytes <= offsets[i];
                    assert!(
                        !together || apart,
                        "{a:?} at {} and {b:?} at {}",
                        offsets[i],
                        offsets[j]
                    );
                }
            }
        }
    }
}
