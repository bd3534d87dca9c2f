//! What the runtime shows of sealed shards.

use super::{SealedShard, Stage};
use crate::pallet::{Config, Pallet, RoundShards, ShardRounds, WaitingShards};
use alloc::vec::Vec;
use quorate_primitives::{
    policy::Access,
    views::{
        assessments::{ShardState, ShardView},
        gateway::ShardBlob,
    },
    ModelId, OrganisationId, RoundId,
};

fn view(model: ModelId, sealed: SealedShard) -> ShardView {
    ShardView {
        model,
        supplier: sealed.supplier,
        commitment: sealed.commitment,
        rows: sealed.rows,
        round: None,
        state: ShardState::Sealed,
        bond: sealed.bond,
        committed_at: sealed.committed_at,
        reveal_until: None,
    }
}

impl<T: Config> Pallet<T> {
    /// Shards that wait for a round of the model, in the order in which they were committed to.
    pub(crate) fn waiting_views(model: ModelId) -> Vec<ShardView> {
        let waiting = WaitingShards::<T>::get(model).into_iter();
        waiting.map(|sealed| view(model, sealed)).collect()
    }

    /// Shards of a round, in the order of their suppliers.
    pub(crate) fn round_views(round: RoundId) -> Vec<ShardView> {
        let Some(shards) = RoundShards::<T>::get(round) else {
            return Vec::new();
        };
        let (model, reveal_until) = (shards.model, Self::reveal_until(round, &shards));
        let assessed = shards.stage == Stage::Assessed;
        let of_round = shards.shards.into_iter().map(|shard| ShardView {
            round: Some(round),
            state: shard.state,
            bond: if assessed { 0 } else { shard.sealed.bond },
            reveal_until,
            ..view(model, shard.sealed)
        });
        of_round.collect()
    }

    /// Rounds whose shards are not assessed yet, ascending.
    pub fn gateway_shard_rounds() -> Vec<RoundId> {
        let mut rounds = ShardRounds::<T>::get().into_inner();
        rounds.sort_unstable();
        rounds
    }

    /// Revealed shards of a round: its suppliers may bring them while votes are awaited. Validators alone read them until the round is
    /// assessed; from then on what is held is public.
    pub fn gateway_shards(round: RoundId) -> Vec<ShardBlob> {
        let Some(shards) = RoundShards::<T>::get(round) else {
            return Vec::new();
        };
        let (open, assessed) = (
            matches!(shards.stage, Stage::Revealing { .. }),
            shards.stage == Stage::Assessed,
        );
        let shown = shards.shards.into_iter().filter_map(|shard| {
            let (blob, pending) = match shard.state {
                ShardState::Revealed(blob) => (blob, open),
                ShardState::Held(blob) => (blob, false),
                ShardState::Sealed | ShardState::Rejected(_) => return None,
            };
            Some(ShardBlob {
                round,
                supplier: shard.sealed.supplier,
                blob,
                access: if assessed { Access::Public } else { Access::Validators },
                pending,
            })
        });
        shown.collect()
    }

    /// Suppliers whose revealed shards validators await.
    pub fn awaited_suppliers() -> Vec<OrganisationId> {
        let shards = ShardRounds::<T>::get().into_iter().flat_map(Self::gateway_shards);
        let pending = shards.filter(|shard| shard.pending);
        pending.map(|shard| shard.supplier).collect()
    }
}
