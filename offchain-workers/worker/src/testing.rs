//! What the tests of collecting share.

use quorate_blobs::{BlobStore, Root};
use quorate_gateway::{Allowed, Snapshot};
use quorate_primitives::{
    policy::Access,
    views::{
        gateway::{GatewayEntry, VersionBlob},
        BlobRef, Entry,
    },
    BlockNumber, Hash,
};

/// A blob as views name it, of seven bytes.
pub fn blob(root: &Root) -> BlobRef {
    BlobRef {
        root: root.into(),
        len: 7,
    }
}

/// A public version.
pub fn version(root: &Root) -> GatewayEntry {
    GatewayEntry::Version(VersionBlob {
        model: 0,
        version: 0,
        blob: blob(root),
        access: Access::Public,
        pending: false,
        optimiser: None,
    })
}

/// The view that names these at block `best`.
pub fn at(entries: &[GatewayEntry], best: BlockNumber, finalized: BlockNumber) -> Snapshot {
    let entries: Vec<Entry> = entries.iter().map(Entry::from).collect();
    Snapshot {
        genesis: Hash::zero(),
        best,
        finalized,
        me: None,
        allowed: Allowed::new(&entries).0.into(),
    }
}

/// Which of these a store has.
pub async fn held(store: &BlobStore, roots: &[Root]) -> Vec<bool> {
    let mut held = Vec::new();
    for root in roots {
        held.push(store.len(root).await.unwrap().is_some());
    }
    held
}
