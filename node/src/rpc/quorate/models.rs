//! Models and their versions.

use super::{capped, Quorate};
use jsonrpsee::{core::RpcResult, proc_macros::rpc};
use quorate_primitives::{
    views::{Lineage, ModelView, VersionView},
    Hash, ModelId, VersionIndex,
};
use quorate_runtime::opaque::Block;
use quorate_runtime_api::ModelsApi;
use sp_api::ProvideRuntimeApi;
use sp_blockchain::HeaderBackend;

/// Queries of models.
#[rpc(server)]
pub trait ModelsRpc {
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

    /// Where a version comes from: parents, policy, updates with contributors, weights and scores, each member's statements.
    #[method(name = "quorate_lineage")]
    fn lineage(&self, model: ModelId, version: VersionIndex, at: Option<Hash>) -> RpcResult<Option<Lineage>>;
}

impl<C> ModelsRpcServer for Quorate<C>
where
    C: ProvideRuntimeApi<Block> + HeaderBackend<Block> + Send + Sync + 'static,
    C::Api: ModelsApi<Block>,
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
        self.ask(at, |api, at| ModelsApi::version(api, at, model, version))
    }

    fn lineage(&self, model: ModelId, version: VersionIndex, at: Option<Hash>) -> RpcResult<Option<Lineage>> {
        self.ask(at, |api, at| api.lineage(at, model, version))
    }
}
