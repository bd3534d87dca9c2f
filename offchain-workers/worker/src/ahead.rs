//! What the chain names for long is fetched before a task needs it: artifacts that a quorum holds, and the newest version of each model.
//!
//! A validator that was away when the others voted, or that has joined since, has them so when it is drawn, and they stay when others leave.
//! Nothing waits for this: one blob at a time, begun while this validator computes nothing, and only where as much room again stays free.

use crate::{
    failure::local,
    marks::{mark_named, mark_update},
    state::Worker,
};
use quorate_blobs::{name, BlobError, Root};
use quorate_gateway::Lasting;
use quorate_primitives::views::BlobRef;
use quorate_protocol::Failure;
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};
use tokio::time::Instant;

/// The longest time for which a blob that did not come is left alone, in looks.
const MOST_LOOKS: u32 = 64;
/// For how many looks one that is held is not looked for again: a bucket need not be asked each time.
const HELD_LOOKS: u32 = 120;

/// Looks every so often until the worker stops.
pub(crate) async fn run(worker: Arc<Worker>, every: Duration) {
    let mut seen = Seen::new(every);
    loop {
        tokio::select! {
            () = worker.life.stopping() => return,
            () = tokio::time::sleep(every) => (),
        }
        tokio::select! {
            () = worker.life.stopping() => return,
            () = async { while look(&worker, &mut seen).await {} } => (),
        }
    }
}

/// Whether something was fetched: the chain may name others by then.
async fn look(worker: &Worker, seen: &mut Seen) -> bool {
    let Some(snapshot) = worker.chain.snapshot() else {
        return false;
    };
    let lasting = snapshot.allowed.lasting();
    seen.retain(&lasting);
    for lasting in lasting {
        let root = lasting.blob.root.0;
        if seen.is_to_wait(&root) {
            continue;
        }
        match hold(worker, &lasting).await {
            Ok(fetched) => {
                seen.held(root);
                if fetched {
                    return true;
                }
            }
            Err(failure) => {
                let is_first = !seen.has_failed(&root);
                let (root, again) = (name(&root), seen.failed(root).as_secs());
                match is_first {
                    true => {
                        tracing::info!(root, %failure, "not fetched ahead of tasks; trying again from time to time")
                    }
                    false => tracing::debug!(root, %failure, again, "not fetched ahead of tasks"),
                }
            }
        }
    }
    false
}

/// Fetches it unless it is here, and tells whether it did. It goes as it would have gone if a task had fetched it.
async fn hold(worker: &Worker, lasting: &Lasting) -> Result<bool, Failure> {
    let (store, blob) = (&worker.store, &lasting.blob);
    if store.len(&blob.root.0).await.map_err(local)?.is_some() {
        return Ok(false);
    }
    worker.compute.until_idle().await;
    leaves_room(worker, blob).await.map_err(local)?;
    match lasting.is_version {
        true => mark_named(store, &blob.root.0).await,
        false => mark_update(store, &blob.root.0).await,
    }
    .map_err(local)?;
    tracing::info!(
        root = name(&blob.root.0),
        len = blob.len,
        "fetching what the chain names, ahead of tasks"
    );
    worker.fetcher.ensure(blob, 1).await.map(|()| true)
}

/// Rounds need room for updates, and that is theirs first: as much as the blob takes stays free beside it.
async fn leaves_room(worker: &Worker, blob: &BlobRef) -> Result<(), BlobError> {
    let needed = blob.len.saturating_mul(2);
    // What an earlier fetch has left is no more to come.
    let here = worker.store.fetched_len(&blob.root.0, blob.len)?;
    match worker.quota.left().await? {
        Some(free) if free.saturating_add(here) < needed => Err(BlobError::DiskFull {
            needed,
            free,
            keep: worker.room.keep_free,
        }),
        _ => Ok(()),
    }
}

/// What the chain names, as it was found.
struct Seen {
    every: Duration,
    known: HashMap<Root, Found>,
}

enum Found {
    /// It goes when the chain no longer names it.
    Held { until: Instant },
    /// It did not come, and is left alone for so many looks, until then.
    Failed { looks: u32, until: Instant },
}

impl Seen {
    fn new(every: Duration) -> Self {
        Self {
            every,
            known: HashMap::new(),
        }
    }

    /// Forgets what the chain no longer names.
    fn retain(&mut self, lasting: &[Lasting]) {
        let named: HashSet<Root> = lasting.iter().map(|lasting| lasting.blob.root.0).collect();
        self.known.retain(|root, _| named.contains(root));
    }

    fn is_to_wait(&self, root: &Root) -> bool {
        match self.known.get(root) {
            Some(Found::Held { until } | Found::Failed { until, .. }) => Instant::now() < *until,
            None => false,
        }
    }

    fn held(&mut self, root: Root) {
        let until = Instant::now() + self.every.saturating_mul(HELD_LOOKS);
        self.known.insert(root, Found::Held { until });
    }

    fn has_failed(&self, root: &Root) -> bool {
        matches!(self.known.get(root), Some(Found::Failed { .. }))
    }

    /// It failed once more: answers with how long it is left alone, longer each time.
    fn failed(&mut self, root: Root) -> Duration {
        let looks = match self.known.get(&root) {
            Some(Found::Failed { looks, .. }) => looks.saturating_mul(2).min(MOST_LOOKS),
            _ => 1,
        };
        let pause = self.every.saturating_mul(looks);
        let until = Instant::now() + pause;
        self.known.insert(root, Found::Failed { looks, until });
        pause
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_does_not_come_should_be_asked_for_later_each_time() {
        let mut seen = Seen::new(Duration::from_secs(30));
        assert!(!seen.is_to_wait(&[1; 32]));
        let pauses: Vec<u64> = (0..9).map(|_| seen.failed([1; 32]).as_secs()).collect();
        assert_eq!(pauses, [30, 60, 120, 240, 480, 960, 1_920, 1_920, 1_920]);
        assert!(seen.is_to_wait(&[1; 32]) && !seen.is_to_wait(&[2; 32]));
        tokio::time::advance(Duration::from_secs(1_921)).await;
        assert!(!seen.is_to_wait(&[1; 32]));
        seen.held([1; 32]);
        tokio::time::advance(Duration::from_secs(1_921)).await;
        assert!(seen.is_to_wait(&[1; 32]), "what is held is not looked for again soon");
        tokio::time::advance(Duration::from_secs(1_921)).await;
        assert!(!seen.is_to_wait(&[1; 32]), "a disk may have lost it");
        assert_eq!(seen.failed([1; 32]).as_secs(), 30);
        seen.retain(&[]);
        assert!(seen.known.is_empty());
    }
}
