//! Worst cases: the queue is full, a batch has as many requests as it may have, and a full committee agreed that was called after drawn members.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation
)]

use crate::{
    types::{order, Batch, BatchStage, Request, Waiting},
    *,
};
use alloc::vec::Vec;
use frame_benchmarking::v2::*;
use frame_support::{traits::Get, weights::Weight, BoundedVec};
use frame_system::RawOrigin;
use quorate_primitives::{
    availability::{Finding, Named, Subject},
    job::{
        infer::{answer_page_hashes, AnswerPage, AnswerRow, AnswerStatus, Task, EXACT_VERSION, MAX_BATCH},
        CommitteeRule, Infer, InferOutcome, JobEnd, JobSpec, Requester,
    },
    purpose::Purpose,
    traits::{AvailabilityHandler, Escrow, JobHandler},
    views::{
        inference::{Escalation, RequestFailure, RequestState},
        BlobRef,
    },
    AccountId, ArtifactId, Balance, BatchId, Hash, JobId, ModelId, RequestId, VersionIndex,
};
use sp_runtime::{traits::UniqueSaturatedFrom, transaction_validity::TransactionSource};

/// What the runtime prepares.
pub trait BenchmarkHelper {
    /// A contributor whose organisation has a fund, and a version and a program that it may read; the session is full, and its validators can
    /// compute anything.
    fn prepare() -> (AccountId, (ModelId, VersionIndex), ArtifactId);
    /// Close a job; every member agreed.
    fn close_job(job: JobId);
    /// The account of an organisation that runs a validator, with tokens for a bond.
    fn caller() -> AccountId;
}

const INPUT: Named = Named {
    root: Hash::repeat_byte(1),
    possession: Hash::repeat_byte(2),
};

/// The first request, whose input awaits votes.
fn pending<T: Config>() -> (AccountId, RequestId) {
    let (who, (model, version), program) = T::BenchmarkHelper::prepare();
    let id = NextRequest::<T>::get();
    let origin = RawOrigin::Signed(who.clone()).into();
    let (len, version) = (T::MaxInputLen::get(), Some(version));
    Pallet::<T>::request(
        origin,
        model,
        version,
        program,
        INPUT,
        len,
        Task::Run,
        1,
        1,
        Balance::MAX,
    )
    .unwrap();
    (who, id)
}

fn request<T: Config>(id: RequestId) -> Request {
    Requests::<T>::get(id).unwrap()
}

/// So many requests that wait, the first one as it was asked, the others like it.
fn waiting<T: Config>(count: u32) -> (AccountId, Vec<RequestId>) {
    let (who, first) = pending::<T>();
    Pallet::<T>::found(Subject::Request(first), 0, Finding::Held);
    let entry = request::<T>(first);
    let mut ids = alloc::vec![first];
    for _ in 1..count {
        let id = NextRequest::<T>::get();
        NextRequest::<T>::put(id + 1);
        let fund = Purpose::Organisation(entry.organisation);
        T::Escrow::lock(fund, Purpose::Request(id), entry.fee).unwrap();
        ByOrganisation::<T>::insert(entry.organisation, order(id), id);
        Requests::<T>::insert(id, entry.clone());
        ids.push(id);
    }
    let own = ids
        .iter()
        .rev()
        .map(|id| (*id, entry.input.root))
        .take(T::MaxOpenPerOrganisation::get() as usize);
    Asked::<T>::mutate(entry.organisation, |asked| {
        asked.open = BoundedVec::truncate_from(own.collect());
    });
    OpenTotals::<T>::mutate(|all| all.open = count);
    let list = ids.iter().map(|id| Waiting {
        id: *id,
        organisation: entry.organisation,
        group: entry.group,
        operations: entry.operations,
        memory: entry.memory,
        len: entry.input.len,
        since: 0,
        alone: None,
    });
    WaitingList::<T>::put(BoundedVec::truncate_from(list.collect()));
    (who, ids)
}

fn pass<T: Config>(blocks: u32) {
    let now = frame_system::Pallet::<T>::block_number();
    let later = frame_system::pallet_prelude::BlockNumberFor::<T>::unique_saturated_from(blocks);
    frame_system::Pallet::<T>::set_block_number(now + later);
}

fn batch<T: Config>(id: BatchId) -> Batch {
    Batches::<T>::get(id).unwrap()
}

/// A batch of so many requests, whose job runs.
fn computing<T: Config>(count: u32) -> BatchId {
    waiting::<T>(count);
    pass::<T>(T::Window::get() + 1);
    let id = NextBatch::<T>::get();
    Pallet::<T>::end_block();
    assert_eq!(batch::<T>(id).work.requests, count);
    id
}

fn spec(id: BatchId, work: &Infer, attempt: u8) -> JobSpec<Infer> {
    JobSpec {
        requester: Requester::Batch(id),
        attempt,
        exact_version: EXACT_VERSION,
        commit: 100,
        reveal: 100,
        committee: CommitteeRule::All,
        work: work.clone(),
    }
}

/// A batch on which drawn members agreed.
fn provisional<T: Config>(count: u32) -> BatchId {
    let id = computing::<T>(count);
    let entry = batch::<T>(id);
    assert_eq!(entry.stage, BatchStage::Drawn);
    T::BenchmarkHelper::close_job(entry.job);
    let (spec, outcome) = (spec(id, &entry.work, 0), outcome(&rows(&entry)));
    Pallet::<T>::agreed(entry.job, &spec, &outcome);
    Pallet::<T>::closed(entry.job, &spec, JobEnd::Agreed(outcome));
    id
}

/// A batch that all were called to, after drawn members agreed.
fn called<T: Config>(count: u32) -> BatchId {
    let id = provisional::<T>(count);
    Pallet::<T>::do_call_all(T::BenchmarkHelper::caller(), id).unwrap();
    id
}

fn rows(batch: &Batch) -> Vec<AnswerRow> {
    let row = |request: &RequestId| AnswerRow {
        request: *request,
        status: AnswerStatus::Answered,
        answer: BlobRef {
            root: Hash::repeat_byte(3),
            len: 1,
        },
        trace: Hash::repeat_byte(4),
        tokens: 1,
        operations: 0,
    };
    batch.requests.iter().map(row).collect()
}

fn outcome(rows: &[AnswerRow]) -> InferOutcome {
    InferOutcome::new(rows, Hash::repeat_byte(5))
}

/// A batch on which all agreed that were called in vain.
fn agreed<T: Config>(count: u32) -> (BatchId, Vec<AnswerRow>) {
    let id = called::<T>(count);
    let entry = batch::<T>(id);
    let rows = rows(&entry);
    T::BenchmarkHelper::close_job(entry.job);
    Pallet::<T>::agreed(entry.job, &spec(id, &entry.work, 1), &outcome(&rows));
    (id, rows)
}

fn first_page(rows: &[AnswerRow]) -> AnswerPage {
    AnswerPage::truncate_from(rows.iter().take(64).cloned().collect())
}

/// A batch of one request that has ended.
fn ended<T: Config>() -> (BatchId, RequestId) {
    let (id, rows) = agreed::<T>(1);
    Pallet::<T>::do_answer(id, 0, &first_page(&rows), &answer_page_hashes(&rows)).unwrap();
    let entry = batch::<T>(id);
    let end = JobEnd::Agreed(outcome(&rows));
    Pallet::<T>::closed(entry.job, &spec(id, &entry.work, 1), end);
    assert!(batch::<T>(id).ended_at().is_some());
    (id, rows.first().unwrap().request)
}

#[benchmarks]
mod benchmarks {
    use super::*;

    #[benchmark]
    fn request() {
        let (who, (model, version), program) = T::BenchmarkHelper::prepare();
        let id = NextRequest::<T>::get();
        let (len, version) = (T::MaxInputLen::get(), Some(version));

        #[extrinsic_call]
        _(
            RawOrigin::Signed(who),
            model,
            version,
            program,
            INPUT,
            len,
            Task::Run,
            1,
            1,
            Balance::MAX,
        );

        assert!(Requests::<T>::contains_key(id));
    }

    /// One that waits, last in a full queue.
    #[benchmark]
    fn cancel() {
        let (who, ids) = waiting::<T>(T::MaxOpen::get());
        let id = *ids.last().unwrap();

        #[extrinsic_call]
        _(RawOrigin::Signed(who), id);

        assert!(matches!(
            super::request::<T>(id).state,
            RequestState::Failed(RequestFailure::Cancelled)
        ));
    }

    /// A page that is not the last one.
    #[benchmark]
    fn answer(r: Linear<1, 64>) {
        let (id, rows) = agreed::<T>(r);
        let pages = answer_page_hashes(&rows);
        // Another row is left: nobody is paid.
        Batches::<T>::mutate(id, |entry| entry.as_mut().unwrap().closed = false);

        #[extrinsic_call]
        _(RawOrigin::Authorized, id, 0, first_page(&rows), pages);

        assert_eq!(batch::<T>(id).settled, r);
    }

    #[benchmark]
    fn authorize_answer(r: Linear<1, 64>) {
        let (id, rows) = agreed::<T>(r);
        let pages = answer_page_hashes(&rows);
        let page = first_page(&rows);

        #[block]
        {
            Pallet::<T>::authorize_answer(TransactionSource::External, &id, &0, &page, &pages).unwrap();
        }
    }

    #[benchmark]
    fn pay() {
        let (id, rows) = agreed::<T>(1);
        Pallet::<T>::do_answer(id, 0, &first_page(&rows), &answer_page_hashes(&rows)).unwrap();
        let mut entry = batch::<T>(id);
        entry.closed = true;

        #[block]
        {
            Pallet::<T>::finish(id, entry);
        }

        assert!(batch::<T>(id).ended_at().is_some());
    }

    /// What is malformed ends.
    #[benchmark]
    fn found() {
        let (_, id) = pending::<T>();
        let fault = quorate_primitives::availability::Malformed::Header;

        #[block]
        {
            Pallet::<T>::found(Subject::Request(id), 0, Finding::Malformed(fault));
        }

        assert!(super::request::<T>(id).ended_at.is_some());
    }

    #[benchmark]
    fn ended() {
        let (_, id) = pending::<T>();

        #[block]
        {
            <Pallet<T> as AvailabilityHandler>::ended(Subject::Request(id));
        }

        assert!(super::request::<T>(id).ended_at.is_some());
    }

    #[benchmark]
    fn make_batch(r: Linear<1, { MAX_BATCH }>) {
        waiting::<T>(r);
        pass::<T>(T::Window::get() + 1);
        let id = NextBatch::<T>::get();

        #[block]
        {
            Pallet::<T>::end_block();
        }

        assert_eq!(batch::<T>(id).work.requests, r);
    }

    /// No quorum agreed in two attempts.
    #[benchmark]
    fn end_requests(r: Linear<1, 8>) {
        let id = computing::<T>(MAX_BATCH);
        Batches::<T>::mutate(id, |entry| {
            let entry = entry.as_mut().unwrap();
            entry.stage = BatchStage::Failing(RequestFailure::NoQuorum);
            entry.settled = MAX_BATCH - r;
        });

        #[block]
        {
            Pallet::<T>::end_overdue();
        }

        assert_eq!(batch::<T>(id).settled, MAX_BATCH);
    }

    /// The jobs of both attempts.
    #[benchmark]
    fn prune_jobs() {
        let (id, _) = super::ended::<T>();
        pass::<T>(T::EvidenceRetention::get());

        #[block]
        {
            Pallet::<T>::prune(Weight::MAX);
        }

        assert!(batch::<T>(id).statements_root.is_some());
    }

    #[benchmark]
    fn prune_batch() {
        let (id, asked) = super::ended::<T>();
        pass::<T>(T::EvidenceRetention::get());
        Pallet::<T>::prune(Weight::MAX);
        pass::<T>(T::RecordRetention::get());
        EndedRequests::<T>::remove(0);
        Requests::<T>::remove(asked);
        RequestEnds::<T>::kill();

        #[block]
        {
            Pallet::<T>::prune(Weight::MAX);
        }

        assert!(!Batches::<T>::contains_key(id));
    }

    #[benchmark]
    fn prune_request() {
        let (_, id) = super::ended::<T>();
        pass::<T>(T::RecordRetention::get());
        BatchPlaces::<T>::kill();

        #[block]
        {
            Pallet::<T>::prune(Weight::MAX);
        }

        assert!(!Requests::<T>::contains_key(id));
    }

    /// All agree on something else than the drawn members: the bond of whoever called them is back.
    #[benchmark]
    fn job_agreed() {
        let id = called::<T>(1);
        let entry = batch::<T>(id);
        let (spec, outcome) = (spec(id, &entry.work, 1), outcome(&[]));

        #[block]
        {
            Pallet::<T>::agreed(entry.job, &spec, &outcome);
        }

        assert_eq!(batch::<T>(id).outcome, Some(outcome));
    }

    /// Every row was shown before: every member is paid.
    #[benchmark]
    fn job_closed() {
        let (id, rows) = agreed::<T>(1);
        Pallet::<T>::do_answer(id, 0, &first_page(&rows), &answer_page_hashes(&rows)).unwrap();
        let entry = batch::<T>(id);
        let (spec, end) = (spec(id, &entry.work, 1), JobEnd::Agreed(outcome(&rows)));

        #[block]
        {
            Pallet::<T>::closed(entry.job, &spec, end);
        }

        assert!(batch::<T>(id).ended_at().is_some());
    }

    /// No seven were drawn.
    #[benchmark]
    fn job_retried() {
        let id = computing::<T>(1);
        let mut entry = batch::<T>(id);
        entry.stage = BatchStage::Computing;
        Batches::<T>::insert(id, &entry);
        T::BenchmarkHelper::close_job(entry.job);
        let spec = spec(id, &entry.work, 0);

        #[block]
        {
            Pallet::<T>::closed(entry.job, &spec, JobEnd::NoQuorum);
        }

        assert_eq!(batch::<T>(id).first_job, Some(entry.job));
    }

    #[benchmark]
    fn broken_up(r: Linear<1, { MAX_BATCH }>) {
        let id = computing::<T>(r);
        let entry = batch::<T>(id);
        T::BenchmarkHelper::close_job(entry.job);
        let spec = spec(id, &entry.work, 0);
        Batches::<T>::mutate(id, |entry| entry.as_mut().unwrap().stage = BatchStage::Computing);
        OpenBatches::<T>::mutate(|open| open.iter_mut().for_each(|open| open.shared = true));

        #[block]
        {
            Pallet::<T>::closed(entry.job, &spec, JobEnd::NoQuorum);
        }

        assert!(batch::<T>(id).ended_at().is_some());
    }

    #[benchmark]
    fn job_escalated() {
        let id = computing::<T>(1);
        let entry = batch::<T>(id);
        T::BenchmarkHelper::close_job(entry.job);
        let spec = spec(id, &entry.work, 0);

        #[block]
        {
            Pallet::<T>::closed(entry.job, &spec, JobEnd::NoQuorum);
        }

        assert_eq!(batch::<T>(id).escalation, Some(Escalation::Dissent));
    }

    /// The last of the open batches.
    #[benchmark]
    fn escalate() {
        let id = provisional::<T>(1);
        let entry = batch::<T>(id);
        for other in 1..T::MaxBatches::get() {
            Batches::<T>::insert(id + other, &entry);
            OpenBatches::<T>::mutate(|open| {
                let copy = types::OpenBatch {
                    id: id + other,
                    ..*open.first().unwrap()
                };
                open.try_push(copy).unwrap();
            });
        }
        let last = id + T::MaxBatches::get() - 1;
        pass::<T>(1);
        Batches::<T>::mutate(last, |entry| {
            let until = Pallet::<T>::now() + T::Provisional::get();
            entry.as_mut().unwrap().stage = BatchStage::Provisional { until, again: true };
        });

        #[block]
        {
            Pallet::<T>::go_on();
        }

        assert_eq!(batch::<T>(last).escalation, Some(Escalation::Drawn));
    }

    #[benchmark]
    fn call_all() {
        let id = provisional::<T>(1);
        let who = T::BenchmarkHelper::caller();

        #[extrinsic_call]
        _(RawOrigin::Signed(who), id);

        assert!(matches!(batch::<T>(id).escalation, Some(Escalation::Called { .. })));
    }
}
