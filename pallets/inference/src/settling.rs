//! Rows of an agreed outcome, shown in pages that prove themselves, and what each request costs.

use crate::{
    batching::ENDED_PER_BLOCK,
    pallet::{BatchPlaces, Batches, Config, EndedBatches, Error, Event, OpenBatches, Pallet, Requests},
    types::{Batch, BatchStage},
    WeightInfo,
};
use codec::Encode;
use frame_support::{
    ensure,
    pallet_prelude::{
        InvalidTransaction, TransactionSource, TransactionValidityError, TransactionValidityWithRefund,
        UnknownTransaction, ValidTransaction, Weight,
    },
};
use quorate_primitives::{
    job::infer::{answer_page_hash, answers_root, AnswerPage, AnswerPageHashes, AnswerRow, AnswerStatus},
    purpose::Purpose,
    traits::Escrow,
    views::inference::{RequestFailure, RequestState},
    Balance, BatchId, RequestId, SETTLEMENT_PAGE,
};
use sp_runtime::DispatchResult;

/// Blocks for which a page stays in the pool unless it becomes invalid before: two minutes, then it is built again.
const LONGEVITY: u64 = 64;

fn count(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

impl<T: Config> Pallet<T> {
    pub(crate) fn authorize_answer(
        _: TransactionSource,
        batch: &BatchId,
        page: &u32,
        rows: &AnswerPage,
        pages: &AnswerPageHashes,
    ) -> TransactionValidityWithRefund {
        Self::check_answer(*batch, *page, rows, pages).map_err(refusal)?;
        let validity = ValidTransaction {
            // Above every transaction that pays: the chain's own work must not wait behind a full pool.
            priority: u64::MAX / 2,
            requires: Default::default(),
            provides: alloc::vec![("QuorateAnswer", batch, page).encode()],
            longevity: LONGEVITY,
            propagate: true,
        };
        Ok((validity, Weight::zero()))
    }

    /// The batch, when `rows` are its next page.
    fn check_answer(id: BatchId, page: u32, rows: &[AnswerRow], pages: &AnswerPageHashes) -> Result<Batch, Error<T>> {
        let batch = Batches::<T>::get(id).ok_or(Error::<T>::BatchNotFound)?;
        match batch.stage {
            BatchStage::Computing | BatchStage::Drawn | BatchStage::Provisional { .. } => {
                return Err(Error::<T>::TooEarly);
            }
            BatchStage::Settling { until } => ensure!(Self::now() < until, Error::<T>::NotSettling),
            BatchStage::Failing(_) | BatchStage::Ended { .. } => return Err(Error::<T>::NotSettling),
        }
        let outcome = batch.outcome.ok_or(Error::<T>::NotSettling)?;
        let next = batch.next_page().ok_or(Error::<T>::PageOutOfOrder)?;
        ensure!(page == next, Error::<T>::PageOutOfOrder);
        let requests = batch.rest(SETTLEMENT_PAGE);
        let position = usize::try_from(page).unwrap_or(usize::MAX);
        let sized = count(pages.len()) == batch.size().div_ceil(SETTLEMENT_PAGE) && rows.len() == requests.len();
        let proven = pages.get(position) == Some(&answer_page_hash(rows)) && answers_root(pages) == outcome.answers;
        let in_order = rows.iter().zip(&requests).all(|(row, request)| row.request == *request);
        ensure!(sized && proven && in_order, Error::<T>::BadPage);
        Ok(batch)
    }

    pub(crate) fn do_answer(id: BatchId, page: u32, rows: &AnswerPage, pages: &AnswerPageHashes) -> DispatchResult {
        let mut batch = Self::check_answer(id, page, rows, pages)?;
        let first = batch.requests.first().copied().ok_or(Error::<T>::BadPage)?;
        for row in rows {
            let cost = Self::settle_row((id, batch.size()), first, row);
            batch.earned = batch.earned.saturating_add(cost);
            batch.settled = batch.settled.saturating_add(1);
        }
        Self::deposit_event(Event::PageSettled {
            batch: id,
            page,
            pages: batch.size().div_ceil(SETTLEMENT_PAGE),
        });
        Self::finish(id, batch);
        Ok(())
    }

    /// A request has its row, in a batch of so many: what it did not use and others' shares of the price of reading go back, and the rest to
    /// what the batch earned. Returns how much that is.
    fn settle_row((batch, requests): (BatchId, u32), first: RequestId, row: &AnswerRow) -> Balance {
        let id = row.request;
        let Some(request) = Requests::<T>::get(id) else {
            return 0;
        };
        let used = match row.status {
            AnswerStatus::Answered | AnswerStatus::Fault => row.operations,
            // Nothing ran.
            AnswerStatus::Unfit => 0,
        };
        let cost = request.earned(requests, used);
        let escrow = Purpose::Request(id);
        T::Escrow::give_back(escrow, request.fee.saturating_sub(cost));
        if id != first {
            T::Escrow::transfer(escrow, Purpose::Request(first));
        }
        Self::show(request.organisation, id);
        let state = RequestState::Answered {
            batch,
            row: row.clone(),
        };
        Self::end(id, request, state, cost);
        Self::deposit_event(Event::Answered {
            request: id,
            batch,
            status: row.status,
            cost,
        });
        cost
    }

    /// Let some requests of one batch end that failed, or whose rows nobody showed in time. Returns whether there was one.
    pub(crate) fn end_overdue() -> bool {
        let now = Self::now();
        for open in OpenBatches::<T>::get() {
            let Some(mut batch) = Batches::<T>::get(open.id) else {
                continue;
            };
            let reason = match batch.stage {
                BatchStage::Failing(reason) => reason,
                BatchStage::Settling { until } if until <= now => RequestFailure::NoJob,
                _ => continue,
            };
            if batch.settled >= batch.size() {
                continue;
            }
            batch.stage = BatchStage::Failing(reason);
            for id in batch.rest(ENDED_PER_BLOCK) {
                batch.settled = batch.settled.saturating_add(1);
                if let Some(request) = Requests::<T>::get(id) {
                    Self::fail(id, request, batch.size(), reason);
                }
            }
            Self::finish(open.id, batch);
            return true;
        }
        false
    }

    /// Write the batch. When all of its requests have ended and the verdicts are known, those that computed are paid.
    pub(crate) fn finish(id: BatchId, mut batch: Batch) {
        if batch.settled >= batch.size() && batch.closed {
            Self::pay(id, &batch);
            batch.stage = BatchStage::Ended { at: Self::now() };
            OpenBatches::<T>::mutate(|open| open.retain(|open| open.id != id));
            BatchPlaces::<T>::mutate(|places| {
                EndedBatches::<T>::insert(places.next, id);
                places.next = places.next.saturating_add(1);
            });
        }
        Batches::<T>::insert(id, batch);
    }

    /// What a page weighs; with the last one those that computed are paid.
    pub(crate) fn answer_weight(rows: u32) -> Weight {
        T::WeightInfo::answer(rows).saturating_add(T::WeightInfo::pay())
    }
}

impl Batch {
    /// The page that is to be shown next; `None` where no row is left.
    pub(crate) fn next_page(&self) -> Option<u32> {
        (self.settled < self.size()).then_some(self.settled / SETTLEMENT_PAGE)
    }
}

/// The pool bans the hash of an invalid transaction, but not of an unknown one: what may still become right, because this node is
/// behind the sender or follows a fork that will lose, is unknown. A page carries no signature: whoever shows it again sends the
/// same bytes.
fn refusal<T: Config>(error: Error<T>) -> TransactionValidityError {
    let code = error.encode().first().copied().unwrap_or(u8::MAX);
    match error {
        Error::BatchNotFound | Error::TooEarly | Error::PageOutOfOrder => UnknownTransaction::Custom(code).into(),
        _ => InvalidTransaction::Custom(code).into(),
    }
}
