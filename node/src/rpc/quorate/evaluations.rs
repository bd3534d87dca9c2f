//! Evaluations that members asked for, and what one would cost.

use super::{capped, Quorate};
use jsonrpsee::{core::RpcResult, proc_macros::rpc};
use quorate_primitives::{
    views::{EvaluationView, Quote},
    ArtifactId, EvaluationId, Hash, ModelId, VersionIndex,
};
use quorate_runtime::opaque::Block;
use quorate_runtime_api::EvaluationsApi;
use sp_api::ProvideRuntimeApi;
use sp_blockchain::HeaderBackend;

/// Queries of evaluations.
#[rpc(server)]
pub trait EvaluationsRpc {
    /// Evaluations from number `from` on.
    #[method(name = "quorate_evaluations")]
    fn evaluations(
        &self,
        from: Option<EvaluationId>,
        limit: Option<u32>,
        at: Option<Hash>,
    ) -> RpcResult<Vec<EvaluationView>>;

    /// Those of one version.
    #[method(name = "quorate_evaluationsOf")]
    fn evaluations_of(
        &self,
        model: ModelId,
        version: VersionIndex,
        from: Option<EvaluationId>,
        limit: Option<u32>,
        at: Option<Hash>,
    ) -> RpcResult<Vec<EvaluationView>>;

    /// One evaluation.
    #[method(name = "quorate_evaluation")]
    fn evaluation(&self, id: EvaluationId, at: Option<Hash>) -> RpcResult<Option<EvaluationView>>;

    /// What an evaluation would cost.
    #[method(name = "quorate_evaluationQuote")]
    fn quote(
        &self,
        model: ModelId,
        version: VersionIndex,
        program: ArtifactId,
        data: ArtifactId,
        operations: u64,
        at: Option<Hash>,
    ) -> RpcResult<Option<Quote>>;
}

impl<C> EvaluationsRpcServer for Quorate<C>
where
    C: ProvideRuntimeApi<Block> + HeaderBackend<Block> + Send + Sync + 'static,
    C::Api: EvaluationsApi<Block>,
{
    fn evaluations(
        &self,
        from: Option<EvaluationId>,
        limit: Option<u32>,
        at: Option<Hash>,
    ) -> RpcResult<Vec<EvaluationView>> {
        self.ask(at, |api, at| {
            api.evaluations(at, from.unwrap_or_default(), capped(limit))
        })
    }

    fn evaluations_of(
        &self,
        model: ModelId,
        version: VersionIndex,
        from: Option<EvaluationId>,
        limit: Option<u32>,
        at: Option<Hash>,
    ) -> RpcResult<Vec<EvaluationView>> {
        self.ask(at, |api, at| {
            api.evaluations_of(at, model, version, from.unwrap_or_default(), capped(limit))
        })
    }

    fn evaluation(&self, id: EvaluationId, at: Option<Hash>) -> RpcResult<Option<EvaluationView>> {
        self.ask(at, |api, at| api.evaluation(at, id))
    }

    fn quote(
        &self,
        model: ModelId,
        version: VersionIndex,
        program: ArtifactId,
        data: ArtifactId,
        operations: u64,
        at: Option<Hash>,
    ) -> RpcResult<Option<Quote>> {
        self.ask(at, |api, at| api.quote(at, model, version, program, data, operations))
    }
}
