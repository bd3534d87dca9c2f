//! Puts the node together.

mod attestation;
mod consensus;
mod executor;
mod ignored;
pub mod interlock;
mod metrics;
mod missing;
mod network;
pub mod partial;
mod peers;
pub mod readiness;
pub mod rounds;
mod standstill;
mod tasks;

pub use attestation::own_key as own_worker_key;
pub use partial::partial;

use crate::{
    cli::{PeerArgs, ValidatorArgs, WorkerArgs},
    rpc,
};
use futures::FutureExt;
use partial::{Backend, BlockImport, Client, GrandpaLink, Pool, SelectChain};
use quorate_gadget::ReportHandle;
use quorate_primitives::Hash;
use quorate_runtime::opaque::Block;
use sc_client_api::{Backend as _, HeaderBackend};
use sc_network::NetworkBackend;
use sc_rpc_spec_v2::transaction::TransactionMetrics;
use sc_service::{Configuration, Error, TaskManager};
use sc_transaction_pool_api::OffchainTransactionPoolFactory;
use sp_consensus::SyncOracle;
use std::{num::NonZeroU32, sync::Arc};

/// What the command line says beyond Substrate's own flags.
#[derive(Clone, Debug)]
pub struct Options {
    pub worker: WorkerArgs,
    pub peers: PeerArgs,
    pub validator: ValidatorArgs,
    pub max_queries: Option<NonZeroU32>,
}

/// Start a full node: a validator if the role says so.
pub fn full<N: NetworkBackend<Block, Hash>>(mut config: Configuration, options: Options) -> Result<TaskManager, Error> {
    let Options {
        worker,
        peers: peer_args,
        validator,
        max_queries,
    } = options;
    let first_peers = peers::prepare(&mut config.network, &peer_args)?;
    let sc_service::PartialComponents {
        client,
        backend,
        mut task_manager,
        import_queue,
        keystore_container,
        select_chain,
        transaction_pool,
        other,
    } = partial(&config)?;
    let partial::Other {
        block_import,
        grandpa_link,
        babe_link,
        babe_worker,
        inherents,
        mut telemetry,
    } = other;

    let net = network::start::<N>(network::Needs {
        config: &config,
        client: client.clone(),
        backend: backend.clone(),
        grandpa_link: &grandpa_link,
        import_queue,
        pool: transaction_pool.clone(),
        task_manager: &task_manager,
    })?;

    look_after_peers(&client, &net, &task_manager, first_peers, peer_args.open_peers);
    if config.offchain_worker.enabled {
        start_runtime_offchain_workers(
            &config,
            &client,
            &backend,
            &keystore_container,
            &transaction_pool,
            &net,
            &task_manager,
        )?;
    }
    let registry = config.prometheus_registry().cloned();
    let round_metrics = registry.as_ref().map(metrics::Rounds::register).transpose();
    let (watch, feed) = rounds::watch(
        client.clone(),
        round_metrics.map_err(|error| Error::Other(error.to_string()))?,
    );
    task_manager
        .spawn_handle()
        .spawn_blocking("watch-rounds", Some("quorate"), watch);
    let (report, released) = (ReportHandle::default(), interlock::Released::default());
    let lost = ignored::Lost::default();
    let probe = probe(&config, &client, &net, &report, &released, &lost, worker.no_worker);
    if let Some(registry) = registry.clone() {
        let follow = metrics::follow(registry, report.clone(), probe.clone());
        task_manager.spawn_handle().spawn("metrics", Some("quorate"), follow);
    }
    let voter_state = sc_consensus_grandpa::SharedVoterState::empty();
    let transaction_metrics = registry.as_ref().map(TransactionMetrics::new).transpose();
    let rpc_needs = rpc::Needs {
        client: client.clone(),
        backend: backend.clone(),
        pool: transaction_pool.clone(),
        select_chain: select_chain.clone(),
        chain_spec: config.chain_spec.cloned_box(),
        program: (config.impl_name.clone(), config.impl_version.clone()),
        keystore: keystore_container.keystore(),
        babe: babe_worker,
        grandpa: rpc::Grandpa {
            voter_state: voter_state.clone(),
            authority_set: grandpa_link.shared_authority_set().clone(),
            justifications: grandpa_link.justification_stream(),
            proofs: sc_consensus_grandpa::FinalityProofProvider::new_for_service(
                backend,
                Some(grandpa_link.shared_authority_set().clone()),
            ),
        },
        sync: net.sync.clone(),
        system: net.system_rpc,
        transaction_metrics: transaction_metrics.map_err(|error| Error::Other(error.to_string()))?,
        feed,
        report: report.clone(),
        probe,
        gate: rpc::Gate::new(max_queries.unwrap_or_else(rpc::Gate::standard)),
    };

    let chain_folder = config.base_path.config_dir(config.chain_spec.id());
    let (authoring, alone) = (consensus::Authoring::of(&config), config.force_authoring);
    let finality = consensus::Finality::of(&config, net.grandpa_protocol);
    tasks::start(tasks::Needs {
        config,
        client: client.clone(),
        pool: transaction_pool.clone(),
        keystore: keystore_container.keystore(),
        net: tasks::Net {
            service: net.service.clone(),
            sync: net.sync.clone(),
            transactions: net.transactions,
        },
        telemetry: telemetry.as_mut(),
        rpc: rpc_needs,
        task_manager: &mut task_manager,
    })?;

    let mut keystore = keystore_container.keystore();
    if authoring.is_some() {
        let ignored = ignored::watch(client.clone(), lost);
        task_manager.spawn_handle().spawn("ignored", Some("quorate"), ignored);
        keystore = interlock::start(interlock::Needs {
            args: &validator,
            alone,
            folder: attestation::folder(&chain_folder),
            released: released.clone(),
            client: client.clone(),
            keystore,
            sync: net.sync.clone(),
            task_manager: &task_manager,
        })?;
        // After the keys that `--dev`, `--alice` and the like bring are in the keystore.
        attestation::start(attestation::Needs {
            args: worker,
            chain_folder,
            client: client.clone(),
            keystore: keystore.clone(),
            pool: transaction_pool.clone(),
            report,
            task_manager: &mut task_manager,
        })?;
    } else {
        // Without keys there is nothing to hold.
        released.release();
    }

    let parts = consensus::Parts {
        client,
        keystore,
        pool: transaction_pool,
        network: net.service,
        sync: net.sync,
        task_manager: &task_manager,
        telemetry: telemetry.as_ref().map(|telemetry| telemetry.handle()),
        released,
    };
    if let Some(authoring) = authoring {
        authoring.start(&parts, block_import, babe_link, select_chain, inherents)?;
    }
    if let Some(finality) = finality {
        finality.start(parts, grandpa_link, net.grandpa_notifications, voter_state)?;
    }
    Ok(task_manager)
}

/// What tells whether this node is ready.
fn probe(
    config: &Configuration,
    client: &Arc<Client>,
    net: &network::Network,
    report: &ReportHandle,
    released: &interlock::Released,
    lost: &ignored::Lost,
    no_worker: bool,
) -> readiness::Probe {
    let (is_validator, alone) = (config.role.is_authority(), config.force_authoring);
    let (client, sync, report, released) = (client.clone(), net.sync.clone(), report.clone(), released.clone());
    let lost = lost.clone();
    readiness::Probe::new(move || {
        let info = client.info();
        let worker = || {
            let report = report.read();
            let why = report
                .last_error
                .unwrap_or_else(|| "it has not connected yet".to_owned());
            report.connected.then_some(()).ok_or(why)
        };
        readiness::State {
            syncing: sync.is_major_syncing(),
            peers: sync.num_connected_peers(),
            alone,
            finality_lag: info.best_number.saturating_sub(info.finalized_number),
            validator: is_validator.then(|| readiness::Validator {
                released: released.is_released(),
                lost: lost.count(),
                worker: (!no_worker).then(worker),
            }),
        }
    })
}

/// Keep to the registered peers, unless the node is open, and say of named ones why they are not there.
fn look_after_peers(
    client: &Arc<Client>,
    net: &network::Network,
    task_manager: &TaskManager,
    named: peers::Named,
    open: bool,
) {
    let own = net.service.local_peer_id();
    let (wanting, wanted) = tokio::sync::watch::channel(named.wanted(own));
    let missing = missing::watch(net.sync.clone(), own, client.info().genesis_hash, wanted);
    let tasks = task_manager.spawn_handle();
    tasks.spawn("missing-peers", Some("networking"), missing);
    if !open {
        let following = peers::follow(client.clone(), net.service.clone(), net.sync.clone(), named, wanting);
        tasks.spawn("registered-peers", Some("networking"), following);
    }
}

/// The runtime's own off-chain workers. Quorate's runtime has none; a runtime upgrade may bring some.
fn start_runtime_offchain_workers(
    config: &Configuration,
    client: &Arc<Client>,
    backend: &Arc<Backend>,
    keystore: &sc_service::KeystoreContainer,
    pool: &Arc<Pool>,
    net: &network::Network,
    task_manager: &TaskManager,
) -> Result<(), Error> {
    let workers = sc_offchain::OffchainWorkers::new(sc_offchain::OffchainWorkerOptions {
        runtime_api_provider: client.clone(),
        keystore: Some(keystore.keystore()),
        offchain_db: backend.offchain_storage(),
        transaction_pool: Some(OffchainTransactionPoolFactory::new(pool.clone())),
        network_provider: Arc::new(net.service.clone()),
        is_validator: config.role.is_authority(),
        enable_http_requests: false,
        custom_extensions: |_| Vec::new(),
    })?;
    let running = workers.run(client.clone(), task_manager.spawn_handle()).boxed();
    task_manager
        .spawn_handle()
        .spawn("offchain-workers-runner", Some("offchain-worker"), running);
    Ok(())
}
