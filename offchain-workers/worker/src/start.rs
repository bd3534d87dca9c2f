//! A worker's start and end.

use crate::{
    ahead,
    census::{self, Census},
    chain::Chain,
    fetch::Fetcher,
    gc,
    life::Life,
    link::{Link, Listener},
    metrics::Metrics,
    observe,
    retention::Retention,
    state::{Compute, Results, Worker},
    watchdog::{self, OnHang, Pulse, Watchdog},
};
use quorate_blobs::{
    transfer::{Client, Timeouts},
    BlobStore, Quota, Room,
};
use quorate_engine::Engine;
use quorate_gateway::{Gateway, Limits, Protection, Streams};
use quorate_protocol::Capacity;
use quorate_tls::TlsIdentity;
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::{net::TcpListener, sync::oneshot, task::JoinSet};

/// How long what is running may take to end.
const LAST_TASKS: Duration = Duration::from_secs(10);

/// One in so many batches of others is computed again unless set otherwise. Where seven of twenty were drawn, the thirteen others look at
/// five of six batches so, and each spends a quarter of the time that it spends on its own.
pub(crate) const SPOT_CHECKS: u32 = 8;

/// Measures what an engine can answer; takes some seconds.
pub type Measure = Box<dyn FnOnce() -> Option<Capacity> + Send>;

/// How a worker runs.
pub struct Config {
    /// Where the node is awaited.
    pub link: Link,
    pub store: BlobStore,
    /// How much the store may grow by uploads, by what is fetched and by what is computed.
    pub room: Room,
    /// Address of the gateway.
    pub gateway: SocketAddr,
    /// Certificate and key of the gateway; plain HTTP without.
    pub tls: Option<TlsIdentity>,
    /// Serve plain HTTP on an address that other machines can reach, and speak it to peers: the network itself is private.
    pub allow_plaintext: bool,
    pub limits: Limits,
    /// How long blobs are kept that the chain does not name.
    pub retention: Retention,
    /// Interval between garbage collections.
    pub collect_every: Duration,
    /// Interval between looks for what the chain names for long and is not here.
    pub look_every: Duration,
    pub engine: Arc<dyn Engine>,
    /// Measures what the engine can answer on request, for the validator to declare, while the worker does everything else; without, it
    /// declares nothing and is asked for no answers.
    pub measure: Option<Measure>,
    /// One in so many of the provisional batches that this validator was not drawn for is computed again while there is nothing else to
    /// compute; 0: none.
    pub spot_checks: u32,
    /// Where metrics, health and readiness are shown, if anywhere.
    pub observe: Option<Observe>,
    /// How much longer than its deadline a computation may take before the worker counts as hung.
    pub overdue: Duration,
    /// What then happens.
    pub on_hang: OnHang,
}

/// Where metrics, health and readiness are shown.
#[derive(Clone, Copy, Debug)]
pub struct Observe {
    pub address: SocketAddr,
    /// Also where other machines can reach it.
    pub external: bool,
}

impl Config {
    /// A worker with a gateway in plain HTTP on this machine, without limits or metrics. One that hangs says so in the log.
    pub fn new(link: Link, store: BlobStore, gateway: SocketAddr, engine: Arc<dyn Engine>) -> Self {
        Self {
            link,
            store,
            room: Room::default(),
            gateway,
            tls: None,
            allow_plaintext: false,
            limits: Limits::default(),
            retention: Retention::of_updates(64),
            collect_every: Duration::from_secs(60),
            look_every: Duration::from_secs(30),
            engine,
            measure: None,
            spot_checks: SPOT_CHECKS,
            observe: None,
            overdue: quorate_protocol::OVERDUE,
            on_hang: Arc::new(|reason| tracing::error!(reason, "the worker hangs")),
        }
    }
}

/// A worker at work.
pub struct Running {
    worker: Arc<Worker>,
    link: String,
    metrics: Option<SocketAddr>,
    services: JoinSet<()>,
    _watchdog: Watchdog,
}

/// Opens the socket and the gateway and starts to work.
///
/// # Errors
/// When an address cannot be used.
pub async fn start(config: Config) -> anyhow::Result<Running> {
    let (pin, protection) = match (&config.tls, config.allow_plaintext) {
        (Some(identity), _) => (Some(identity.pin()), Protection::Tls(quorate_tls::server(identity)?)),
        (None, true) => (None, Protection::PrivateNetwork),
        (None, false) => (None, Protection::ThisMachine),
    };
    let web = quorate_gateway::listen(config.gateway, protection).await?;
    let observed = match config.observe {
        Some(observe) => Some(observe::listen(observe.address, observe.external).await?),
        None => None,
    };
    let listener = Listener::open(config.link).await?;
    let store = config.store;
    let quota = Quota::new(store.clone(), config.room);
    let (chain, life) = (Arc::new(Chain::new(pin)), Arc::new(Life::default()));
    // Where the network itself is private, peers may speak plain HTTP, too.
    let client = Client::new(Timeouts::default())?
        .allow_plaintext(config.allow_plaintext)
        .only_pinned();
    let metrics = Arc::new(Metrics::new()?);
    let census = Arc::<Census>::default();
    let worker = Arc::new(Worker {
        fetcher: Fetcher::new(client, quota.clone(), chain.clone(), life.clone(), metrics.clone()),
        store: store.clone(),
        results: Results::new(),
        compute: Compute::new(config.engine),
        quota: quota.clone(),
        room: config.room,
        threads: Arc::default(),
        seats: Arc::default(),
        census: census.clone(),
        metrics,
        gateway: web.url()?,
        streams: Streams::default(),
        spot_checks: config.spot_checks,
        chain,
        life,
    });
    let link = listener.place()?;
    let shown = observed.as_ref().map(TcpListener::local_addr).transpose()?;
    tracing::info!(%link, gateway = worker.gateway, metrics = ?shown, "ready");
    if let Some(pin) = pin {
        tracing::info!(%pin, "TLS key of the gateway: register it as the endpoint's tls_key_hash");
    }
    let gateway = Gateway::new(store, worker.chain.snapshots(), config.limits)
        .with_quota(quota)
        .with_streams(worker.streams.clone())
        .with_metrics(worker.metrics.gateway.clone());
    let mut services = JoinSet::new();
    services.spawn(quorate_gateway::serve(web, gateway, worker.life.stops()));
    services.spawn(listener.serve(worker.clone()));
    services.spawn(gc::run(worker.clone(), config.retention, config.collect_every));
    services.spawn(ahead::run(worker.clone(), config.look_every));
    services.spawn(census::run(worker.store.clone(), worker.life.clone(), census));
    if let Some(observed) = observed {
        services.spawn(observe::serve(observed, worker.clone()));
    }
    if let Some(measure) = config.measure {
        services.spawn(measured(worker.clone(), measure));
    }
    let pulse = Arc::new(Pulse::default());
    let watchdog = watchdog::start(worker.threads.clone(), pulse.clone(), config.overdue, config.on_hang)?;
    services.spawn(beat(worker.clone(), pulse));
    Ok(Running {
        worker,
        link,
        metrics: shown,
        services,
        _watchdog: watchdog,
    })
}

/// Measures on a thread of its own, whose end nobody awaits when the worker stops. No batch runs meanwhile.
async fn measured(worker: Arc<Worker>, measure: Measure) {
    let Ok(_turn) = worker.compute.inference_turn().await else {
        return;
    };
    let (done, capacity) = oneshot::channel();
    std::thread::spawn(move || done.send(measure()));
    tokio::select! {
        () = worker.life.stopping() => (),
        capacity = capacity => if let Ok(Some(capacity)) = capacity {
            worker.compute.capacity.get_or_init(|| capacity);
        },
    }
}

/// Shows the watchdog that tasks are run. Goes on while the worker ends: that takes less than the watchdog allows.
async fn beat(worker: Arc<Worker>, pulse: Arc<Pulse>) {
    loop {
        pulse.beat();
        tokio::select! {
            () = worker.life.stopping() => return,
            () = tokio::time::sleep(watchdog::LOOK) => (),
        }
    }
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

    /// Where metrics are shown, if anywhere.
    pub fn metrics(&self) -> Option<SocketAddr> {
        self.metrics
    }

    #[cfg(test)]
    pub(crate) fn worker(&self) -> Arc<Worker> {
        self.worker.clone()
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
