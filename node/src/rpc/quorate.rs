//! `quorate_*`: what there is to know of models, versions, rounds, jobs, standing, and of this node's worker.
//!
//! Documented with examples in `docs/rpc.md`.

use super::types::{BlobEndpoint, Chain, ChainInfo, WorkerStatus};
use crate::service::rounds::Feed;
use jsonrpsee::{
    core::{async_trait, RpcResult, SubscriptionResult},
    proc_macros::rpc,
    types::ErrorObjectOwned,
    PendingSubscriptionSink, SubscriptionMessage,
};
use quorate_gadget::ReportHandle;
use quorate_primitives::{
    job::IdentifiedJob,
    update::Update,
    views::{Lineage, ModelView, RoundView, StandingView, VersionView},
    AccountId, Hash, JobId, ModelId, RoundId, VersionIndex,
};
use quorate_runtime::opaque::Block;
use quorate_runtime_api::{GadgetApi, QueryApi};
use sp_api::{ApiError, Core, ProvideRuntimeApi};
use sp_blockchain::HeaderBackend;
use std::sync::Arc;
use tokio::sync::broadcast::error::RecvError;

/// Code of an error: the runtime could not answer, for example because the block's state is pruned.
pub const RUNTIME_FAILED: i32 = 7_001;
/// Entries of a list when the caller names no limit, and the most that the runtime gives.
pub const LIMIT: u32 = 64;

/// Queries. All look at the best block unless `at` names another. What does not exist is `null`.
#[cfg_attr(test, rpc(client, server))]
#[cfg_attr(not(test), rpc(server))]
pub trait QuorateApi {
    /// Models from number `from` on.
    #[method(name = "quorate_models")]
    fn models(&self, from: Option<ModelId>, limit: Option<u32>, at: Option<Hash>) -> RpcResult<Vec<ModelView>>;

    /// One model.
    #[method(name = "quorate_model")]
    fn model(&self, id: ModelId, at: Option<Hash>) -> RpcResult<Option<ModelView>>;

    /// Versions of a model from number `from` on.
    #[method(name = "quorate_versions")]
    fn versions(
        &self,
        model: ModelId,
        from: Option<VersionIndex>,
        limit: Option<u32>,
        at: Option<Hash>,
    ) -> RpcResult<Vec<VersionView>>;

    /// One version.
    #[method(name = "quorate_version")]
    fn version(&self, model: ModelId, version: VersionIndex, at: Option<Hash>) -> RpcResult<Option<VersionView>>;

    /// Where a version comes from: parents, policy, updates with contributors, weights and scores, what each member said.
    #[method(name = "quorate_lineage")]
    fn lineage(&self, model: ModelId, version: VersionIndex, at: Option<Hash>) -> RpcResult<Option<Lineage>>;

    /// Rounds of all models from number `from` on.
    #[method(name = "quorate_rounds")]
    fn rounds(&self, from: Option<RoundId>, limit: Option<u32>, at: Option<Hash>) -> RpcResult<Vec<RoundView>>;

    /// One round.
    #[method(name = "quorate_round")]
    fn round(&self, id: RoundId, at: Option<Hash>) -> RpcResult<Option<RoundView>>;

    /// The update that `account` submitted to a round.
    #[method(name = "quorate_updateStatus")]
    fn update_status(&self, round: RoundId, account: AccountId, at: Option<Hash>) -> RpcResult<Option<Update>>;

    /// Reputation and unclaimed pay of an account.
    #[method(name = "quorate_standing")]
    fn standing(&self, account: AccountId, at: Option<Hash>) -> RpcResult<StandingView>;

    /// Standing of contributors and validators.
    #[method(name = "quorate_standings")]
    fn standings(&self, limit: Option<u32>, at: Option<Hash>) -> RpcResult<Vec<StandingView>>;

    /// Jobs that are not closed.
    #[method(name = "quorate_jobs")]
    fn jobs(&self, at: Option<Hash>) -> RpcResult<Vec<IdentifiedJob>>;

    /// One job, closed or not.
    #[method(name = "quorate_job")]
    fn job(&self, id: JobId, at: Option<Hash>) -> RpcResult<Option<IdentifiedJob>>;

    /// Gateways of the validators.
    #[method(name = "quorate_blobEndpoints")]
    fn blob_endpoints(&self, at: Option<Hash>) -> RpcResult<Vec<BlobEndpoint>>;

    /// State of this node's worker.
    #[method(name = "quorate_workerStatus")]
    fn worker_status(&self) -> RpcResult<WorkerStatus>;

    /// Genesis, heights and token of the chain.
    #[method(name = "quorate_chainInfo")]
    fn chain_info(&self) -> RpcResult<ChainInfo>;

    /// A round, whenever it changed at a new best block.
    #[subscription(
        name = "quorate_subscribeRounds" => "quorate_rounds_changed",
        unsubscribe = "quorate_unsubscribeRounds",
        item = RoundView
    )]
    async fn subscribe_rounds(&self) -> SubscriptionResult;
}

/// Answers the queries from a client's state.
pub struct Quorate<C> {
    client: Arc<C>,
    chain: Chain,
    feed: Feed,
    report: ReportHandle,
}

impl<C> Quorate<C>
where
    C: ProvideRuntimeApi<Block> + HeaderBackend<Block>,
{
    /// Answers for the chain of `client`.
    pub fn new(client: Arc<C>, chain: Chain, feed: Feed, report: ReportHandle) -> Self {
        Self {
            client,
            chain,
            feed,
            report,
        }
    }

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

#[async_trait]
impl<C> QuorateApiServer for Quorate<C>
where
    C: ProvideRuntimeApi<Block> + HeaderBackend<Block> + Send + Sync + 'static,
    C::Api: GadgetApi<Block> + QueryApi<Block>,
{
    fn models(&self, from: Option<ModelId>, limit: Option<u32>, at: Option<Hash>) -> RpcResult<Vec<ModelView>> {
        self.ask(at, |api, at| api.models(at, from.unwrap_or_default(), capped(limit)))
    }

    fn model(&self, id: ModelId, at: Option<Hash>) -> RpcResult<Option<ModelView>> {
        self.ask(at, |api, at| api.model(at, id))
    }

    fn versions(
        &self,
        model: ModelId,
        from: Option<VersionIndex>,
        limit: Option<u32>,
        at: Option<Hash>,
    ) -> RpcResult<Vec<VersionView>> {
        self.ask(at, |api, at| {
            api.versions(at, model, from.unwrap_or_default(), capped(limit))
        })
    }

    fn version(&self, model: ModelId, version: VersionIndex, at: Option<Hash>) -> RpcResult<Option<VersionView>> {
        self.ask(at, |api, at| QueryApi::version(api, at, model, version))
    }

    fn lineage(&self, model: ModelId, version: VersionIndex, at: Option<Hash>) -> RpcResult<Option<Lineage>> {
        self.ask(at, |api, at| api.lineage(at, model, version))
    }

    fn rounds(&self, from: Option<RoundId>, limit: Option<u32>, at: Option<Hash>) -> RpcResult<Vec<RoundView>> {
        self.ask(at, |api, at| api.rounds(at, from.unwrap_or_default(), capped(limit)))
    }

    fn round(&self, id: RoundId, at: Option<Hash>) -> RpcResult<Option<RoundView>> {
        self.ask(at, |api, at| api.round(at, id))
    }

    fn update_status(&self, round: RoundId, account: AccountId, at: Option<Hash>) -> RpcResult<Option<Update>> {
        let round = self.round(round, at)?;
        Ok(round.and_then(|round| round.updates.into_iter().find(|update| update.contributor == account)))
    }

    fn standing(&self, account: AccountId, at: Option<Hash>) -> RpcResult<StandingView> {
        self.ask(at, |api, at| api.standing(at, account))
    }

    fn standings(&self, limit: Option<u32>, at: Option<Hash>) -> RpcResult<Vec<StandingView>> {
        self.ask(at, |api, at| api.standings(at, capped(limit)))
    }

    fn jobs(&self, at: Option<Hash>) -> RpcResult<Vec<IdentifiedJob>> {
        self.ask(at, |api, at| api.active_jobs(at))
    }

    fn job(&self, id: JobId, at: Option<Hash>) -> RpcResult<Option<IdentifiedJob>> {
        self.ask(at, |api, at| api.job(at, id))
    }

    fn blob_endpoints(&self, at: Option<Hash>) -> RpcResult<Vec<BlobEndpoint>> {
        let view = self.ask(at, |api, at| api.gateway_view(at))?;
        Ok(view.peers.into_iter().map(BlobEndpoint::from).collect())
    }

    fn worker_status(&self) -> RpcResult<WorkerStatus> {
        Ok(self.report.read().into())
    }

    fn chain_info(&self) -> RpcResult<ChainInfo> {
        let info = self.client.info();
        #[allow(clippy::redundant_closure)] // the bare path does not fix the lifetime of `api`
        let version = self.ask(Some(info.best_hash), |api, at| Core::version(api, at))?;
        Ok(self
            .chain
            .info(&info, (version.spec_name.to_string(), version.spec_version)))
    }

    async fn subscribe_rounds(&self, pending: PendingSubscriptionSink) -> SubscriptionResult {
        let mut changes = self.feed.subscribe();
        let sink = pending.accept().await?;
        loop {
            let round = tokio::select! {
                () = sink.closed() => return Ok(()),
                change = changes.recv() => match change {
                    Ok(round) => round,
                    // Each message is a whole view: the next change of a round makes up for one that was missed.
                    Err(RecvError::Lagged(_)) => continue,
                    Err(RecvError::Closed) => return Ok(()),
                },
            };
            if sink.send(SubscriptionMessage::from_json(&*round)?).await.is_err() {
                return Ok(());
            }
        }
    }
}
