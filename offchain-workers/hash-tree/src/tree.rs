//! Joining the hashes of leaves, in order.

use crate::{groups, parent, Root};

/// A tree of a known number of leaves, all as long as each other but the last, which may be shorter.
#[derive(Clone, Debug)]
pub struct Tree {
    leaves: u64,
    seen: u64,
    /// Whether it is the whole file's tree; else a subtree's.
    whole: bool,
    stack: Vec<Root>,
}

impl Tree {
    /// Of `leaves` leaves, at least one; `whole` where nothing else belongs to the file.
    pub fn new(leaves: u64, whole: bool) -> Self {
        Self {
            leaves: leaves.max(1),
            seen: 0,
            whole,
            stack: Vec::new(),
        }
    }

    /// Leaves taken so far.
    pub fn seen(&self) -> u64 {
        self.seen
    }

    /// Takes the next leaf; hands every pair of child hashes that is complete to `pair`, in post-order. Leaves beyond the last are ignored.
    pub fn push(&mut self, leaf: Root, mut pair: impl FnMut(&Root, &Root)) {
        if self.seen == self.leaves {
            return;
        }
        self.stack.push(leaf);
        self.seen += 1;
        let mut complete = self.seen;
        while complete.is_multiple_of(2) || self.seen == self.leaves {
            let [.., left, right] = &self.stack[..] else { break };
            let (left, right) = (*left, *right);
            self.stack.truncate(self.stack.len() - 2);
            pair(&left, &right);
            let is_root = self.whole && self.seen == self.leaves && self.stack.is_empty();
            self.stack.push(parent(&left, &right, is_root));
            complete /= 2;
        }
    }

    /// The root; none before every leaf was taken.
    pub fn root(&self) -> Option<Root> {
        match self.seen == self.leaves {
            true => self.stack.last().copied(),
            false => None,
        }
    }
}

/// The hashes of a file's groups from its outboard; none unless the outboard belongs to a file of this root and length.
pub fn leaves(root: &Root, len: u64, outboard: &[u8]) -> Option<Vec<Root>> {
    let count = groups(len);
    let (pairs, rest) = outboard.as_chunks::<64>();
    if !rest.is_empty() || pairs.len() as u64 != count - 1 {
        return None;
    }
    if count == 1 {
        return Some(vec![*root]);
    }
    let mut found = Vec::with_capacity(usize::try_from(count).ok()?);
    let (mut pairs, mut stack) = (pairs.iter().map(split), Vec::new());
    // Which children of a pair are leaves follows from how many leaves came before.
    let mut seen = 0u64;
    while seen < count {
        // The next leaf stands in the first pair after it whose right side is complete: taken when that pair is read.
        seen += 1;
        stack.push(None);
        let mut complete = seen;
        while stack.len() > 1 && (complete.is_multiple_of(2) || seen == count) {
            let (left, right) = pairs.next()?;
            let (expected_right, expected_left) = (stack.pop()?, stack.pop()?);
            for (expected, got) in [(expected_left, left), (expected_right, right)] {
                match expected {
                    None => found.push(got),
                    Some(expected) if expected == got => (),
                    Some(_) => return None,
                }
            }
            let is_root = seen == count && stack.is_empty();
            stack.push(Some(parent(&left, &right, is_root)));
            complete /= 2;
        }
    }
    (stack.pop()? == Some(*root)).then_some(found)
}

fn split(pair: &[u8; 64]) -> (Root, Root) {
    let (mut left, mut right) = (Root::default(), Root::default());
    left.copy_from_slice(&pair[..32]);
    right.copy_from_slice(&pair[32..]);
    (left, right)
}
