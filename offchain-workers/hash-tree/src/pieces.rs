//! Hashing a file from pieces that come in any order.

use crate::{groups, leaf, Hashed, Root, Tree, GROUP};
use std::collections::BTreeMap;

/// Some bytes of a file, hashed as far as they are whole groups. Made on any thread.
#[derive(Debug)]
pub struct Piece {
    first: u64,
    leaves: Vec<Root>,
    /// Bytes of groups that other pieces complete, and where each begins in the file.
    edges: Vec<(u64, Vec<u8>)>,
}

/// Joins the pieces of a file, each byte of which has to come exactly once.
#[derive(Debug)]
pub struct Pieces {
    len: u64,
    leaves: Vec<Option<Root>>,
    /// Groups that are not complete, and how many bytes of each are there.
    open: BTreeMap<u64, (Vec<u8>, usize)>,
}

impl Piece {
    /// The bytes from byte `start` on of a file of `len` bytes.
    pub fn new(len: u64, start: u64, bytes: &[u8]) -> Self {
        let (group, end) = (GROUP as u64, start + bytes.len() as u64);
        let first = start.div_ceil(group);
        // The last group of a file may be shorter.
        let after = if end == len { groups(len) } else { end / group };
        let part = |from: u64, to: u64| &bytes[(from - start) as usize..(to - start) as usize];
        if first >= after {
            // No whole group: at most two parts of one.
            let border = (first * group).clamp(start, end);
            let edges = [(start, part(start, border)), (border, part(border, end))];
            let edges = edges.into_iter().filter(|(_, bytes)| !bytes.is_empty());
            return Self {
                first,
                leaves: Vec::new(),
                edges: edges.map(|(at, bytes)| (at, bytes.to_vec())).collect(),
            };
        }
        let (head, tail) = (first * group, (after * group).min(end));
        let leaves = part(head, tail).chunks(GROUP).enumerate();
        let edges = [(start, part(start, head)), (tail, part(tail, end))];
        let edges = edges.into_iter().filter(|(_, bytes)| !bytes.is_empty());
        Self {
            first,
            leaves: leaves
                .map(|(at, bytes)| leaf(head + (at * GROUP) as u64, bytes, len <= group))
                .collect(),
            edges: edges.map(|(at, bytes)| (at, bytes.to_vec())).collect(),
        }
    }
}

impl Pieces {
    /// Of a file of exactly `len` bytes.
    pub fn new(len: u64) -> Self {
        Self {
            len,
            leaves: vec![None; groups(len) as usize],
            open: BTreeMap::new(),
        }
    }

    /// Takes a piece of this file; what lies outside of it is left out.
    pub fn take(&mut self, piece: Piece) {
        for (index, hash) in (piece.first as usize..).zip(piece.leaves) {
            if let Some(leaf) = self.leaves.get_mut(index) {
                *leaf = Some(hash);
            }
        }
        for (at, bytes) in piece.edges {
            self.fill(at, &bytes);
        }
    }

    fn fill(&mut self, at: u64, bytes: &[u8]) {
        let group = at / GROUP as u64;
        let start = group * GROUP as u64;
        let size = self.len.saturating_sub(start).min(GROUP as u64) as usize;
        let (whole, known) = self.open.entry(group).or_insert_with(|| (vec![0; size], 0));
        let within = (at - start) as usize;
        let Some(place) = whole.get_mut(within..within + bytes.len()) else {
            return;
        };
        place.copy_from_slice(bytes);
        *known += bytes.len();
        if *known == size {
            let hash = leaf(start, whole, self.len <= GROUP as u64);
            self.open.remove(&group);
            if let Some(leaf) = self.leaves.get_mut(group as usize) {
                *leaf = Some(hash);
            }
        }
    }

    /// Root, length and outboard; none unless every byte was there.
    pub fn finish(self) -> Option<Hashed> {
        let (mut tree, mut outboard) = (Tree::new(self.leaves.len() as u64, true), Vec::new());
        for leaf in self.leaves {
            tree.push(leaf?, |left, right| {
                outboard.extend(left);
                outboard.extend(right);
            });
        }
        let root = tree.root()?;
        Some(Hashed {
            root,
            len: self.len,
            outboard,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Builder;

    #[test]
    fn pieces_in_any_order_should_give_what_a_stream_gives() {
        for len in [1, 100, GROUP, GROUP + 1, 3 * GROUP, 5 * GROUP + 7, 12 * GROUP + 4_096] {
            let data: Vec<u8> = (0..len as u32).map(|i| (i.wrapping_mul(i) >> 7) as u8).collect();
            let mut builder = Builder::new(len as u64);
            builder.push(&data);
            let expected = builder.finish();
            for size in [1_000, GROUP / 2, GROUP, GROUP + 5, 2 * GROUP, 40_000, len] {
                let starts: Vec<usize> = (0..len).step_by(size).collect();
                for turn in 0..3 {
                    let mut pieces = Pieces::new(len as u64);
                    let mut order = starts.clone();
                    order.rotate_left(turn * starts.len() / 3);
                    for start in order.into_iter().rev() {
                        let bytes = &data[start..len.min(start + size)];
                        pieces.take(Piece::new(len as u64, start as u64, bytes));
                    }
                    assert_eq!(pieces.finish(), expected, "{len}, {size}");
                }
            }
        }
    }

    #[test]
    fn missing_bytes_should_give_no_root() {
        let data = vec![3; 3 * GROUP];
        let len = data.len() as u64;
        for missing in [0, GROUP, 2 * GROUP + 100] {
            let mut pieces = Pieces::new(len);
            pieces.take(Piece::new(len, 0, &data[..missing]));
            pieces.take(Piece::new(len, missing as u64 + 1, &data[missing + 1..]));
            assert_eq!(pieces.finish(), None, "{missing}");
        }
    }
}
