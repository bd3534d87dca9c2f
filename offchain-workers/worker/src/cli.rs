//! The command line.

use crate::{
    backend, keys,
    link::Link,
    start::{start, Config},
};
use anyhow::Context;
use clap::{Parser, Subcommand};
use quorate_blobs::{BlobStore, Room};
use quorate_engine::{Engine, Settings};
use quorate_gateway::Limits;
use quorate_tls::Pin;
use std::{
    io::{IsTerminal, Read},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    time::Duration,
};
use tokio::sync::oneshot;

/// Interval between garbage collections.
const COLLECT: Duration = Duration::from_secs(60);
/// Smallest budget: what 64 updates need with one thread, and some more.
const LEAST_MEMORY: u64 = 16 << 20;

/// Worker of a Quorate validator: fetches and checks blobs, computes, and serves the blob gateway. It holds no chain key.
#[derive(Debug, Parser)]
#[command(name = "quorate-worker", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Work for the node that connects to a Unix socket, or over TLS.
    Serve(Box<Serve>),
    /// Show what others have to know of this worker's TLS keys. Keys that are not there yet are made.
    Pins {
        /// Folder of the blobs, as for `serve`.
        #[arg(long)]
        store: PathBuf,
        #[command(flatten)]
        tls: keys::Files,
    },
    /// Check that this machine and build compute what the specification says, and print the digest.
    Selftest {
        /// Threads of the engine; 0 for one on each core.
        #[arg(long, default_value_t = 0)]
        threads: usize,
        /// GPU to check too, by its number, or `off`. Without a CUDA driver there is none.
        #[arg(long, value_name = "NUMBER", default_value = "0")]
        gpu: backend::Gpu,
    },
}

#[derive(Debug, clap::Args)]
struct Serve {
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
    /// Address of the blob gateway; port 0 takes a free one.
    #[arg(long)]
    gateway: SocketAddr,
    /// Serve the gateway over TLS with a self-signed certificate, made once; its pin is to be registered on chain.
    #[arg(long, conflicts_with_all = ["allow_plaintext", "tls_cert"])]
    tls: bool,
    #[command(flatten)]
    files: keys::Files,
    /// Serve the gateway without TLS on an address that other machines can reach.
    #[arg(long, conflicts_with = "tls_cert")]
    allow_plaintext: bool,
    /// Bytes that the store may have; an upload beyond is refused, and nothing is fetched. No limit unless set.
    #[arg(long, value_name = "BYTES")]
    max_disk: Option<u64>,
    /// Bytes of the disk that uploads and fetching leave free.
    #[arg(long, value_name = "BYTES", default_value_t = 256 << 20)]
    keep_free: u64,
    /// Connections that the gateway takes from one IPv4 address or one IPv6 network of 64 bits: more where many come through one
    /// proxy.
    #[arg(long, value_name = "NUMBER", default_value_t = Limits::default().connections_of_address)]
    max_connections_per_address: usize,
    /// Threads of the engine; 0 for one on each core.
    #[arg(long, default_value_t = 0)]
    threads: usize,
    /// GPU for the arithmetic, by its number, or `off`. Without a CUDA driver, and once the GPU fails a check, the CPU does it all.
    #[arg(long, value_name = "NUMBER", default_value = "0")]
    gpu: backend::Gpu,
    /// Bytes that the engine may use for its blocks.
    #[arg(long, default_value_t = 256 << 20, value_parser = clap::value_parser!(u64).range(LEAST_MEMORY..))]
    memory_budget: u64,
    /// Final blocks for which an update is kept after the chain stopped naming it.
    #[arg(long, value_name = "BLOCKS", default_value_t = 64)]
    keep_unnamed: u32,
    /// Exit when standard input closes: the node holds its other end.
    #[arg(long)]
    exit_with_node: bool,
    /// What is logged, for example `info` or `info,quorate_gateway=debug`.
    #[arg(long, default_value = "info", env = "QUORATE_LOG")]
    log_level: String,
}

/// Runs the program. `wrap` gets the engine after its self-test; the product passes it on unchanged.
pub fn run(wrap: impl FnOnce(Arc<dyn Engine>) -> Arc<dyn Engine>) -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Selftest { threads, gpu } => check(threads, gpu),
        Command::Serve(arguments) => serve(*arguments, wrap),
        Command::Pins { store, tls } => pins(&store, &tls),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("quorate-worker: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn check(threads: usize, gpu: backend::Gpu) -> anyhow::Result<()> {
    let settings = Settings {
        threads,
        ..Settings::default()
    };
    for checked in backend::check_all(settings, gpu) {
        let digest = checked.digest?;
        println!(
            "{digest}  version {} of aggregation, {}",
            quorate_exact::EXACT_VERSION,
            checked.name
        );
    }
    Ok(())
}

fn pins(store: &Path, files: &keys::Files) -> anyhow::Result<()> {
    let gateway = keys::gateway(store, files)?.pin();
    let link = keys::link(store)?.pin();
    println!("gateway  {gateway}  register it as tls_key_hash of the validator's endpoint");
    println!("link     {link}  give it to the node as --worker-tls-pin");
    Ok(())
}

fn serve(arguments: Serve, wrap: impl FnOnce(Arc<dyn Engine>) -> Arc<dyn Engine>) -> anyhow::Result<()> {
    let filter = tracing_subscriber::EnvFilter::try_new(&arguments.log_level).context("--log-level")?;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
    let settings = Settings {
        threads: arguments.threads,
        memory: arguments.memory_budget,
        block: None,
    };
    let engine = backend::best(settings, arguments.gpu)?;
    let store = BlobStore::local(&arguments.store).context("--store")?;
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
    let config = Config {
        link,
        store,
        room: Room {
            max: arguments.max_disk,
            keep_free: arguments.keep_free,
        },
        tls,
        gateway: arguments.gateway,
        allow_plaintext: arguments.allow_plaintext,
        limits: Limits {
            connections_of_address: arguments.max_connections_per_address.max(1),
            ..Limits::default()
        },
        keep_unnamed: arguments.keep_unnamed,
        collect_every: COLLECT,
        engine: wrap(engine),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let ended = arguments.exit_with_node.then(end_of_input);
    let result = runtime.block_on(async {
        let running = start(config).await?;
        tokio::select! {
            () = running.stopped() => (),
            _ = tokio::signal::ctrl_c() => tracing::info!("interrupted"),
            () = terminated() => tracing::info!("terminated"),
            () = closed(ended) => tracing::info!("the node is gone"),
        }
        running.stop().await;
        anyhow::Ok(())
    });
    // A blocking computation sees its cancellation within a tile.
    runtime.shutdown_timeout(Duration::from_secs(2));
    result
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

async fn terminated() {
    match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(mut signal) => drop(signal.recv().await),
        Err(_) => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_should_be_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_node_on_another_machine_should_be_known_by_its_pin() {
        let parse = |more: &[&str]| {
            let all = ["quorate-worker", "serve", "--store", "s", "--gateway", "127.0.0.1:0"];
            Arguments::try_parse_from(all.iter().chain(more)).map(drop)
        };
        let pin = "11".repeat(32);
        parse(&["--socket", "p"]).unwrap();
        parse(&["--link", "0.0.0.0:9", "--node-tls-pin", &pin]).unwrap();
        parse(&["--socket", "p", "--tls"]).unwrap();
        parse(&["--socket", "p", "--tls-cert", "c", "--tls-key", "k"]).unwrap();
        for wrong in [
            &[][..],
            &["--link", "0.0.0.0:9"],
            &["--link", "0.0.0.0:9", "--node-tls-pin", "11"],
            &["--link", "0.0.0.0:9", "--node-tls-pin", &pin, "--socket", "p"],
            &["--socket", "p", "--node-tls-pin", &pin],
            &["--socket", "p", "--tls-cert", "c"],
            &["--socket", "p", "--tls", "--allow-plaintext"],
            &["--socket", "p", "--tls", "--tls-cert", "c", "--tls-key", "k"],
        ] {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
