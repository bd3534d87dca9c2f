//! Revealing shards, and what the validators' votes on them amount to.

use super::{Shards, Stage};
use crate::{
    pallet::{Config, Error, Event, Pallet, RoundShards},
    WeightInfo,
};
use alloc::vec::Vec;
use frame_support::{ensure, weights::Weight};
use quorate_primitives::{
    availability::{Finding, Named, Subject},
    payload::shard_commitment,
    traits::{Availability, AvailabilityHandler, Consortium},
    views::{assessments::ShardState, BlobRef},
    AccountId, BlockNumber, RoundId,
};
use sp_runtime::DispatchResult;

fn place(item: u32) -> usize {
    usize::try_from(item).unwrap_or(usize::MAX)
}

impl<T: Config> Pallet<T> {
    /// Before which block shards of the round are revealed; None where they are not, or no more.
    pub(crate) fn reveal_until(round: RoundId, shards: &Shards) -> Option<BlockNumber> {
        let Stage::Revealing { vote } = shards.stage else {
            return None;
        };
        // The votes' clock shifts by blocks without transactions, and this one with it.
        T::Availability::deadline(Subject::Shards(round)).map(|until| until.saturating_sub(vote))
    }

    pub(crate) fn do_reveal_shard(
        who: &AccountId,
        round: RoundId,
        named: Named,
        len: u64,
        salt: [u8; 32],
    ) -> DispatchResult {
        let supplier = Self::member(who)?;
        let mut shards = RoundShards::<T>::get(round).ok_or(Error::<T>::NotRevealingShards)?;
        let until = Self::reveal_until(round, &shards).ok_or(Error::<T>::NotRevealingShards)?;
        ensure!(Self::now() < until, Error::<T>::NotRevealingShards);
        let (model, max_len) = (shards.model, shards.max_len);
        let mut numbered = (0u32..).zip(shards.shards.iter_mut());
        let (item, shard) = numbered
            .find(|(_, shard)| shard.sealed.supplier == supplier)
            .ok_or(Error::<T>::NotASupplier)?;
        ensure!(shard.state == ShardState::Sealed, Error::<T>::ShardAlreadyRevealed);
        let genesis = Self::genesis_hash();
        let shown = shard_commitment(genesis, model, supplier, named.root, shard.sealed.rows, salt);
        ensure!(shown == shard.sealed.commitment, Error::<T>::ShardMismatch);
        ensure!((1..=max_len).contains(&len), Error::<T>::ShardTooLong);
        ensure!(!Self::is_used(model, named.root), Error::<T>::ShardUsed);

        let rows = shard.sealed.rows;
        shard.state = ShardState::Revealed(BlobRef { root: named.root, len });
        RoundShards::<T>::insert(round, shards);
        Self::remember(model, named.root);
        T::Availability::put_item(Subject::Shards(round), item, named.by(supplier, genesis));
        Self::deposit_event(Event::ShardRevealed {
            round,
            supplier,
            root: named.root,
            len,
            rows,
        });
        Ok(())
    }

    /// A revealed shard is decided.
    fn decide_shard(round: RoundId, item: u32, finding: Finding) -> Option<()> {
        let mut shards = RoundShards::<T>::get(round)?;
        matches!(shards.stage, Stage::Revealing { .. }).then_some(())?;
        let shard = shards.shards.get_mut(place(item))?;
        let ShardState::Revealed(blob) = shard.state.clone() else {
            return None;
        };
        let root = blob.root;
        let supplier = shard.sealed.supplier;
        shard.forfeits = matches!(finding, Finding::Malformed(_));
        if finding == Finding::Held {
            shard.state = ShardState::Held(blob);
            Self::deposit_event(Event::ShardHeld { round, supplier, root });
        } else {
            shard.state = ShardState::Rejected(blob);
            Self::deposit_event(Event::ShardRejected {
                round,
                supplier,
                root,
                finding: Some(finding),
            });
        }
        RoundShards::<T>::insert(round, shards);
        Some(())
    }

    /// Whether nothing is left to wait for.
    pub(crate) fn shards_decided(round: RoundId, shards: &Shards) -> bool {
        let Stage::Revealing { vote } = shards.stage else {
            return shards.stage != Stage::Sealed;
        };
        let Some(until) = T::Availability::deadline(Subject::Shards(round)) else {
            return true;
        };
        let now = Self::now();
        let any = |wanted: fn(&ShardState) -> bool| shards.shards.iter().any(|shard| wanted(&shard.state));
        let voted = !any(|state| matches!(state, ShardState::Revealed(_)));
        let revealed = now >= until.saturating_sub(vote) || !any(|state| *state == ShardState::Sealed);
        now >= until || (voted && revealed)
    }

    /// Take nothing more. What was not revealed or uploaded is withheld, but for suppliers that the consortium keeps from acting; it
    /// takes more than one bad validator to make that of a shard that was uploaded, and where none is held it may be the validators
    /// that were not there.
    pub(crate) fn decide_rest(round: RoundId, shards: &mut Shards) {
        if !matches!(shards.stage, Stage::Revealing { .. }) {
            return;
        }
        let honest = T::Availability::held_by_an_honest_voter(Subject::Shards(round));
        let any_held = shards
            .shards
            .iter()
            .any(|shard| matches!(shard.state, ShardState::Held(_)));
        for (item, shard) in (0u32..).zip(shards.shards.iter_mut()) {
            let supplier = shard.sealed.supplier;
            let excused = !T::Consortium::in_good_standing(supplier);
            let withheld = match shard.state.clone() {
                ShardState::Sealed => !excused,
                ShardState::Revealed(blob) => {
                    let root = blob.root;
                    shard.state = ShardState::Rejected(blob);
                    Self::deposit_event(Event::ShardRejected {
                        round,
                        supplier,
                        root,
                        finding: None,
                    });
                    any_held && !excused && !honest.contains(&item)
                }
                ShardState::Rejected(_) => !shard.forfeits && any_held && !excused && !honest.contains(&item),
                ShardState::Held(_) => false,
            };
            if withheld {
                shard.forfeits = true;
                Self::deposit_event(Event::ShardWithheld { round, supplier });
            }
        }
        shards.stage = Stage::Decided;
    }

    /// Rows and bytes of each of the round's shards, by place; 0 where it is not revealed.
    pub fn vote_context(round: RoundId) -> Vec<(u32, u64)> {
        let shards = RoundShards::<T>::get(round).map(|shards| shards.shards);
        let shards = shards.into_iter().flatten();
        shards
            .map(|shard| {
                let len = match shard.state {
                    ShardState::Revealed(blob) | ShardState::Held(blob) | ShardState::Rejected(blob) => blob.len,
                    ShardState::Sealed => 0,
                };
                (shard.sealed.rows, len)
            })
            .collect()
    }
}

impl<T: Config> AvailabilityHandler for Pallet<T> {
    fn found(subject: Subject, item: u32, finding: Finding) -> Weight {
        let Subject::Shards(round) = subject else {
            return Weight::zero();
        };
        let _unknown_ones_change_nothing = Self::decide_shard(round, item, finding);
        T::WeightInfo::shard_found()
    }

    /// Where all are revealed and decided no votes are needed any more.
    fn voted(subject: Subject) -> Weight {
        let Subject::Shards(round) = subject else {
            return Weight::zero();
        };
        if let Some(mut shards) = RoundShards::<T>::get(round) {
            if matches!(shards.stage, Stage::Revealing { .. }) && Self::shards_decided(round, &shards) {
                Self::decide_rest(round, &mut shards);
                RoundShards::<T>::insert(round, shards);
                T::Availability::close(subject);
            }
        }
        T::WeightInfo::shards_decided()
    }

    fn ending(subject: Subject) {
        let Subject::Shards(round) = subject else {
            return;
        };
        RoundShards::<T>::mutate_extant(round, |shards| Self::decide_rest(round, shards));
    }

    fn ended(subject: Subject) -> Weight {
        match subject {
            Subject::Shards(_) => T::WeightInfo::shards_decided(),
            _ => Weight::zero(),
        }
    }

    fn found_weight() -> Weight {
        T::WeightInfo::shard_found()
    }

    fn voted_weight() -> Weight {
        T::WeightInfo::shards_decided()
    }

    fn ended_weight() -> Weight {
        T::WeightInfo::shards_decided()
    }
}
