#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod access;
mod download;
mod refusal;
mod server;
mod snapshot;
mod status;
mod upload;

pub use access::token;
pub use server::{listen, serve, Limits, ListenError};
pub use snapshot::Snapshot;
pub use upload::UPDATE_MARK;

use quorate_blobs::{BlobStore, Root};
use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
};
use tokio::sync::{watch, Semaphore};

/// What all requests share.
#[derive(Clone)]
pub struct Gateway {
    store: BlobStore,
    /// `None` until the node has said what the chain allows.
    view: watch::Receiver<Option<Arc<Snapshot>>>,
    limits: Limits,
    uploads: Arc<Semaphore>,
    /// Roots that are being uploaded.
    arriving: Arc<Mutex<HashSet<Root>>>,
}

impl Gateway {
    pub fn new(store: BlobStore, view: watch::Receiver<Option<Arc<Snapshot>>>, limits: Limits) -> Self {
        let uploads = Arc::new(Semaphore::new(limits.uploads));
        Self {
            store,
            view,
            limits,
            uploads,
            arriving: Arc::default(),
        }
    }

    fn snapshot(&self) -> Option<Arc<Snapshot>> {
        self.view.borrow().clone()
    }
}
