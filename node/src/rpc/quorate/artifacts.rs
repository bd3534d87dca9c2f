//! Programs and data sets.

use super::{capped, Quorate};
use jsonrpsee::{core::RpcResult, proc_macros::rpc};
use quorate_primitives::{views::ArtifactView, ArtifactId, Hash};
use quorate_runtime::opaque::Block;
use quorate_runtime_api::ArtifactsApi;
use sp_api::ProvideRuntimeApi;
use sp_blockchain::HeaderBackend;

/// Queries of artifacts.
#[rpc(server)]
pub trait ArtifactsRpc {
    /// Artifacts from number `from` on.
    #[method(name = "quorate_artifacts")]
    fn artifacts(&self, from: Option<ArtifactId>, limit: Option<u32>, at: Option<Hash>)
        -> RpcResult<Vec<ArtifactView>>;

    /// One artifact.
    #[method(name = "quorate_artifact")]
    fn artifact(&self, id: ArtifactId, at: Option<Hash>) -> RpcResult<Option<ArtifactView>>;
}

impl<C> ArtifactsRpcServer for Quorate<C>
where
    C: ProvideRuntimeApi<Block> + HeaderBackend<Block> + Send + Sync + 'static,
    C::Api: ArtifactsApi<Block>,
{
    fn artifacts(
        &self,
        from: Option<ArtifactId>,
        limit: Option<u32>,
        at: Option<Hash>,
    ) -> RpcResult<Vec<ArtifactView>> {
        self.ask(at, |api, at| api.artifacts(at, from.unwrap_or_default(), capped(limit)))
    }

    fn artifact(&self, id: ArtifactId, at: Option<Hash>) -> RpcResult<Option<ArtifactView>> {
        self.ask(at, |api, at| api.artifact(at, id))
    }
}
