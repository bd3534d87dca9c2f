//! The blob behind an outcome: scores, selection weights, the round's products, and the tree that lets a referee check them
//! tile by tile.

use alloc::vec::Vec;
use core::fmt;

use codec::{Decode, DecodeAll, Encode};

use crate::{
    hash::{Hasher, Root},
    products::{Products, ProductsError, ProductsShape},
    rule::{MAX_UPDATES, PPM},
};

/// Version of the blob's layout.
pub const VERSION: u8 = 2;
/// Coordinates of one leaf: 1 MiB of an update, 1,024 of BLAKE3's chunks. Tile k is coordinates `k · 2^18 ..` of an update in
/// file order; `stat` coordinates add nothing to its products.
pub const TILE: u64 = 1 << 18;
/// Largest number of leaves: an update has at most 2^35 coordinates.
pub const MAX_LEAVES: usize = 1 << 17;

const LEAF_TAG: &[u8] = b"quorate/products/leaf/1";
const NODE_TAG: &[u8] = b"quorate/products/node/1";

/// What a round found out about its updates; its SCALE encoding is the blob.
#[derive(Encode, Decode, Clone, PartialEq, Eq, Debug)]
pub struct Detail {
    /// [`VERSION`].
    pub version: u8,
    /// Score of each update, parts per million.
    pub scores_ppm: Vec<u32>,
    /// Integer weight of each update in the aggregate; empty for rules that choose by coordinate.
    pub selection_weights: Vec<u32>,
    /// [`ProductsShape::flags`] of the products.
    pub flags: u8,
    /// The entries of the round's [`Products`].
    pub products: Vec<i128>,
    /// Leaves and root of the tree of the tiles' products, whose sum is `products`.
    pub tree: ProductsTree,
}

/// The hashes of a [`SumTree`].
#[derive(Encode, Decode, Clone, PartialEq, Eq, Debug)]
pub struct ProductsTree {
    /// Hash of each tile's products.
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
    /// Unknown flags, another number of products than they say, or one that is too wide.
    Products(ProductsError),
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
        if self.tree.leaves.is_empty() || self.tree.leaves.len() > MAX_LEAVES {
            return Err(DetailError::Leaves {
                got: self.tree.leaves.len(),
            });
        }
        self.products().map(|_| ())
    }

    /// The round's products.
    ///
    /// # Errors
    /// `Products`.
    pub fn products(&self) -> Result<Products, DetailError> {
        ProductsShape::from_flags(self.scores_ppm.len(), self.flags)
            .and_then(|shape| Products::from_entries(shape, self.products.clone()))
            .map_err(DetailError::Products)
    }
}

/// The Merkle sum tree over the products of tiles 0, 1, 2, … in this order.
///
/// A leaf is `BLAKE3(tag ‖ index as u64 ‖ partial)`, a node `BLAKE3(tag ‖ left ‖ right ‖ sum)`, where partial and sum are
/// [`Products::encode`] and the sum is that of all leaves below. The left part of a tree of L leaves has as many as the largest
/// power of two below L (the shape of RFC 9162, 2.1.1). As a node commits to its sum, the sum beside a path is determined.
#[derive(Clone, Debug)]
pub struct SumTree {
    empty: Products,
    leaves: Vec<Root>,
    /// Complete subtrees, ever smaller: height, hash, sum.
    stack: Vec<(u32, Root, Products)>,
}

impl SumTree {
    /// The tree without leaves, for products of this shape.
    ///
    /// # Errors
    /// `Updates`.
    pub fn new(shape: ProductsShape) -> Result<Self, ProductsError> {
        Ok(Self {
            empty: Products::new(shape)?,
            leaves: Vec::new(),
            stack: Vec::new(),
        })
    }

    /// Adds the products of the next tile.
    ///
    /// # Errors
    /// `Shape`, `TooWide`; the tree is then unspecified.
    pub fn push(&mut self, partial: Products) -> Result<(), ProductsError> {
        if partial.shape() != self.empty.shape() {
            return Err(ProductsError::Shape);
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

    /// The hashes and the sum of all products. Without leaves: a zero root and zeros.
    ///
    /// # Errors
    /// `TooWide`.
    pub fn finish(mut self) -> Result<(ProductsTree, Products), ProductsError> {
        let Some(mut node) = self.stack.pop() else {
            return Ok((
                ProductsTree {
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
            ProductsTree {
                leaves: self.leaves,
                root: node.1,
            },
            node.2,
        ))
    }
}

fn join(left: (u32, Root, Products), right: (u32, Root, Products)) -> Result<(u32, Root, Products), ProductsError> {
    let mut sum = left.2;
    sum.merge(&right.2)?;
    Ok((
        left.0.max(right.0).saturating_add(1),
        node_hash(&left.1, &right.1, &sum),
        sum,
    ))
}

/// The hash of one tile's products.
pub fn leaf_hash(index: u64, partial: &Products) -> Root {
    hash(&[LEAF_TAG, &index.to_le_bytes(), &partial.encode()])
}

/// The hash of two subtrees whose leaves sum to `sum`.
pub fn node_hash(left: &Root, right: &Root, sum: &Products) -> Root {
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
            Self::Products(error) => error.fmt(f),
            Self::Leaves { got } => write!(f, "{got} leaves; 1 to {MAX_LEAVES} are possible"),
        }
    }
}

impl core::error::Error for DetailError {}
