//! What all connections and tasks share, and the life of the process.

use crate::{
    collect::{Collector, Head},
    link::Listener,
    registered, Link,
};
use quorate_blobs::{
    transfer::{Client, Timeouts},
    BlobStore, Quota, Room, Root,
};
use quorate_engine::Engine;
use quorate_gateway::{Gateway, Limits, Protection, Snapshot};
use quorate_primitives::{job::Outcome, BlockNumber, Hash, JobId};
use quorate_protocol::{Finding, Status, Token, View};
use quorate_tls::{Identity, Pin};
use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{
        atomic::{AtomicU32, Ordering},
        Arc, Mutex,
    },
    time::Duration,
};
use tokio::{
    sync::{watch, Semaphore},
    task::JoinSet,
};

/// Blobs that are fetched at the same time.
const FETCHES: usize = 4;
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
    pub tls: Option<Identity>,
    /// Serve plain HTTP on an address that other machines can reach.
    pub allow_plaintext: bool,
    pub limits: Limits,
    /// Final blocks for which an update is kept after the chain stopped naming it.
    pub keep_unnamed: BlockNumber,
    /// Pause between two looks for updates that the chain no longer names.
    pub collect_every: Duration,
    pub engine: Arc<dyn Engine>,
}

/// What all connections and tasks share.
pub(crate) struct Worker {
    pub store: BlobStore,
    pub engine: Arc<dyn Engine>,
    pub client: Client,
    pub quota: Quota,
    /// What the chain allows, for the gateway and for fetching.
    pub view: watch::Sender<Option<Arc<Snapshot>>>,
    /// Of which block that is.
    head: Mutex<Option<Head>>,
    pub tokens: Mutex<Vec<Token>>,
    /// One computation at a time: it uses all threads and the whole budget.
    pub engine_slot: Semaphore,
    pub fetch_slots: Semaphore,
    /// A blob that several tasks want is fetched once.
    pub fetching: Mutex<HashMap<Root, Arc<tokio::sync::Mutex<()>>>>,
    /// Findings by blob and by the hash of what it was checked against.
    pub findings: Mutex<HashMap<(Root, Root), Finding>>,
    pub outcomes: Mutex<HashMap<JobId, Outcome>>,
    /// Counts up whenever the status changed.
    pub changed: watch::Sender<u64>,
    pub stop: watch::Sender<bool>,
    running: AtomicU32,
    gateway: String,
    /// Pin of the gateway's TLS key.
    pin: Option<Pin>,
    /// What the log said last about the registered endpoint.
    registration: Mutex<Option<String>>,
}

/// Counts a task as running for as long as it lives.
pub(crate) struct Busy(Arc<Worker>);

impl Worker {
    pub fn busy(self: &Arc<Self>) -> Busy {
        self.running.fetch_add(1, Ordering::Relaxed);
        self.touch();
        Busy(self.clone())
    }

    pub fn touch(&self) {
        self.changed.send_modify(|count| *count = count.wrapping_add(1));
    }

    pub fn set_view(&self, genesis: Hash, view: View) {
        if let Ok(mut tokens) = self.tokens.lock() {
            *tokens = view.tokens;
        }
        let snapshot = Snapshot {
            genesis,
            me: view.me,
            view: view.gateway,
        };
        self.compare_registration(&snapshot);
        self.view.send_replace(Some(Arc::new(snapshot)));
    }

    pub fn set_head(&self, head: Head) {
        if let Ok(mut known) = self.head.lock() {
            *known = Some(head);
        }
    }

    /// Says once that what the chain registers is not what this gateway has.
    fn compare_registration(&self, snapshot: &Snapshot) {
        let me = snapshot.me.as_ref();
        let peer = snapshot.view.peers.iter().find(|peer| Some(&peer.validator) == me);
        let problem = peer.and_then(|peer| registered::problem(peer, self.pin));
        let Ok(mut said) = self.registration.lock() else { return };
        if *said != problem {
            match &problem {
                Some(problem) => tracing::warn!("{problem}"),
                None => tracing::info!("the chain registers this gateway as it is"),
            }
            *said = problem;
        }
    }

    pub async fn status(&self) -> Status {
        let blobs = self.store.list().await.unwrap_or_else(|error| {
            tracing::warn!(%error, "listing the store");
            Vec::new()
        });
        Status {
            version: env!("CARGO_PKG_VERSION").into(),
            exact_versions: vec![quorate_exact::EXACT_VERSION],
            backend: self.engine.name(),
            gateway: self.gateway.clone(),
            tasks_running: self.running.load(Ordering::Relaxed),
            blobs: blobs.len() as u64,
            blob_bytes: blobs.iter().map(|blob| blob.len).sum(),
        }
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::Relaxed);
        self.0.touch();
    }
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
    let quota = Quota::new(config.store.clone(), config.room);
    let worker = Arc::new(Worker {
        store: config.store.clone(),
        engine: config.engine,
        client: Client::new(Timeouts::default())?,
        view: watch::Sender::new(None),
        head: Mutex::default(),
        tokens: Mutex::default(),
        engine_slot: Semaphore::new(1),
        fetch_slots: Semaphore::new(FETCHES),
        fetching: Mutex::default(),
        findings: Mutex::default(),
        outcomes: Mutex::default(),
        changed: watch::Sender::new(0),
        stop: watch::Sender::new(false),
        running: AtomicU32::new(0),
        quota: quota.clone(),
        gateway: web.url()?,
        pin,
        registration: Mutex::default(),
    });
    let link = listener.place()?;
    tracing::info!(%link, gateway = worker.gateway, "ready");
    if let Some(pin) = pin {
        tracing::info!(%pin, "TLS key of the gateway: register it as the endpoint's tls_key_hash");
    }
    let mut services = JoinSet::new();
    let gateway = Gateway::new(config.store, worker.view.subscribe(), config.limits).with_quota(quota);
    services.spawn(quorate_gateway::serve(web, gateway, worker.stop.subscribe()));
    services.spawn(listener.serve(worker.clone()));
    let collector = Collector::new(config.keep_unnamed);
    services.spawn(collect_often(worker.clone(), collector, config.collect_every));
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
        stopping(&mut self.worker.stop.subscribe()).await;
    }

    /// Ends everything: tasks are cancelled, open requests have a few seconds.
    pub async fn stop(mut self) {
        self.worker.stop.send_replace(true);
        let all = async { while self.services.join_next().await.is_some() {} };
        if tokio::time::timeout(LAST_TASKS, all).await.is_err() {
            tracing::warn!("some tasks did not end");
        }
    }
}

/// Resolves when the worker is to stop.
pub(crate) async fn stopping(stop: &mut watch::Receiver<bool>) {
    // A sender that is gone means the same.
    let _ = stop.wait_for(|stop| *stop).await;
}

async fn collect_often(worker: Arc<Worker>, mut collector: Collector, pause: Duration) {
    let mut stop = worker.stop.subscribe();
    loop {
        tokio::select! {
            () = stopping(&mut stop) => return,
            () = tokio::time::sleep(pause) => (),
        }
        // The head first: the view may be newer than it, never older.
        let head = worker.head.lock().ok().and_then(|head| *head);
        let snapshot = worker.view.borrow().clone();
        let Some((head, snapshot)) = head.zip(snapshot) else {
            continue;
        };
        match collector.run(&worker.store, &snapshot, head).await {
            Ok(0) => (),
            Ok(_) => worker.touch(),
            Err(error) => tracing::warn!(%error, "removing old updates"),
        }
    }
}
