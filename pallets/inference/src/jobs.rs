//! What becomes of a batch when its job agrees and when it closes.

use crate::{
    escalating::RETRY,
    pallet::{Batches, Config, Event, OpenBatches, Pallet, Requests, WaitingList},
    types::{Batch, BatchStage, Waiting},
    WeightInfo,
};
use quorate_primitives::{
    job::{
        infer::{EXACT_VERSION, MAX_BATCH},
        Infer, InferOutcome, JobEnd, JobSpec, Requester,
    },
    traits::{JobHandler, Jobs},
    views::inference::RequestFailure,
    BatchId, JobId,
};
use sp_runtime::Weight;

impl<T: Config> Pallet<T> {
    /// The batch that waits for this very job.
    fn waiting_for(job: JobId, spec: &JobSpec<Infer>) -> Option<(BatchId, Batch)> {
        let Requester::Batch(id) = spec.requester else {
            return None;
        };
        let batch = Batches::<T>::get(id)?;
        (!batch.closed && batch.job == job).then_some((id, batch))
    }

    /// Whether requests of more than one organisation are in an open batch.
    fn is_shared(id: BatchId) -> bool {
        OpenBatches::<T>::get().iter().any(|open| open.id == id && open.shared)
    }

    /// A batch of several organisations comes to nothing, and its requests wait for batches of their own organisations: one that machines
    /// cannot hold, or not in time, would take the others with it.
    fn break_up(id: BatchId, batch: &mut Batch) {
        let mut left = alloc::vec::Vec::new();
        WaitingList::<T>::mutate(|list| {
            for id in &batch.requests {
                let Some(request) = Requests::<T>::get(id) else {
                    continue;
                };
                let waiting = Waiting {
                    alone: Some(batch.size()),
                    ..Self::waiting(*id, &request)
                };
                // The list has a place for every request that has not ended.
                if list.try_push(waiting).is_err() {
                    left.push((*id, request));
                }
            }
        });
        for (id, request) in left {
            Self::fail(id, request, 1, RequestFailure::Expired);
        }
        Self::slash_bond(id, batch);
        batch.settled = batch.size();
        batch.closed = true;
        Self::deposit_event(Event::BrokenUp { batch: id });
    }

    fn retry(id: BatchId, spec: &JobSpec<Infer>, batch: &mut Batch) {
        if spec.attempt >= RETRY {
            Self::slash_bond(id, batch);
            batch.closed = true;
            batch.stage = BatchStage::Failing(RequestFailure::NoQuorum);
            return;
        }
        // After an upgrade the retry runs under the current arithmetic.
        match T::Jobs::create(JobSpec {
            attempt: RETRY,
            exact_version: EXACT_VERSION,
            ..spec.clone()
        }) {
            Ok(job) => {
                batch.first_job = Some(core::mem::replace(&mut batch.job, job));
                Self::deposit_event(Event::Retried { batch: id, job });
            }
            Err(error) => {
                batch.closed = true;
                batch.stage = BatchStage::Failing(RequestFailure::NoJob);
                Self::deposit_event(Event::JobRefused { batch: id, error });
            }
        }
    }
}

impl<T: Config> JobHandler<Infer, InferOutcome> for Pallet<T> {
    fn agreed(job: JobId, spec: &JobSpec<Infer>, outcome: &InferOutcome) {
        let Some((id, batch)) = Self::waiting_for(job, spec) else {
            return;
        };
        if batch.stage == BatchStage::Drawn {
            return Self::agreed_provisionally(id, batch, *outcome);
        }
        if batch.provisional.is_some_and(|provisional| provisional != *outcome) {
            Self::return_bond(id, &batch);
        }
        Self::settle(id, batch, *outcome);
    }

    fn closed(job: JobId, spec: &JobSpec<Infer>, end: JobEnd<InferOutcome>) {
        let Some((id, mut batch)) = Self::waiting_for(job, spec) else {
            return;
        };
        match end {
            JobEnd::Agreed(_) => batch.closed = true,
            JobEnd::NoQuorum if batch.stage == BatchStage::Drawn => return Self::dissented(id, batch),
            JobEnd::NoQuorum if Self::is_shared(id) => Self::break_up(id, &mut batch),
            JobEnd::NoQuorum => Self::retry(id, spec, &mut batch),
        }
        Self::finish(id, batch);
    }

    fn agreed_weight() -> Weight {
        T::WeightInfo::job_agreed()
    }

    fn closed_weight() -> Weight {
        T::WeightInfo::job_closed()
            .max(T::WeightInfo::job_retried())
            .max(T::WeightInfo::job_escalated())
            .max(T::WeightInfo::broken_up(MAX_BATCH))
    }
}
