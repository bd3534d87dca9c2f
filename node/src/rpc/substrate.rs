//! Substrate's own methods. The server of `sc-service` takes them as they are, so that no rule of ours would hold for them: they are put
//! together here.

use super::{Grandpa, Needs};
use jsonrpsee::{core::RegisterMethodError, RpcModule};
use sc_client_api::{Backend as _, HeaderBackend};
use sc_rpc::SubscriptionTaskExecutor;
use sc_rpc_spec_v2::{bitswap, chain_spec, transaction};
use sp_consensus::SyncOracle;
use std::sync::Arc;

/// All of them, for tasks that `executor` runs.
pub fn modules(needs: &Needs, executor: &SubscriptionTaskExecutor) -> Result<RpcModule<()>, RegisterMethodError> {
    let mut all = RpcModule::new(());
    old(&mut all, needs, executor)?;
    new(&mut all, needs, executor)?;
    of_pallets(&mut all, needs)?;
    of_consensus(&mut all, needs, executor)?;
    Ok(all)
}

/// The first generation of the interface.
fn old(all: &mut RpcModule<()>, needs: &Needs, executor: &SubscriptionTaskExecutor) -> Result<(), RegisterMethodError> {
    use sc_rpc::{
        author::{Author, AuthorApiServer},
        chain::ChainApiServer,
        offchain::{Offchain, OffchainApiServer},
        state::{ChildStateApiServer, StateApiServer},
        system::{System, SystemApiServer, SystemInfo},
    };
    let (client, spec) = (&needs.client, &needs.chain_spec);
    let info = SystemInfo {
        impl_name: needs.program.0.clone(),
        impl_version: needs.program.1.clone(),
        chain_name: spec.name().into(),
        properties: spec.properties(),
        chain_type: spec.chain_type(),
    };
    let (state, child_state) = sc_rpc::state::new_full(client.clone(), executor.clone(), None);
    let author = Author::new(
        client.clone(),
        needs.pool.clone(),
        needs.keystore.clone(),
        executor.clone(),
    );
    all.merge(sc_rpc::chain::new_full(client.clone(), executor.clone()).into_rpc())?;
    all.merge(state.into_rpc())?;
    all.merge(child_state.into_rpc())?;
    all.merge(author.into_rpc())?;
    all.merge(System::new(info, needs.system.clone()).into_rpc())?;
    if let Some(storage) = needs.backend.offchain_storage() {
        all.merge(Offchain::new(storage).into_rpc())?;
    }
    Ok(())
}

/// The second generation of the interface, as far as it is sound. Not `chainHead` and `archive`: they hold a thread until their client reads, so
/// that a few who do not take all threads for good. Not `transaction`'s broadcasts: they go on, without a bound, when their client is gone.
fn new(all: &mut RpcModule<()>, needs: &Needs, executor: &SubscriptionTaskExecutor) -> Result<(), RegisterMethodError> {
    use bitswap::BitswapApiServer;
    use chain_spec::ChainSpecApiServer;
    use transaction::{Transaction, TransactionApiServer};
    let (client, pool, spec) = (&needs.client, &needs.pool, &needs.chain_spec);
    let genesis = client.info().genesis_hash;
    let watch = Transaction::new(
        client.clone(),
        pool.clone(),
        executor.clone(),
        needs.transaction_metrics.clone(),
    );
    let sync: Arc<dyn SyncOracle + Send + Sync> = needs.sync.clone();
    all.merge(watch.into_rpc())?;
    all.merge(chain_spec::ChainSpec::new(spec.name().into(), genesis, spec.properties()).into_rpc())?;
    all.merge(bitswap::Bitswap::new(client.clone(), sync).into_rpc())
}

/// What runtime APIs of Substrate's pallets answer.
fn of_pallets(all: &mut RpcModule<()>, needs: &Needs) -> Result<(), RegisterMethodError> {
    use pallet_transaction_payment_rpc::{TransactionPayment, TransactionPaymentApiServer};
    use substrate_frame_rpc_system::{System, SystemApiServer};
    all.merge(System::new(needs.client.clone(), needs.pool.clone()).into_rpc())?;
    all.merge(TransactionPayment::new(needs.client.clone()).into_rpc())
}

/// Blocks' authors and finality.
fn of_consensus(
    all: &mut RpcModule<()>,
    needs: &Needs,
    executor: &SubscriptionTaskExecutor,
) -> Result<(), RegisterMethodError> {
    use sc_consensus_babe_rpc::{Babe, BabeApiServer};
    use sc_consensus_grandpa_rpc::GrandpaApiServer;
    let Grandpa {
        voter_state,
        authority_set,
        justifications,
        proofs,
    } = &needs.grandpa;
    let babe = Babe::new(
        needs.client.clone(),
        needs.babe.clone(),
        needs.keystore.clone(),
        needs.select_chain.clone(),
    );
    let grandpa = sc_consensus_grandpa_rpc::Grandpa::new(
        executor.clone(),
        authority_set.clone(),
        voter_state.clone(),
        justifications.clone(),
        proofs.clone(),
    );
    all.merge(babe.into_rpc())?;
    all.merge(grandpa.into_rpc())
}
