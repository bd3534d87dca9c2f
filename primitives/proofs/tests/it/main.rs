//! Proofs against the plain root functions, golden vectors of a second implementation, and hostile proofs.

mod blob;
mod hostile;
mod merkle;
mod mountains;

use quorate_proofs::{merkle::leaf, Hash};

/// The leaf of number i.
fn nth(i: u32) -> Hash {
    leaf(&i.to_le_bytes())
}

/// The leaves of the golden vectors: one byte each.
fn golden_leaves(count: u8) -> Vec<Hash> {
    (0..count).map(|i| leaf(&[i])).collect()
}
