//! What an aggregation yields.

use crate::EngineError;
use quorate_exact::{detail, root, scores, Detail, Products, ProductsTree, Root};
use quorate_hash_tree::Hashed;

/// A version that was computed, and all that its outcome commits to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aggregated {
    /// The new version's file.
    pub output: Hashed,
    /// The optimiser's state, if the pipeline has an optimiser.
    pub optimiser: Option<Hashed>,
    /// Bytes and BLAKE3 root of the detail blob, a [`Detail`].
    pub detail: Vec<u8>,
    pub detail_root: Root,
    /// One for each input, in order, in parts per million.
    pub scores: Vec<u32>,
    /// One for each input, or none: the detail's selection weights.
    pub selection: Vec<u32>,
}

impl Aggregated {
    pub(crate) fn new(
        output: Hashed,
        optimiser: Option<Hashed>,
        selection: Vec<u32>,
        (tree, products): (ProductsTree, Products),
    ) -> Result<Self, EngineError> {
        let scores_ppm = scores(&products)?;
        let detail = Detail {
            version: detail::VERSION,
            scores_ppm: scores_ppm.clone(),
            selection_weights: selection.clone(),
            flags: products.shape().flags(),
            products: products.entries().to_vec(),
            tree,
        };
        let detail = detail.encode();
        Ok(Self {
            output,
            optimiser,
            detail_root: root(&detail),
            detail,
            scores: scores_ppm,
            selection,
        })
    }
}
