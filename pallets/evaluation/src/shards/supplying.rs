//! Committing to a shard, and taking it back while it waits.

use super::{bond_key, least_bond, SealedShard};
use crate::pallet::{Config, Error, Event, Pallet, ShardCount, WaitingShards};
use frame_support::{ensure, traits::Get};
use frame_system::pallet_prelude::BlockNumberFor;
use quorate_primitives::{
    policy::{Contribution, Policy, MIN_BOND},
    purpose::Purpose,
    traits::{Escrow, Models},
    AccountId, Balance, Hash, ModelId, OrganisationId, PPM,
};
use sp_runtime::{traits::Zero, DispatchResult};

/// What a round with this policy pays contributors.
fn pot(policy: &Policy) -> Balance {
    let parts = policy.reward.saturating_mul(policy.split.contributors.into());
    parts.checked_div(PPM.into()).unwrap_or_default()
}

impl<T: Config> Pallet<T> {
    /// Hash of block 0: what binds every committed byte to this chain.
    pub(crate) fn genesis_hash() -> Hash {
        frame_system::Pallet::<T>::block_hash(BlockNumberFor::<T>::zero())
    }

    /// The rules of the policy in force, and what its rounds pay contributors.
    fn shard_rules(model: ModelId) -> Option<(Contribution, Balance)> {
        let policy = T::Models::round_base(model)?.policy;
        let rules = policy.assessment?.contribution?;
        Some((rules, pot(&policy)))
    }

    /// The bond with which a shard of the model is taken also where there are no more than the fewest.
    pub(crate) fn shard_bond_of(model: ModelId) -> Option<Balance> {
        let (rules, pot) = Self::shard_rules(model)?;
        Some(least_bond(pot, &rules, rules.min_suppliers).max(MIN_BOND))
    }

    pub(crate) fn do_commit_shard(
        who: AccountId,
        model: ModelId,
        commitment: Hash,
        rows: u32,
        bond: Balance,
    ) -> DispatchResult {
        let supplier = Self::member(&who)?;
        let (rules, pot) = Self::shard_rules(model).ok_or(Error::<T>::NoShardsTaken)?;
        let allowed = rules.min_rows..=rules.max_rows;
        ensure!(allowed.contains(&rows), Error::<T>::RowsOutOfRange);
        // Of less than this no round takes any.
        let least = least_bond(pot, &rules, rules.max_suppliers).max(MIN_BOND);
        ensure!(bond >= least, Error::<T>::BondTooSmall);
        let kept = ShardCount::<T>::get(supplier);
        ensure!(kept < T::MaxShardsPerOrganisation::get(), Error::<T>::TooManyShards);
        let waiting = WaitingShards::<T>::get(model);
        let waits = waiting.iter().any(|shard| shard.supplier == supplier);
        ensure!(!waits, Error::<T>::ShardWaitsAlready);
        ensure!(!waiting.is_full(), Error::<T>::TooManyWaiting);

        T::Escrow::hold_bond(supplier, Purpose::Shards(model), &bond_key(supplier, commitment), bond)?;
        let shard = SealedShard {
            supplier,
            commitment,
            rows,
            bond,
            committed_at: Self::now(),
        };
        WaitingShards::<T>::try_append(model, shard).map_err(|()| Error::<T>::TooManyWaiting)?;
        ShardCount::<T>::insert(supplier, kept.saturating_add(1));
        Self::deposit_event(Event::ShardCommitted {
            model,
            supplier,
            by: who,
            commitment,
            rows,
            bond,
        });
        Ok(())
    }

    pub(crate) fn do_withdraw_shard(who: &AccountId, model: ModelId) -> DispatchResult {
        let supplier = Self::member(who)?;
        let taken = WaitingShards::<T>::mutate_exists(model, |waiting| {
            let list = waiting.as_mut()?;
            let place = list.iter().position(|shard| shard.supplier == supplier)?;
            let taken = list.remove(place);
            if list.is_empty() {
                *waiting = None;
            }
            Some(taken)
        });
        let shard = taken.ok_or(Error::<T>::ShardNotWaiting)?;
        Self::return_bond(model, &shard);
        Self::deposit_event(Event::ShardWithdrawn {
            model,
            supplier,
            commitment: shard.commitment,
        });
        Ok(())
    }

    /// One bond less is kept of this supplier.
    fn count_off(supplier: OrganisationId) {
        ShardCount::<T>::mutate_exists(supplier, |count| {
            *count = count.and_then(|count| count.checked_sub(1)).filter(|count| *count > 0);
        });
    }

    pub(crate) fn return_bond(model: ModelId, shard: &SealedShard) {
        let key = bond_key(shard.supplier, shard.commitment);
        T::Escrow::release_bond(Purpose::Shards(model), &key);
        Self::count_off(shard.supplier);
    }

    /// Take a bond: for the escrow of a round, or for the treasury. Returns what came into the escrow.
    pub(crate) fn take_bond(model: ModelId, shard: &SealedShard, into: Option<Purpose>) -> Balance {
        let (purpose, key) = (Purpose::Shards(model), bond_key(shard.supplier, shard.commitment));
        Self::count_off(shard.supplier);
        match into {
            Some(escrow) => T::Escrow::forfeit_bond(purpose, &key, escrow),
            None => {
                T::Escrow::slash_bond(purpose, &key);
                0
            }
        }
    }
}
