//! The blob behind an outcome: scores, selection weights, the Gram matrix, and the tree that lets a referee check it tile by
//! tile.

use alloc::vec::Vec;
use core::fmt;

use codec::{Decode, DecodeAll, Encode};

use crate::{
    gram::{triangle, Gram, GramError},
    hash::{Hasher, Root},
    rule::{MAX_UPDATES, PPM},
};

/// Version of the blob's layout.
pub const VERSION: u8 = 1;
/// Coordinates of one leaf: 1 MiB of an update, 1,024 of BLAKE3's chunks. Tile k is coordinates `k · 2^18 ..` of an update in
/// file order; `stat` coordinates add nothing to its partial Gram matrix.
pub const TILE: u64 = 1 << 18;
/// Largest number of leaves: an update has at most 2^35 coordinates.
pub const MAX_LEAVES: usize = 1 << 17;

const LEAF_TAG: &[u8] = b"quorate/gram/leaf/1";
const NODE_TAG: &[u8] = b"quorate/gram/node/1";

/// What a round found out about its updates; its SCALE encoding is the blob.
#[derive(Encode, Decode, Clone, PartialEq, Eq, Debug)]
pub struct Detail {
    /// [`VERSION`].
    pub version: u8,
    /// Score of each update, parts per million.
    pub scores_ppm: Vec<u32>,
    /// Integer weight of each update in the aggregate; empty for rules that choose by coordinate.
    pub selection_weights: Vec<u32>,
    /// Upper triangle of the Gram matrix of `u_0 … u_{n−1}, a` and, where there is one, the previous aggregate.
    pub gram: Vec<i128>,
    /// Leaves and root of the tree of partial Gram matrices, whose sum is `gram`.
    pub gram_tree: GramTree,
}

/// The hashes of a [`SumTree`].
#[derive(Encode, Decode, Clone, PartialEq, Eq, Debug)]
pub struct GramTree {
    /// Hash of each tile's partial Gram matrix.
    pub leaves: Vec<Root>,
    /// Root of the tree.
    pub root: Root,
}

/// Why a blob is no detail.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DetailError {
    /// The bytes are not the SCALE encoding of a [`Detail`], or go on after it.
    Encoding,
    /// Another version of the layout.
    Version {
        /// The version found.
        got: u8,
    },
    /// No updates, or more than a round takes.
    Updates {
        /// Number of scores.
        n: usize,
    },
    /// A score above 1,000,000.
    Score {
        /// Index of the update.
        index: usize,
    },
    /// Not one selection weight per update, or none.
    SelectionWeights {
        /// Number of updates.
        expected: usize,
        /// Number of weights.
        got: usize,
    },
    /// The matrix is of neither n + 1 nor n + 2 rows, or an entry is too wide.
    Gram(GramError),
    /// No leaves, or more than [`MAX_LEAVES`].
    Leaves {
        /// Number of leaves.
        got: usize,
    },
}

impl Detail {
    /// The bytes of the blob.
    pub fn encode(&self) -> Vec<u8> {
        Encode::encode(self)
    }

    /// Reads a blob and checks that its parts fit together; not that they are right.
    ///
    /// # Errors
    /// As [`DetailError`] says.
    pub fn decode(mut bytes: &[u8]) -> Result<Self, DetailError> {
        let detail = <Self as DecodeAll>::decode_all(&mut bytes).map_err(|_| DetailError::Encoding)?;
        detail.check()?;
        Ok(detail)
    }

    /// Whether the parts fit together.
    ///
    /// # Errors
    /// As [`DetailError`] says, `Encoding` apart.
    pub fn check(&self) -> Result<(), DetailError> {
        let n = self.scores_ppm.len();
        if self.version != VERSION {
            return Err(DetailError::Version { got: self.version });
        }
        if n == 0 || n > MAX_UPDATES as usize {
            return Err(DetailError::Updates { n });
        }
        if let Some(index) = self.scores_ppm.iter().position(|&score| score > PPM) {
            return Err(DetailError::Score { index });
        }
        if ![0, n].contains(&self.selection_weights.len()) {
            return Err(DetailError::SelectionWeights {
                expected: n,
                got: self.selection_weights.len(),
            });
        }
        if self.gram_tree.leaves.is_empty() || self.gram_tree.leaves.len() > MAX_LEAVES {
            return Err(DetailError::Leaves {
                got: self.gram_tree.leaves.len(),
            });
        }
        self.gram().map(|_| ())
    }

    /// The matrix, of n + 1 or n + 2 rows.
    ///
    /// # Errors
    /// `Updates`, `Gram`.
    pub fn gram(&self) -> Result<Gram, DetailError> {
        let n = self.scores_ppm.len();
        if n > MAX_UPDATES as usize {
            return Err(DetailError::Updates { n });
        }
        let rows = if self.gram.len() == triangle(n + 1) {
            n + 1
        } else {
            n + 2
        };
        Gram::from_upper(rows, self.gram.clone()).map_err(DetailError::Gram)
    }
}

/// The Merkle sum tree over the partial Gram matrices of tiles 0, 1, 2, … in this order.
///
/// A leaf is `BLAKE3(tag ‖ index as u64 ‖ partial)`, a node `BLAKE3(tag ‖ left ‖ right ‖ sum)`, where partial and sum are
/// [`Gram::encode`] and the sum is that of all leaves below. The left part of a tree of L leaves has as many as the largest
/// power of two below L (the shape of RFC 9162, 2.1.1). As a node commits to its sum, the sum beside a path is determined.
#[derive(Clone, Debug)]
pub struct SumTree {
    empty: Gram,
    leaves: Vec<Root>,
    /// Complete subtrees, ever smaller: height, hash, sum.
    stack: Vec<(u32, Root, Gram)>,
}

impl SumTree {
    /// The tree without leaves, for matrices of `n` rows.
    ///
    /// # Errors
    /// `Rows`.
    pub fn new(n: usize) -> Result<Self, GramError> {
        Ok(Self {
            empty: Gram::new(n)?,
            leaves: Vec::new(),
            stack: Vec::new(),
        })
    }

    /// Adds the partial matrix of the next tile.
    ///
    /// # Errors
    /// `Size`, `TooWide`; the tree is then unspecified.
    pub fn push(&mut self, partial: Gram) -> Result<(), GramError> {
        if partial.n() != self.empty.n() {
            return Err(GramError::Size {
                expected: self.empty.n(),
                got: partial.n(),
            });
        }
        let hash = leaf_hash(self.leaves.len() as u64, &partial);
        self.leaves.push(hash);
        let mut node = (0, hash, partial);
        while let Some(left) = self.stack.pop_if(|left| left.0 == node.0) {
            node = join(left, node)?;
        }
        self.stack.push(node);
        Ok(())
    }

    /// The hashes and the whole matrix. Without leaves: a zero root and a zero matrix.
    ///
    /// # Errors
    /// `TooWide`.
    pub fn finish(mut self) -> Result<(GramTree, Gram), GramError> {
        let Some(mut node) = self.stack.pop() else {
            return Ok((
                GramTree {
                    leaves: self.leaves,
                    root: Root::default(),
                },
                self.empty,
            ));
        };
        while let Some(left) = self.stack.pop() {
            node = join(left, node)?;
        }
        Ok((
            GramTree {
                leaves: self.leaves,
                root: node.1,
            },
            node.2,
        ))
    }
}

fn join(left: (u32, Root, Gram), right: (u32, Root, Gram)) -> Result<(u32, Root, Gram), GramError> {
    let mut sum = left.2;
    sum.merge(&right.2)?;
    Ok((
        left.0.max(right.0).saturating_add(1),
        node_hash(&left.1, &right.1, &sum),
        sum,
    ))
}

/// The hash of one tile's partial Gram matrix.
pub fn leaf_hash(index: u64, partial: &Gram) -> Root {
    hash(&[LEAF_TAG, &index.to_le_bytes(), &partial.encode()])
}

/// The hash of two subtrees whose leaves sum to `sum`.
pub fn node_hash(left: &Root, right: &Root, sum: &Gram) -> Root {
    hash(&[NODE_TAG, left, right, &sum.encode()])
}

fn hash(parts: &[&[u8]]) -> Root {
    let mut hasher = Hasher::new();
    for part in parts {
        hasher.update(part);
    }
    *hasher.finalize().as_bytes()
}

impl fmt::Display for DetailError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Encoding => f.write_str("the blob is not the SCALE encoding of a detail"),
            Self::Version { got } => write!(f, "detail version {got}; only {VERSION} is known"),
            Self::Updates { n } => write!(f, "{n} updates; 1 to {MAX_UPDATES} are possible"),
            Self::Score { index } => write!(f, "the score of update {index} exceeds {PPM}"),
            Self::SelectionWeights { expected, got } => write!(f, "{got} selection weights for {expected} updates"),
            Self::Gram(error) => error.fmt(f),
            Self::Leaves { got } => write!(f, "{got} leaves; 1 to {MAX_LEAVES} are possible"),
        }
    }
}

impl core::error::Error for DetailError {}
