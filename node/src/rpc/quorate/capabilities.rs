//! What validators declare that their machines can answer.

use super::Quorate;
use jsonrpsee::{core::RpcResult, proc_macros::rpc};
use quorate_primitives::{
    views::{CapabilityView, CapableCount},
    Hash,
};
use quorate_runtime::opaque::Block;
use quorate_runtime_api::CapabilitiesApi;
use sp_api::ProvideRuntimeApi;
use sp_blockchain::HeaderBackend;

/// Queries of capabilities.
#[rpc(server)]
pub trait CapabilitiesRpc {
    /// Those of all active validators.
    #[method(name = "quorate_capabilities")]
    fn capabilities(&self, at: Option<Hash>) -> RpcResult<Vec<CapabilityView>>;

    /// How many validators could answer a request now that needs so many MiB, and how many it takes.
    #[method(name = "quorate_capable")]
    fn capable(&self, memory: u32, at: Option<Hash>) -> RpcResult<CapableCount>;
}

impl<C> CapabilitiesRpcServer for Quorate<C>
where
    C: ProvideRuntimeApi<Block> + HeaderBackend<Block> + Send + Sync + 'static,
    C::Api: CapabilitiesApi<Block>,
{
    fn capabilities(&self, at: Option<Hash>) -> RpcResult<Vec<CapabilityView>> {
        self.ask(at, |api, at| api.capabilities(at))
    }

    fn capable(&self, memory: u32, at: Option<Hash>) -> RpcResult<CapableCount> {
        self.ask(at, |api, at| api.capable(at, memory))
    }
}
