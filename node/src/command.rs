//! Runs what the command line asks for.

use crate::{
    chain_spec,
    cli::{Cli, LogFormat, Subcommand},
    service, start,
};
use clap::{ArgMatches, CommandFactory, FromArgMatches};
use quorate_runtime::opaque::Block;
use sc_cli::SubstrateCli;
use sc_network::config::NetworkBackendType;
use sc_service::PartialComponents;
use std::{ffi::OsString, io::Write};

/// Name of this program.
const NAME: &str = "quorate-node";

impl SubstrateCli for Cli {
    fn impl_name() -> String {
        "Quorate Node".to_owned()
    }

    fn impl_version() -> String {
        env!("CARGO_PKG_VERSION").to_owned()
    }

    fn description() -> String {
        env!("CARGO_PKG_DESCRIPTION").to_owned()
    }

    fn author() -> String {
        "The Quorate authors".to_owned()
    }

    fn support_url() -> String {
        "the issues of Quorate's repository".to_owned()
    }

    fn copyright_start_year() -> i32 {
        2026
    }

    fn load_spec(&self, id: &str) -> Result<Box<dyn sc_service::ChainSpec>, String> {
        Ok(Box::new(match id {
            "dev" => chain_spec::development()?,
            "" | "local" => chain_spec::local()?,
            path => chain_spec::ChainSpec::from_json_file(path.into())?,
        }))
    }
}

const RATE_LIMIT: &str = "Requests a minute of each address: an IPv4 address, or a /64 of IPv6";
const TRUST_PROXY: &str = "Take the address that the proxy names for who asks. The proxy must set one of Forwarded, \
                           X-Forwarded-For and X-Real-IP, and remove the others";

/// The command line, with the transaction pool that suits this chain.
///
/// The fork-aware pool tells the network of a transaction once, and looks for it in its newest view only. Where two blocks compete
/// that view may get it a moment later: then nobody else hears of it for three seconds, longer than a block. It also judges by
/// views that come after their blocks: a statement about a job that the newest block made is refused, and never sent again by gossip.
/// The single-state pool judges by the best block of the moment. It takes what a fork took back from the blocks of that fork: these are kept,
/// because finality would remove them before the pool has looked, and what was in them with them.
fn command_line() -> clap::Command {
    Cli::setup_command(Cli::command())
        .name(NAME)
        .mut_arg("pool_type", |kind| kind.default_value("single-state"))
        .mut_arg("blocks_pruning", |pruning| pruning.default_value("archive"))
        .mut_arg("rpc_rate_limit", |limit| limit.help(RATE_LIMIT).long_help(RATE_LIMIT))
        .mut_arg("rpc_rate_limit_trust_proxy_headers", |trust| {
            trust.help(TRUST_PROXY).long_help(TRUST_PROXY)
        })
        .mut_arg("rpc_max_batch_request_len", |most| most.default_value("64"))
}

/// Parse the command line and run.
///
/// # Errors
/// What went wrong and what to do, for the person who started the program.
pub fn run() -> Result<(), String> {
    let mut given: Vec<OsString> = std::env::args_os().collect();
    let mut arguments = command_line().get_matches_from(&given);
    if let Some(keys) = arguments.subcommand_matches("key") {
        if let Some(asked) = check_key(keys)? {
            given.push(asked);
            arguments = command_line().get_matches_from(&given);
        }
        // What these commands write is secret.
        rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    }
    let cli = Cli::from_arg_matches(&arguments).unwrap_or_else(|error| error.exit());
    carry_out(&cli).map_err(|error| start::failure::explain(&error, &cli))
}

/// Substrate's key commands take any text for a key. Returns an argument that is missing and was asked for.
fn check_key(keys: &ArgMatches) -> Result<Option<OsString>, String> {
    let (name, given) = match keys.subcommand() {
        Some(("insert", arguments)) => ("suri", arguments),
        Some(("inspect", arguments)) => ("uri", arguments),
        _ => return Ok(None),
    };
    let check = |text: &str| match name {
        "suri" => start::keys::check_secret(text),
        _ => start::keys::check_key(text),
    };
    if let Some(text) = given.get_one::<String>(name) {
        check(text)?;
        return Ok(None);
    }
    let text =
        rpassword::prompt_password("Secret URI, or a file that holds it: ").map_err(|error| error.to_string())?;
    check(&text)?;
    Ok(Some(match name {
        "suri" => format!("--suri={text}").into(),
        _ => text.into(),
    }))
}

fn carry_out(cli: &Cli) -> sc_cli::Result<()> {
    match &cli.subcommand {
        None => run_node(cli),
        Some(Subcommand::Key(cmd)) => cmd.run(cli),
        Some(Subcommand::Man { folder }) => clap_mangen::generate_to(command_line(), folder)
            .map_err(|error| sc_cli::Error::Input(format!("{}: {error}", folder.display()))),
        Some(Subcommand::Completions { shell }) => {
            let mut text = Vec::new();
            clap_complete::generate(*shell, &mut command_line(), NAME, &mut text);
            Ok(std::io::stdout().write_all(&text)?)
        }
        Some(Subcommand::WorkerPin(cmd)) => cli.create_runner(cmd)?.sync_run(|config| {
            let folder = config.base_path.config_dir(config.chain_spec.id());
            let own = service::own_worker_key(&folder).map_err(|error| sc_cli::Error::Input(error.to_string()))?;
            println!("{}  give it to the worker as --node-tls-pin", own.pin());
            Ok(())
        }),
        Some(Subcommand::BuildSpec(cmd)) => cli
            .create_runner(cmd)?
            .sync_run(|config| cmd.run(config.chain_spec, config.network)),
        Some(Subcommand::ExportChainSpec(cmd)) => cmd.run(cli.load_spec(&cmd.chain)?),
        Some(Subcommand::CheckBlock(cmd)) => cli.create_runner(cmd)?.async_run(|config| {
            let PartialComponents {
                client,
                task_manager,
                import_queue,
                ..
            } = service::partial(&config)?;
            Ok((cmd.run(client, import_queue), task_manager))
        }),
        Some(Subcommand::ExportBlocks(cmd)) => cli.create_runner(cmd)?.async_run(|config| {
            let PartialComponents {
                client, task_manager, ..
            } = service::partial(&config)?;
            Ok((cmd.run(client, config.database), task_manager))
        }),
        Some(Subcommand::ExportState(cmd)) => cli.create_runner(cmd)?.async_run(|config| {
            let PartialComponents {
                client, task_manager, ..
            } = service::partial(&config)?;
            Ok((cmd.run(client, config.chain_spec), task_manager))
        }),
        Some(Subcommand::ImportBlocks(cmd)) => cli.create_runner(cmd)?.async_run(|config| {
            let PartialComponents {
                client,
                task_manager,
                import_queue,
                ..
            } = service::partial(&config)?;
            Ok((cmd.run(client, import_queue), task_manager))
        }),
        Some(Subcommand::PurgeChain(cmd)) => cli.create_runner(cmd)?.sync_run(|config| cmd.run(config.database)),
        Some(Subcommand::Revert(cmd)) => cli.create_runner(cmd)?.async_run(|config| {
            let PartialComponents {
                client,
                task_manager,
                backend,
                ..
            } = service::partial(&config)?;
            let aux_revert = Box::new(|client: std::sync::Arc<service::partial::Client>, backend, blocks| {
                sc_consensus_babe::revert(client.clone(), backend, blocks)?;
                sc_consensus_grandpa::revert(client, blocks)?;
                Ok(())
            });
            Ok((cmd.run(client, backend, Some(aux_revert)), task_manager))
        }),
        Some(Subcommand::ChainInfo(cmd)) => cli.create_runner(cmd)?.sync_run(|config| cmd.run::<Block>(&config)),
    }
}

fn run_node(cli: &Cli) -> sc_cli::Result<()> {
    let runner = match cli.log_format {
        LogFormat::Text => cli.create_runner(&cli.run)?,
        LogFormat::Json => start::logs::json_runner(cli)?,
    };
    let options = service::Options {
        worker: cli.worker.clone(),
        peers: cli.peers.clone(),
        validator: cli.guard.clone(),
        max_queries: cli.rpc_max_queries,
    };
    let own_endpoints = !cli.run.rpc_params.experimental_rpc_endpoint.is_empty();
    runner.run_node_until_exit(|mut config| async move {
        for what in start::keys::check_files(&config)? {
            log::error!(target: "quorate", "{what}");
        }
        start::ports::check(&mut config, own_endpoints)?;
        match config.network.network_backend {
            NetworkBackendType::Libp2p => {
                service::full::<sc_network::NetworkWorker<Block, quorate_primitives::Hash>>(config, options)
            }
            NetworkBackendType::Litep2p => service::full::<sc_network::Litep2pNetworkBackend>(config, options),
        }
        .map_err(sc_cli::Error::Service)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use sc_cli::TransactionPoolType::{ForkAware, SingleState};

    #[test]
    fn transaction_pool_should_be_the_single_state_one_unless_another_is_asked_for() {
        let kind = |more: &[&str]| {
            let arguments = [&["quorate-node"], more].concat();
            let arguments = command_line().try_get_matches_from(arguments).unwrap();
            Cli::from_arg_matches(&arguments).unwrap().run.pool_config.pool_type
        };
        assert!(matches!(kind(&[]), SingleState));
        assert!(matches!(kind(&["--pool-type", "fork-aware"]), ForkAware));
        command_line().debug_assert();
    }

    /// Else what was in a block that finality displaces is in no pool any more.
    #[test]
    fn blocks_of_forks_should_be_kept_unless_something_else_is_asked_for() {
        let kept = |more: &[&str]| {
            let arguments = [&["quorate-node"], more].concat();
            let arguments = command_line().try_get_matches_from(arguments).unwrap();
            let run = Cli::from_arg_matches(&arguments).unwrap().run;
            run.import_params.pruning_params.blocks_pruning().unwrap()
        };
        assert_eq!(kept(&[]), sc_service::BlocksPruning::KeepAll);
        assert_eq!(kept(&["--blocks-pruning", "256"]), sc_service::BlocksPruning::Some(256));
    }

    #[test]
    fn manual_pages_and_completions_should_know_every_command() {
        let folder = tempfile::tempdir().unwrap();
        clap_mangen::generate_to(command_line(), folder.path()).unwrap();
        for page in ["quorate-node.1", "quorate-node-key.1", "quorate-node-worker-pin.1"] {
            assert!(folder.path().join(page).exists(), "{page}");
        }
        let text = std::fs::read_to_string(folder.path().join("quorate-node.1")).unwrap();
        assert!(
            text.contains("take\\-over") && text.contains("worker\\-config"),
            "flags are described"
        );
        for shell in [
            clap_complete::Shell::Bash,
            clap_complete::Shell::Zsh,
            clap_complete::Shell::Fish,
        ] {
            let mut text = Vec::new();
            clap_complete::generate(shell, &mut command_line(), NAME, &mut text);
            assert!(String::from_utf8(text).unwrap().contains("worker-pin"), "{shell}");
        }
    }

    #[test]
    fn key_commands_should_take_no_path_and_no_empty_text_for_a_key() {
        let checked = |arguments: &[&str]| {
            let arguments = [&["quorate-node", "key"], arguments].concat();
            let arguments = command_line().try_get_matches_from(arguments).unwrap();
            check_key(arguments.subcommand_matches("key").unwrap())
        };
        let insert = ["insert", "--scheme", "sr25519", "--key-type", "aiwk"];
        for wrong in [["--suri", ""], ["--suri", "/no/such.key"]] {
            checked(&[&insert[..], &wrong].concat()).unwrap_err();
        }
        checked(&[&insert[..], &["--suri", "//Alice"]].concat()).unwrap();
        for wrong in [["inspect", ""], ["inspect", "/no/such.key"]] {
            checked(&wrong).unwrap_err();
        }
        checked(&["inspect", "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"]).unwrap();
        checked(&["generate"]).unwrap();
    }
}
