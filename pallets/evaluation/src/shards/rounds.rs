//! What becomes of shards as their round goes on: taken, revealed, assessed or released, forgotten.

use super::{least_bond, RoundShard, SealedShard, Shards, Stage};
use crate::{
    pallet::{Config, Error, Event, Pallet, RoundShards, ShardRounds, WaitingShards},
    WeightInfo,
};
use alloc::{collections::BTreeSet, vec::Vec};
use frame_support::{ensure, weights::Weight, BoundedVec};
use quorate_primitives::{
    availability::Subject,
    job::assess::{Shard, MAX_SHARDS},
    policy::Contribution,
    purpose::Purpose,
    traits::{Availability, Consortium, Shards as ShardsTrait},
    views::assessments::ShardState,
    Balance, BlockNumber, ModelId, OrganisationId, RoundId,
};
use sp_runtime::DispatchError;

impl<T: Config> Pallet<T> {
    /// Shards that a round may take, and those that go on waiting: as many as there are with the bonds that so many need, the first ones
    /// that were committed to.
    fn chosen(model: ModelId, rules: &Contribution, pot: Balance) -> (Vec<SealedShard>, Vec<SealedShard>) {
        let allowed = rules.min_rows..=rules.max_rows;
        let waiting = WaitingShards::<T>::get(model).into_inner();
        let fitting: Vec<&SealedShard> = waiting
            .iter()
            .filter(|shard| allowed.contains(&shard.rows) && T::Consortium::in_good_standing(shard.supplier))
            .collect();
        let bonded = |count: u32| {
            let (bond, size) = (least_bond(pot, rules, count), usize::try_from(count).ok()?);
            let bonded = fitting.iter().filter(|shard| shard.bond >= bond).take(size);
            let suppliers: BTreeSet<OrganisationId> = bonded.map(|shard| shard.supplier).collect();
            (suppliers.len() == size).then_some(suppliers)
        };
        let mut counts = (rules.min_suppliers..=rules.max_suppliers.min(MAX_SHARDS)).rev();
        let taken = counts.find_map(bonded).unwrap_or_default();
        waiting.into_iter().partition(|shard| taken.contains(&shard.supplier))
    }

    fn set_waiting(model: ModelId, waiting: Vec<SealedShard>) {
        match waiting.is_empty() {
            true => WaitingShards::<T>::remove(model),
            false => WaitingShards::<T>::insert(model, BoundedVec::truncate_from(waiting)),
        }
    }

    /// A shard that was not revealed waits for the model's next round, in the order of their blocks. Where its supplier has committed to
    /// another one meanwhile, or all places are taken, its bond returns.
    fn wait_again(round: RoundId, model: ModelId, shard: SealedShard) {
        let mut waiting = WaitingShards::<T>::get(model);
        let (supplier, commitment) = (shard.supplier, shard.commitment);
        let superseded = waiting.iter().any(|other| other.supplier == supplier);
        let place = waiting.partition_point(|other| other.committed_at <= shard.committed_at);
        if superseded || waiting.is_full() {
            return Self::give_back(round, model, &shard);
        }
        // There is room.
        let _refused = waiting.try_insert(place, shard);
        WaitingShards::<T>::insert(model, waiting);
        Self::deposit_event(Event::ShardWaits {
            round,
            model,
            supplier,
            commitment,
        });
    }

    fn give_back(round: RoundId, model: ModelId, shard: &SealedShard) {
        Self::return_bond(model, shard);
        let supplier = shard.supplier;
        Self::deposit_event(Event::ShardReleased { round, supplier });
    }

    /// Take a bond; returns what came into the round's escrow.
    fn forfeit(round: RoundId, model: ModelId, shard: &SealedShard, into: Option<Purpose>) -> Balance {
        let to_contributors = Self::take_bond(model, shard, into);
        Self::deposit_event(Event::ShardForfeited {
            round,
            supplier: shard.supplier,
            bond: shard.bond,
            to_contributors,
        });
        to_contributors
    }

    /// No more votes are needed.
    fn end_votes(round: RoundId, shards: &mut Shards) {
        Self::decide_rest(round, shards);
        T::Availability::close(Subject::Shards(round));
    }

    fn unlist(round: RoundId) {
        ShardRounds::<T>::mutate(|rounds| rounds.retain(|other| *other != round));
    }

    /// Whether suppliers could still reveal.
    fn may_still_reveal(round: RoundId, shards: &Shards) -> bool {
        match shards.stage {
            Stage::Sealed => true,
            Stage::Revealing { .. } => Self::reveal_until(round, shards).is_some_and(|until| Self::now() < until),
            Stage::Decided | Stage::Assessed => false,
        }
    }
}

impl<T: Config> ShardsTrait for Pallet<T> {
    fn waiting(model: ModelId, rules: &Contribution, pot: Balance) -> u32 {
        let (taken, _) = Self::chosen(model, rules, pot);
        u32::try_from(taken.len()).unwrap_or(u32::MAX)
    }

    fn begin(round: RoundId, model: ModelId, rules: &Contribution, pot: Balance) -> Result<u32, DispatchError> {
        let (mut taken, waiting) = Self::chosen(model, rules, pot);
        let count = u32::try_from(taken.len()).unwrap_or(u32::MAX);
        ensure!(count >= rules.min_suppliers, Error::<T>::TooFewShards);
        ShardRounds::<T>::try_append(round).map_err(|()| Error::<T>::TooManyShardRounds)?;
        Self::set_waiting(model, waiting);
        taken.sort_unstable_by_key(|shard| shard.supplier);
        let shards = taken.into_iter().map(|sealed| RoundShard {
            sealed,
            state: ShardState::Sealed,
            forfeits: false,
        });
        let shards = Shards {
            model,
            max_len: rules.max_len,
            stage: Stage::Sealed,
            shards: BoundedVec::truncate_from(shards.collect()),
        };
        RoundShards::<T>::insert(round, shards);
        Self::deposit_event(Event::ShardsTaken { round, model, count });
        Ok(count)
    }

    fn reveal(round: RoundId, reveal_until: BlockNumber, vote_until: BlockNumber) {
        let Some(mut shards) = RoundShards::<T>::get(round).filter(|shards| shards.stage == Stage::Sealed) else {
            return;
        };
        match T::Availability::open(Subject::Shards(round), vote_until) {
            Ok(()) => {
                let vote = vote_until.saturating_sub(reveal_until);
                shards.stage = Stage::Revealing { vote };
                Self::deposit_event(Event::ShardsAwaited {
                    round,
                    reveal_until,
                    vote_until,
                });
            }
            // Nobody could reveal: no supplier is to blame.
            Err(error) => {
                shards.stage = Stage::Decided;
                Self::deposit_event(Event::ShardVotesRefused { round, error });
            }
        }
        RoundShards::<T>::insert(round, shards);
    }

    fn is_decided(round: RoundId) -> bool {
        RoundShards::<T>::get(round).is_none_or(|shards| Self::shards_decided(round, &shards))
    }

    fn held(round: RoundId) -> Vec<Shard> {
        let shards = RoundShards::<T>::get(round).map(|shards| shards.shards);
        let held = |shard: RoundShard| match shard.state {
            ShardState::Held(blob) => Some(Shard {
                supplier: shard.sealed.supplier,
                root: blob.root,
                len: blob.len,
                rows: shard.sealed.rows,
            }),
            _ => None,
        };
        shards.into_iter().flatten().filter_map(held).collect()
    }

    fn assessed(round: RoundId, counted: &[OrganisationId]) -> (Balance, Vec<OrganisationId>) {
        let (mut sum, mut suppliers): (Balance, Vec<OrganisationId>) = Default::default();
        let Some(mut shards) = RoundShards::<T>::get(round).filter(|shards| shards.stage != Stage::Assessed) else {
            return (sum, suppliers);
        };
        Self::end_votes(round, &mut shards);
        for shard in &shards.shards {
            let sealed = &shard.sealed;
            let held = matches!(shard.state, ShardState::Held(_));
            if shard.forfeits || (held && !counted.contains(&sealed.supplier)) {
                let amount = Self::forfeit(round, shards.model, sealed, Some(Purpose::Assessment(round)));
                sum = sum.saturating_add(amount);
                suppliers.push(sealed.supplier);
            } else {
                Self::give_back(round, shards.model, sealed);
            }
        }
        shards.stage = Stage::Assessed;
        RoundShards::<T>::insert(round, shards);
        Self::unlist(round);
        (sum, suppliers)
    }

    fn released(round: RoundId) {
        let Some(mut shards) = RoundShards::<T>::get(round).filter(|shards| shards.stage != Stage::Assessed) else {
            return;
        };
        let open = Self::may_still_reveal(round, &shards);
        match open {
            true => T::Availability::close(Subject::Shards(round)),
            false => Self::end_votes(round, &mut shards),
        }
        let model = shards.model;
        for RoundShard {
            sealed,
            state,
            forfeits,
        } in shards.shards
        {
            match state {
                _ if forfeits => {
                    Self::forfeit(round, model, &sealed, None);
                }
                ShardState::Sealed if open => Self::wait_again(round, model, sealed),
                _ => Self::give_back(round, model, &sealed),
            }
        }
        RoundShards::<T>::remove(round);
        Self::unlist(round);
    }

    fn pruned(round: RoundId) {
        // What is not assessed goes by `released`: its bonds are still kept.
        if RoundShards::<T>::get(round).is_some_and(|shards| shards.stage == Stage::Assessed) {
            RoundShards::<T>::remove(round);
        }
    }

    fn weight() -> Weight {
        T::WeightInfo::shards_taken()
            .max(T::WeightInfo::shards_awaited())
            .max(T::WeightInfo::shards_assessed())
            .max(T::WeightInfo::shards_released())
    }
}
