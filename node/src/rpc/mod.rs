//! The JSON-RPC server's methods beyond Substrate's own.

mod gate;
mod quorate;
#[cfg(test)]
mod tests;
mod types;

pub use gate::Gate;

use crate::service::partial::{Backend, Client, Pool, SelectChain};
use crate::service::readiness::Probe;
use crate::service::rounds::Feed;
use jsonrpsee::RpcModule;
use quorate_gadget::ReportHandle;
use quorate_primitives::{BlockNumber, Hash};
use quorate_runtime::opaque::Block;
use sc_consensus_babe::BabeWorkerHandle;
use sc_consensus_grandpa::{FinalityProofProvider, GrandpaJustificationStream, SharedAuthoritySet, SharedVoterState};
use sc_rpc::SubscriptionTaskExecutor;
use sc_service::ChainSpec;
use sp_keystore::KeystorePtr;
use std::sync::Arc;

/// What the methods need.
pub struct Needs {
    pub client: Arc<Client>,
    pub pool: Arc<Pool>,
    pub select_chain: SelectChain,
    pub chain_spec: Box<dyn ChainSpec>,
    pub keystore: KeystorePtr,
    pub babe: BabeWorkerHandle<Block>,
    pub grandpa: Grandpa,
    pub feed: Feed,
    pub report: ReportHandle,
    pub gate: Gate,
    pub probe: Probe,
}

/// What the methods about finality need.
pub struct Grandpa {
    pub voter_state: SharedVoterState,
    pub authority_set: SharedAuthoritySet<Hash, BlockNumber>,
    pub justifications: GrandpaJustificationStream<Block>,
    pub proofs: Arc<FinalityProofProvider<Backend, Block>>,
}

/// All methods.
pub fn build(
    needs: &Needs,
    executor: SubscriptionTaskExecutor,
) -> Result<RpcModule<()>, Box<dyn std::error::Error + Send + Sync>> {
    use pallet_transaction_payment_rpc::{TransactionPayment, TransactionPaymentApiServer};
    use sc_consensus_babe_rpc::{Babe, BabeApiServer};
    use sc_consensus_grandpa_rpc::{Grandpa, GrandpaApiServer};
    use substrate_frame_rpc_system::{System, SystemApiServer};

    let Needs {
        client,
        pool,
        select_chain,
        chain_spec,
        keystore,
        babe,
        grandpa,
        feed,
        report,
        gate,
        probe,
    } = needs;
    let mut module = RpcModule::new(());
    module.merge(System::new(client.clone(), pool.clone()).into_rpc())?;
    module.merge(TransactionPayment::new(client.clone()).into_rpc())?;
    module.merge(Babe::new(client.clone(), babe.clone(), keystore.clone(), select_chain.clone()).into_rpc())?;
    module.merge(
        Grandpa::new(
            executor,
            grandpa.authority_set.clone(),
            grandpa.voter_state.clone(),
            grandpa.justifications.clone(),
            grandpa.proofs.clone(),
        )
        .into_rpc(),
    )?;
    let chain = types::Chain::of(chain_spec.as_ref());
    let quorate = quorate::Quorate::new(
        client.clone(),
        chain,
        feed.clone(),
        report.clone(),
        gate.clone(),
        probe.clone(),
    );
    module.merge(quorate.module()?)?;
    Ok(module)
}
