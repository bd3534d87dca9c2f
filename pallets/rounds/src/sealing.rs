//! Sealing: the Available updates get an order that nobody chose, and a job is made; at once, or when its seed is drawn.

use crate::{
    collecting::count,
    pallet::{Config, Event, Pallet, SealedOrders, Snapshots, Tallies, Updates},
    types::{RefundReason, Round, SealedOrder, Stage, SEED_BLOCKS},
    WeightInfo,
};
use alloc::{collections::BTreeSet, vec::Vec};
use codec::Encode;
use frame_support::{traits::Randomness, weights::Weight};
use quorate_primitives::{
    job::{Input, JobSpec},
    merkle,
    payload::{rank, seed_step, tagged},
    policy::needs_seed,
    traits::Jobs,
    update::{Update, UpdateStatus},
    Hash, RoundId, EXACT_VERSION, MAX_UPDATES,
};

impl<T: Config> Pallet<T> {
    /// Weight of a sealing that a call brought about.
    pub(crate) fn seal_weight(sealed: Option<u32>) -> Weight {
        sealed.map_or(Weight::zero(), T::WeightInfo::seal)
    }

    /// Seal the round if nothing is left to wait for. Returns its number of submissions then.
    pub(crate) fn seal_if_decided(id: RoundId, round: &mut Round) -> Option<u32> {
        let Stage::Opening { open_until, .. } = round.stage else {
            return None;
        };
        round.is_decided(open_until, Self::now()).then(|| {
            Self::seal(id, round);
            round.submissions
        })
    }

    /// End Opening. Touches every update of the round, 1,024 at most.
    pub(crate) fn seal(id: RoundId, round: &mut Round) {
        let mut available = Self::expire_rest(id, round);
        round.organisations = organisations(&available);
        Snapshots::<T>::remove(id);
        let _all_removed = Tallies::<T>::clear_prefix(id, MAX_UPDATES, None);
        let enough =
            round.available >= round.policy.min_updates && round.policy.pipeline.check_updates(round.available).is_ok();
        if !enough {
            return Self::refund(id, round, RefundReason::TooFewUpdates);
        }
        let seed = Self::seed(id);
        available.sort_by_cached_key(|(position, update)| (rank(seed, &update.contributor), *position));
        let inputs: Vec<Input> = available.iter().map(|(_, update)| input(update)).collect();
        Self::keep_order(id, available);
        round.sealed_at = Some(Self::now());
        if needs_seed(&round.policy.pipeline) {
            round.stage = Stage::Drawing { blocks: 0, seed };
            Self::deposit_event(Event::DrawingStarted {
                round: id,
                inputs: round.available,
                blocks: SEED_BLOCKS,
            });
            return;
        }
        Self::start_job(id, round, &inputs, Hash::zero());
    }

    /// Put the parent block's randomness into the seed; with the last one the job starts. Returns whether it was the last.
    pub(crate) fn draw(id: RoundId, round: &mut Round, blocks: u32, seed: Hash) -> bool {
        let (random, _) = T::BlockRandomness::random(&(b"quorate/draw", id).encode());
        let (blocks, seed) = (blocks.saturating_add(1), seed_step(seed, random));
        if blocks < SEED_BLOCKS {
            round.stage = Stage::Drawing { blocks, seed };
            return false;
        }
        let inputs = Self::sealed_inputs(id, round);
        Self::start_job(id, round, &inputs, seed);
        true
    }

    fn start_job(id: RoundId, round: &mut Round, inputs: &[Input], seed: Hash) {
        let spec = Self::spec(id, round, merkle::root_of(inputs), seed);
        let inputs_root = spec.inputs_root;
        match T::Jobs::create(spec) {
            Ok(job) => {
                round.stage = Stage::Computing;
                round.job = Some(job);
                Self::deposit_event(Event::Sealed {
                    round: id,
                    job,
                    inputs_root,
                    inputs: round.available,
                });
            }
            Err(error) => {
                Self::deposit_event(Event::JobRefused { round: id, error });
                Self::refund(id, round, RefundReason::NoJob);
            }
        }
    }

    /// Let every update that is not decided expire; returns the Available ones.
    fn expire_rest(id: RoundId, round: &mut Round) -> Vec<(u32, Update)> {
        let mut available = Vec::new();
        for position in 0..round.submissions {
            let Some(mut update) = Updates::<T>::get(id, position) else {
                continue;
            };
            match update.status {
                UpdateStatus::Available => available.push((position, update)),
                UpdateStatus::Committed | UpdateStatus::Opened => {
                    update.status = UpdateStatus::Expired;
                    let contributor = update.contributor.clone();
                    Updates::<T>::insert(id, position, update);
                    Self::deposit_event(Event::Expired {
                        round: id,
                        position,
                        contributor,
                    });
                }
                _ => {}
            }
        }
        round.committed = 0;
        round.opened = 0;
        available
    }

    /// Seed of the order: from the chain's randomness, and different for every round of a block.
    fn seed(id: RoundId) -> Hash {
        let (random, _) = T::Randomness::random(&(b"quorate/seal", id).encode());
        tagged(b"seal", &(random, id))
    }

    fn spec(id: RoundId, round: &Round, inputs_root: Hash, seed: Hash) -> JobSpec {
        JobSpec {
            round: id,
            model: round.model,
            base: round.base,
            attempt: 0,
            exact_version: EXACT_VERSION,
            policy_hash: round.policy.hash(),
            base_root: round.base_root,
            previous_root: round.previous_root,
            inputs_root,
            inputs: round.available,
            commit: round.policy.deadlines.commit,
            reveal: round.policy.deadlines.reveal,
            seed,
            optimiser: round.optimiser,
        }
    }

    fn keep_order(id: RoundId, available: Vec<(u32, Update)>) {
        let order = SealedOrder::truncate_from(available.iter().map(|(position, _)| *position).collect());
        SealedOrders::<T>::insert(id, order);
        for (index, (position, mut update)) in (0u32..).zip(available) {
            update.index = Some(index);
            Updates::<T>::insert(id, position, update);
        }
    }
}

/// Number of organisations that these updates come from.
fn organisations(updates: &[(u32, Update)]) -> u32 {
    let distinct: BTreeSet<_> = updates.iter().map(|(_, update)| update.organisation).collect();
    count(distinct.len())
}

/// An opened update as a job reads it.
pub(crate) fn input(update: &Update) -> Input {
    Input {
        contributor: update.contributor.clone(),
        organisation: update.organisation,
        root: update.root.unwrap_or_default(),
        weight: update.weight,
    }
}
