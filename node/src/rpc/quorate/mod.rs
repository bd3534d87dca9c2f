//! `quorate_*`: what there is to know of models, versions, rounds, jobs, standing, and of this node's worker. One file for each
//! subject of the runtime's API.
//!
//! Queries look at the best block unless `at` names another. What does not exist is `null`. Documented with examples in
//! `docs/rpc.md`.

pub mod artifacts;
mod capabilities;
pub mod evaluations;
mod inference;
pub mod jobs;
pub mod models;
pub mod node;
pub mod rounds;
pub mod standings;

use super::types::Chain;
use crate::service::readiness::Probe;
use crate::service::rounds::Feed;
use jsonrpsee::{core::RegisterMethodError, core::RpcResult, types::ErrorObjectOwned, RpcModule};
use quorate_gadget::ReportHandle;
use quorate_primitives::Hash;
use quorate_runtime::opaque::Block;
use quorate_runtime_api::{
    ArtifactsApi, CapabilitiesApi, EvaluationsApi, GatewayApi, InferenceApi, JobsApi, ModelsApi, RoundsApi,
    StandingsApi,
};
use sp_api::{ApiError, ProvideRuntimeApi};
use sp_blockchain::HeaderBackend;
use std::sync::Arc;

/// Code of an error: the runtime could not answer, for example because the block's state is pruned.
pub const RUNTIME_FAILED: i32 = 7_001;
/// Entries of a list when the caller names no limit, and the most that the runtime gives.
pub const LIMIT: u32 = 64;

/// Answers the queries from a client's state.
pub struct Quorate<C> {
    client: Arc<C>,
    chain: Chain,
    feed: Feed,
    report: ReportHandle,
    probe: Probe,
}

// Derived, it would ask for a client that can be cloned.
impl<C> Clone for Quorate<C> {
    fn clone(&self) -> Self {
        Self {
            client: self.client.clone(),
            chain: self.chain.clone(),
            feed: self.feed.clone(),
            report: self.report.clone(),
            probe: self.probe.clone(),
        }
    }
}

impl<C> Quorate<C>
where
    C: ProvideRuntimeApi<Block> + HeaderBackend<Block> + Send + Sync + 'static,
    C::Api: ModelsApi<Block>
        + ArtifactsApi<Block>
        + EvaluationsApi<Block>
        + InferenceApi<Block>
        + CapabilitiesApi<Block>
        + RoundsApi<Block>
        + JobsApi<Block>
        + StandingsApi<Block>
        + GatewayApi<Block>,
{
    /// Answers for the chain of `client`.
    pub fn new(client: Arc<C>, chain: Chain, feed: Feed, report: ReportHandle, probe: Probe) -> Self {
        Self {
            client,
            chain,
            feed,
            report,
            probe,
        }
    }

    /// All methods.
    pub fn module(self) -> Result<RpcModule<()>, RegisterMethodError> {
        let mut module = RpcModule::new(());
        module.merge(models::ModelsRpcServer::into_rpc(self.clone()))?;
        module.merge(artifacts::ArtifactsRpcServer::into_rpc(self.clone()))?;
        module.merge(evaluations::EvaluationsRpcServer::into_rpc(self.clone()))?;
        module.merge(inference::InferenceRpcServer::into_rpc(self.clone()))?;
        module.merge(capabilities::CapabilitiesRpcServer::into_rpc(self.clone()))?;
        module.merge(rounds::RoundsRpcServer::into_rpc(self.clone()))?;
        module.merge(jobs::JobsRpcServer::into_rpc(self.clone()))?;
        module.merge(standings::StandingsRpcServer::into_rpc(self.clone()))?;
        module.merge(node::NodeRpcServer::into_rpc(self))?;
        Ok(module)
    }
}

impl<C> Quorate<C>
where
    C: ProvideRuntimeApi<Block> + HeaderBackend<Block>,
{
    /// Asks the runtime. It takes its time: [`super::aside`] gives every method here a thread of its own.
    fn ask<T>(&self, at: Option<Hash>, question: impl FnOnce(&C::Api, Hash) -> Result<T, ApiError>) -> RpcResult<T> {
        let at = at.unwrap_or_else(|| self.client.info().best_hash);
        question(&self.client.runtime_api(), at).map_err(|error| runtime_failed(at, &error))
    }
}

fn runtime_failed(at: Hash, error: &ApiError) -> ErrorObjectOwned {
    let what = format!(
        "the runtime gave no answer at block {at:?}: is the block known and its state not pruned? Ask a node that runs with \
         --state-pruning archive, or leave `at` out"
    );
    ErrorObjectOwned::owned(RUNTIME_FAILED, what, Some(error.to_string()))
}

fn capped(limit: Option<u32>) -> u32 {
    limit.unwrap_or(LIMIT).min(LIMIT)
}
