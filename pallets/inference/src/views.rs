//! What the runtime shows of requests and batches.

use crate::{
    pallet::{Asked, Batches, ByOrganisation, Config, NextBatch, NextRequest, OpenBatches, Pallet, Requests, Shown},
    types::{order, Batch, BatchStage, Request},
};
use alloc::{collections::BTreeSet, vec::Vec};
use quorate_primitives::{
    job::infer::ROW_BYTES,
    traits::{Jobs, Models},
    views::{
        gateway::RequestBlob,
        inference::{AnswerPageTask, BatchState, BatchView, InferTask, RequestState, RequestView},
        BlobRef,
    },
    BatchId, OrganisationId, RequestId,
};

/// Most entries of one answer.
const MAX_LIMIT: u32 = 64;
/// Most numbers that are looked at for one answer: of those in between the records were pruned.
const MAX_NUMBERS: u32 = 4_096;

fn limit(count: u32) -> usize {
    usize::try_from(count.min(MAX_LIMIT)).unwrap_or_default()
}

impl<T: Config> Pallet<T> {
    /// A request.
    pub fn view(id: RequestId) -> Option<RequestView> {
        let request = Requests::<T>::get(id)?;
        let group = request.group;
        Some(RequestView {
            id,
            asked_by: request.asked_by,
            organisation: request.organisation,
            model: group.model,
            version: group.version,
            program: group.program,
            input: request.input,
            task: request.task,
            operations: request.operations,
            memory: request.memory,
            fee: request.fee,
            reading: request.reading,
            cost: request.cost,
            clean: T::Models::is_clean(group.model, group.version),
            state: match request.state {
                RequestState::Waiting => match Self::batch_of(id) {
                    Some((batch, BatchStage::Provisional { until, .. })) => RequestState::Provisional { batch, until },
                    Some((batch, _)) => RequestState::Computing { batch },
                    None => RequestState::Waiting,
                },
                state => state,
            },
            requested_at: request.requested_at,
            ended_at: request.ended_at,
        })
    }

    /// The open batch that answers a request, and where it stands.
    fn batch_of(id: RequestId) -> Option<(BatchId, BatchStage)> {
        OpenBatches::<T>::get().into_iter().find_map(|open| {
            let batch = Batches::<T>::get(open.id)?;
            batch.requests.contains(&id).then_some((open.id, batch.stage))
        })
    }

    /// A batch.
    pub fn batch_view(id: BatchId) -> Option<BatchView> {
        let batch = Batches::<T>::get(id)?;
        let ended_at = batch.ended_at();
        let call_bond = Self::is_callable(&batch).then(|| Self::bond_of(&batch));
        let (members, quorum) = T::Jobs::committee(batch.job);
        let state = match batch.stage {
            BatchStage::Computing | BatchStage::Drawn => BatchState::Computing,
            BatchStage::Provisional { until, .. } => BatchState::Provisional { until },
            BatchStage::Settling { until } => BatchState::Settling { until },
            BatchStage::Failing(reason) => BatchState::Failing(reason),
            BatchStage::Ended { at } => BatchState::Ended { at },
        };
        let work = batch.work;
        Some(BatchView {
            id,
            model: work.model,
            version: work.version,
            file: BlobRef {
                root: work.version_root,
                len: work.version_len,
            },
            frozen_base: work.frozen_base,
            program: work.program,
            program_file: BlobRef {
                root: work.program_root,
                len: work.program_len,
            },
            requests: batch.requests.into_inner(),
            requests_root: work.requests_root,
            seed: work.seed,
            job: batch.job,
            first_job: batch.first_job,
            state,
            members,
            quorum,
            escalation: batch.escalation,
            call_bond,
            provisional: batch.provisional,
            outcome: batch.outcome,
            statements_root: batch.statements_root,
            created_at: batch.created_at,
            ended_at,
        })
    }

    /// Requests by number.
    pub fn list(from: RequestId, count: u32) -> Vec<RequestView> {
        let end = NextRequest::<T>::get().min(from.saturating_add(MAX_NUMBERS.into()));
        (from..end).filter_map(Self::view).take(limit(count)).collect()
    }

    /// Batches by number.
    pub fn list_batches(from: BatchId, count: u32) -> Vec<BatchView> {
        let end = NextBatch::<T>::get().min(from.saturating_add(MAX_NUMBERS));
        (from..end).filter_map(Self::batch_view).take(limit(count)).collect()
    }

    /// Requests of one organisation, by number.
    pub fn list_of(organisation: OrganisationId, from: RequestId, count: u32) -> Vec<RequestView> {
        let ids = match from.checked_sub(1) {
            // From the key after that one on, whether or not it is there.
            Some(before) => {
                let key = ByOrganisation::<T>::hashed_key_for(organisation, order(before));
                ByOrganisation::<T>::iter_prefix_from(organisation, key)
            }
            None => ByOrganisation::<T>::iter_prefix(organisation),
        };
        ids.take(limit(count)).filter_map(|(_, id)| Self::view(id)).collect()
    }

    /// What a member computes for a batch.
    pub fn infer_task(id: BatchId) -> Option<InferTask> {
        let batch = Batches::<T>::get(id)?;
        let requests = batch.requests.iter();
        let requests: Option<Vec<_>> = requests.map(|id| Some(Requests::<T>::get(id)?.as_asked(*id))).collect();
        let work = batch.work;
        Some(InferTask {
            batch: id,
            model: work.model,
            version: work.version,
            file: BlobRef {
                root: work.version_root,
                len: work.version_len,
            },
            frozen_base: work.frozen_base,
            program_file: BlobRef {
                root: work.program_root,
                len: work.program_len,
            },
            requests: requests?,
            seed: work.seed,
        })
    }

    /// Pages that wait to be shown: the next one of each batch on which a quorum agreed.
    pub fn page_tasks() -> Vec<AnswerPageTask> {
        let open = OpenBatches::<T>::get().into_iter();
        open.filter_map(|open| Self::page_task(open.id)).collect()
    }

    fn page_task(id: BatchId) -> Option<AnswerPageTask> {
        let batch = Batches::<T>::get(id)?;
        let BatchStage::Settling { until } = batch.stage else {
            return None;
        };
        // Nothing that a transaction in the next block would be too late for.
        if Self::now().saturating_add(1) >= until {
            return None;
        }
        Some(AnswerPageTask {
            batch: id,
            outcome: batch.outcome?,
            requests: batch.size(),
            page: batch.next_page()?,
        })
    }

    /// Rows of open batches on which a quorum agreed: validators may fetch them from each other.
    pub fn gateway_rows() -> Vec<(BatchId, BlobRef)> {
        let open = OpenBatches::<T>::get().into_iter();
        let rows = open.filter_map(|open| Some((open.id, detail(&Batches::<T>::get(open.id)?)?)));
        rows.collect()
    }

    /// Organisations of whose requests gateways know something, ascending.
    pub fn gateway_organisations() -> Vec<OrganisationId> {
        let ids: BTreeSet<_> = Asked::<T>::iter_keys().chain(Shown::<T>::iter_keys()).collect();
        ids.into_iter().collect()
    }

    /// How many requests of an organisation gateways know of.
    pub fn gateway_reads(organisation: OrganisationId) -> u32 {
        let shown = Shown::<T>::decode_len(organisation).unwrap_or_default();
        let open = Asked::<T>::get(organisation).open.len();
        u32::try_from(shown.saturating_add(open).saturating_add(2)).unwrap_or(u32::MAX)
    }

    /// What gateways take and show of an organisation's requests: those that are open, and the newest that were answered.
    pub fn gateway_requests(organisation: OrganisationId) -> Vec<RequestBlob> {
        let shown = Shown::<T>::get(organisation).into_iter();
        let open = Asked::<T>::get(organisation).open.into_iter();
        let ids = shown.chain(open.map(|(id, _)| id));
        ids.filter_map(|id| Some(blob(id, Requests::<T>::get(id)?))).collect()
    }
}

/// The blob of all rows of a batch, once it is known.
fn detail(batch: &Batch) -> Option<BlobRef> {
    Some(BlobRef {
        root: batch.outcome?.detail,
        len: ROW_BYTES.saturating_mul(batch.size().into()),
    })
}

fn blob(request: RequestId, entry: Request) -> RequestBlob {
    let pending = matches!(entry.state, RequestState::Pending { .. });
    let answer = match entry.state {
        RequestState::Answered { row, .. } => Some(row.answer),
        _ => None,
    };
    RequestBlob {
        request,
        organisation: entry.organisation,
        input: entry.input,
        answer,
        pending,
    }
}
