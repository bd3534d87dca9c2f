#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod access;
mod address;
mod download;
mod limits;
mod listen;
pub mod metrics;
mod old;
mod pace;
mod parts;
mod permit;
mod places;
mod readers;
mod receive;
mod refusal;
mod seldom;
mod server;
mod shares;
mod slots;
mod snapshot;
mod status;
mod stream;
mod streams;
mod upload;

pub use limits::Limits;
pub use listen::{listen, ListenError, Listener, Protection};
pub use metrics::Metrics;
pub use permit::UPDATE_MARK;
pub use quorate_gateway_api::stream::StreamKey;
pub use server::serve;
pub use snapshot::{Allowed, Lasting, Snapshot};
pub use streams::{Streams, Telling};

use quorate_blobs::{BlobStore, Quota, Room};
use seldom::Seldom;
use shares::Shares;
use slots::Slots;
use std::sync::Arc;
use tokio::sync::watch;

/// What all requests share.
#[derive(Clone)]
pub struct Gateway {
    store: BlobStore,
    /// `None` until the node has sent what the chain allows.
    view: watch::Receiver<Option<Arc<Snapshot>>>,
    limits: Limits,
    quota: Quota,
    slots: Arc<Slots>,
    shares: Arc<Shares>,
    metrics: Metrics,
    /// Tokens of what this worker answers.
    streams: Streams,
    /// Refusals for want of room.
    full: Arc<Seldom>,
    /// Blobs that the disk has damaged.
    damaged: Arc<Seldom>,
}

impl Gateway {
    /// A gateway that takes as much as the disk has; see [`Gateway::with_quota`].
    pub fn new(store: BlobStore, view: watch::Receiver<Option<Arc<Snapshot>>>, limits: Limits) -> Self {
        Self {
            quota: Quota::new(store.clone(), Room::default()),
            store,
            view,
            limits,
            slots: Arc::new(Slots::new(limits)),
            shares: Arc::default(),
            metrics: Metrics::default(),
            streams: Streams::default(),
            full: Arc::default(),
            damaged: Arc::default(),
        }
    }

    /// The same with a quota, which all that write to the store share.
    pub fn with_quota(self, quota: Quota) -> Self {
        Self { quota, ..self }
    }

    /// The same, counted.
    pub fn with_metrics(self, metrics: Metrics) -> Self {
        Self { metrics, ..self }
    }

    /// The same, which shows these tokens.
    pub fn with_streams(self, streams: Streams) -> Self {
        Self { streams, ..self }
    }

    fn snapshot(&self) -> Option<Arc<Snapshot>> {
        self.view.borrow().clone()
    }
}
