//! The command line.

use crate::{start, Config};
use anyhow::Context;
use clap::{Parser, Subcommand};
use quorate_blobs::BlobStore;
use quorate_engine::{selftest, Engine, ScalarEngine, Settings};
use quorate_gateway::Limits;
use std::{
    io::{IsTerminal, Read},
    net::SocketAddr,
    path::PathBuf,
    process::ExitCode,
    sync::Arc,
    time::Duration,
};
use tokio::sync::oneshot;

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
    /// Work for the node that connects to a Unix socket.
    Serve(Serve),
    /// Check that this machine and build compute what the specification says, and print the digest.
    Selftest {
        /// Threads of the engine; 0 for one on each core.
        #[arg(long, default_value_t = 0)]
        threads: usize,
    },
}

#[derive(Debug, clap::Args)]
struct Serve {
    /// Unix socket on which the node is awaited; made with mode 0600.
    #[arg(long)]
    socket: PathBuf,
    /// Folder of the blobs. No other worker may use it.
    #[arg(long)]
    store: PathBuf,
    /// Address of the blob gateway; port 0 takes a free one.
    #[arg(long)]
    gateway: SocketAddr,
    /// Serve the gateway without TLS on an address that other machines can reach.
    #[arg(long)]
    allow_plaintext: bool,
    /// Threads of the engine; 0 for one on each core.
    #[arg(long, default_value_t = 0)]
    threads: usize,
    /// Bytes that the engine may use for its blocks.
    #[arg(long, default_value_t = 256 << 20, value_parser = clap::value_parser!(u64).range(LEAST_MEMORY..))]
    memory_budget: u64,
    /// Seconds for which an update is kept after the chain stopped naming it.
    #[arg(long, default_value_t = 86_400)]
    keep_unreferenced: u64,
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
        Command::Selftest { threads } => check(threads),
        Command::Serve(arguments) => serve(arguments, wrap),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("quorate-worker: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn check(threads: usize) -> anyhow::Result<()> {
    let engine = ScalarEngine::new(Settings {
        threads,
        ..Settings::default()
    })?;
    let digest = selftest::run(&engine)?;
    println!(
        "{digest}  specification {}, {}",
        quorate_exact::SPEC_VERSION,
        engine.name()
    );
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
    let engine = Arc::new(ScalarEngine::new(settings)?);
    let digest = selftest::run(&*engine).context("self-test")?;
    tracing::info!(backend = engine.name(), digest, "self-test passed");
    let config = Config {
        socket: arguments.socket,
        store: BlobStore::local(&arguments.store).context("--store")?,
        gateway: arguments.gateway,
        allow_plaintext: arguments.allow_plaintext,
        limits: Limits::default(),
        grace: Duration::from_secs(arguments.keep_unreferenced),
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
