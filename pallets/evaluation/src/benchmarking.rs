//! Worst cases: as many open evaluations as there may be, a full committee of which all agree in the retry; as many shards as a round may
//! have, each of another organisation, beside as many that wait as may wait, while all other places of votes are taken.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation
)]

use crate::{
    types::{order, Detailed, Ends, Evaluation, Running, MAX_DETAILS},
    *,
};
use alloc::vec::Vec;
use frame_benchmarking::v2::*;
use frame_support::{traits::Get, BoundedVec};
use frame_system::RawOrigin;
use quorate_primitives::{
    availability::{Finding, Malformed, Named, Subject},
    job::{
        assess::MAX_SHARDS, evaluate::EXACT_VERSION, CommitteeRule, Evaluate, EvaluateOutcome, JobEnd, JobSpec,
        Requester,
    },
    payload::{shard_commitment, tagged},
    policy::{assessment::MIN_SHARD_ROWS, Contribution},
    traits::{Availability, AvailabilityHandler, JobHandler, Models, Shards as ShardsTrait},
    views::{assessments::ShardState, EvaluationState},
    AccountId, ArtifactId, Balance, EvaluationId, Hash, JobId, ModelId, OrganisationId, RoundId, VersionIndex,
};
use sp_runtime::traits::UniqueSaturatedFrom;

/// What the runtime prepares.
pub trait BenchmarkHelper {
    /// A contributor whose organisation has a fund, a version, a program and a data set, all of which it may read; the committee is full.
    fn prepare() -> (AccountId, (ModelId, VersionIndex), ArtifactId, ArtifactId);
    /// Close a job; every member agreed.
    fn close_job(job: JobId);
    /// A model whose rounds take as many shards of [`MIN_SHARD_ROWS`] as there may be, and no fewer; the committee is full.
    fn model_with_shards() -> ModelId;
    /// A contributor and its organisation, which has tokens; the next number's is another one, up to as many organisations as there may be.
    fn supplier(number: u32) -> (AccountId, OrganisationId);
}

const OUTCOME: EvaluateOutcome = EvaluateOutcome::Done {
    rows: 1,
    loss: 1,
    correct: 1,
    faults: 0,
    detail: Hash::repeat_byte(1),
};

fn running(number: u32) -> Running {
    Running {
        id: number + 1_000_000,
        blocks: 1,
    }
}

/// As many details as there may be, each of another organisation; the first is that of this evaluation, if there is one.
fn fill_details<T: Config>(first: Option<EvaluationId>) {
    let others = (1..=MAX_DETAILS).map(|number| Detailed {
        id: number + 1_000_000,
        organisation: number + 1_000_000,
    });
    let own = first.map(|id| Detailed { id, organisation: 0 });
    Details::<T>::put(BoundedVec::truncate_from(own.into_iter().chain(others).collect()));
}

/// An evaluation that was just asked for, beside as many others as there may be but one.
fn open<T: Config>() -> (AccountId, EvaluationId, Evaluation) {
    let (who, (model, version), program, data) = T::BenchmarkHelper::prepare();
    let id = NextEvaluation::<T>::get();
    let others = (1..T::MaxOpen::get()).map(running);
    Open::<T>::put(BoundedVec::truncate_from(others.collect()));
    let origin = RawOrigin::Signed(who.clone()).into();
    Pallet::<T>::request(origin, model, version, program, data, 1, Balance::MAX).unwrap();
    (who, id, evaluation::<T>(id))
}

fn evaluation<T: Config>(id: EvaluationId) -> Evaluation {
    Evaluations::<T>::get(id).unwrap()
}

fn spec(id: EvaluationId, work: &Evaluate, attempt: u8) -> JobSpec<Evaluate> {
    JobSpec {
        requester: Requester::Evaluation(id),
        attempt,
        exact_version: EXACT_VERSION,
        commit: 100,
        reveal: 100,
        committee: CommitteeRule::All,
        work: work.clone(),
    }
}

/// An evaluation whose first attempt came to nothing.
fn retried<T: Config>() -> (AccountId, EvaluationId, Evaluation) {
    let (who, id, first) = open::<T>();
    T::BenchmarkHelper::close_job(first.job);
    Pallet::<T>::closed(first.job, &spec(id, &first.work, 0), JobEnd::NoQuorum);
    (who, id, evaluation::<T>(id))
}

/// An evaluation that ended after its retry.
fn ended<T: Config>() -> (AccountId, EvaluationId) {
    let (who, id, retry) = retried::<T>();
    T::BenchmarkHelper::close_job(retry.job);
    Pallet::<T>::closed(retry.job, &spec(id, &retry.work, 1), JobEnd::Agreed(OUTCOME));
    (who, id)
}

fn pass<T: Config>(blocks: u32) {
    let now = frame_system::Pallet::<T>::block_number();
    let later = frame_system::pallet_prelude::BlockNumberFor::<T>::unique_saturated_from(blocks);
    frame_system::Pallet::<T>::set_block_number(now + later);
}

const ROUND: RoundId = 1_000_000;
const SALT: [u8; 32] = [7; 32];
/// Until when shards are revealed, and votes on them count.
const REVEAL_UNTIL: u32 = 500;
const VOTE_UNTIL: u32 = 1_000;

fn named(number: u32) -> Named {
    Named {
        root: tagged(b"data-set", &number),
        possession: Hash::repeat_byte(2),
    }
}

fn commitment<T: Config>(model: ModelId, supplier: OrganisationId, number: u32) -> Hash {
    let root = named(number).root;
    shard_commitment(Pallet::<T>::genesis_hash(), model, supplier, root, MIN_SHARD_ROWS, SALT)
}

/// So many shards that wait for a round of the model, of the organisations from 0 on; no bond is kept for them.
fn fill_waiting<T: Config>(model: ModelId, count: u32) {
    let waiting = (0..count).map(|supplier| SealedShard {
        supplier,
        commitment: Hash::zero(),
        rows: MIN_SHARD_ROWS,
        bond: Balance::MAX,
        committed_at: 0u32,
    });
    WaitingShards::<T>::insert(model, BoundedVec::truncate_from(waiting.collect()));
}

/// A supplier commits to its shard.
fn commit<T: Config>(model: ModelId, number: u32) -> AccountId {
    let (who, supplier) = T::BenchmarkHelper::supplier(number);
    let commitment = commitment::<T>(model, supplier, number);
    let origin = RawOrigin::Signed(who.clone()).into();
    let bond = Pallet::<T>::shard_bond(model).unwrap();
    Pallet::<T>::commit_shard(origin, model, commitment, MIN_SHARD_ROWS, bond).unwrap();
    who
}

fn rules<T: Config>(model: ModelId) -> Contribution {
    let policy = T::Models::round_base(model).unwrap().policy;
    policy.assessment.unwrap().contribution.unwrap()
}

/// A round that has as many shards as it may have, for which bonds are kept, on a full list of rounds.
fn begun<T: Config>() -> (ModelId, Vec<AccountId>) {
    let model = T::BenchmarkHelper::model_with_shards();
    let others = 1..T::MaxShardRounds::get();
    ShardRounds::<T>::put(BoundedVec::truncate_from(others.collect()));
    let suppliers = (0..MAX_SHARDS).map(|number| commit::<T>(model, number));
    let suppliers = suppliers.collect();
    <Pallet<T> as ShardsTrait>::begin(ROUND, model, &rules::<T>(model), 0).unwrap();
    (model, suppliers)
}

/// All places of votes but one are taken.
fn fill_votes<T: Config>() {
    let mut request = 0u64;
    while T::Availability::open(Subject::Request(request), VOTE_UNTIL).is_ok() {
        request += 1;
    }
    T::Availability::close(Subject::Request(0));
}

fn await_shards<T: Config>() {
    <Pallet<T> as ShardsTrait>::reveal(ROUND, REVEAL_UNTIL, VOTE_UNTIL);
    assert!(matches!(stage::<T>(), Stage::Revealing { .. }));
}

/// A round of which these first shards are revealed.
fn revealed<T: Config>(count: u32) -> (ModelId, Vec<AccountId>) {
    let (model, suppliers) = begun::<T>();
    fill_votes::<T>();
    await_shards::<T>();
    for (number, who) in (0..count).zip(&suppliers) {
        let origin = RawOrigin::Signed(who.clone()).into();
        Pallet::<T>::reveal_shard(origin, ROUND, named(number), 1, SALT).unwrap();
    }
    (model, suppliers)
}

fn found<T: Config>(item: u32, finding: Finding) {
    <Pallet<T> as AvailabilityHandler>::found(Subject::Shards(ROUND), item, finding);
}

fn stage<T: Config>() -> Stage {
    RoundShards::<T>::get(ROUND).unwrap().stage
}

#[benchmarks]
mod benchmarks {
    use super::*;

    #[benchmark]
    fn request() {
        let (who, (model, version), program, data) = T::BenchmarkHelper::prepare();
        let others = (1..T::MaxOpen::get()).map(running);
        Open::<T>::put(BoundedVec::truncate_from(others.collect()));
        let id = NextEvaluation::<T>::get();

        #[extrinsic_call]
        _(RawOrigin::Signed(who), model, version, program, data, 1, Balance::MAX);

        assert!(Evaluations::<T>::contains_key(id));
    }

    #[benchmark]
    fn prune() {
        let (who, id) = ended::<T>();
        pass::<T>(T::RecordRetention::get());
        Pallet::<T>::prune_evidence(frame_support::weights::Weight::MAX);

        #[extrinsic_call]
        _(RawOrigin::Signed(who), id);

        assert!(!Evaluations::<T>::contains_key(id));
    }

    /// The jobs of both attempts.
    #[benchmark]
    fn prune_evidence() {
        let (_, id) = ended::<T>();
        pass::<T>(T::EvidenceRetention::get());
        fill_details::<T>(Some(id));

        #[block]
        {
            Pallet::<T>::prune_evidence(frame_support::weights::Weight::MAX);
        }

        assert!(evaluation::<T>(id).statements_root.is_some());
        let Ends { first, next } = EndedPlaces::<T>::get();
        assert_eq!(first, next);
    }

    #[benchmark]
    fn job_agreed() {
        let (_, id, open) = open::<T>();
        let spec = spec(id, &open.work, 0);

        #[block]
        {
            Pallet::<T>::agreed(open.job, &spec, &OUTCOME);
        }

        assert_eq!(evaluation::<T>(id).state, EvaluationState::Done(OUTCOME));
    }

    /// The retry agreed, and every member is paid.
    #[benchmark]
    fn job_closed() {
        let (_, id, retry) = retried::<T>();
        T::BenchmarkHelper::close_job(retry.job);
        fill_details::<T>(None);
        let spec = spec(id, &retry.work, 1);
        Evaluations::<T>::mutate(id, |entry| {
            entry.as_mut().unwrap().state = EvaluationState::Done(OUTCOME)
        });

        #[block]
        {
            Pallet::<T>::closed(retry.job, &spec, JobEnd::Agreed(OUTCOME));
        }

        assert!(evaluation::<T>(id).ended_at.is_some());
        assert!(ByVersion::<T>::contains_key(
            (retry.work.model, retry.work.version),
            order(id)
        ));
    }

    #[benchmark]
    fn job_retried() {
        let (_, id, first) = open::<T>();
        T::BenchmarkHelper::close_job(first.job);
        let spec = spec(id, &first.work, 0);

        #[block]
        {
            Pallet::<T>::closed(first.job, &spec, JobEnd::NoQuorum);
        }

        assert_eq!(evaluation::<T>(id).first_job, Some(first.job));
    }

    /// By a contributor, for the last place of those that wait.
    #[benchmark]
    fn commit_shard() {
        let model = T::BenchmarkHelper::model_with_shards();
        let (who, supplier) = T::BenchmarkHelper::supplier(MAX_WAITING);
        fill_waiting::<T>(model, MAX_WAITING);
        WaitingShards::<T>::mutate(model, |waiting| waiting.retain(|shard| shard.supplier != supplier));
        WaitingShards::<T>::mutate(model, |waiting| waiting.truncate(MAX_WAITING as usize - 1));
        let commitment = commitment::<T>(model, supplier, 0);
        let bond = Pallet::<T>::shard_bond(model).unwrap();

        #[extrinsic_call]
        _(RawOrigin::Signed(who), model, commitment, MIN_SHARD_ROWS, bond);

        assert_eq!(WaitingShards::<T>::decode_len(model), Some(MAX_WAITING as usize));
    }

    /// The last one of those that wait.
    #[benchmark]
    fn withdraw_shard() {
        let model = T::BenchmarkHelper::model_with_shards();
        let who = commit::<T>(model, 0);
        let own = WaitingShards::<T>::get(model).into_iter();
        let own: Vec<SealedShard> = own.collect();
        fill_waiting::<T>(model, MAX_WAITING);
        WaitingShards::<T>::mutate(model, |waiting| {
            waiting.retain(|shard| own.iter().all(|own| own.supplier != shard.supplier));
            waiting.truncate(MAX_WAITING as usize - 1);
            waiting.try_extend(own.iter().cloned()).unwrap();
        });

        #[extrinsic_call]
        _(RawOrigin::Signed(who), model);

        assert_eq!(WaitingShards::<T>::decode_len(model), Some(MAX_WAITING as usize - 1));
    }

    /// The last one of a round; of the data sets that are remembered the oldest is forgotten.
    #[benchmark]
    fn reveal_shard() {
        let last = MAX_SHARDS - 1;
        let (model, suppliers) = revealed::<T>(last);
        let oldest = Hash::repeat_byte(0xEE);
        UsedAt::<T>::insert(model, last, oldest);
        UsedRoots::<T>::insert(model, oldest, ());
        let who = suppliers.last().unwrap().clone();

        #[extrinsic_call]
        _(RawOrigin::Signed(who), ROUND, named(last), 1, SALT);

        assert!(!UsedRoots::<T>::contains_key(model, oldest));
    }

    #[benchmark]
    fn shard_found() {
        revealed::<T>(MAX_SHARDS);

        #[block]
        {
            super::found::<T>(0, Finding::Malformed(Malformed::Artifact));
        }

        let shards = RoundShards::<T>::get(ROUND).unwrap().shards;
        assert!(shards.first().unwrap().forfeits);
    }

    /// Validators differ about all but one, which are withheld.
    #[benchmark]
    fn shards_decided() {
        revealed::<T>(MAX_SHARDS);
        super::found::<T>(0, Finding::Held);
        (1..MAX_SHARDS).for_each(|item| super::found::<T>(item, Finding::Split));

        #[block]
        {
            <Pallet<T> as AvailabilityHandler>::voted(Subject::Shards(ROUND));
        }

        assert_eq!(stage::<T>(), Stage::Decided);
        let shards = RoundShards::<T>::get(ROUND).unwrap().shards;
        assert!(shards.iter().skip(1).all(|shard| shard.forfeits));
    }

    /// The first ones of as many as may wait, each of another organisation.
    #[benchmark]
    fn shards_taken() {
        let model = T::BenchmarkHelper::model_with_shards();
        (0..MAX_WAITING).for_each(|number| {
            T::BenchmarkHelper::supplier(number);
        });
        fill_waiting::<T>(model, MAX_WAITING);
        let others = 1..T::MaxShardRounds::get();
        ShardRounds::<T>::put(BoundedVec::truncate_from(others.collect()));
        let rules = rules::<T>(model);

        #[block]
        {
            <Pallet<T> as ShardsTrait>::begin(ROUND, model, &rules, 0).unwrap();
        }

        let taken = RoundShards::<T>::get(ROUND).unwrap().shards;
        assert_eq!(taken.len() as u32, MAX_SHARDS);
    }

    /// Votes are opened in the last place.
    #[benchmark]
    fn shards_awaited() {
        begun::<T>();
        fill_votes::<T>();

        #[block]
        {
            <Pallet<T> as ShardsTrait>::reveal(ROUND, REVEAL_UNTIL, VOTE_UNTIL);
        }

        assert!(matches!(stage::<T>(), Stage::Revealing { .. }));
    }

    /// Votes are still taken; every bond returns, each to another account.
    #[benchmark]
    fn shards_assessed() {
        revealed::<T>(MAX_SHARDS);
        (0..MAX_SHARDS).for_each(|item| super::found::<T>(item, Finding::Held));
        let shards = RoundShards::<T>::get(ROUND).unwrap().shards.into_iter();
        let suppliers: Vec<OrganisationId> = shards.map(|shard| shard.sealed.supplier).collect();
        let lost;

        #[block]
        {
            (lost, _) = <Pallet<T> as ShardsTrait>::assessed(ROUND, &suppliers);
        }

        assert_eq!((lost, stage::<T>()), (0, Stage::Assessed));
        assert!(suppliers
            .into_iter()
            .all(|supplier| ShardCount::<T>::get(supplier) == 0));
    }

    /// While shards are revealed and none is yet; no place is left in which they could wait, and every bond returns, each to another account.
    #[benchmark]
    fn shards_released() {
        let (model, _) = revealed::<T>(0);
        let shards = RoundShards::<T>::get(ROUND).unwrap().shards.into_iter();
        assert!(shards.clone().all(|shard| shard.state == ShardState::Sealed));
        let suppliers: Vec<OrganisationId> = shards.map(|shard| shard.sealed.supplier).collect();
        fill_waiting::<T>(model, MAX_WAITING);

        #[block]
        {
            <Pallet<T> as ShardsTrait>::released(ROUND);
        }

        assert!(!RoundShards::<T>::contains_key(ROUND));
        assert!(suppliers
            .into_iter()
            .all(|supplier| ShardCount::<T>::get(supplier) == 0));
    }
}
