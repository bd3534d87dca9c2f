//! The `serve` command: from its flags to a running worker and its end.

use crate::{
    backend,
    blobs::Blobs,
    keys,
    link::Link,
    logs, open_files,
    retention::Retention,
    share::OneIn,
    size::Size,
    start::{start, Config, Observe, SPOT_CHECKS},
};
use quorate_blobs::{BlobStore, Room};
use quorate_engine::{Engine, Settings};
use quorate_gateway::Limits;
use quorate_protocol::{HUNG, OVERDUE};
use quorate_tls::Pin;
use rustix::process::{getrlimit, setrlimit, Resource, Rlimit};
use std::{io::Read, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};
use tokio::{
    signal::unix::{signal, SignalKind},
    sync::oneshot,
};

/// Smallest budget: what 64 updates need with one thread, and some more.
const LEAST_MEMORY: u64 = 16 << 20;
/// How long a worker that hangs may take for its last line of the log.
const LAST_LINE: Duration = Duration::from_secs(2);

/// The flags of `serve`.
#[derive(Debug, clap::Args)]
#[command(args_override_self = true)]
pub(crate) struct Serve {
    /// File of these flags in TOML, such as `store = "/var/lib/quorate/blobs"`; flags of the command line win.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Unix socket on which the node is awaited; made with mode 0600.
    #[arg(long, value_name = "PATH", required_unless_present = "link", conflicts_with = "link")]
    socket: Option<PathBuf>,
    /// Address on which a node on another machine is awaited, over TLS with both sides authenticated.
    #[arg(long, value_name = "ADDRESS", requires = "node_tls_pin")]
    link: Option<SocketAddr>,
    /// Pin of that node's key: `quorate-node worker-pin` shows it.
    #[arg(long, value_name = "PIN", requires = "link", conflicts_with = "socket")]
    node_tls_pin: Option<Pin>,
    /// Folder of the blobs. No other worker may use it.
    #[arg(long)]
    store: PathBuf,
    #[command(flatten)]
    blobs: Blobs,
    /// Address of the blob gateway; port 0 takes a free one.
    #[arg(long)]
    gateway: SocketAddr,
    /// Serve the gateway over TLS with a self-signed certificate, made once; its pin is to be registered on chain.
    #[arg(long, conflicts_with_all = ["allow_plaintext", "tls_cert"])]
    tls: bool,
    #[command(flatten)]
    files: keys::Files,
    /// Serve the gateway without TLS on an address that other machines can reach, and fetch from peers without: the network itself is
    /// private.
    #[arg(long, conflicts_with = "tls_cert")]
    allow_plaintext: bool,
    /// Bytes that the store may have, results included; an upload beyond is refused, nothing is fetched and nothing computed. No limit
    /// unless set.
    #[arg(long, value_name = "SIZE")]
    max_disk: Option<Size>,
    /// Bytes of the disk that uploads, fetching and computing leave free: a node whose database lies there stops without any.
    #[arg(long, value_name = "SIZE", default_value_t = Size(1 << 30))]
    keep_free: Size,
    /// Connections that the gateway takes from one IPv4 address or one IPv6 network of 64 bits: more where many come through one
    /// proxy.
    #[arg(long, value_name = "NUMBER", default_value_t = Limits::default().connections_of_address)]
    max_connections_per_address: usize,
    /// Uploads that the gateway takes at the same time.
    #[arg(long, value_name = "NUMBER", default_value_t = Limits::default().uploads)]
    max_uploads: usize,
    /// Of these, uploads of one organisation; as many parts of its uploads that broke off are kept.
    #[arg(long, value_name = "NUMBER", default_value_t = Limits::default().uploads_of_organisation)]
    max_uploads_per_organisation: usize,
    /// Of these, uploads of one account; as many parts of its uploads that broke off are kept.
    #[arg(long, value_name = "NUMBER", default_value_t = Limits::default().uploads_of_account)]
    max_uploads_per_account: usize,
    /// Seconds for which a part of an upload that broke off is kept, so that its uploader can go on with it.
    #[arg(long, value_name = "SECONDS", default_value_t = Limits::default().keep_parts.as_secs())]
    keep_parts: u64,
    /// Bytes a second that clients of the gateway have to give or take when they are waited for.
    #[arg(long, value_name = "SIZE", default_value_t = Size(Limits::default().slowest))]
    slowest: Size,
    /// Threads of the engine; 0 for one on each core.
    #[arg(long, default_value_t = 0)]
    threads: usize,
    /// GPU for the arithmetic, by its number, or `off`. Without a CUDA driver, and once the GPU fails a check, the CPU does it all.
    #[arg(long, value_name = "NUMBER", default_value = "0")]
    gpu: backend::Gpu,
    /// The most instructions that the arithmetic uses: less where this processor's are faulty, or make it slow. Results do not depend on it.
    #[arg(long, value_name = "LEVEL", value_enum, default_value_t)]
    instructions: backend::Instructions,
    /// Bytes that the engine may use for its blocks.
    #[arg(long, value_name = "SIZE", default_value_t = Size(256 << 20), value_parser = Size::at_least(LEAST_MEMORY))]
    memory_budget: Size,
    /// Bytes, such as 900MiB, that evaluations, assessments of rounds and batches of requests for answers may use together, the models
    /// included; three quarters of what the machine has free at the start unless set. A batch has half of it, an evaluation and an
    /// assessment a quarter each. What needs more is not computed: the validator abstains. A third of a batch's part is what the validator
    /// declares to be able to answer.
    #[arg(long, value_name = "SIZE")]
    evaluation_memory: Option<Size>,
    /// Share of the batches of requests that other validators were drawn for which is computed again, while this worker has nothing else to
    /// compute and their outcome is provisional: 1/1 for all, 0 for none. What differs is in the log, in the node's quorate_workerStatus, and
    /// in `quorate batch disputed`.
    #[arg(long, value_name = "SHARE", default_value_t = OneIn(SPOT_CHECKS))]
    check_batches: OneIn,
    /// Final blocks for which an update is kept after the chain stopped naming it.
    #[arg(long, value_name = "BLOCKS", default_value_t = 64)]
    keep_unnamed: u32,
    /// Final blocks for which a result is kept that the chain never named, and a detail that it names no longer; a day of blocks of six
    /// seconds unless set.
    #[arg(long, value_name = "BLOCKS")]
    keep_results: Option<u32>,
    /// Final blocks for which a version is kept that the chain no longer names: old ones, and those of retired models. For ever unless
    /// set.
    #[arg(long, value_name = "BLOCKS")]
    keep_versions: Option<u32>,
    /// Address on which /metrics, /health and /ready are shown, such as 127.0.0.1:9781; nowhere unless set.
    #[arg(long, value_name = "ADDRESS")]
    metrics: Option<SocketAddr>,
    /// Show them also on an address that other machines can reach.
    #[arg(long, requires = "metrics")]
    metrics_external: bool,
    /// Seconds by which a computation may be late before the worker ends itself: its GPU or disk hangs. A node ends it after 90.
    #[arg(long, value_name = "SECONDS", default_value_t = OVERDUE.as_secs(), value_parser = clap::value_parser!(u64).range(1..HUNG.as_secs()))]
    overdue: u64,
    /// Exit when standard input closes: the node holds its other end.
    #[arg(long)]
    exit_with_node: bool,
    /// What is logged, for example `info` or `info,quorate_gateway=debug`.
    #[arg(long, default_value = "info", env = "QUORATE_LOG")]
    log_level: String,
    /// How the log looks.
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    log_format: logs::Format,
}

/// Works until it is asked to end.
pub(crate) fn serve(arguments: Serve, wrap: impl FnOnce(Arc<dyn Engine>) -> Arc<dyn Engine>) -> anyhow::Result<()> {
    let exit_with_node = arguments.exit_with_node;
    open_files::raise()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    // First the store: whoever has its lock is the one who may touch anything else.
    let opened = arguments
        .blobs
        .open(&arguments.store, arguments.keep_free.0, arguments.allow_plaintext);
    let store = runtime.block_on(opened)?;
    let config = config(arguments, store, wrap)?;
    let ended = exit_with_node.then(end_of_input);
    let result = runtime.block_on(async {
        // From now on a signal ends it in good order, also one that comes as soon as it says that it is ready.
        let mut interrupted = signal(SignalKind::interrupt())?;
        let mut terminated = signal(SignalKind::terminate())?;
        let running = start(config).await?;
        tokio::select! {
            () = running.stopped() => (),
            _ = interrupted.recv() => tracing::info!("interrupted"),
            _ = terminated.recv() => tracing::info!("terminated"),
            () = closed(ended) => tracing::info!("the node is gone"),
        }
        running.stop().await;
        anyhow::Ok(())
    });
    // A blocking computation sees its cancellation within a tile.
    runtime.shutdown_timeout(Duration::from_secs(2));
    result
}

impl Serve {
    /// Starts the log.
    ///
    /// # Errors
    /// For a filter that cannot be read.
    pub fn start_log(&self) -> anyhow::Result<()> {
        logs::start(&self.log_level, self.log_format)
    }
}

fn config(
    arguments: Serve,
    store: BlobStore,
    wrap: impl FnOnce(Arc<dyn Engine>) -> Arc<dyn Engine>,
) -> anyhow::Result<Config> {
    let settings = Settings {
        threads: arguments.threads,
        memory: arguments.memory_budget.0,
        evaluation: arguments.evaluation_memory.map(|size| size.0),
        instructions: arguments.instructions.of_inference(),
        ..Settings::default()
    };
    let engine = backend::best(settings, arguments.gpu)?;
    backend::tell_inference(settings.instructions);
    let measured = engine.clone();
    let tls = (arguments.tls || arguments.files.is_given())
        .then(|| keys::gateway(&arguments.store, &arguments.files))
        .transpose()?;
    let link = match (arguments.socket, arguments.link, arguments.node_tls_pin) {
        (Some(socket), None, None) => Link::Socket(socket),
        (None, Some(address), Some(node)) => Link::Tls {
            address,
            identity: keys::link(&arguments.store)?,
            node,
        },
        _ => anyhow::bail!("either --socket, or --link with --node-tls-pin"),
    };
    let by_default = Retention::of_updates(arguments.keep_unnamed);
    Ok(Config {
        room: Room {
            max: arguments.max_disk.map(|size| size.0),
            keep_free: arguments.keep_free.0,
        },
        tls,
        allow_plaintext: arguments.allow_plaintext,
        limits: Limits {
            connections_of_address: arguments.max_connections_per_address.max(1),
            uploads: arguments.max_uploads.max(1),
            uploads_of_organisation: arguments.max_uploads_per_organisation.max(1),
            uploads_of_account: arguments.max_uploads_per_account.max(1),
            keep_parts: Duration::from_secs(arguments.keep_parts),
            slowest: arguments.slowest.0,
            ..Limits::default()
        },
        retention: Retention {
            results: arguments.keep_results.unwrap_or(by_default.results),
            versions: arguments.keep_versions,
            ..by_default
        },
        observe: arguments.metrics.map(|address| Observe {
            address,
            external: arguments.metrics_external,
        }),
        overdue: Duration::from_secs(arguments.overdue),
        on_hang: Arc::new(end_hung),
        spot_checks: arguments.check_batches.0,
        measure: Some(Box::new(move || backend::capacity(&measured))),
        ..Config::new(link, store, arguments.gateway, wrap(engine))
    })
}

/// Ends the process at once: whatever hangs might hang an orderly end, too.
fn end_hung(reason: &str) {
    let line = reason.to_owned();
    let (said, heard) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        tracing::error!(reason = line, "the worker hangs and ends itself, to be started again");
        said.send(()).ok();
    });
    // Standard error may be what hangs.
    heard.recv_timeout(LAST_LINE).ok();
    // Nobody needs a copy of the memory.
    let none = Rlimit {
        current: Some(0),
        ..getrlimit(Resource::Core)
    };
    setrlimit(Resource::Core, none).ok();
    std::process::abort();
}

/// Resolves when standard input closes. A thread of its own: reading it cannot be interrupted.
fn end_of_input() -> oneshot::Receiver<()> {
    let (ended, end) = oneshot::channel();
    std::thread::spawn(move || {
        let mut rest = [0; 64];
        while std::io::stdin().read(&mut rest).is_ok_and(|got| got > 0) {}
        // Nobody listens any more if the worker stops for another reason.
        let _ = ended.send(());
    });
    end
}

async fn closed(end: Option<oneshot::Receiver<()>>) {
    match end {
        Some(end) => drop(end.await),
        None => std::future::pending().await,
    }
}
