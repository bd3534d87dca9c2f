//! What always holds. Checked by try-runtime, after every test, and after every block of random histories.

use crate::{
    pallet::{
        Asked, BatchPlaces, Batches, ByOrganisation, Config, EndedBatches, EndedRequests, NextBatch, NextRequest,
        OpenBatches, OpenTotals, Pallet, RequestEnds, Requests, Shown, WaitingList,
    },
    types::{order, Batch, BatchStage, Request},
};
use alloc::{
    collections::{BTreeMap, BTreeSet},
    vec::Vec,
};
use frame_support::{ensure, traits::Get};
use quorate_primitives::{
    purpose::Purpose, traits::Escrow, views::inference::RequestState, Balance, BatchId, OrganisationId, RequestId,
};
use sp_runtime::TryRuntimeError;

/// What the records of requests come to.
#[derive(Default)]
struct Seen {
    /// Open requests of each organisation, and how many of them are pending.
    asked: BTreeMap<OrganisationId, (BTreeSet<RequestId>, u32)>,
    /// Requests that wait, for a batch or for its answer.
    waiting: BTreeSet<RequestId>,
    ended: BTreeSet<RequestId>,
    records: usize,
}

impl<T: Config> Pallet<T> {
    /// Check the whole state of this pallet.
    ///
    /// # Errors
    /// What does not hold.
    pub fn do_try_state() -> Result<(), TryRuntimeError> {
        // The first request of an open batch keeps what the batch earned.
        let mut pots = BTreeMap::<RequestId, Balance>::new();
        for (_, batch) in Batches::<T>::iter() {
            if let (None, Some(first)) = (batch.ended_at(), batch.requests.first()) {
                pots.insert(*first, batch.earned);
            }
        }
        let mut seen = Seen::default();
        for (id, request) in Requests::<T>::iter() {
            ensure!(
                id < NextRequest::<T>::get(),
                "a request with a number that was not given"
            );
            seen.records = seen.records.saturating_add(1);
            Self::check_request(id, &request, pots.get(&id).copied().unwrap_or_default())?;
            see(&mut seen, id, &request);
        }
        ensure!(
            ByOrganisation::<T>::iter().count() == seen.records,
            "requests of organisations without a record"
        );
        Self::check_lists(&seen)?;
        Self::check_batches(&seen)?;
        Self::check_queues(&seen)
    }

    fn check_request(id: RequestId, request: &Request, pot: Balance) -> Result<(), TryRuntimeError> {
        ensure!(
            ByOrganisation::<T>::get(request.organisation, order(id)) == Some(id),
            "a request that its organisation does not list"
        );
        ensure!(
            request.base_fee.saturating_add(request.reading) <= request.fee,
            "base and price of reading are parts of the fee"
        );
        ensure!(request.cost <= request.fee, "nothing costs more than was set aside");
        let escrowed = T::Escrow::escrowed(Purpose::Request(id));
        let kept = match request.ended_at {
            None => request.fee,
            Some(_) => pot,
        };
        ensure!(escrowed == kept, "the fee is kept exactly until the request ends");
        ensure!(
            !matches!(
                request.state,
                RequestState::Computing { .. } | RequestState::Provisional { .. }
            ),
            "that a request is computed is not stored"
        );
        let over = matches!(request.state, RequestState::Answered { .. } | RequestState::Failed(_));
        ensure!(over == request.ended_at.is_some(), "what has a result has ended");
        Ok(())
    }

    fn check_lists(seen: &Seen) -> Result<(), TryRuntimeError> {
        let listed: BTreeMap<_, _> = Asked::<T>::iter()
            .map(|(organisation, asked)| {
                let open = asked.open.into_iter().map(|(id, _)| id).collect();
                (organisation, (open, asked.pending))
            })
            .collect();
        ensure!(listed == seen.asked, "the lists of what organisations asked");
        let sum = |part: fn(&(BTreeSet<RequestId>, u32)) -> u32| {
            listed.values().fold(0u32, |sum, asked| sum.saturating_add(part(asked)))
        };
        let totals = OpenTotals::<T>::get();
        ensure!(
            totals.open == sum(|(open, _)| u32::try_from(open.len()).unwrap_or(u32::MAX)),
            "the number of open requests"
        );
        ensure!(
            totals.pending == sum(|(_, pending)| *pending),
            "the number of pending requests"
        );
        ensure!(
            totals.open <= T::MaxOpen::get() && totals.pending <= T::MaxPending::get(),
            "more requests than there may be"
        );
        for (_, shown) in Shown::<T>::iter() {
            ensure!(
                shown.iter().all(|id| seen.ended.contains(id)),
                "an answer that is shown and has no record"
            );
        }
        Ok(())
    }

    fn check_batches(seen: &Seen) -> Result<(), TryRuntimeError> {
        let mut open = Vec::new();
        // Whatever waits is in the list, or in one batch.
        let mut waiting: Vec<RequestId> = WaitingList::<T>::get().iter().map(|waiting| waiting.id).collect();
        for (id, batch) in Batches::<T>::iter() {
            ensure!(id < NextBatch::<T>::get(), "a batch with a number that was not given");
            check_batch(id, &batch)?;
            if batch.ended_at().is_none() {
                open.push(id);
            }
            waiting.extend(batch.rest(u32::MAX));
        }
        open.sort_unstable();
        let listed: Vec<_> = OpenBatches::<T>::get().into_iter().map(|open| open.id).collect();
        ensure!(listed == open, "the list of open batches");
        let distinct: BTreeSet<RequestId> = waiting.iter().copied().collect();
        ensure!(distinct.len() == waiting.len(), "a request that waits twice");
        ensure!(distinct == seen.waiting, "a request that waits for nothing");
        Ok(())
    }

    fn check_queues(seen: &Seen) -> Result<(), TryRuntimeError> {
        let places = RequestEnds::<T>::get();
        let mut ended = BTreeSet::new();
        for (place, id) in EndedRequests::<T>::iter() {
            ensure!(
                (places.first..places.next).contains(&place),
                "a place outside of the queue"
            );
            ensure!(ended.insert(id), "a request that ended twice");
        }
        ensure!(ended == seen.ended, "the queue of requests that have ended");
        let places = BatchPlaces::<T>::get();
        ensure!(
            places.first <= places.jobs && places.jobs <= places.next,
            "places of batches"
        );
        for (place, id) in EndedBatches::<T>::iter() {
            ensure!(
                (places.first..places.next).contains(&place),
                "a batch's place outside of the queue"
            );
            let batch = Batches::<T>::get(id).ok_or("a batch that ended without a record")?;
            ensure!(
                batch.statements_root.is_some() == (place < places.jobs),
                "jobs go in the order of the queue"
            );
        }
        let over = Batches::<T>::iter().filter(|(_, batch)| batch.ended_at().is_some());
        ensure!(
            over.count() == EndedBatches::<T>::iter().count(),
            "a batch that ended without a place"
        );
        Ok(())
    }
}

fn see(seen: &mut Seen, id: RequestId, request: &Request) {
    if request.ended_at.is_some() {
        seen.ended.insert(id);
        return;
    }
    let (open, pending) = seen.asked.entry(request.organisation).or_default();
    open.insert(id);
    match request.state {
        RequestState::Pending { .. } => *pending = pending.saturating_add(1),
        RequestState::Waiting => drop(seen.waiting.insert(id)),
        RequestState::Computing { .. }
        | RequestState::Provisional { .. }
        | RequestState::Answered { .. }
        | RequestState::Failed(_) => {}
    }
}

fn check_batch(id: BatchId, batch: &Batch) -> Result<(), TryRuntimeError> {
    ensure!(batch.work.batch == id, "a batch with another's number");
    ensure!(
        batch.size() > 0 && batch.size() == batch.work.requests,
        "a batch with another number of requests than its job"
    );
    ensure!(batch.settled <= batch.size(), "more rows than requests");
    match batch.stage {
        BatchStage::Computing => ensure!(batch.outcome.is_none() && batch.settled == 0, "rows before an outcome"),
        BatchStage::Drawn => ensure!(
            batch.provisional.is_none() && batch.escalation.is_none() && batch.settled == 0,
            "rows before drawn members agreed"
        ),
        BatchStage::Provisional { .. } => ensure!(
            batch.provisional.is_some() && batch.escalation.is_none() && batch.outcome.is_none() && batch.settled == 0,
            "rows of what is provisional"
        ),
        BatchStage::Settling { .. } => ensure!(batch.outcome.is_some(), "rows of no outcome"),
        BatchStage::Failing(_) => {}
        BatchStage::Ended { .. } => ensure!(
            batch.settled == batch.size() && batch.closed,
            "a batch that ended before its requests"
        ),
    }
    Ok(())
}
