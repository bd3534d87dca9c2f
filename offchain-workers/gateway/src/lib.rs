#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod access;
mod download;
mod listen;
mod refusal;
mod server;
mod snapshot;
mod status;
mod upload;

pub use listen::{listen, ListenError, Listener, Protection};
pub use server::{serve, Limits};
pub use snapshot::{Allowed, Snapshot};
pub use upload::UPDATE_MARK;

use quorate_blobs::{BlobStore, Quota, Room};
use quorate_gateway_api::Root;
use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
};
use tokio::sync::{watch, Semaphore};

/// What all requests share.
#[derive(Clone)]
pub struct Gateway {
    store: BlobStore,
    /// `None` until the node has sent what the chain allows.
    view: watch::Receiver<Option<Arc<Snapshot>>>,
    limits: Limits,
    quota: Quota,
    uploads: Arc<Semaphore>,
    /// Roots that are being uploaded.
    arriving: Arc<Mutex<HashSet<Root>>>,
}

impl Gateway {
    /// A gateway that takes as much as the disk has; see [`Gateway::with_quota`].
    pub fn new(store: BlobStore, view: watch::Receiver<Option<Arc<Snapshot>>>, limits: Limits) -> Self {
        let uploads = Arc::new(Semaphore::new(limits.uploads));
        Self {
            quota: Quota::new(store.clone(), Room::default()),
            store,
            view,
            limits,
            uploads,
            arriving: Arc::default(),
        }
    }

    /// The same with a quota, which all that write to the store share.
    pub fn with_quota(self, quota: Quota) -> Self {
        Self { quota, ..self }
    }

    fn snapshot(&self) -> Option<Arc<Snapshot>> {
        self.view.borrow().clone()
    }
}
