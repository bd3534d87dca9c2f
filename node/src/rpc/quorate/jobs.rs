//! Jobs of any kind.

use super::Quorate;
use jsonrpsee::{core::RpcResult, proc_macros::rpc};
use quorate_primitives::{job::IdentifiedJob, Hash, JobId};
use quorate_runtime::opaque::Block;
use quorate_runtime_api::JobsApi;
use sp_api::ProvideRuntimeApi;
use sp_blockchain::HeaderBackend;

/// Queries of jobs.
#[rpc(server)]
pub trait JobsRpc {
    /// Jobs that are not closed: no more than the chain has rooms for at a time.
    #[method(name = "quorate_jobs")]
    fn jobs(&self, at: Option<Hash>) -> RpcResult<Vec<IdentifiedJob>>;

    /// One job, closed or not.
    #[method(name = "quorate_job")]
    fn job(&self, id: JobId, at: Option<Hash>) -> RpcResult<Option<IdentifiedJob>>;
}

impl<C> JobsRpcServer for Quorate<C>
where
    C: ProvideRuntimeApi<Block> + HeaderBackend<Block> + Send + Sync + 'static,
    C::Api: JobsApi<Block>,
{
    fn jobs(&self, at: Option<Hash>) -> RpcResult<Vec<IdentifiedJob>> {
        self.ask(at, |api, at| api.active_jobs(at))
    }

    fn job(&self, id: JobId, at: Option<Hash>) -> RpcResult<Option<IdentifiedJob>> {
        self.ask(at, |api, at| api.job(at, id))
    }
}
