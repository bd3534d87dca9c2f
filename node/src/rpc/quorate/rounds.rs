//! Rounds and their updates.

use super::{capped, Quorate};
use crate::rpc::server::Unread;
use jsonrpsee::{
    core::{async_trait, RpcResult, SubscriptionResult},
    proc_macros::rpc,
    Extensions, PendingSubscriptionSink, SubscriptionMessage,
};
use quorate_primitives::{update::Update, views::RoundView, AccountId, Hash, RoundId};
use quorate_runtime::opaque::Block;
use quorate_runtime_api::RoundsApi;
use sp_api::ProvideRuntimeApi;
use sp_blockchain::HeaderBackend;
use tokio::sync::broadcast::error::RecvError;

/// Queries of rounds.
#[rpc(server)]
pub trait RoundsRpc {
    /// Rounds of all models from number `from` on.
    #[method(name = "quorate_rounds")]
    fn rounds(&self, from: Option<RoundId>, limit: Option<u32>, at: Option<Hash>) -> RpcResult<Vec<RoundView>>;

    /// One round.
    #[method(name = "quorate_round")]
    fn round(&self, id: RoundId, at: Option<Hash>) -> RpcResult<Option<RoundView>>;

    /// The update that `account` submitted to a round.
    #[method(name = "quorate_updateStatus")]
    fn update_status(&self, round: RoundId, account: AccountId, at: Option<Hash>) -> RpcResult<Option<Update>>;

    /// A round, whenever it changed at a new best block.
    #[subscription(
        name = "quorate_subscribeRounds" => "quorate_rounds_changed",
        unsubscribe = "quorate_unsubscribeRounds",
        item = RoundView,
        with_extensions
    )]
    async fn subscribe_rounds(&self) -> SubscriptionResult;
}

#[async_trait]
impl<C> RoundsRpcServer for Quorate<C>
where
    C: ProvideRuntimeApi<Block> + HeaderBackend<Block> + Send + Sync + 'static,
    C::Api: RoundsApi<Block>,
{
    fn rounds(&self, from: Option<RoundId>, limit: Option<u32>, at: Option<Hash>) -> RpcResult<Vec<RoundView>> {
        self.ask(at, |api, at| api.rounds(at, from.unwrap_or_default(), capped(limit)))
    }

    fn round(&self, id: RoundId, at: Option<Hash>) -> RpcResult<Option<RoundView>> {
        self.ask(at, |api, at| api.round(at, id))
    }

    fn update_status(&self, round: RoundId, account: AccountId, at: Option<Hash>) -> RpcResult<Option<Update>> {
        let round = self.ask(at, |api, at| api.own_round(at, round, account.clone()))?;
        Ok(round.and_then(|round| round.updates.into_iter().next()))
    }

    async fn subscribe_rounds(&self, pending: PendingSubscriptionSink, extensions: &Extensions) -> SubscriptionResult {
        let mut changes = self.feed.subscribe();
        let unread = extensions.get::<Unread>().cloned();
        let sink = pending.accept().await?;
        loop {
            // Whoever reads slowly misses changes, rather than having them wait in memory.
            if let Some(unread) = &unread {
                tokio::select! {
                    () = sink.closed() => return Ok(()),
                    () = unread.few() => {}
                }
            }
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
