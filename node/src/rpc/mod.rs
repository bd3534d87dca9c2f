//! The JSON-RPC server and its methods.

mod aside;
mod entries;
mod gate;
mod quorate;
mod server;
mod submissions;
mod substrate;
#[cfg(test)]
mod tests;
mod types;

pub use gate::Gate;
pub use server::{endpoints, runtime, Server, Settings};

use crate::service::partial::{Backend, Client, Pool, SelectChain};
use crate::service::readiness::Probe;
use crate::service::rounds::Feed;
use jsonrpsee::{core::RegisterMethodError, Methods};
use quorate_gadget::ReportHandle;
use quorate_primitives::{BlockNumber, Hash};
use quorate_runtime::opaque::Block;
use sc_consensus_babe::BabeWorkerHandle;
use sc_consensus_grandpa::{FinalityProofProvider, GrandpaJustificationStream, SharedAuthoritySet, SharedVoterState};
use sc_network_sync::SyncingService;
use sc_rpc::SubscriptionTaskExecutor;
use sc_rpc_spec_v2::transaction::TransactionMetrics;
use sc_service::ChainSpec;
use sc_utils::mpsc::TracingUnboundedSender;
use sp_keystore::KeystorePtr;
use std::sync::Arc;

/// What the methods need.
pub struct Needs {
    pub client: Arc<Client>,
    pub backend: Arc<Backend>,
    pub pool: Arc<Pool>,
    pub select_chain: SelectChain,
    pub chain_spec: Box<dyn ChainSpec>,
    /// Name and version of this program.
    pub program: (String, String),
    pub keystore: KeystorePtr,
    pub babe: BabeWorkerHandle<Block>,
    pub grandpa: Grandpa,
    pub sync: Arc<SyncingService<Block>>,
    /// Where to ask about the network.
    pub system: TracingUnboundedSender<sc_rpc::system::Request<Block>>,
    pub transaction_metrics: Option<TransactionMetrics>,
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

/// All methods, those that may take long on threads aside.
pub fn methods(needs: Needs, executor: &SubscriptionTaskExecutor) -> Result<Methods, RegisterMethodError> {
    let mut all = substrate::modules(&needs, executor)?;
    let chain = types::Chain::of(needs.chain_spec.as_ref());
    let quorate = quorate::Quorate::new(needs.client, chain, needs.feed, needs.report, needs.probe);
    all.merge(quorate.module()?)?;
    let names: Vec<&str> = {
        let mut names: Vec<_> = all.method_names().chain(["rpc_methods"]).collect();
        names.sort_unstable();
        names
    };
    all.register_method("rpc_methods", move |_, _, _| serde_json::json!({ "methods": names }))?;
    aside::aside(&all, &needs.gate)
}
