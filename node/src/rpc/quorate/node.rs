//! The chain as a whole, this node and its worker, and the validators' gateways.

use super::Quorate;
use crate::rpc::types::{BlobEndpoint, ChainInfo, Ready, WorkerStatus};
use jsonrpsee::{core::RpcResult, proc_macros::rpc};
use quorate_primitives::{views::gateway::GatewayEntry, Hash};
use quorate_runtime::opaque::Block;
use quorate_runtime_api::GatewayApi;
use sp_api::{ApiError, Core, ProvideRuntimeApi};
use sp_blockchain::HeaderBackend;

/// Pages that are looked at: more than there can be validators.
const MOST_PAGES: u32 = 64;

/// Queries of the chain, the node and the gateways.
#[rpc(server)]
pub trait NodeRpc {
    /// Gateways of the validators.
    #[method(name = "quorate_blobEndpoints")]
    fn blob_endpoints(&self, at: Option<Hash>) -> RpcResult<Vec<BlobEndpoint>>;

    /// State of this node's worker.
    #[method(name = "quorate_workerStatus")]
    fn worker_status(&self) -> RpcResult<WorkerStatus>;

    /// Whether this node does what it is there for, and if not, why.
    #[method(name = "quorate_ready")]
    fn ready(&self) -> RpcResult<Ready>;

    /// Genesis, heights and token of the chain.
    #[method(name = "quorate_chainInfo")]
    fn chain_info(&self) -> RpcResult<ChainInfo>;
}

impl<C> NodeRpcServer for Quorate<C>
where
    C: ProvideRuntimeApi<Block> + HeaderBackend<Block> + Send + Sync + 'static,
    C::Api: GatewayApi<Block>,
{
    fn blob_endpoints(&self, at: Option<Hash>) -> RpcResult<Vec<BlobEndpoint>> {
        self.ask(at, endpoints)
    }

    fn worker_status(&self) -> RpcResult<WorkerStatus> {
        Ok(self.report.read().into())
    }

    fn ready(&self) -> RpcResult<Ready> {
        let problems = self.probe.state().problems();
        Ok(Ready {
            ready: problems.is_empty(),
            problems,
        })
    }

    fn chain_info(&self) -> RpcResult<ChainInfo> {
        let info = self.client.info();
        #[allow(clippy::redundant_closure)] // the bare path does not fix the lifetime of `api`
        let version = self.ask(Some(info.best_hash), |api, at| Core::version(api, at))?;
        Ok(self
            .chain
            .info(&info, (version.spec_name.to_string(), version.spec_version)))
    }
}

/// The peers of the gateways' view. They come first in it: no page is asked for that comes after another kind of entry.
fn endpoints(api: &impl GatewayApi<Block>, at: Hash) -> Result<Vec<BlobEndpoint>, ApiError> {
    let mut endpoints = Vec::new();
    let mut cursor = None;
    for _ in 0..MOST_PAGES {
        let page = api.gateway_page(at, cursor)?;
        let all = page.entries.len();
        let peers = page
            .entries
            .iter()
            .filter_map(|entry| match GatewayEntry::try_from(entry) {
                Ok(GatewayEntry::Peer(peer)) => Some(BlobEndpoint::from(peer)),
                _ => None,
            });
        let before = endpoints.len();
        endpoints.extend(peers);
        cursor = page.next;
        if cursor.is_none() || endpoints.len() - before < all {
            break;
        }
    }
    Ok(endpoints)
}
