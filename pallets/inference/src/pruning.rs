//! What goes when its retention has ended: first the jobs of a batch, then the records. A few in each block that has room.

use crate::{
    pallet::{
        BatchPlaces, Batches, ByOrganisation, Config, EndedBatches, EndedRequests, Event, Pallet, RequestEnds,
        Requests, Shown,
    },
    types::{order, Batch, Request},
    WeightInfo,
};
use frame_support::{
    traits::Get,
    weights::{Weight, WeightMeter},
};
use quorate_primitives::{traits::Jobs, BatchId, BlockNumber, RequestId};

/// Most records of requests that go in one block.
const REQUESTS_PER_BLOCK: u32 = 16;

/// Whether something that ended then is kept no longer.
fn is_over(ended: Option<BlockNumber>, retention: BlockNumber, now: BlockNumber) -> bool {
    ended.is_none_or(|ended| ended.saturating_add(retention) <= now)
}

impl<T: Config> Pallet<T> {
    /// Prune what is due, in the order in which it ended.
    pub(crate) fn prune(left: Weight) -> Weight {
        let mut meter = WeightMeter::with_limit(left);
        Self::prune_jobs(&mut meter);
        Self::prune_batches(&mut meter);
        Self::prune_requests(&mut meter);
        meter.consumed()
    }

    fn prune_jobs(meter: &mut WeightMeter) {
        if meter.try_consume(T::DbWeight::get().reads(3)).is_err() {
            return;
        }
        let mut places = BatchPlaces::<T>::get();
        if places.jobs >= places.next {
            return;
        }
        let ended = EndedBatches::<T>::get(places.jobs).and_then(|id| Some((id, Batches::<T>::get(id)?)));
        let at = ended.as_ref().and_then(|(_, batch)| batch.ended_at());
        if !is_over(at, T::EvidenceRetention::get(), Self::now())
            || meter.try_consume(T::WeightInfo::prune_jobs()).is_err()
        {
            return;
        }
        places.jobs = places.jobs.saturating_add(1);
        BatchPlaces::<T>::put(places);
        if let Some((id, batch)) = ended {
            Self::forget_jobs(id, batch);
        }
    }

    /// Write what proves the statements into the record, and let the jobs go.
    fn forget_jobs(id: BatchId, mut batch: Batch) {
        let statements_root = T::Jobs::statements_root(batch.first_job, batch.job);
        batch.statements_root = Some(statements_root);
        batch.first_job.into_iter().chain([batch.job]).for_each(T::Jobs::prune);
        Batches::<T>::insert(id, batch);
        Self::deposit_event(Event::EvidencePruned {
            batch: id,
            statements_root,
        });
    }

    fn prune_batches(meter: &mut WeightMeter) {
        if meter.try_consume(T::DbWeight::get().reads(3)).is_err() {
            return;
        }
        let mut places = BatchPlaces::<T>::get();
        // The jobs go before.
        if places.first >= places.jobs {
            return;
        }
        let id = EndedBatches::<T>::get(places.first);
        let ended = id.and_then(Batches::<T>::get).and_then(|batch| batch.ended_at());
        if !is_over(ended, T::RecordRetention::get(), Self::now())
            || meter.try_consume(T::WeightInfo::prune_batch()).is_err()
        {
            return;
        }
        EndedBatches::<T>::remove(places.first);
        places.first = places.first.saturating_add(1);
        BatchPlaces::<T>::put(places);
        if let Some(id) = id {
            Batches::<T>::remove(id);
            Self::deposit_event(Event::BatchPruned { batch: id });
        }
    }

    fn prune_requests(meter: &mut WeightMeter) {
        if meter.try_consume(T::DbWeight::get().reads(1)).is_err() {
            return;
        }
        let mut places = RequestEnds::<T>::get();
        for _ in 0..REQUESTS_PER_BLOCK {
            if places.first >= places.next || meter.try_consume(T::WeightInfo::prune_request()).is_err() {
                break;
            }
            let ended = EndedRequests::<T>::get(places.first).and_then(|id| Some((id, Requests::<T>::get(id)?)));
            let at = ended.as_ref().and_then(|(_, request)| request.ended_at);
            if !is_over(at, T::RecordRetention::get(), Self::now()) {
                break;
            }
            EndedRequests::<T>::remove(places.first);
            places.first = places.first.saturating_add(1);
            RequestEnds::<T>::put(places);
            if let Some((id, request)) = ended {
                Self::forget(id, &request);
            }
        }
    }

    fn forget(id: RequestId, request: &Request) {
        Requests::<T>::remove(id);
        ByOrganisation::<T>::remove(request.organisation, order(id));
        Shown::<T>::mutate_exists(request.organisation, |shown| {
            if let Some(shown) = shown {
                shown.retain(|other| *other != id);
            }
            *shown = shown.take().filter(|shown| !shown.is_empty());
        });
        Self::deposit_event(Event::Pruned { request: id });
    }
}
