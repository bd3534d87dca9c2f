//! What must hold of sealed shards after every block.

use super::{bond_key, Stage, MAX_USED};
use crate::pallet::{Config, NextUsed, Pallet, RoundShards, ShardCount, ShardRounds, UsedAt, UsedRoots, WaitingShards};
use alloc::collections::{BTreeMap, BTreeSet};
use frame_support::ensure;
use quorate_primitives::{availability::Subject, traits::Availability, views::assessments::ShardState, OrganisationId};
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
    pub(crate) fn check_shards() -> Result<(), TryRuntimeError> {
        let mut counts = BTreeMap::<OrganisationId, u32>::new();
        let mut keys = BTreeSet::new();
        let mut bonded = |model, sealed: &super::SealedShard| {
            let count = counts.entry(sealed.supplier).or_default();
            *count = count.saturating_add(1);
            keys.insert((model, bond_key(sealed.supplier, sealed.commitment)))
        };
        for (model, waiting) in WaitingShards::<T>::iter() {
            ensure!(!waiting.is_empty(), "an empty list of waiting shards");
            let suppliers: BTreeSet<_> = waiting.iter().map(|shard| shard.supplier).collect();
            ensure!(suppliers.len() == waiting.len(), "two waiting shards of one supplier");
            let blocks = waiting.iter().map(|shard| shard.committed_at);
            ensure!(blocks.is_sorted(), "waiting shards are not in order");
            for shard in &waiting {
                ensure!(bonded(model, shard), "two shards with one bond");
            }
        }
        let listed: BTreeSet<_> = ShardRounds::<T>::get().into_iter().collect();
        ensure!(
            listed.len() == ShardRounds::<T>::decode_len().unwrap_or_default(),
            "a round is listed twice"
        );
        let mut unassessed = BTreeSet::new();
        for (round, shards) in RoundShards::<T>::iter() {
            let suppliers = shards.shards.iter().map(|shard| shard.sealed.supplier);
            ensure!(
                suppliers.is_sorted_by(|a, b| a < b),
                "shards of a round are not in order"
            );
            let votes = T::Availability::deadline(Subject::Shards(round)).is_some();
            let revealing = matches!(shards.stage, Stage::Revealing { .. });
            ensure!(votes == revealing, "votes are taken exactly while shards are revealed");
            if shards.stage == Stage::Assessed {
                continue;
            }
            unassessed.insert(round);
            for shard in &shards.shards {
                ensure!(bonded(shards.model, &shard.sealed), "two shards with one bond");
                let sealed = shard.state == ShardState::Sealed;
                ensure!(
                    shards.stage != Stage::Sealed || sealed,
                    "a shard that was revealed too early"
                );
                let revealed = matches!(shard.state, ShardState::Revealed(_));
                ensure!(revealing || !revealed, "a shard is awaited without votes");
            }
        }
        ensure!(listed == unassessed, "the list of rounds whose shards are not assessed");
        ensure!(
            ShardCount::<T>::iter().collect::<BTreeMap<_, _>>() == counts,
            "the counts of the organisations' shards"
        );
        Self::check_used()
    }

    fn check_used() -> Result<(), TryRuntimeError> {
        for (model, place, root) in UsedAt::<T>::iter() {
            ensure!(place < MAX_USED, "a place beyond the last one");
            ensure!(
                UsedRoots::<T>::contains_key(model, root),
                "a data set that is not remembered"
            );
        }
        ensure!(
            UsedRoots::<T>::iter_keys().count() == UsedAt::<T>::iter_keys().count(),
            "a data set that will not be forgotten"
        );
        ensure!(
            NextUsed::<T>::iter_values().all(|next| next < MAX_USED),
            "the next place is beyond the last one"
        );
        Ok(())
    }
}
