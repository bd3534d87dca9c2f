//! The tree of a stream, built while its bytes pass.

use crate::{groups, leaf, Hashed, Tree, GROUP};

/// Hashes a stream of known length and collects its outboard.
#[derive(Debug)]
pub struct Builder {
    len: u64,
    seen: u64,
    /// Bytes of a group whose end has not come yet.
    partial: Vec<u8>,
    tree: Tree,
    outboard: Vec<u8>,
}

impl Builder {
    /// For exactly `len` bytes.
    pub fn new(len: u64) -> Self {
        Self {
            len,
            seen: 0,
            partial: Vec::new(),
            tree: Tree::new(groups(len), true),
            outboard: Vec::new(),
        }
    }

    /// Bytes taken so far.
    pub fn seen(&self) -> u64 {
        self.seen
    }

    /// Takes the next bytes, any number of them. Whether there are still `len` in all is for the caller to see, by [`Builder::seen`].
    pub fn push(&mut self, mut bytes: &[u8]) {
        self.seen += bytes.len() as u64;
        while !bytes.is_empty() {
            let first = self.tree.seen() * GROUP as u64;
            let size = self.len.saturating_sub(first).min(GROUP as u64) as usize;
            if size == 0 {
                return;
            }
            if self.partial.is_empty() && bytes.len() >= size {
                let (group, rest) = bytes.split_at(size);
                self.add(first, group);
                bytes = rest;
                continue;
            }
            let (part, rest) = bytes.split_at(bytes.len().min(size - self.partial.len()));
            self.partial.extend(part);
            bytes = rest;
            if self.partial.len() == size {
                let group = std::mem::take(&mut self.partial);
                self.add(first, &group);
                self.partial = group;
                self.partial.clear();
            }
        }
    }

    fn add(&mut self, first: u64, group: &[u8]) {
        let hash = leaf(first, group, group.len() as u64 == self.len);
        self.tree.push(hash, |left, right| {
            self.outboard.extend(left);
            self.outboard.extend(right);
        });
    }

    /// Root, length and outboard; none unless exactly as many bytes were taken as were announced.
    pub fn finish(mut self) -> Option<Hashed> {
        if self.len == 0 {
            self.add(0, &[]);
        }
        let root = self.tree.root().filter(|_| self.seen == self.len)?;
        Some(Hashed {
            root,
            len: self.len,
            outboard: self.outboard,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::leaves;
    use bao_tree::{io::outboard::PostOrderMemOutboard, BlockSize};

    fn data(len: usize) -> Vec<u8> {
        (0..len as u32).map(|i| (i.wrapping_mul(i) >> 7) as u8).collect()
    }

    fn build(data: &[u8], piece: usize) -> Hashed {
        let mut builder = Builder::new(data.len() as u64);
        data.chunks(piece).for_each(|piece| builder.push(piece));
        builder.finish().expect("all bytes were pushed")
    }

    const LENGTHS: [usize; 14] = [
        0,
        1,
        1023,
        1024,
        1025,
        GROUP - 1,
        GROUP,
        GROUP + 1,
        3 * GROUP,
        4 * GROUP,
        5 * GROUP + 7,
        7 * GROUP,
        12 * GROUP,
        13 * GROUP + 1,
    ];

    #[test]
    fn tree_should_be_that_of_bao_for_any_length_and_any_pieces() {
        for len in LENGTHS {
            let data = data(len);
            let expected = PostOrderMemOutboard::create(&data, BlockSize::from_chunk_log(4));
            for piece in [1000, GROUP, 70_000] {
                let hashed = build(&data, piece);
                assert_eq!(hashed.root, *blake3::hash(&data).as_bytes(), "{len}");
                assert_eq!(hashed.outboard, expected.data, "{len}");
                assert_eq!(hashed.len, len as u64);
            }
        }
    }

    #[test]
    fn leaves_should_be_the_groups_hashes() {
        for len in LENGTHS {
            let data = data(len);
            let hashed = build(&data, GROUP);
            let expected: Vec<_> = (0..groups(len as u64) as usize)
                .map(|i| {
                    let group = &data[i * GROUP..len.min((i + 1) * GROUP)];
                    leaf((i * GROUP) as u64, group, len <= GROUP)
                })
                .collect();
            assert_eq!(
                leaves(&hashed.root, len as u64, &hashed.outboard),
                Some(expected),
                "{len}"
            );
        }
    }

    #[test]
    fn an_outboard_with_a_wrong_bit_should_be_refused() {
        let hashed = build(&data(13 * GROUP + 1), GROUP);
        for byte in 0..hashed.outboard.len() {
            let mut wrong = hashed.outboard.clone();
            wrong[byte] ^= 4;
            assert_eq!(leaves(&hashed.root, hashed.len, &wrong), None, "byte {byte}");
        }
        assert_eq!(leaves(&hashed.root, hashed.len + GROUP as u64, &hashed.outboard), None);
        assert_eq!(leaves(&hashed.root, hashed.len, &hashed.outboard[1..]), None);
        assert_eq!(leaves(&hashed.root, hashed.len, &[]), None);
        assert_eq!(leaves(&[1; 32], hashed.len, &hashed.outboard), None);
    }

    #[test]
    fn other_lengths_should_have_no_root() {
        let mut builder = Builder::new(10);
        builder.push(&[0; 11]);
        assert_eq!(builder.seen(), 11);
        assert_eq!(builder.finish(), None);
        let mut builder = Builder::new(10);
        builder.push(&[0; 9]);
        assert_eq!(builder.finish(), None);
    }

    #[test]
    fn subtrees_should_join_to_the_whole() {
        let data = data(13 * GROUP + 1);
        let whole = *blake3::hash(&data).as_bytes();
        for leaf_size in [1024, 4096, GROUP, 4 * GROUP] {
            let stripe = 8 * GROUP;
            let mut top = Tree::new(data.len().div_ceil(stripe) as u64, true);
            for (i, part) in data.chunks(stripe).enumerate() {
                let mut tree = Tree::new(part.len().div_ceil(leaf_size) as u64, false);
                for (k, bytes) in part.chunks(leaf_size).enumerate() {
                    tree.push(leaf((i * stripe + k * leaf_size) as u64, bytes, false), |_, _| ());
                }
                top.push(tree.root().expect("complete"), |_, _| ());
            }
            assert_eq!(top.root(), Some(whole), "{leaf_size}");
        }
    }
}
