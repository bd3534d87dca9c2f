//! Batches: what waits is taken together, and becomes a job of the committee. What happens at the end of a block is bounded.

use crate::{
    committees::Machines,
    pallet::{Asked, Batches, Config, Event, LastTurn, NextBatch, OpenBatches, Pallet, Requests, WaitingList},
    quoting::{held_bytes, Bytes},
    types::{Batch, BatchStage, Group, OpenBatch, Waiting},
    WeightInfo,
};
use alloc::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    vec::Vec,
};
use codec::Encode;
use frame_support::{
    traits::{Get, Randomness},
    weights::Weight,
    BoundedVec,
};
use quorate_primitives::{
    job::{
        infer::{self, EXACT_VERSION, MAX_BATCH},
        Infer, JobSpec, Requester,
    },
    merkle,
    payload::tagged,
    traits::{Jobs, Models, Protected},
    views::{inference::RequestFailure, BlobRef},
    BatchId, BlockNumber, Hash, OrganisationId, RequestId,
};
use sp_runtime::DispatchError;

/// Most requests that come to nothing in one block because they waited too long, or their batch failed.
pub(crate) const ENDED_PER_BLOCK: u32 = 8;

/// What waits and may be taken: the whole list is looked at, which has a bound.
struct Choice {
    led_by: OrganisationId,
    group: Group,
    taken: Vec<Waiting>,
}

/// Organisations from the one after `last` on, and then from the first one on: each has its turn.
fn in_turn(organisations: &BTreeSet<OrganisationId>, last: Option<OrganisationId>) -> Vec<OrganisationId> {
    let (before, after): (Vec<_>, Vec<_>) = organisations
        .iter()
        .partition(|organisation| last.is_some_and(|last| **organisation <= last));
    after.into_iter().chain(before).copied().collect()
}

/// The requests that may be with `lead`, the organisations taking turns from its own on and each giving its oldest, as many as have room.
fn take(waiting: &[Waiting], lead: &Waiting, most: u64, now: BlockNumber) -> Vec<Waiting> {
    let mut queues = BTreeMap::<OrganisationId, VecDeque<Waiting>>::new();
    for request in waiting {
        let own = lead.alone.is_none() || request.organisation == lead.organisation;
        if request.group == lead.group && request.alone.is_some() == lead.alone.is_some() && own && request.since < now
        {
            queues.entry(request.organisation).or_default().push_back(*request);
        }
    }
    let organisations: BTreeSet<OrganisationId> = queues.keys().copied().collect();
    let turns = in_turn(&organisations, lead.organisation.checked_sub(1));
    let (mut taken, mut left) = (Vec::new(), most);
    while queues.values().any(|queue| !queue.is_empty()) {
        for organisation in &turns {
            let Some(request) = queues.get_mut(organisation).and_then(VecDeque::pop_front) else {
                continue;
            };
            if taken.len() >= MAX_BATCH as usize {
                return taken;
            }
            // What has no room waits for the next batch; smaller ones may have.
            if let Some(rest) = left.checked_sub(request.operations) {
                left = rest;
                taken.push(request);
            }
        }
    }
    taken
}

impl<T: Config> Pallet<T> {
    /// What the end of this block may weigh.
    pub(crate) fn weight_of_end() -> Weight {
        let waiting = WaitingList::<T>::decode_len().unwrap_or_default();
        if waiting == 0 && OpenBatches::<T>::decode_len().unwrap_or_default() == 0 {
            // A request may be the first of all in this block, and then it is looked who could compute it.
            return T::WeightInfo::make_batch(0);
        }
        Self::end_weight(u32::try_from(waiting).unwrap_or(MAX_BATCH).min(MAX_BATCH))
    }

    /// The most that the end of a block weighs.
    pub fn heaviest_end() -> Weight {
        Self::end_weight(MAX_BATCH)
    }

    fn end_weight(waiting: u32) -> Weight {
        let end = T::WeightInfo::end_requests(ENDED_PER_BLOCK);
        // One of them makes a job.
        let made = T::WeightInfo::make_batch(waiting)
            .max(T::WeightInfo::escalate())
            .max(end);
        made.saturating_add(end).saturating_add(T::WeightInfo::pay())
    }

    /// Let a few requests end that have to, let at most one batch on which drawn members agreed go on, and make at most one batch.
    pub(crate) fn end_block() {
        if WaitingList::<T>::decode_len().unwrap_or_default() == 0
            && OpenBatches::<T>::decode_len().unwrap_or_default() == 0
        {
            return;
        }
        if T::Protected::no_transactions() {
            return Self::shift();
        }
        let machines = Self::machines();
        if !Self::end_overdue() {
            Self::expire(&machines);
        }
        if !Self::go_on() {
            Self::make_batch(&machines);
        }
    }

    /// Those that waited longest end first.
    fn expire(machines: &Machines) {
        let now = Self::now();
        let overdue: Vec<Waiting> = WaitingList::<T>::get()
            .into_iter()
            .take(ENDED_PER_BLOCK as usize)
            .take_while(|waiting| waiting.since.saturating_add(T::MaxWait::get()) <= now)
            .collect();
        Self::expire_all(&overdue, machines);
    }

    fn expire_all(overdue: &[Waiting], machines: &Machines) {
        if overdue.is_empty() {
            return;
        }
        WaitingList::<T>::mutate(|list| list.retain(|waiting| overdue.iter().all(|over| over.id != waiting.id)));
        for waiting in overdue {
            let Some(request) = Requests::<T>::get(waiting.id) else {
                continue;
            };
            // Whoever had the turn used it for something else: long batches of its own would have its requests' inputs fetched for nothing.
            let had_turn = Asked::<T>::get(waiting.organisation)
                .led_at
                .is_some_and(|led_at| led_at > waiting.since);
            // But it can do nothing about validators that can no longer compute what they could.
            let kept = if had_turn && machines.suffice(waiting.memory) {
                request.base_fee
            } else {
                0
            };
            Self::fail_for(waiting.id, request, RequestFailure::Expired, kept);
        }
    }

    /// The organisations take turns: the oldest request of the one whose turn it is says what is run.
    fn choose(waiting: &[Waiting]) -> Option<Choice> {
        let now = Self::now();
        let open = OpenBatches::<T>::get();
        if open.is_full() {
            return None;
        }
        let has_room = |organisation: OrganisationId| {
            let led = open.iter().filter(|batch| batch.led_by == organisation).count();
            u32::try_from(led).is_ok_and(|led| led < T::MaxBatchesPerOrganisation::get())
        };
        let is_ready = |request: &&Waiting| request.since.saturating_add(T::Window::get().max(1)) <= now;
        let organisations: BTreeSet<OrganisationId> = waiting
            .iter()
            .filter(is_ready)
            .map(|request| request.organisation)
            .collect();
        let mut turns = in_turn(&organisations, LastTurn::<T>::get()).into_iter();
        let led_by = turns.find(|organisation| has_room(*organisation))?;
        let mut own = waiting.iter().filter(is_ready);
        let lead = own.find(|request| request.organisation == led_by)?;
        Some(Choice {
            led_by,
            group: lead.group,
            taken: take(waiting, lead, T::MaxBatchOperations::get(), now),
        })
    }

    fn make_batch(machines: &Machines) {
        // What too few can compute now waits for them, and takes nobody's turn.
        let waiting = machines.within(&WaitingList::<T>::get());
        let Some(Choice { led_by, group, taken }) = Self::choose(&waiting) else {
            return;
        };
        LastTurn::<T>::put(led_by);
        let Some(file) = T::Models::served(group.model, group.version) else {
            // Nobody keeps its file any more. The rest of its group follows in the next blocks.
            let few = taken.into_iter().take(ENDED_PER_BLOCK as usize);
            return Self::expire_all(&few.collect::<Vec<_>>(), machines);
        };
        let id = NextBatch::<T>::get();
        // Whatever stands in the way of a job may go: the requests wait on, until they expire.
        if let Err(error) = Self::start(id, led_by, group, &file, &taken, machines) {
            Self::deposit_event(Event::JobRefused { batch: id, error });
        }
    }

    fn start(
        id: BatchId,
        led_by: OrganisationId,
        group: Group,
        file: &BlobRef,
        taken: &[Waiting],
        machines: &Machines,
    ) -> Result<(), DispatchError> {
        let next = id.checked_add(1).ok_or(DispatchError::Exhausted)?;
        let requests: BTreeMap<RequestId, crate::types::Request> = taken
            .iter()
            .filter_map(|waiting| Some((waiting.id, Requests::<T>::get(waiting.id)?)))
            .collect();
        let asked: Vec<infer::Request> = taken
            .iter()
            .filter_map(|waiting| Some(requests.get(&waiting.id)?.as_asked(waiting.id)))
            .collect();
        let program_file = taken
            .first()
            .and_then(|waiting| requests.get(&waiting.id))
            .map(|request| request.program_file.clone())
            .ok_or(DispatchError::CannotLookup)?;
        let (operations, inputs) = taken.iter().fold((0u64, 0u64), |(operations, bytes), waiting| {
            (
                operations.saturating_add(waiting.operations),
                bytes.saturating_add(waiting.len),
            )
        });
        let frozen_base = T::Models::frozen_base(group.model);
        let held = held_bytes(file, frozen_base.as_ref(), &program_file);
        let bytes = Bytes { held, inputs };
        let blocks = Self::blocks(operations, bytes);
        let work = Infer {
            batch: id,
            model: group.model,
            version: group.version,
            version_root: file.root,
            version_len: file.len,
            frozen_base,
            program: group.program,
            program_root: program_file.root,
            program_len: program_file.len,
            requests_root: merkle::root_of(&asked),
            requests: u32::try_from(asked.len()).unwrap_or(u32::MAX),
            seed: Self::draw(id),
        };
        let memory = taken.iter().map(|waiting| waiting.memory).max().unwrap_or_default();
        let able = machines.able(memory);
        let (committee, stage) = machines.committee(able.clone(), work.seed);
        let job = T::Jobs::create(JobSpec {
            requester: Requester::Batch(id),
            attempt: 0,
            exact_version: EXACT_VERSION,
            commit: Self::commit_blocks(blocks),
            reveal: T::Reveal::get(),
            committee,
            work: work.clone(),
        })?;
        NextBatch::<T>::put(next);
        let open = OpenBatch {
            id,
            led_by,
            shared: taken.iter().any(|waiting| waiting.organisation != led_by),
            blocks,
        };
        OpenBatches::<T>::try_append(open).map_err(|()| DispatchError::Exhausted)?;
        Asked::<T>::mutate_exists(led_by, |asked| {
            if let Some(asked) = asked {
                asked.led_at = Some(Self::now());
            }
        });
        let count = work.requests;
        let batch = Batch {
            work,
            requests: BoundedVec::truncate_from(asked.iter().map(|request| request.id).collect()),
            job,
            first_job: None,
            provisional: None,
            escalation: None,
            outcome: None,
            stage,
            memory,
            able,
            fees: requests.values().fold(0, |sum, request| {
                sum.saturating_add(request.earned(count, request.operations))
            }),
            blocks,
            blocks_of_holder: Self::blocks_of_holder(operations, bytes),
            closed: false,
            settled: 0,
            earned: 0,
            statements_root: None,
            created_at: Self::now(),
        };
        Batches::<T>::insert(id, batch);
        WaitingList::<T>::mutate(|list| list.retain(|waiting| !requests.contains_key(&waiting.id)));
        Self::deposit_event(Event::BatchMade {
            batch: id,
            model: group.model,
            version: group.version,
            program: group.program,
            requests: count,
            job,
        });
        Ok(())
    }

    /// Samplers draw from what the author of this block drew by its key: what is taken was decided before it, in blocks of others.
    fn draw(id: BatchId) -> Hash {
        let (random, _) = T::Randomness::random(&(b"quorate/infer", id).encode());
        tagged(b"infer", &(random, id))
    }

    /// No transactions run in this block, and nobody can show a page or call all: deadlines move on.
    fn shift() {
        for open in OpenBatches::<T>::get() {
            Batches::<T>::mutate(open.id, |entry| {
                if let Some(BatchStage::Settling { until } | BatchStage::Provisional { until, .. }) =
                    entry.as_mut().map(|batch| &mut batch.stage)
                {
                    *until = until.saturating_add(1);
                }
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GROUP: Group = Group {
        model: 1,
        version: 2,
        program: 3,
    };

    fn waiting(id: RequestId, organisation: OrganisationId, operations: u64) -> Waiting {
        Waiting {
            id,
            organisation,
            group: GROUP,
            operations,
            memory: 1,
            len: 1,
            since: 5,
            alone: None,
        }
    }

    fn ids(taken: Vec<Waiting>) -> Vec<RequestId> {
        taken.into_iter().map(|request| request.id).collect()
    }

    #[test]
    fn organisations_should_take_turns_after_the_one_that_had_the_last() {
        let all = [2, 5, 7].into();
        assert_eq!(in_turn(&all, None), [2, 5, 7]);
        assert_eq!(in_turn(&all, Some(2)), [5, 7, 2]);
        assert_eq!(in_turn(&all, Some(6)), [7, 2, 5]);
        assert_eq!(in_turn(&all, Some(7)), [2, 5, 7]);
    }

    #[test]
    fn nobodys_many_requests_should_keep_anothers_one_out() {
        let mut list: Vec<Waiting> = (0..300).map(|id| waiting(id, 1, 1)).collect();
        list.push(waiting(300, 9, 1));
        list.push(waiting(301, 4, 1));
        let taken = ids(take(&list, &list[0], 1_000, 6));
        assert_eq!(taken.len(), 256);
        assert_eq!(taken[..4], [0, 301, 300, 1]);
        // Whoever's turn it is comes first.
        assert_eq!(ids(take(&list, &list[301], 3, 6)), [301, 300, 0]);
    }

    #[test]
    fn what_has_no_room_should_wait_and_smaller_ones_be_taken() {
        let list = [waiting(0, 1, 5), waiting(1, 1, 6), waiting(2, 1, 5)];
        assert_eq!(ids(take(&list, &list[0], 10, 6)), [0, 2]);
    }

    #[test]
    fn what_came_in_this_block_or_asks_for_something_else_should_not_be_taken() {
        let mut list = [waiting(0, 1, 1), waiting(1, 1, 1), waiting(2, 1, 1)];
        list[1].since = 6;
        list[2].group.program = 4;
        assert_eq!(ids(take(&list, &list[0], 10, 6)), [0]);
    }

    #[test]
    fn what_was_in_a_batch_without_a_quorum_should_be_with_its_organisations_own_alone() {
        let mut list = [
            waiting(0, 1, 1),
            waiting(1, 2, 1),
            waiting(2, 1, 1),
            waiting(3, 1, 1),
            waiting(4, 2, 1),
        ];
        list[..3].iter_mut().for_each(|request| request.alone = Some(4));
        assert_eq!(ids(take(&list, &list[0], 10, 6)), [0, 2]);
        assert_eq!(ids(take(&list, &list[1], 10, 6)), [1]);
        assert_eq!(ids(take(&list, &list[3], 10, 6)), [3, 4]);
    }
}
