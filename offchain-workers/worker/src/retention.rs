//! How long versions, optimiser states and details stay: what the chain names for ever, versions and states that it named for as long as the
//! operator wants, everything else for a while. Details are named for a time only: kept for ever they would fill the disk.

use crate::marks::{Kept, KEPT_MARK};
use quorate_blobs::{name, BlobError, BlobStore};
use quorate_gateway::{Snapshot, UPDATE_MARK};
use quorate_primitives::BlockNumber;

/// In final blocks, counted from the first one at which the chain did not name the blob.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Updates, and details that were fetched.
    pub updates: BlockNumber,
    /// Results that the chain never named as a version or a state: those of a job that was computed again, and details.
    pub results: BlockNumber,
    /// Versions and states that the chain has named and names no longer: old ones, and those of retired models. `None`: for ever.
    pub versions: Option<BlockNumber>,
}

impl Retention {
    /// Updates go after these blocks, results that came to nothing after a day of blocks of six seconds, and versions never.
    pub fn of_updates(updates: BlockNumber) -> Self {
        Self {
            updates,
            results: updates.max(14_400),
            versions: None,
        }
    }

    fn of(&self, kept: Kept) -> Option<BlockNumber> {
        match kept.named {
            true => self.versions,
            false => Some(self.results),
        }
    }
}

/// Looks through all results once; `highest` is the highest block that this store has ever seen. Returns how many were removed.
pub(crate) async fn collect(
    store: &BlobStore,
    snapshot: &Snapshot,
    highest: BlockNumber,
    retention: &Retention,
) -> Result<usize, BlobError> {
    let mut removed = 0;
    for root in store.marked(KEPT_MARK).await? {
        let Some(note) = store.mark(KEPT_MARK, &root).await? else {
            continue;
        };
        let known = Kept::read(&note);
        let now = match snapshot.allowed.names(&root) {
            true => Kept {
                named: known.named || snapshot.allowed.is_version(&root),
                unnamed_since: None,
            },
            false => Kept {
                // A store that has seen more blocks than the node has read again starts from the highest.
                unnamed_since: Some(known.unnamed_since.unwrap_or(highest)),
                ..known
            },
        };
        if now != known {
            store.set_mark(KEPT_MARK, &root, now.note()).await?;
        }
        let (Some(since), Some(keep)) = (now.unnamed_since, retention.of(now)) else {
            continue;
        };
        if snapshot.finalized < since.saturating_add(keep) {
            continue;
        }
        // The same bytes may be an update as well.
        if store.mark(UPDATE_MARK, &root).await?.is_none() {
            let len = store.len(&root).await?;
            if !store.collect(KEPT_MARK, &root).await? {
                continue;
            }
            removed += 1;
            let (root, finalized, was_named) = (name(&root), snapshot.finalized, now.named);
            tracing::info!(
                root,
                len,
                since,
                finalized,
                was_named,
                "result removed: the chain does not name it"
            );
        }
        store.remove_mark(KEPT_MARK, &root).await?;
    }
    Ok(removed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        marks::{mark_made, mark_named},
        testing::{at, blob, held, version},
    };
    use quorate_blobs::Root;
    use quorate_primitives::views::gateway::GatewayEntry;

    const RETENTION: Retention = Retention {
        updates: 5,
        results: 10,
        versions: Some(100),
    };

    fn naming(named: &[Root], best: BlockNumber, finalized: BlockNumber) -> Snapshot {
        let versions: Vec<_> = named.iter().map(version).collect();
        at(&versions, best, finalized)
    }

    async fn store() -> (tempfile::TempDir, BlobStore, [Root; 3]) {
        let dir = tempfile::tempdir().unwrap();
        let store = BlobStore::local(dir.path()).unwrap();
        let mut roots = [Root::default(); 3];
        for (root, content) in roots.iter_mut().zip(["a", "b", "c"]) {
            *root = store.put_bytes(content.into()).await.unwrap();
        }
        store.forget_promises().await;
        (dir, store, roots)
    }

    #[tokio::test]
    async fn result_that_came_to_nothing_should_go_soon_and_an_old_version_when_the_operator_wants() {
        let (_dir, store, roots) = store().await;
        let [orphan, version, base] = roots;
        mark_made(&store, &orphan).await.unwrap();
        mark_made(&store, &version).await.unwrap();
        mark_named(&store, &base).await.unwrap();
        let run = |named: Vec<Root>, best, finalized, retention: Retention| {
            let store = store.clone();
            async move {
                let snapshot = naming(&named, best, finalized);
                collect(&store, &snapshot, best, &retention).await.unwrap()
            }
        };
        // The version is recorded, then an old one.
        assert_eq!(run(vec![version, base], 100, 98, RETENTION).await, 0);
        assert_eq!(run(vec![base], 105, 103, RETENTION).await, 0);
        assert_eq!(run(vec![base], 111, 109, RETENTION).await, 0);
        assert_eq!(run(vec![base], 112, 110, RETENTION).await, 1);
        assert_eq!(held(&store, &roots).await, [false, true, true]);
        assert_eq!(run(vec![base], 206, 204, RETENTION).await, 0);
        // For ever, unless the operator says otherwise.
        let ever = Retention {
            versions: None,
            ..RETENTION
        };
        assert_eq!(run(vec![base], 90_000, 89_998, ever).await, 0);
        assert_eq!(run(vec![base], 90_001, 89_999, RETENTION).await, 1);
        // One that the chain names stays, whatever is wanted.
        let nothing = Retention {
            versions: Some(0),
            ..RETENTION
        };
        assert_eq!(run(vec![base], 99_000, 98_000, nothing).await, 0);
        assert_eq!(held(&store, &roots).await, [false, false, true]);
        assert_eq!(store.marked(KEPT_MARK).await.unwrap(), [base]);
    }

    #[tokio::test]
    async fn detail_should_go_some_time_after_the_chain_has_ceased_to_name_it_and_a_version_stay() {
        let (_dir, store, roots) = store().await;
        let [detail, made, both] = roots;
        for root in roots {
            mark_made(&store, &root).await.unwrap();
        }
        let ever = Retention {
            versions: None,
            ..RETENTION
        };
        let shared = |root| GatewayEntry::Shared(blob(root));
        let named = [shared(&detail), version(&made), shared(&both), version(&both)];
        for best in [100, 9_000] {
            collect(&store, &at(&named, best, best), best, &ever).await.unwrap();
            assert_eq!(held(&store, &roots).await, [true; 3]);
        }
        for (best, stays) in [(9_001, true), (9_010, true), (9_011, false), (90_000, false)] {
            collect(&store, &at(&[], best, best), best, &ever).await.unwrap();
            assert_eq!(held(&store, &roots).await, [stays, true, true]);
        }
    }

    #[tokio::test]
    async fn name_that_comes_back_should_start_the_time_anew_and_an_update_should_stay() {
        let (_dir, store, roots) = store().await;
        let [a, b, _] = roots;
        mark_made(&store, &a).await.unwrap();
        mark_made(&store, &b).await.unwrap();
        store.set_mark(UPDATE_MARK, &b, vec![0; 32].into()).await.unwrap();
        for (named, best) in [(vec![], 10), (vec![a], 15), (vec![], 19), (vec![], 60)] {
            collect(&store, &naming(&named, best, best - 1), best, &RETENTION)
                .await
                .unwrap();
        }
        // The second is an update, too, and loses this mark only.
        assert_eq!(held(&store, &[a, b]).await, [true, true]);
        assert_eq!(store.marked(KEPT_MARK).await.unwrap(), [a]);
        let snapshot = at(&[], 120, 119);
        assert_eq!(collect(&store, &snapshot, 120, &RETENTION).await.unwrap(), 1);
    }
}
