//! What holds for any bytes that are taken for a detail; the fuzz target has the same check.

use quorate_exact::{detail::MAX_LEAVES, Detail};

/// A detail that is read fits together, and is written again in the same bytes.
pub fn detail(bytes: &[u8]) {
    let Ok(detail) = Detail::decode(bytes) else { return };
    assert_eq!(detail.encode(), bytes);
    let (n, products) = (detail.scores_ppm.len(), detail.products().unwrap());
    assert!(n > 0 && [0, n].contains(&detail.selection_weights.len()));
    assert!(detail.tree.leaves.len() <= MAX_LEAVES);
    assert_eq!(products.shape().flags(), detail.flags);
}
