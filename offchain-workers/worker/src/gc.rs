//! Garbage collection: removes what nobody needs any more; only blobs that have a mark are ever removed. Updates, artifacts and shards are collected
//! here, fetched details among them; versions, optimiser states and this worker's own details in [`crate::retention`]. The chain names an update, by its
//! root or by the commitment that its upload opened, while its round is open and then until the policy's retention has ended; an artifact until
//! it is rejected, or its retention has ended; a sealed shard until it is rejected, or its round is released or pruned. A
//! fork may take back that it stopped: an update goes only when it has been named at no best block since, and that block and some
//! more are final. Blocks below the highest one that this store has seen do not count: a node that reads its chain again from the
//! start names nothing that is still to come.

use crate::{
    marks::KEPT_MARK,
    retention::{self, Retention},
    state::Worker,
};
use bytes::Bytes;
use quorate_blobs::{name, BlobError, BlobStore, Root};
use quorate_gateway::{Snapshot, UPDATE_MARK};
use quorate_primitives::BlockNumber;
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

/// Kind of the note that holds the highest block of a chain that this store has seen (`u32`, little-endian), named by its genesis.
const CHAIN_MARK: &str = "chains";

/// Collects every so often until the worker stops.
pub(crate) async fn run(worker: Arc<Worker>, retention: Retention, every: Duration) {
    let mut collector = GarbageCollector::new(retention);
    loop {
        tokio::select! {
            () = worker.life.stopping() => return,
            () = tokio::time::sleep(every) => (),
        }
        let Some(snapshot) = worker.chain.snapshot() else {
            continue;
        };
        match collector.run(&worker.store, &snapshot).await {
            Ok(0) => (),
            Ok(removed) => {
                worker.metrics.removed.inc_by(removed as f64);
                worker.life.touch();
            }
            Err(error) => tracing::warn!(%error, "removing old blobs"),
        }
    }
}

pub(crate) struct GarbageCollector {
    retention: Retention,
    /// The highest block that was seen when an update was first found without a name, counted from the worker's start.
    unnamed: HashMap<Root, BlockNumber>,
    /// Another chain whose blobs are in this store; the log has named it.
    foreign: Option<Root>,
}

impl GarbageCollector {
    pub fn new(retention: Retention) -> Self {
        Self {
            retention,
            unnamed: HashMap::new(),
            foreign: None,
        }
    }

    /// Looks through the store once; returns how many blobs were removed.
    pub async fn run(&mut self, store: &BlobStore, snapshot: &Snapshot) -> Result<usize, BlobError> {
        if self.is_foreign(store, snapshot.genesis.0).await? {
            return Ok(0);
        }
        let highest = highest(store, snapshot).await?;
        let named = Named::by(snapshot);
        let marked = store.marked(UPDATE_MARK).await?;
        self.unnamed.retain(|root, _| marked.contains(root));
        for part in store.parts()?.iter().filter(|part| part.is_fetched()) {
            if !snapshot.allowed.names(&part.root) {
                store.remove_part(&part.root, &part.owner)?;
            }
        }
        let mut removed = 0;
        for root in marked {
            if named.has(store, &root).await? {
                self.unnamed.remove(&root);
                continue;
            }
            let since = *self.unnamed.entry(root).or_insert(highest);
            if snapshot.finalized >= since.saturating_add(self.retention.updates) {
                // It is a version, a state or a result as well, and goes when that time has come.
                if store.mark(KEPT_MARK, &root).await?.is_some() {
                    store.remove_mark(UPDATE_MARK, &root).await?;
                    self.unnamed.remove(&root);
                    continue;
                }
                let len = store.len(&root).await?;
                // Somebody may just have been told that it is held.
                if !store.collect(UPDATE_MARK, &root).await? {
                    continue;
                }
                self.unnamed.remove(&root);
                removed += 1;
                let (root, finalized) = (name(&root), snapshot.finalized);
                tracing::info!(
                    root,
                    len,
                    since,
                    finalized,
                    "update removed: the chain no longer names it"
                );
            }
        }
        Ok(removed + retention::collect(store, snapshot, highest, &self.retention).await?)
    }

    /// Whether the store has blobs of another chain, which this one does not name.
    async fn is_foreign(&mut self, store: &BlobStore, genesis: Root) -> Result<bool, BlobError> {
        let foreign = store.marked(CHAIN_MARK).await?;
        let foreign = foreign.into_iter().find(|chain| *chain != genesis);
        if let (Some(other), None) = (foreign, self.foreign) {
            tracing::warn!(
                chain = name(&genesis),
                other = name(&other),
                "this store belongs to another chain: no update is removed. Give each chain a store of its own"
            );
        }
        self.foreign = foreign;
        Ok(foreign.is_some())
    }
}

/// The highest block of the chain that this store has ever seen.
async fn highest(store: &BlobStore, snapshot: &Snapshot) -> Result<BlockNumber, BlobError> {
    let note = store.mark(CHAIN_MARK, &snapshot.genesis.0).await?;
    let seen = note.and_then(|note| <[u8; 4]>::try_from(note.as_ref()).ok());
    let seen = seen.map(BlockNumber::from_le_bytes);
    if seen.is_none_or(|seen| seen < snapshot.best) {
        let note = Bytes::copy_from_slice(&snapshot.best.to_le_bytes());
        store.set_mark(CHAIN_MARK, &snapshot.genesis.0, note).await?;
    }
    Ok(seen.unwrap_or(0).max(snapshot.best))
}

/// What the chain names.
struct Named<'a> {
    snapshot: &'a Snapshot,
    commitments: HashSet<[u8; 32]>,
}

impl<'a> Named<'a> {
    fn by(snapshot: &'a Snapshot) -> Self {
        let commitments = snapshot.allowed.commitments().map(|commitment| commitment.0).collect();
        Self { snapshot, commitments }
    }

    async fn has(&self, store: &BlobStore, root: &Root) -> Result<bool, BlobError> {
        if self.snapshot.allowed.names(root) {
            return Ok(true);
        }
        let note = store.mark(UPDATE_MARK, root).await?;
        let opened = note.and_then(|note| <[u8; 32]>::try_from(note.as_ref()).ok());
        Ok(opened.is_some_and(|opened| self.commitments.contains(&opened)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        marks::mark_named,
        testing::{self, at, blob, held},
    };
    use quorate_primitives::{
        policy::Access,
        views::gateway::{ArtifactBlob, GatewayEntry, ShardBlob, Upload},
        AccountId, Hash,
    };

    const KEEP: Retention = Retention {
        updates: 10,
        results: 10,
        versions: None,
    };
    const COMMITMENT: Hash = Hash::repeat_byte(8);

    /// Names one version, revealed updates, and one upload by its commitment.
    fn naming(version: &Root, updates: &[Root]) -> Vec<GatewayEntry> {
        let upload = Upload {
            round: 0,
            model: 0,
            contributor: AccountId::new([1; 32]),
            organisation: 0,
            commitment: COMMITMENT,
            weight: 1,
            len: 7,
            root: None,
        };
        let updates = updates.iter().map(blob).map(GatewayEntry::Shared);
        let others = [GatewayEntry::Upload(upload), testing::version(version)];
        updates.chain(others).collect()
    }

    /// A version, an opened update, an upload and an old update, all marked as updates, and an output, which is not.
    async fn store() -> (tempfile::TempDir, BlobStore, Vec<Root>) {
        let dir = tempfile::tempdir().unwrap();
        let store = BlobStore::local(dir.path()).unwrap();
        let mut put = Vec::new();
        for content in [b"version", b"opened.", b"upload.", b"old....", b"output."] {
            put.push(store.put_bytes(Bytes::from_static(content)).await.unwrap());
        }
        for root in &put[..4] {
            store.set_mark(UPDATE_MARK, root, vec![0; 32].into()).await.unwrap();
        }
        let opened = Bytes::copy_from_slice(&COMMITMENT.0);
        store.set_mark(UPDATE_MARK, &put[2], opened).await.unwrap();
        store.forget_promises().await;
        (dir, store, put)
    }

    #[tokio::test]
    async fn update_should_go_when_the_block_that_ended_its_retention_is_final_and_not_before() {
        let (_dir, store, put) = store().await;
        let mut collector = GarbageCollector::new(KEEP);
        let (retained, ended) = (naming(&put[0], &[put[1], put[3]]), naming(&put[0], &[put[1]]));
        assert_eq!(collector.run(&store, &at(&retained, 100, 98)).await.unwrap(), 0);
        // Block 101 ends the retention of the old update.
        for (best, finalized) in [(101, 99), (113, 110)] {
            assert_eq!(collector.run(&store, &at(&ended, best, finalized)).await.unwrap(), 0);
        }
        assert_eq!(held(&store, &put).await, [true; 5]);
        assert_eq!(collector.run(&store, &at(&ended, 114, 111)).await.unwrap(), 1);
        assert_eq!(held(&store, &put).await, [true, true, true, false, true]);
        assert_eq!(store.mark(UPDATE_MARK, &put[3]).await.unwrap(), None);
        // What the chain names stays for ever, and what is no update too.
        assert_eq!(collector.run(&store, &at(&ended, 9_000, 8_999)).await.unwrap(), 0);
        assert_eq!(held(&store, &put).await, [true, true, true, false, true]);
    }

    #[tokio::test]
    async fn artifact_should_stay_while_the_chain_names_it_and_go_some_time_after() {
        let (_dir, store, put) = store().await;
        let artifact = |root: &Root, pending| {
            GatewayEntry::Artifact(ArtifactBlob {
                artifact: 0,
                organisation: 0,
                blob: blob(root),
                access: Access::Public,
                readers: vec![],
                pending,
            })
        };
        // The output is an artifact as well, and a version that is named no longer is one, too.
        let (root, version) = (put[4], put[0]);
        mark_named(&store, &version).await.unwrap();
        store.set_mark(UPDATE_MARK, &root, vec![0; 32].into()).await.unwrap();
        let mut collector = GarbageCollector::new(KEEP);
        for pending in [true, false] {
            let named = [artifact(&root, pending), artifact(&version, pending)];
            for block in [100, 9_000] {
                collector.run(&store, &at(&named, block, block)).await.unwrap();
                assert!(held(&store, &[root, version]).await.iter().all(|held| *held));
            }
        }
        collector.run(&store, &at(&[], 9_001, 9_000)).await.unwrap();
        assert_eq!(held(&store, &[root, version]).await, [true, true]);
        collector.run(&store, &at(&[], 9_020, 9_011)).await.unwrap();
        assert_eq!(held(&store, &[root, version]).await, [false, true]);
    }

    #[tokio::test]
    async fn shard_should_stay_until_its_round_is_pruned_or_released() {
        let (_dir, store, put) = store().await;
        let root = put[3];
        let shard = |access, pending| {
            GatewayEntry::Shard(ShardBlob {
                round: 0,
                supplier: 0,
                blob: blob(&root),
                access,
                pending,
            })
        };
        let mut collector = GarbageCollector::new(KEEP);
        let stages = [
            (Access::Validators, true),
            (Access::Validators, false),
            (Access::Public, false),
        ];
        for (number, (access, pending)) in (0u32..).zip(stages) {
            for block in [100 + number * 1_000, 900 + number * 1_000] {
                collector
                    .run(&store, &at(&[shard(access, pending)], block, block))
                    .await
                    .unwrap();
                assert_eq!(held(&store, &[root]).await, [true], "{access:?} {block}");
            }
        }
        for (block, expected) in [(9_000, true), (9_009, true), (9_010, false)] {
            collector.run(&store, &at(&[], block, block)).await.unwrap();
            assert_eq!(held(&store, &[root]).await, [expected], "{block}");
        }
    }

    #[tokio::test]
    async fn fork_that_names_it_again_should_start_the_time_anew() {
        let (_dir, store, put) = store().await;
        let mut collector = GarbageCollector::new(KEEP);
        let (named, unnamed) = (naming(&put[0], &[put[1], put[3]]), naming(&put[0], &[put[1]]));
        collector.run(&store, &at(&unnamed, 101, 99)).await.unwrap();
        collector.run(&store, &at(&named, 102, 99)).await.unwrap();
        assert_eq!(collector.run(&store, &at(&unnamed, 115, 112)).await.unwrap(), 0);
        assert_eq!(collector.run(&store, &at(&unnamed, 127, 124)).await.unwrap(), 0);
        assert_eq!(collector.run(&store, &at(&unnamed, 128, 125)).await.unwrap(), 1);
    }

    #[tokio::test]
    async fn chain_that_is_read_again_from_its_start_should_remove_nothing_that_is_to_come() {
        let (_dir, store, put) = store().await;
        let all = naming(&put[0], &[put[1], put[3]]);
        GarbageCollector::new(KEEP)
            .run(&store, &at(&all, 1_000, 998))
            .await
            .unwrap();
        // The node lost its database; at block 500 nothing is named yet. The worker was started again, too.
        let nothing = vec![];
        let mut collector = GarbageCollector::new(KEEP);
        for (best, finalized) in [(500, 490), (900, 890), (1_005, 1_003)] {
            assert_eq!(collector.run(&store, &at(&nothing, best, finalized)).await.unwrap(), 0);
        }
        collector.run(&store, &at(&all, 1_006, 1_004)).await.unwrap();
        assert_eq!(collector.run(&store, &at(&nothing, 1_100, 1_050)).await.unwrap(), 0);
        assert_eq!(collector.run(&store, &at(&nothing, 1_130, 1_110)).await.unwrap(), 4);
        assert_eq!(held(&store, &put).await, [false, false, false, false, true]);
    }

    #[tokio::test]
    async fn another_chain_should_remove_nothing() {
        let (_dir, store, put) = store().await;
        let all = naming(&put[0], &[put[1], put[3]]);
        GarbageCollector::new(KEEP)
            .run(&store, &at(&all, 100, 98))
            .await
            .unwrap();
        let mut collector = GarbageCollector::new(Retention { updates: 0, ..KEEP });
        for block in [5, 5_000] {
            let mut other = at(&naming(&put[0], &[]), block, block);
            other.genesis = Hash::repeat_byte(1);
            assert_eq!(collector.run(&store, &other).await.unwrap(), 0);
        }
        assert_eq!(held(&store, &put).await, [true; 5]);
    }
}
