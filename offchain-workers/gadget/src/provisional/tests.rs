//! Which batches are to be computed again, over a made-up chain that prunes, forks and answers a page at a time.

use super::*;
use crate::chain::partial::Partial;
use codec::DecodeAll;
use quorate_primitives::{
    committee::Committee,
    crypto::AttestationPair,
    job::{
        infer::{Task, EXACT_VERSION, KIND},
        CommitteeRule, IdentifiedJob, Infer, Job, JobPhase, JobSpec, Requester,
    },
    views::{
        inference::{RequestState, RequestView},
        BlobRef,
    },
    AccountId, RequestId,
};
use sp_core::Pair;
use std::cell::Cell;
use std::sync::Mutex;

const UNTIL: BlockNumber = 500;

/// Batches by number, and how often some were asked for.
#[derive(Default)]
struct Made {
    batches: BTreeMap<BatchId, BatchView>,
    /// One above the highest number that was ever given.
    next: BatchId,
    asked: Mutex<Cell<u32>>,
    requests_asked: Mutex<Cell<u32>>,
}

fn account(n: u8) -> AccountId {
    AccountId::new([n; 32])
}

fn me() -> Vec<Authority> {
    vec![Authority {
        key: AttestationPair::from_seed(&[1; 32]).public(),
        validator: account(1),
    }]
}

fn at(number: BlockNumber) -> BlockId {
    BlockId {
        number,
        hash: Hash::repeat_byte(9),
    }
}

fn blob(n: u8) -> BlobRef {
    BlobRef {
        root: Hash::repeat_byte(n),
        len: n.into(),
    }
}

fn outcome(n: u8) -> InferOutcome {
    InferOutcome {
        answers: Hash::repeat_byte(n),
        detail: Hash::repeat_byte(n),
    }
}

/// A provisional batch of two requests, for which 2 to 8 were drawn.
fn batch(id: BatchId) -> BatchView {
    BatchView {
        id,
        model: 4,
        version: 5,
        file: blob(6),
        frozen_base: Some(blob(7)),
        program: 8,
        program_file: blob(9),
        requests: vec![u64::from(id) * 10, u64::from(id) * 10 + 3],
        requests_root: Hash::zero(),
        seed: Hash::from_low_u64_be(id.into()),
        job: Hash::from_low_u64_be(u64::from(id) + 1_000_000),
        first_job: None,
        state: BatchState::Provisional { until: UNTIL },
        members: (2..9).map(account).collect(),
        quorum: 7,
        escalation: None,
        call_bond: Some(77),
        provisional: Some(outcome(3)),
        outcome: None,
        statements_root: None,
        created_at: 1,
        ended_at: None,
    }
}

fn ended(id: BatchId) -> BatchView {
    BatchView {
        state: BatchState::Ended { at: 3 },
        call_bond: None,
        ..batch(id)
    }
}

impl Made {
    fn with(batches: impl IntoIterator<Item = BatchView>) -> Self {
        let batches: BTreeMap<_, _> = batches.into_iter().map(|batch| (batch.id, batch)).collect();
        Self {
            next: batches.keys().next_back().map_or(0, |last| last + 1),
            batches,
            ..Self::default()
        }
    }

    fn asked(&self) -> u32 {
        self.asked.lock().unwrap().take()
    }

    fn requests_asked(&self) -> u32 {
        self.requests_asked.lock().unwrap().take()
    }
}

fn more(count: &Mutex<Cell<u32>>) {
    let count = count.lock().unwrap();
    count.set(count.get() + 1);
}

impl Partial for Made {
    fn batches(&self, _: Hash, from: BatchId, limit: u32) -> Result<Vec<BatchView>, String> {
        more(&self.asked);
        // As the runtime does.
        let end = self.next.min(from.saturating_add(WINDOW));
        let found = self.batches.range(from..end.max(from)).map(|(_, batch)| batch.clone());
        Ok(found.take(limit.min(PAGE) as usize).collect())
    }

    fn request(&self, _: Hash, id: RequestId) -> Result<Option<RequestView>, String> {
        more(&self.requests_asked);
        Ok(Some(RequestView {
            id,
            asked_by: account(9),
            organisation: 0,
            model: 4,
            version: 5,
            program: 8,
            input: blob(id as u8),
            task: Task::Run,
            operations: id + 1,
            memory: 12,
            fee: 0,
            reading: 0,
            cost: 0,
            clean: true,
            state: RequestState::Waiting,
            requested_at: 0,
            ended_at: None,
        }))
    }

    fn job(&self, _: Hash, id: JobId) -> Result<Option<IdentifiedJob>, String> {
        let work = Infer {
            batch: 0,
            model: 4,
            version: 5,
            version_root: blob(6).root,
            version_len: 6,
            frozen_base: None,
            program: 8,
            program_root: blob(9).root,
            program_len: 9,
            requests_root: Hash::zero(),
            requests: 2,
            seed: Hash::zero(),
        };
        let spec = JobSpec {
            requester: Requester::Batch(0),
            attempt: 0,
            exact_version: EXACT_VERSION,
            commit: 5,
            reveal: 5,
            committee: CommitteeRule::All,
            work: work.into(),
        };
        let job = Job {
            spec,
            first: None,
            created_at: 0,
            phase: JobPhase::Closed { at: 5 },
            committee: Committee::default(),
            quorum: 7,
            statements: Default::default(),
            agreed: None,
        };
        Ok(Some(IdentifiedJob { id, job }))
    }
}

fn numbers(found: &[Provisional]) -> Vec<BatchId> {
    let mut numbers: Vec<_> = found.iter().map(|found| found.batch).collect();
    numbers.sort();
    numbers
}

#[test]
fn provisional_batch_of_others_should_be_found_with_all_that_its_work_reads() {
    let chain = Made::with([batch(3)]);
    let mut provisionals = Provisionals::new();
    let found = provisionals.read(&chain, at(40), &me(), 1).unwrap();
    let [found] = &found[..] else { panic!("{found:?}") };
    let task = InferTask::decode_all(&mut &found.work[..]).unwrap();
    let request = |id: u64| Request {
        id,
        input: blob(id as u8),
        task: Task::Run,
        operations: id + 1,
        memory: 12,
    };
    let expected = InferTask {
        batch: 3,
        model: 4,
        version: 5,
        file: blob(6),
        frozen_base: Some(blob(7)),
        program_file: blob(9),
        requests: vec![request(30), request(33)],
        seed: batch(3).seed,
    };
    assert_eq!(task, expected);
    assert_eq!(found.agreed, Outcome::from(outcome(3)).encode());
    assert_eq!(
        (found.job, found.kind, found.exact_version, found.until),
        (batch(3).job, KIND, EXACT_VERSION, UNTIL)
    );
    // Its requests are read once.
    assert_eq!(chain.requests_asked(), 2);
    assert_eq!(numbers(&provisionals.read(&chain, at(41), &me(), 1).unwrap()), [3]);
    assert_eq!(chain.requests_asked(), 0);
    // On another fork the same members may agree on something else, and in another block.
    let other = BatchView {
        state: BatchState::Provisional { until: UNTIL + 2 },
        provisional: Some(outcome(4)),
        ..batch(3)
    };
    let found = provisionals.read(&Made::with([other]), at(41), &me(), 1).unwrap();
    let [found] = &found[..] else { panic!("{found:?}") };
    assert_eq!(
        (found.until, &found.agreed),
        (UNTIL + 2, &Outcome::from(outcome(4)).encode())
    );
}

#[test]
fn own_batches_and_those_for_which_nobody_can_be_called_should_be_left_out() {
    let own = BatchView {
        members: (1..8).map(account).collect(),
        ..batch(1)
    };
    let goes_to_all = BatchView {
        call_bond: None,
        ..batch(2)
    };
    let computing = BatchView {
        state: BatchState::Computing,
        ..batch(3)
    };
    let unknown = BatchView {
        members: vec![],
        ..batch(4)
    };
    let chain = Made::with([own, goes_to_all, computing, unknown, batch(5)]);
    let read = |me: &[Authority], one_in| {
        let found = Provisionals::new().read(&chain, at(40), me, one_in).unwrap();
        numbers(&found)
    };
    assert_eq!(read(&me(), 1), [5]);
    assert!(read(&me(), 0).is_empty() && read(&[], 1).is_empty());
}

#[test]
fn share_should_be_about_as_large_as_was_said_steady_and_known_to_nobody_else() {
    let chain = Made::with((0..2_000).map(batch));
    let mut provisionals = Provisionals::new();
    let found = numbers(&provisionals.read(&chain, at(3_000), &me(), 8).unwrap());
    // 250 expected, with a deviation of 15.
    assert!((160..340).contains(&found.len()), "{}", found.len());
    assert_eq!(numbers(&provisionals.read(&chain, at(3_001), &me(), 8).unwrap()), found);
    let other = numbers(&Provisionals::new().read(&chain, at(3_000), &me(), 8).unwrap());
    assert_ne!(other, found);
}

#[test]
fn batches_should_be_found_wherever_their_numbers_are_and_asked_for_from_there_on() {
    let chain = Made::with((0..5_100).filter(|id| *id > 4_900).map(|id| match id {
        5_090.. => batch(id),
        _ => ended(id),
    }));
    let mut provisionals = Provisionals::new();
    for number in [1_000_000, 1_000_001] {
        let found = provisionals.read(&chain, at(number), &me(), 1).unwrap();
        assert_eq!(numbers(&found), (5_090..5_100).collect::<Vec<_>>(), "at {number}");
        let asked = chain.asked();
        assert!(asked < if number == 1_000_000 { 260 } else { 3 }, "{asked}");
    }
    // What a fork has opened again is found, and what ended is not.
    let mut chain = chain;
    chain.batches.insert(5_080, batch(5_080));
    chain.batches.insert(5_095, ended(5_095));
    let found = numbers(&provisionals.read(&chain, at(1_000_002), &me(), 1).unwrap());
    assert!(found.contains(&5_080) && !found.contains(&5_095) && found.len() == 10);
    // Nothing is there at all.
    for number in [0, 1, 5_000] {
        let nothing = Provisionals::new().read(&Made::default(), at(number), &me(), 1);
        assert!(nothing.unwrap().is_empty());
    }
}
