//! The command line.

use quorate_tls::Pin;
use std::{ffi::OsString, net::SocketAddr, num::NonZeroU32, path::PathBuf};

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

    #[clap(flatten)]
    pub guard: ValidatorArgs,

    /// Queries of the runtime by JSON-RPC that are answered at the same time; others wait, and turns go round between those who ask. Half
    /// of the processor's cores if not given.
    #[arg(long, value_name = "NUMBER", help_heading = "JSON-RPC")]
    pub rpc_max_queries: Option<NonZeroU32>,

    /// How a running node logs: as text, or as JSON with one object a line.
    #[arg(long, value_name = "FORMAT", value_enum, default_value = "text")]
    pub log_format: LogFormat,
}

/// How a running node logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    Text,
    Json,
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

    /// The worker's own configuration file: handed on as its `--config`.
    #[arg(long, value_name = "FILE")]
    pub worker_config: Option<PathBuf>,

    /// A further argument for the worker. May be given several times: `--worker-arg=--threads --worker-arg=4`.
    #[arg(long, value_name = "ARGUMENT", allow_hyphen_values = true)]
    pub worker_arg: Vec<String>,

    /// Unix socket of a worker that runs already; the node then starts none.
    #[arg(long, value_name = "PATH", conflicts_with_all = ["worker_bin", "worker_store", "worker_config", "worker_arg", "no_worker"])]
    pub worker_socket: Option<PathBuf>,

    /// Host and port of a worker on another machine (its `--link`), reached over TLS; the node then starts none.
    #[arg(
        long,
        value_name = "HOST:PORT",
        requires = "worker_tls_pin",
        conflicts_with_all = ["worker_bin", "worker_store", "worker_config", "worker_arg", "worker_socket", "no_worker"]
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
    #[arg(long, conflicts_with_all = ["worker_bin", "worker_store", "worker_config", "worker_arg"])]
    pub no_worker: bool,
}

impl WorkerArgs {
    /// The arguments that are handed on to the worker.
    pub fn handed_on(&self) -> Vec<OsString> {
        let config = self
            .worker_config
            .iter()
            .flat_map(|file| ["--config".into(), file.clone().into_os_string()]);
        config.chain(self.worker_arg.iter().map(OsString::from)).collect()
    }
}

/// When a validator's keys may sign.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Validator")]
pub struct ValidatorArgs {
    /// No other node uses this validator's keys: sign at once. Without it a validator that was restored from a backup, copied or moved to
    /// another machine first watches the chain for signs of another node with its keys. Never say so while the other one may come back.
    #[arg(long)]
    pub take_over: bool,
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

    /// Write man pages into a folder, one for each command.
    Man { folder: PathBuf },

    /// Print a shell's completions.
    Completions { shell: clap_complete::Shell },

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
    fn the_workers_configuration_should_be_handed_on_before_single_arguments() {
        let cli = Cli::parse_from([
            "quorate-node",
            "--worker-config",
            "w.toml",
            "--worker-arg=--threads",
            "--worker-arg=4",
        ]);
        assert_eq!(cli.worker.handed_on(), ["--config", "w.toml", "--threads", "4"]);
        Cli::try_parse_from(["quorate-node", "--worker-config", "w", "--no-worker"]).unwrap_err();
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
