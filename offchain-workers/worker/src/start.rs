//! A worker's start and end.

use crate::{
    chain::Chain,
    fetch::Fetcher,
    gc,
    life::Life,
    link::{Link, Listener},
    state::{Compute, Results, Worker},
};
use quorate_blobs::{
    transfer::{Client, Timeouts},
    BlobStore, Quota, Room,
};
use quorate_engine::Engine;
use quorate_gateway::{Gateway, Limits, Protection};
use quorate_primitives::BlockNumber;
use quorate_tls::TlsIdentity;
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::task::JoinSet;

/// How long what is running may take to end.
const LAST_TASKS: Duration = Duration::from_secs(10);

/// How a worker runs.
pub struct Config {
    /// Where the node is awaited.
    pub link: Link,
    pub store: BlobStore,
    /// How much the store may grow by uploads and by what is fetched.
    pub room: Room,
    /// Address of the gateway.
    pub gateway: SocketAddr,
    /// Certificate and key of the gateway; plain HTTP without.
    pub tls: Option<TlsIdentity>,
    /// Serve plain HTTP on an address that other machines can reach.
    pub allow_plaintext: bool,
    pub limits: Limits,
    /// Final blocks for which an update is kept after the chain stopped naming it.
    pub keep_unnamed: BlockNumber,
    /// Interval between garbage collections.
    pub collect_every: Duration,
    pub engine: Arc<dyn Engine>,
}

/// A worker at work.
pub struct Running {
    worker: Arc<Worker>,
    link: String,
    services: JoinSet<()>,
}

/// Opens the socket and the gateway and starts to work.
///
/// # Errors
/// When either address cannot be used.
pub async fn start(config: Config) -> anyhow::Result<Running> {
    let (pin, protection) = match (&config.tls, config.allow_plaintext) {
        (Some(identity), _) => (Some(identity.pin()), Protection::Tls(quorate_tls::server(identity)?)),
        (None, true) => (None, Protection::PrivateNetwork),
        (None, false) => (None, Protection::ThisMachine),
    };
    let web = quorate_gateway::listen(config.gateway, protection).await?;
    let listener = Listener::open(config.link).await?;
    let store = config.store;
    let quota = Quota::new(store.clone(), config.room);
    let (chain, life) = (Arc::new(Chain::new(pin)), Arc::new(Life::default()));
    let client = Client::new(Timeouts::default())?;
    let worker = Arc::new(Worker {
        fetcher: Fetcher::new(store.clone(), client, quota.clone(), chain.clone(), life.clone()),
        store: store.clone(),
        results: Results::new(),
        compute: Compute::new(config.engine),
        gateway: web.url()?,
        chain,
        life,
    });
    let link = listener.place()?;
    tracing::info!(%link, gateway = worker.gateway, "ready");
    if let Some(pin) = pin {
        tracing::info!(%pin, "TLS key of the gateway: register it as the endpoint's tls_key_hash");
    }
    let gateway = Gateway::new(store, worker.chain.snapshots(), config.limits).with_quota(quota);
    let mut services = JoinSet::new();
    services.spawn(quorate_gateway::serve(web, gateway, worker.life.stops()));
    services.spawn(listener.serve(worker.clone()));
    services.spawn(gc::run(worker.clone(), config.keep_unnamed, config.collect_every));
    Ok(Running { worker, link, services })
}

impl Running {
    /// Address of the gateway, such as `http://127.0.0.1:9780`.
    pub fn gateway(&self) -> &str {
        &self.worker.gateway
    }

    /// Where the node is awaited: the path of a socket, or an address.
    pub fn link(&self) -> &str {
        &self.link
    }

    /// Resolves when a node has asked the worker to exit.
    pub async fn stopped(&self) {
        self.worker.life.stopping().await;
    }

    /// Ends everything: tasks are cancelled, open requests have a few seconds.
    pub async fn stop(mut self) {
        self.worker.life.stop();
        let all = async { while self.services.join_next().await.is_some() {} };
        if tokio::time::timeout(LAST_TASKS, all).await.is_err() {
            tracing::warn!("some tasks did not end");
        }
    }
}
