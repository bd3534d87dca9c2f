//! Reputation and pay.

use super::{capped, Quorate};
use jsonrpsee::{core::RpcResult, proc_macros::rpc};
use quorate_primitives::{views::StandingView, AccountId, Hash};
use quorate_runtime::opaque::Block;
use quorate_runtime_api::StandingsApi;
use sp_api::ProvideRuntimeApi;
use sp_blockchain::HeaderBackend;

/// Queries of standing.
#[rpc(server)]
pub trait StandingsRpc {
    /// Reputation and unclaimed pay of an account.
    #[method(name = "quorate_standing")]
    fn standing(&self, account: AccountId, at: Option<Hash>) -> RpcResult<StandingView>;

    /// Standing of contributors and validators.
    #[method(name = "quorate_standings")]
    fn standings(&self, limit: Option<u32>, at: Option<Hash>) -> RpcResult<Vec<StandingView>>;
}

impl<C> StandingsRpcServer for Quorate<C>
where
    C: ProvideRuntimeApi<Block> + HeaderBackend<Block> + Send + Sync + 'static,
    C::Api: StandingsApi<Block>,
{
    fn standing(&self, account: AccountId, at: Option<Hash>) -> RpcResult<StandingView> {
        self.ask(at, |api, at| api.standing(at, account))
    }

    fn standings(&self, limit: Option<u32>, at: Option<Hash>) -> RpcResult<Vec<StandingView>> {
        self.ask(at, |api, at| api.standings(at, capped(limit)))
    }
}
