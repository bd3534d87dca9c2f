//! Runs what the command line asks for.

use crate::{
    chain_spec,
    cli::{Cli, Subcommand},
    service,
};
use clap::{CommandFactory, FromArgMatches};
use quorate_runtime::opaque::Block;
use sc_cli::SubstrateCli;
use sc_network::config::NetworkBackendType;
use sc_service::PartialComponents;

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

/// The command line, with the transaction pool that suits this chain.
///
/// The fork-aware pool tells the network of a transaction once, and looks for it in its newest view only. Where two blocks compete
/// that view may get it a moment later: then nobody else hears of it for three seconds, longer than a block. It also judges by
/// views that come after their blocks: a statement about a job that the newest block made is refused, and never sent again by gossip.
/// The single-state pool judges by the best block of the moment.
fn command_line() -> clap::Command {
    Cli::setup_command(Cli::command()).mut_arg("pool_type", |kind| kind.default_value("single-state"))
}

/// Parse the command line and run.
pub fn run() -> sc_cli::Result<()> {
    let arguments = command_line().get_matches();
    let cli = Cli::from_arg_matches(&arguments).unwrap_or_else(|error| error.exit());
    match &cli.subcommand {
        None => run_node(&cli),
        Some(Subcommand::Key(cmd)) => cmd.run(&cli),
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
    let runner = cli.create_runner(&cli.run)?;
    let (worker, peers) = (cli.worker.clone(), cli.peers.clone());
    runner.run_node_until_exit(|config| async move {
        match config.network.network_backend {
            NetworkBackendType::Libp2p => {
                service::full::<sc_network::NetworkWorker<Block, quorate_primitives::Hash>>(config, worker, peers)
            }
            NetworkBackendType::Litep2p => service::full::<sc_network::Litep2pNetworkBackend>(config, worker, peers),
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
}
