//! The command line.

use quorate_tls::Pin;
use std::{net::SocketAddr, path::PathBuf};

/// The node of Quorate.
#[derive(Debug, clap::Parser)]
pub struct Cli {
    #[command(subcommand)]
    pub subcommand: Option<Subcommand>,

    #[clap(flatten)]
    pub run: sc_cli::RunCmd,

    #[clap(flatten)]
    pub worker: WorkerArgs,

    #[clap(flatten)]
    pub peers: PeerArgs,
}

/// The worker of a validator. A node that is no validator has none.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Worker")]
pub struct WorkerArgs {
    /// Address on which the worker's blob gateway listens.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9101")]
    pub gateway_listen: SocketAddr,

    /// The worker's program, if it is not `quorate-worker` beside this one.
    #[arg(long, value_name = "PATH")]
    pub worker_bin: Option<PathBuf>,

    /// Folder in which the worker keeps blobs, if it is not in the node's base path.
    #[arg(long, value_name = "FOLDER")]
    pub worker_store: Option<PathBuf>,

    /// How much the worker logs.
    #[arg(long, value_name = "LEVEL", default_value = "info")]
    pub worker_log: String,

    /// A further argument for the worker. May be given several times: `--worker-arg=--threads --worker-arg=4`.
    #[arg(long, value_name = "ARGUMENT", allow_hyphen_values = true)]
    pub worker_arg: Vec<String>,

    /// Unix socket of a worker that runs already; the node then starts none.
    #[arg(long, value_name = "PATH", conflicts_with_all = ["worker_bin", "worker_store", "worker_arg", "no_worker"])]
    pub worker_socket: Option<PathBuf>,

    /// Host and port of a worker on another machine (its `--link`), reached over TLS; the node then starts none.
    #[arg(
        long,
        value_name = "HOST:PORT",
        requires = "worker_tls_pin",
        conflicts_with_all = ["worker_bin", "worker_store", "worker_arg", "worker_socket", "no_worker"]
    )]
    pub worker_address: Option<String>,

    /// Pin of that worker's key: `quorate-worker pins` shows it.
    #[arg(
        long,
        value_name = "PIN",
        requires = "worker_address",
        conflicts_with = "worker_socket"
    )]
    pub worker_tls_pin: Option<Pin>,

    /// Run a validator without a worker: it makes and finalizes blocks, and abstains from everything else.
    #[arg(long, conflicts_with_all = ["worker_bin", "worker_store", "worker_arg"])]
    pub no_worker: bool,
}

/// Whom the node talks to.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Peers")]
pub struct PeerArgs {
    /// Talk to any peer, not only to those registered on chain, `--reserved-nodes`, and the first ones from `--bootnodes` and
    /// `--peers-file`.
    #[arg(long)]
    pub open_peers: bool,

    /// File of addresses of peers, one `/ip4/…/tcp/…/p2p/…` a line; `#` begins a comment. These peers are talked to until
    /// the chain is synced, then as far as they are registered.
    #[arg(long, value_name = "PATH")]
    pub peers_file: Option<PathBuf>,
}

/// What else the program can do.
#[derive(Debug, clap::Subcommand)]
#[allow(clippy::large_enum_variant)] // parsed once
pub enum Subcommand {
    /// Make, show and insert keys.
    #[command(subcommand)]
    Key(sc_cli::KeySubcommand),

    /// Show the pin of this node's TLS key, for a worker on another machine. A key that is not there yet is made.
    WorkerPin(WorkerPinCmd),

    /// Write a chain specification.
    BuildSpec(sc_cli::BuildSpecCmd),

    /// Write a chain specification without the node's own address among its boot nodes.
    ExportChainSpec(sc_cli::ExportChainSpecCmd),

    /// Check a block again.
    CheckBlock(sc_cli::CheckBlockCmd),

    /// Write blocks to a file.
    ExportBlocks(sc_cli::ExportBlocksCmd),

    /// Write the state of a block as a chain specification.
    ExportState(sc_cli::ExportStateCmd),

    /// Read blocks from a file.
    ImportBlocks(sc_cli::ImportBlocksCmd),

    /// Remove the chain's database. Keys, blobs and sealed outcomes stay.
    PurgeChain(sc_cli::PurgeChainCmd),

    /// Go back by some blocks, at most to the last finalized one.
    Revert(sc_cli::RevertCmd),

    /// Show what the database holds.
    ChainInfo(sc_cli::ChainInfoCmd),
}

/// See [`Subcommand::WorkerPin`].
#[derive(Debug, clap::Args)]
pub struct WorkerPinCmd {
    #[clap(flatten)]
    pub shared: sc_cli::SharedParams,
}

impl sc_cli::CliConfiguration for WorkerPinCmd {
    fn shared_params(&self) -> &sc_cli::SharedParams {
        &self.shared
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{CommandFactory, Parser};

    #[test]
    fn the_command_line_should_be_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_worker_on_another_machine_should_be_known_by_its_pin() {
        let parse = |more: &[&str]| Cli::try_parse_from([&["quorate-node", "--validator"], more].concat()).map(drop);
        let pin = "11".repeat(32);
        parse(&["--worker-address", "w:9", "--worker-tls-pin", &pin]).unwrap();
        for wrong in [
            &["--worker-address", "w:9"][..],
            &["--worker-address", "w:9", "--worker-tls-pin", "11"],
            &["--worker-tls-pin", &pin],
            &["--worker-socket", "s", "--worker-tls-pin", &pin],
            &[
                "--worker-address",
                "w:9",
                "--worker-tls-pin",
                &pin,
                "--worker-socket",
                "s",
            ],
            &["--worker-address", "w:9", "--worker-tls-pin", &pin, "--no-worker"],
        ] {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
