//! How much the store holds, counted now and then: nobody who asks for the status waits for a list of the whole store.

use crate::life::Life;
use quorate_blobs::{BlobError, BlobStore};
use std::{
    sync::{
        atomic::{AtomicU64, Ordering},
        Arc, Mutex, PoisonError,
    },
    time::{Duration, Instant},
};

/// Time between two counts at least, and as many times as long as the last one took: a large store is not listed all the time.
const PAUSE: Duration = Duration::from_secs(2);
const SHARE: u32 = 20;
/// Counted again although nothing has changed here: an operator may have put or removed files.
const ANYWAY: Duration = Duration::from_secs(300);
/// The same while the store cannot be listed.
const AGAIN: Duration = Duration::from_secs(10);

/// The last count.
#[derive(Debug, Default)]
pub(crate) struct Census {
    blobs: AtomicU64,
    bytes: AtomicU64,
    failure: Mutex<Option<String>>,
}

impl Census {
    pub fn blobs(&self) -> u64 {
        self.blobs.load(Ordering::Relaxed)
    }

    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Why the store could not be listed the last time.
    pub fn failure(&self) -> Option<String> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set_failure(&self, failure: Option<String>) {
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = failure;
    }
}

/// Counts until the worker stops.
pub(crate) async fn run(store: BlobStore, life: Arc<Life>, census: Arc<Census>) {
    let mut changed = life.changes();
    loop {
        changed.mark_unchanged();
        let start = Instant::now();
        let counted = count(&store, &census).await;
        census.set_failure(counted.as_ref().err().map(ToString::to_string));
        let anyway = match counted {
            Ok(changed) => {
                if changed {
                    life.tell();
                }
                ANYWAY
            }
            Err(error) => {
                tracing::warn!(%error, "listing the store");
                AGAIN
            }
        };
        let pause = PAUSE.max(start.elapsed().saturating_mul(SHARE));
        tokio::select! {
            () = life.stopping() => return,
            () = tokio::time::sleep(pause) => (),
        }
        tokio::select! {
            () = life.stopping() => return,
            // The sender lives as long as this task.
            _ = changed.changed() => (),
            () = tokio::time::sleep(anyway) => (),
        }
    }
}

/// Whether the numbers are others than before.
async fn count(store: &BlobStore, census: &Census) -> Result<bool, BlobError> {
    let list = store.list().await?;
    let bytes = list.iter().fold(0, |sum: u64, blob| sum.saturating_add(blob.len));
    let known = [(&census.blobs, list.len() as u64), (&census.bytes, bytes)];
    let swapped = known.map(|(known, now)| known.swap(now, Ordering::Relaxed) != now);
    Ok(swapped.contains(&true))
}
