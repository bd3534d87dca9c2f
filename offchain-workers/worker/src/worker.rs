//! What all connections and tasks share, and the life of the process.

use crate::{collect, session, socket};
use quorate_blobs::{
    transfer::{Client, Timeouts},
    BlobStore, Root,
};
use quorate_engine::Engine;
use quorate_gateway::{Gateway, Limits, Snapshot};
use quorate_primitives::{job::Outcome, Hash, JobId};
use quorate_protocol::{Finding, Status, Token, View};
use std::{
    collections::HashMap,
    net::SocketAddr,
    path::PathBuf,
    sync::{
        atomic::{AtomicU32, Ordering},
        Arc, Mutex,
    },
    time::Duration,
};
use tokio::{
    net::UnixListener,
    sync::{watch, Semaphore},
    task::JoinSet,
};

/// Blobs that are fetched at the same time.
const FETCHES: usize = 4;
/// Pause between two looks for blobs that nobody needs.
const COLLECT: Duration = Duration::from_secs(60);
/// How long what is running may take to end.
const LAST_TASKS: Duration = Duration::from_secs(10);

/// How a worker runs.
pub struct Config {
    pub socket: PathBuf,
    pub store: BlobStore,
    pub gateway: SocketAddr,
    pub allow_plaintext: bool,
    pub limits: Limits,
    /// How long an update is kept after the chain stopped naming it.
    pub grace: Duration,
    pub engine: Arc<dyn Engine>,
}

/// What all connections and tasks share.
pub(crate) struct Worker {
    pub store: BlobStore,
    pub engine: Arc<dyn Engine>,
    pub client: Client,
    /// What the chain allows, for the gateway and for fetching.
    pub view: watch::Sender<Option<Arc<Snapshot>>>,
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
        self.view.send_replace(Some(Arc::new(snapshot)));
    }

    pub async fn status(&self) -> Status {
        let blobs = self.store.list().await.unwrap_or_else(|error| {
            tracing::warn!(%error, "listing the store");
            Vec::new()
        });
        Status {
            version: env!("CARGO_PKG_VERSION").into(),
            spec_versions: vec![quorate_exact::SPEC_VERSION],
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
    socket: PathBuf,
    services: JoinSet<()>,
}

/// Opens the socket and the gateway and starts to work.
///
/// # Errors
/// When either address cannot be used.
pub async fn start(config: Config) -> anyhow::Result<Running> {
    let web = quorate_gateway::listen(config.gateway, config.allow_plaintext).await?;
    let listener = socket::listen(&config.socket).await?;
    let worker = Arc::new(Worker {
        store: config.store.clone(),
        engine: config.engine,
        client: Client::new(Timeouts::default())?,
        view: watch::Sender::new(None),
        tokens: Mutex::default(),
        engine_slot: Semaphore::new(1),
        fetch_slots: Semaphore::new(FETCHES),
        fetching: Mutex::default(),
        findings: Mutex::default(),
        outcomes: Mutex::default(),
        changed: watch::Sender::new(0),
        stop: watch::Sender::new(false),
        running: AtomicU32::new(0),
        gateway: format!("http://{}", web.local_addr()?),
    });
    tracing::info!(socket = %config.socket.display(), gateway = worker.gateway, "ready");
    let mut services = JoinSet::new();
    let gateway = Gateway::new(config.store, worker.view.subscribe(), config.limits);
    services.spawn(quorate_gateway::serve(web, gateway, worker.stop.subscribe()));
    services.spawn(accept(listener, worker.clone()));
    services.spawn(collect_often(worker.clone(), config.grace));
    Ok(Running {
        worker,
        socket: config.socket,
        services,
    })
}

impl Running {
    /// Address of the gateway, such as `http://127.0.0.1:9780`.
    pub fn gateway(&self) -> &str {
        &self.worker.gateway
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
        if let Err(error) = std::fs::remove_file(&self.socket) {
            tracing::debug!(%error, "removing the socket");
        }
    }
}

/// Resolves when the worker is to stop.
pub(crate) async fn stopping(stop: &mut watch::Receiver<bool>) {
    // A sender that is gone means the same.
    let _ = stop.wait_for(|stop| *stop).await;
}

async fn accept(listener: UnixListener, worker: Arc<Worker>) {
    let mut stop = worker.stop.subscribe();
    let mut sessions = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            () = stopping(&mut stop) => break,
            accepted = listener.accept() => accepted,
        };
        while sessions.try_join_next().is_some() {}
        match accepted {
            Ok((stream, _)) => drop(sessions.spawn(session::run(stream, worker.clone()))),
            Err(error) => {
                tracing::warn!(%error, "accepting a connection of the node");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
    drop(listener);
    while sessions.join_next().await.is_some() {}
}

async fn collect_often(worker: Arc<Worker>, grace: Duration) {
    let mut stop = worker.stop.subscribe();
    let mut collector = collect::Collector::new(grace);
    loop {
        tokio::select! {
            () = stopping(&mut stop) => return,
            () = tokio::time::sleep(COLLECT) => (),
        }
        let snapshot = worker.view.borrow().clone();
        let Some(snapshot) = snapshot else { continue };
        if let Err(error) = collector.run(&worker.store, &snapshot).await {
            tracing::warn!(%error, "removing old updates");
        }
    }
}
