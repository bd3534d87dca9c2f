//! What an aggregation yields.

use crate::EngineError;
use quorate_exact::{detail, root, scores, Detail, Products, ProductsTree, Root};

/// A version that was computed, and all that its outcome commits to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aggregated {
    /// BLAKE3 root and length, in bytes, of the new version's file.
    pub output: Root,
    pub output_len: u64,
    /// Root and length of the optimiser's state, if the pipeline has an optimiser.
    pub optimiser: Option<(Root, u64)>,
    /// Bytes and BLAKE3 root of the detail blob, a [`Detail`].
    pub detail: Vec<u8>,
    pub detail_root: Root,
    /// One for each input, in order, in parts per million.
    pub scores: Vec<u32>,
    /// One for each input, or none: the detail's selection weights.
    pub selection: Vec<u32>,
}

/// Root and length of a file.
pub(crate) type Named = (Root, u64);

impl Aggregated {
    pub(crate) fn new(
        output: Named,
        optimiser: Option<Named>,
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
            output: output.0,
            output_len: output.1,
            optimiser,
            detail_root: root(&detail),
            detail,
            scores: scores_ppm,
            selection,
        })
    }
}
