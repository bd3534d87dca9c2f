//! Requests for answers that members made, the batches in which they are computed, and what one would cost.

use super::{capped, Quorate};
use jsonrpsee::{core::RpcResult, proc_macros::rpc};
use quorate_primitives::{
    views::inference::{BatchView, RequestQuote, RequestView, Reserve},
    ArtifactId, BatchId, Hash, ModelId, OrganisationId, RequestId, VersionIndex,
};
use quorate_runtime::opaque::Block;
use quorate_runtime_api::InferenceApi;
use sp_api::ProvideRuntimeApi;
use sp_blockchain::HeaderBackend;

/// Queries of requests and batches.
#[rpc(server)]
pub trait InferenceRpc {
    /// Requests from number `from` on.
    #[method(name = "quorate_requests")]
    fn requests(&self, from: Option<RequestId>, limit: Option<u32>, at: Option<Hash>) -> RpcResult<Vec<RequestView>>;

    /// Those of one organisation.
    #[method(name = "quorate_requestsOf")]
    fn requests_of(
        &self,
        organisation: OrganisationId,
        from: Option<RequestId>,
        limit: Option<u32>,
        at: Option<Hash>,
    ) -> RpcResult<Vec<RequestView>>;

    /// One request.
    #[method(name = "quorate_request")]
    fn request(&self, id: RequestId, at: Option<Hash>) -> RpcResult<Option<RequestView>>;

    /// Batches from number `from` on.
    #[method(name = "quorate_batches")]
    fn batches(&self, from: Option<BatchId>, limit: Option<u32>, at: Option<Hash>) -> RpcResult<Vec<BatchView>>;

    /// One batch.
    #[method(name = "quorate_batch")]
    fn batch(&self, id: BatchId, at: Option<Hash>) -> RpcResult<Option<BatchView>>;

    /// What a request would cost; without a version it is the model's head.
    #[method(name = "quorate_requestQuote")]
    fn inference_quote(
        &self,
        model: ModelId,
        version: Option<VersionIndex>,
        program: ArtifactId,
        len: u64,
        operations: u64,
        at: Option<Hash>,
    ) -> RpcResult<Option<RequestQuote>>;

    /// What pays for batches that are computed again after drawn members.
    #[method(name = "quorate_reserve")]
    fn inference_reserve(&self, at: Option<Hash>) -> RpcResult<Reserve>;
}

impl<C> InferenceRpcServer for Quorate<C>
where
    C: ProvideRuntimeApi<Block> + HeaderBackend<Block> + Send + Sync + 'static,
    C::Api: InferenceApi<Block>,
{
    fn requests(&self, from: Option<RequestId>, limit: Option<u32>, at: Option<Hash>) -> RpcResult<Vec<RequestView>> {
        self.ask(at, |api, at| api.requests(at, from.unwrap_or_default(), capped(limit)))
    }

    fn requests_of(
        &self,
        organisation: OrganisationId,
        from: Option<RequestId>,
        limit: Option<u32>,
        at: Option<Hash>,
    ) -> RpcResult<Vec<RequestView>> {
        self.ask(at, |api, at| {
            api.requests_of(at, organisation, from.unwrap_or_default(), capped(limit))
        })
    }

    fn request(&self, id: RequestId, at: Option<Hash>) -> RpcResult<Option<RequestView>> {
        self.ask(at, |api, at| api.request(at, id))
    }

    fn batches(&self, from: Option<BatchId>, limit: Option<u32>, at: Option<Hash>) -> RpcResult<Vec<BatchView>> {
        self.ask(at, |api, at| api.batches(at, from.unwrap_or_default(), capped(limit)))
    }

    fn batch(&self, id: BatchId, at: Option<Hash>) -> RpcResult<Option<BatchView>> {
        self.ask(at, |api, at| api.batch(at, id))
    }

    fn inference_quote(
        &self,
        model: ModelId,
        version: Option<VersionIndex>,
        program: ArtifactId,
        len: u64,
        operations: u64,
        at: Option<Hash>,
    ) -> RpcResult<Option<RequestQuote>> {
        self.ask(at, |api, at| {
            api.inference_quote(at, model, version, program, len, operations)
        })
    }

    fn inference_reserve(&self, at: Option<Hash>) -> RpcResult<Reserve> {
        self.ask(at, |api, at| api.inference_reserve(at))
    }
}
