//! Sealing: the Available updates get an order that nobody chose, and a job is made; at once, or when its seed is drawn.

use crate::{
    numbers::count,
    pallet::{Config, Event, Pallet, SealedOrders, Updates},
    types::{RefundReason, Round, RoundStage, SealedOrder, SealedUpdate, Submission, SEED_BLOCKS},
    usage::by_organisation,
};
use alloc::{collections::BTreeMap, vec::Vec};
use codec::Encode;
use frame_support::traits::Randomness;
use quorate_exact::Pipeline;
use quorate_primitives::{
    availability::Subject,
    job::{
        aggregate::{Input, EXACT_VERSION},
        Aggregate, CommitteeRule, JobSpec, Requester,
    },
    merkle,
    payload::{rank, seed_step, tagged},
    policy::{needs_seed, Policy},
    traits::{Availability, Jobs, Shards},
    update::{Update, UpdateStatus},
    Hash, OrganisationId, RoundId,
};

/// How many updates of one organisation may be in a job with these numbers of Available ones: as many as the pipeline tolerates of
/// what is left then. `None` when not even one.
pub(crate) fn organisation_cap(pipeline: &Pipeline, counts: &[u32], most: u32) -> Option<u32> {
    let largest = counts.iter().copied().max().unwrap_or_default().min(most);
    (1..=largest).rev().find(|cap| {
        let sealed = total(counts, *cap);
        pipeline.tolerated(sealed).is_none_or(|tolerated| *cap <= tolerated)
    })
}

/// Why a round with so many updates within the caps is not sealed.
fn too_few(policy: &Policy, came: u32) -> RefundReason {
    // Only a policy that the registry would not take asks for less than its pipeline needs.
    let runs = |number: &u32| policy.pipeline.check_updates(*number).is_ok();
    let needed = match came < policy.min_updates {
        true => policy.min_updates,
        false => (came..=policy.max_updates).find(runs).unwrap_or(came.saturating_add(1)),
    };
    RefundReason::TooFewUpdates { came, needed }
}

/// Updates that are left with a cap.
fn total(counts: &[u32], cap: u32) -> u32 {
    counts
        .iter()
        .fold(0, |sum: u32, count| sum.saturating_add(cap.min(*count)))
}

impl<T: Config> Pallet<T> {
    /// End Revealing. Touches every update of the round, 1,024 at most.
    pub(crate) fn seal(id: RoundId, round: &mut Round) {
        let mut available = Self::expire_rest(id, round);
        T::Availability::close(Subject::Round(id));
        let counts = by_organisation(&available);
        round.organisations = count(counts.len());
        let counts: Vec<u32> = counts.into_values().collect();
        let policy = &round.policy;
        let Some(cap) = organisation_cap(&policy.pipeline, &counts, policy.max_updates_per_organisation) else {
            let reason = match counts.is_empty() {
                true => too_few(policy, 0),
                false => RefundReason::NotTolerated,
            };
            return Self::refund(id, round, reason);
        };
        let sealed = total(&counts, cap);
        if sealed < policy.min_updates || policy.pipeline.check_updates(sealed).is_err() {
            let reason = too_few(policy, sealed);
            return Self::refund(id, round, reason);
        }
        let seed = Self::seed(id);
        available.sort_by_cached_key(|submission| (rank(seed, &submission.update.contributor), submission.position));
        let available = Self::leave_out_surplus(id, available, cap);
        round.available = count(available.len());
        let inputs: Vec<Input> = available.iter().map(|submission| input(&submission.update)).collect();
        Self::keep_order(id, available);
        round.sealed_at = Some(Self::now());
        // From now on no update can be made that knows them.
        if let Some(rules) = round.contribution() {
            let reveal_until = Self::now().saturating_add(rules.reveal);
            T::Shards::reveal(id, reveal_until, reveal_until.saturating_add(rules.vote));
        }
        if needs_seed(&round.policy.pipeline) {
            round.stage = RoundStage::Drawing { blocks: 0, seed };
            Self::deposit_event(Event::DrawingStarted {
                round: id,
                inputs: round.available,
                blocks: SEED_BLOCKS,
            });
            return;
        }
        Self::start_job(id, round, &inputs, Hash::zero());
    }

    /// Put the parent block's randomness into the seed; with the last one the job starts.
    pub(crate) fn draw(id: RoundId, round: &mut Round, blocks: u32, seed: Hash) {
        let (random, _) = T::BlockRandomness::random(&(b"quorate/draw", id).encode());
        let (blocks, seed) = (blocks.saturating_add(1), seed_step(seed, random));
        if blocks < SEED_BLOCKS {
            round.stage = RoundStage::Drawing { blocks, seed };
            return;
        }
        let inputs = Self::sealed_inputs(id);
        Self::start_job(id, round, &inputs, seed);
    }

    fn start_job(id: RoundId, round: &mut Round, inputs: &[Input], seed: Hash) {
        let spec = Self::spec(id, round, merkle::root_of(inputs), seed);
        let inputs_root = spec.work.inputs_root;
        match T::Jobs::create(spec) {
            Ok(job) => {
                round.stage = RoundStage::Computing { seed };
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

    /// Let every update that is not decided expire, and note what is an offence; returns the Available ones, by position. Who could act
    /// is known now: later a culprit may be suspended, and a victim no longer.
    fn expire_rest(id: RoundId, round: &mut Round) -> Vec<Submission> {
        let held = T::Availability::held_by_an_honest_voter(Subject::Round(id));
        let mut available = Vec::new();
        for mut submission in Self::submitted(id) {
            match submission.update.status {
                UpdateStatus::Available => available.push(submission),
                UpdateStatus::Committed | UpdateStatus::Revealed | UpdateStatus::Expired => {
                    submission.offence = Self::withheld(&submission, &held);
                    let contributor = submission.update.contributor.clone();
                    // Split votes let it expire before.
                    if submission.update.status != UpdateStatus::Expired {
                        submission.update.status = UpdateStatus::Expired;
                        Self::deposit_event(Event::Expired {
                            round: id,
                            position: submission.position,
                            contributor: contributor.clone(),
                        });
                    }
                    Updates::<T>::insert(id, contributor, submission);
                }
                _ => {}
            }
        }
        round.committed = 0;
        round.revealed = 0;
        available
    }

    /// Keep the first `cap` updates of each organisation in this order; the others are Surplus.
    fn leave_out_surplus(id: RoundId, available: Vec<Submission>, cap: u32) -> Vec<Submission> {
        let mut kept: BTreeMap<OrganisationId, u32> = BTreeMap::new();
        let mut inputs = Vec::new();
        for mut submission in available {
            let number = kept.entry(submission.update.organisation).or_default();
            if *number < cap {
                *number = number.saturating_add(1);
                inputs.push(submission);
                continue;
            }
            submission.update.status = UpdateStatus::Surplus;
            let contributor = submission.update.contributor.clone();
            Self::deposit_event(Event::Surplus {
                round: id,
                position: submission.position,
                contributor: contributor.clone(),
            });
            Updates::<T>::insert(id, contributor, submission);
        }
        inputs
    }

    /// Seed of the order: from the chain's randomness, and different for every round of a block.
    fn seed(id: RoundId) -> Hash {
        let (random, _) = T::Randomness::random(&(b"quorate/seal", id).encode());
        tagged(b"seal", &(random, id))
    }

    fn spec(id: RoundId, round: &Round, inputs_root: Hash, seed: Hash) -> JobSpec<Aggregate> {
        JobSpec {
            requester: Requester::Round(id),
            attempt: 0,
            exact_version: EXACT_VERSION,
            commit: round.policy.deadlines.commit,
            reveal: round.policy.deadlines.reveal,
            committee: CommitteeRule::All,
            work: Aggregate {
                model: round.model,
                base: round.base,
                policy_hash: round.policy.hash(),
                base_root: round.base_root,
                previous_root: round.previous_root,
                inputs_root,
                inputs: round.available,
                seed,
                optimiser: round.optimiser,
            },
        }
    }

    fn keep_order(id: RoundId, inputs: Vec<Submission>) {
        let order = inputs.iter().map(|submission| SealedUpdate {
            position: submission.position,
            organisation: submission.update.organisation,
            weight: submission.update.weight,
            root: submission.update.root.unwrap_or_default(),
        });
        SealedOrders::<T>::insert(id, SealedOrder::truncate_from(order.collect()));
        for (index, mut submission) in (0u32..).zip(inputs) {
            submission.update.index = Some(index);
            Updates::<T>::insert(id, submission.update.contributor.clone(), submission);
        }
    }
}

/// A revealed update as a job reads it.
pub(crate) fn input(update: &Update) -> Input {
    Input {
        contributor: update.contributor.clone(),
        organisation: update.organisation,
        root: update.root.unwrap_or_default(),
        weight: update.weight,
    }
}
