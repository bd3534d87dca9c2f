//! The peer-to-peer network: blocks, transactions, GRANDPA's votes.

use super::{Backend, Client, GrandpaLink, Pool};
use quorate_primitives::Hash;
use quorate_runtime::opaque::Block;
use sc_client_api::HeaderBackend;
use sc_network::{config::FullNetworkConfiguration, service::traits::NetworkService, NetworkBackend, ProtocolName};
use sc_service::{Configuration, Error, TaskManager, WarpSyncConfig};
use std::sync::Arc;

/// Follows what peers have, and asks them for it.
pub type Sync = sc_network_sync::SyncingService<Block>;
/// Where the RPC server asks about the network.
pub type SystemRpc = sc_utils::mpsc::TracingUnboundedSender<sc_rpc::system::Request<Block>>;
/// Tells peers about transactions.
pub type Transactions = sc_network_transactions::TransactionsHandlerController<Hash>;

/// What the network is made from.
pub struct Needs<'a, I> {
    pub config: &'a Configuration,
    pub client: Arc<Client>,
    pub backend: Arc<Backend>,
    pub grandpa_link: &'a GrandpaLink,
    pub import_queue: I,
    pub pool: Arc<Pool>,
    pub task_manager: &'a TaskManager,
}

/// The running network.
pub struct Network {
    pub service: Arc<dyn NetworkService>,
    pub sync: Arc<Sync>,
    pub system_rpc: SystemRpc,
    pub transactions: Transactions,
    pub grandpa_protocol: ProtocolName,
    pub grandpa_notifications: Box<dyn sc_network::NotificationService>,
}

/// Start the network over the backend `N`.
pub fn start<N: NetworkBackend<Block, Hash>>(
    needs: Needs<'_, impl sc_service::ImportQueue<Block> + 'static>,
) -> Result<Network, Error> {
    let Needs {
        config,
        client,
        backend,
        grandpa_link,
        import_queue,
        pool,
        task_manager,
    } = needs;
    let registry = config.prometheus_registry();
    let mut net_config = FullNetworkConfiguration::<Block, Hash, N>::new(&config.network, registry.cloned());
    let metrics = N::register_notification_metrics(registry);

    let genesis = client.info().genesis_hash;
    let grandpa_protocol = sc_consensus_grandpa::protocol_standard_name(&genesis, &config.chain_spec);
    let (grandpa_config, grandpa_notifications) = sc_consensus_grandpa::grandpa_peers_set_config::<_, N>(
        grandpa_protocol.clone(),
        metrics.clone(),
        net_config.peer_store_handle(),
    );
    net_config.add_notification_protocol(grandpa_config);

    let warp_proofs = Arc::new(sc_consensus_grandpa::warp_proof::NetworkProvider::new(
        backend,
        grandpa_link.shared_authority_set().clone(),
        Vec::new(),
    ));
    let (service, system_rpc, transactions, sync, _bitswap) =
        sc_service::build_network(sc_service::BuildNetworkParams {
            config,
            net_config,
            client,
            transaction_pool: pool,
            spawn_handle: task_manager.spawn_handle(),
            spawn_essential_handle: task_manager.spawn_essential_handle(),
            import_queue,
            block_announce_validator_builder: None,
            warp_sync_config: Some(WarpSyncConfig::WithProvider(warp_proofs)),
            block_relay: None,
            metrics,
            gap_sync_body_policy: None,
        })?;
    Ok(Network {
        service,
        sync,
        system_rpc,
        transactions,
        grandpa_protocol,
        grandpa_notifications,
    })
}
