//! Worst cases: as many open evaluations as there may be, a full committee of which all agree in the retry.
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
use frame_benchmarking::v2::*;
use frame_support::{traits::Get, BoundedVec};
use frame_system::RawOrigin;
use quorate_primitives::{
    job::{evaluate::EXACT_VERSION, CommitteeRule, Evaluate, EvaluateOutcome, JobEnd, JobSpec, Requester},
    traits::JobHandler,
    views::EvaluationState,
    AccountId, ArtifactId, Balance, EvaluationId, Hash, JobId, ModelId, VersionIndex,
};
use sp_runtime::traits::UniqueSaturatedFrom;

/// What the runtime prepares.
pub trait BenchmarkHelper {
    /// A contributor whose organisation has a fund, a version, a program and a data set, all of which it may read; the committee is full.
    fn prepare() -> (AccountId, (ModelId, VersionIndex), ArtifactId, ArtifactId);
    /// Close a job; every member agreed.
    fn close_job(job: JobId);
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
}
