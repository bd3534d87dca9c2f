//! Removes updates that nobody needs any more.
//!
//! Only blobs that are marked as updates are ever removed: versions, details and versions 0 stay. An update stays as long as
//! the chain names it, by its root or by the commitment that its upload opened, and for the grace period after that. The
//! period starts anew when the worker does.

use bytes::Bytes;
use quorate_blobs::{name, BlobError, BlobStore, Root};
use quorate_gateway::{Snapshot, UPDATE_MARK};
use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};
use tokio::time::Instant;

pub(crate) struct Collector {
    grace: Duration,
    /// Since when an update has not been named.
    unnamed: HashMap<Root, Instant>,
}

impl Collector {
    pub fn new(grace: Duration) -> Self {
        Self {
            grace,
            unnamed: HashMap::new(),
        }
    }

    pub async fn run(&mut self, store: &BlobStore, snapshot: &Snapshot) -> Result<(), BlobError> {
        let view = &snapshot.view;
        let mut roots: HashSet<Root> = view.updates.iter().map(|update| update.root.0).collect();
        roots.extend(view.versions.iter().map(|version| version.blob.root.0));
        roots.extend(view.uploads.iter().filter_map(|upload| upload.root.map(|root| root.0)));
        let commitments: HashSet<[u8; 32]> = view.uploads.iter().map(|upload| upload.commitment.0).collect();
        let marked = store.marked(UPDATE_MARK).await?;
        self.unnamed.retain(|root, _| marked.contains(root));
        for root in marked {
            let note = store.mark(UPDATE_MARK, &root).await?;
            let opened = note.and_then(|note| <[u8; 32]>::try_from(note.as_ref()).ok());
            if roots.contains(&root) || opened.is_some_and(|opened| commitments.contains(&opened)) {
                self.unnamed.remove(&root);
            } else if self.unnamed.entry(root).or_insert_with(Instant::now).elapsed() >= self.grace {
                tracing::info!(root = name(&root), "update removed: the chain no longer names it");
                store.remove(&root).await?;
                store.remove_mark(UPDATE_MARK, &root).await?;
                self.unnamed.remove(&root);
            }
        }
        Ok(())
    }
}

/// Marks a blob that was fetched as an update; an upload has its mark already.
pub(crate) async fn mark_update(store: &BlobStore, root: &Root) -> Result<(), BlobError> {
    match store.mark(UPDATE_MARK, root).await? {
        Some(_) => Ok(()),
        None => store.set_mark(UPDATE_MARK, root, Bytes::from_static(&[0; 32])).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quorate_primitives::{
        policy::Access,
        views::{BlobRef, GatewayView, Upload, VersionBlob},
        AccountId, Hash,
    };

    #[tokio::test]
    async fn only_updates_that_the_chain_does_not_name_should_go_and_only_after_the_grace() {
        let dir = tempfile::tempdir().unwrap();
        let store = BlobStore::local(dir.path()).unwrap();
        let mut put = Vec::new();
        for content in [b"version", b"opened.", b"upload.", b"old....", b"output."] {
            put.push(store.put_bytes(Bytes::from_static(content)).await.unwrap());
        }
        let commitment = Hash::repeat_byte(8);
        for root in &put[..4] {
            mark_update(&store, root).await.unwrap();
        }
        store
            .set_mark(UPDATE_MARK, &put[2], Bytes::copy_from_slice(&commitment.0))
            .await
            .unwrap();
        let blob = |root: &Root| BlobRef {
            root: root.into(),
            len: 7,
        };
        let contributor = AccountId::new([1; 32]);
        let upload = Upload {
            round: 0,
            model: 0,
            contributor,
            commitment,
            weight: 1,
            len: 7,
            root: None,
        };
        let version = VersionBlob {
            blob: blob(&put[0]),
            access: Access::Public,
            pending: false,
        };
        let view = GatewayView {
            peers: vec![],
            uploads: vec![upload],
            updates: vec![blob(&put[1])],
            versions: vec![version],
        };
        let snapshot = Snapshot {
            genesis: Hash::zero(),
            me: None,
            view,
        };
        let mut patient = Collector::new(Duration::from_secs(3600));
        patient.run(&store, &snapshot).await.unwrap();
        assert_eq!(store.list().await.unwrap().len(), 5);
        Collector::new(Duration::ZERO).run(&store, &snapshot).await.unwrap();
        let mut left: Vec<Root> = store.list().await.unwrap().iter().map(|blob| blob.root).collect();
        let mut expected = vec![put[0], put[1], put[2], put[4]];
        left.sort();
        expected.sort();
        assert_eq!(left, expected);
    }
}
