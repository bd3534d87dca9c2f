//! What runs beside consensus and the network: the pool's and the chain's news, metrics, telemetry, JSON-RPC.
//!
//! It takes the place of `sc-service`'s own function, whose JSON-RPC server lets any client take all of it.

use super::{
    network,
    partial::{Client, Pool},
};
use crate::rpc;
use futures::FutureExt;
use sc_client_api::HeaderBackend;
use sc_network::service::traits::NetworkService;
use sc_service::{Configuration, Error, MetricsService, TaskManager};
use sc_telemetry::{Telemetry, TelemetryHandle};
use sp_keystore::KeystorePtr;
use std::sync::Arc;

/// What the tasks need.
pub struct Needs<'a> {
    pub config: Configuration,
    pub client: Arc<Client>,
    pub pool: Arc<Pool>,
    pub keystore: KeystorePtr,
    pub net: Net,
    pub telemetry: Option<&'a mut Telemetry>,
    pub rpc: rpc::Needs,
    pub task_manager: &'a mut TaskManager,
}

/// What of the network the tasks tell and follow.
pub struct Net {
    pub service: Arc<dyn NetworkService>,
    pub sync: Arc<network::Sync>,
    pub transactions: network::Transactions,
}

/// Start all of them.
pub fn start(needs: Needs<'_>) -> Result<(), Error> {
    let Needs {
        config,
        client,
        pool,
        keystore,
        net,
        telemetry,
        rpc,
        task_manager,
    } = needs;
    let failed = |error: Box<dyn std::error::Error + Send + Sync>| Error::Application(error);
    let chain = client.info();
    let seeds = config.dev_key_seed.clone().into_iter().collect();
    sp_session::generate_initial_session_keys(client.clone(), chain.best_hash, seeds, keystore)
        .map_err(|error| failed(Box::new(error)))?;
    log::info!("📦 Highest known block at #{}", chain.best_number);
    let telemetry = telemetry
        .map(|telemetry| connect(&config, &client, &net.service, telemetry))
        .transpose()?;
    follow(&config, &client, &pool, net, telemetry, task_manager)?;
    let server = serve(&config, rpc)?;
    task_manager.keep_alive((config.base_path, server));
    Ok(())
}

fn connect(
    config: &Configuration,
    client: &Arc<Client>,
    service: &Arc<dyn NetworkService>,
    telemetry: &mut Telemetry,
) -> Result<TelemetryHandle, Error> {
    let handle = sc_service::init_telemetry(
        config.network.node_name.clone(),
        config.impl_name.clone(),
        config.impl_version.clone(),
        config.chain_spec.name().to_owned(),
        config.role.is_authority(),
        service.clone(),
        client.clone(),
        telemetry,
        None,
    );
    Ok(handle?)
}

/// Tasks that follow what happens.
fn follow(
    config: &Configuration,
    client: &Arc<Client>,
    pool: &Arc<Pool>,
    net: Net,
    telemetry: Option<TelemetryHandle>,
    task_manager: &TaskManager,
) -> Result<(), Error> {
    let tasks = task_manager.spawn_handle();
    let all_blocks = config.transaction_pool.use_all_block_notifications();
    let news = sc_transaction_pool::notification_future(client.clone(), pool.clone(), all_blocks);
    tasks.spawn("txpool-notifications", Some("transaction-pool"), news);
    let propagate = sc_service::propagate_transaction_notifications(pool.clone(), net.transactions, telemetry.clone());
    tasks.spawn("on-transaction-imported", Some("transaction-pool"), propagate);
    let metrics = match &config.prometheus_config {
        Some(prometheus) => {
            let served = substrate_prometheus_endpoint::init_prometheus(prometheus.port, prometheus.registry.clone());
            tasks.spawn("prometheus-endpoint", None, served.map(drop));
            MetricsService::with_prometheus(
                telemetry,
                &prometheus.registry,
                config.role,
                &config.network.node_name,
                &config.impl_version,
            )?
        }
        None => MetricsService::new(telemetry),
    };
    let metrics = metrics.run(client.clone(), pool.clone(), net.service.clone(), net.sync.clone());
    tasks.spawn("telemetry-periodic-send", None, metrics);
    let informant = sc_informant::build(client.clone(), net.service, net.sync);
    tasks.spawn("informant", None, informant);
    Ok(())
}

/// The JSON-RPC server, on a runtime of its own.
fn serve(config: &Configuration, needs: rpc::Needs) -> Result<rpc::Server, Error> {
    let endpoints = rpc::endpoints(&config.rpc)?;
    let runtime = rpc::runtime(&endpoints, needs.gate.most())?;
    let executor: sc_rpc::SubscriptionTaskExecutor =
        Arc::new(sc_rpc_server::RpcSpawnHandle::new(runtime.handle().clone()));
    let methods = match rpc::methods(needs, &executor) {
        Ok(methods) => methods,
        Err(error) => {
            runtime.shutdown_background();
            return Err(Error::Application(Box::new(error)));
        }
    };
    let settings = rpc::Settings {
        endpoints,
        log_capacity: config.rpc.request_logger_limit,
        registry: config.prometheus_registry(),
    };
    rpc::Server::start(settings, methods, runtime)
}
