//! What somebody was told to be held is not removed at once, whatever was decided before.

use crate::{BlobError, BlobStore, Root};
use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::Mutex;

/// For how long a promised blob is not collected: longer than whoever collects needs from reading what the chain allows to the last blob.
/// The next time it finds the new note, and the same view as the promise was made by.
const HELD: Duration = Duration::from_secs(60);

/// When each blob was promised. Whoever looks whether a blob is there in order to tell somebody, and whoever removes one, has the lock.
#[derive(Clone, Debug, Default)]
pub(crate) struct Promises(Arc<Mutex<HashMap<Root, Instant>>>);

fn promise(promises: &mut HashMap<Root, Instant>, root: Root) {
    let now = Instant::now();
    promises.retain(|_, at| now.duration_since(*at) < HELD);
    promises.insert(root, now);
}

impl BlobStore {
    /// Whether a blob is held, to be told to somebody who then relies on it: [`BlobStore::collect`] leaves it for a minute, in which
    /// it can be marked anew.
    ///
    /// # Errors
    /// `Store`.
    pub async fn promise(&self, root: &Root) -> Result<bool, BlobError> {
        let mut promises = self.promises.0.lock().await;
        let held = self.len(root).await?.is_some();
        if held {
            promise(&mut promises, *root);
        }
        Ok(held)
    }

    /// The same for a blob that is about to become visible.
    pub(crate) async fn promise_new(&self, root: Root) {
        promise(&mut *self.promises.0.lock().await, root);
    }

    /// Removes a blob that was found to be needed no more, and its note of this kind; false, and nothing is done, if it was promised to somebody
    /// meanwhile: look again whether it is needed, with what the chain allows then.
    ///
    /// # Errors
    /// `Store`.
    pub async fn collect(&self, kind: &str, root: &Root) -> Result<bool, BlobError> {
        let promises = self.promises.0.lock().await;
        if promises.get(root).is_some_and(|at| at.elapsed() < HELD) {
            return Ok(false);
        }
        self.remove(root).await?;
        self.remove_mark(kind, root).await?;
        Ok(true)
    }

    /// Lets the time of all promises end, for tests of what comes after it.
    #[doc(hidden)]
    pub async fn forget_promises(&self) {
        self.promises.0.lock().await.clear();
    }
}
