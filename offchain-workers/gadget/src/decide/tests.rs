//! The decisions against a fake chain: what it lists, and what it takes.

use super::*;
use quorate_primitives::{
    availability::{bit, voted_claims, AvailabilityVote, Claim, Malformed},
    crypto::AttestationPair,
    job::{
        aggregate::{page_hashes, scores_root, AggregateOutcome, ScoreRow, EXACT_VERSION, KIND},
        infer::{AnswerRow, AnswerStatus, InferOutcome, ROW_BYTES},
    },
    payload::{outcome_commitment, Encoded},
    possession::Shown,
    views::{
        tasks::{Against, JobStage, Scores, VoteItem},
        BlobRef,
    },
};
use sp_core::Pair;

const JOB: Hash = Hash::repeat_byte(0x77);

fn me() -> Authority {
    Authority {
        key: AttestationPair::from_seed(&[1; 32]).public(),
        validator: account(1),
    }
}

fn account(n: u8) -> AccountId {
    AccountId::new([n; 32])
}

fn blob(n: u8) -> BlobRef {
    BlobRef {
        root: Hash::repeat_byte(n),
        len: n.into(),
    }
}

fn status() -> Status {
    Status {
        version: "test".to_owned(),
        exact_versions: vec![(KIND, EXACT_VERSION)],
        backend: "none".to_owned(),
        gateway: String::new(),
        tasks_running: 0,
        blobs: 0,
        blob_bytes: 0,
        health: Default::default(),
        capacity: None,
        stream_key: None,
        spot_checks: 0,
    }
}

/// An outcome: to the node it is bytes.
fn outcome() -> Vec<u8> {
    vec![9; 77]
}

fn shown() -> Shown {
    Shown::Contributor(AccountId::new([1; 32]))
}

fn claim(n: u8) -> Claim {
    Claim {
        root: blob(n).root,
        shown: shown(),
    }
}

fn vote_task(items: impl IntoIterator<Item = (u32, u8)>) -> VoteTask {
    VoteTask {
        subject: Subject::Round(3),
        ballot: 5,
        voter: 2,
        against: Against::Base(blob(0)),
        items: items
            .into_iter()
            .map(|(item, n)| VoteItem {
                item,
                blob: blob(n),
                shown: shown(),
            })
            .collect(),
        until: 100,
    }
}

fn job_task(stage: JobStage) -> JobTask {
    JobTask {
        id: JOB,
        member: 2,
        kind: KIND,
        exact_version: EXACT_VERSION,
        stage,
        until: 100,
        work: vec![1, 2, 3],
    }
}

/// A core, its worker, and what the chain lists.
struct World {
    core: Core,
    number: BlockNumber,
    finalized: BlockNumber,
    votes: Vec<VoteTask>,
    jobs: Vec<JobTask>,
    pages: Vec<PageTask>,
    answers: Vec<AnswerPageTask>,
    provisional: Vec<Provisional>,
}

impl World {
    fn new() -> Self {
        let mut core = Core::new(Hash::zero(), 2_000, BTreeMap::new());
        assert!(core.worker_up(status()).is_empty());
        Self {
            core,
            number: 10,
            finalized: 8,
            votes: vec![],
            jobs: vec![],
            pages: vec![],
            answers: vec![],
            provisional: vec![],
        }
    }

    fn next(&mut self) -> Vec<Action> {
        self.number += 1;
        self.finalized += 1;
        self.again()
    }

    fn again(&mut self) -> Vec<Action> {
        let votes = self.votes.iter().cloned().map(Duty::Vote);
        let jobs = self.jobs.iter().cloned().map(Duty::Job);
        let answers = self.answers.iter().cloned().map(Duty::AnswerPage);
        let pages = self.pages.iter().cloned().map(Duty::ScorePage).chain(answers);
        self.core.at_block(Snapshot {
            number: self.number,
            finalized: self.finalized,
            duties: vec![(me(), votes.chain(jobs).chain(pages).collect())],
            peers: vec![account(4), account(1), account(2), account(3)],
            capabilities: vec![],
            provisional: self.provisional.clone(),
        })
    }
}

fn run_of(actions: &[Action]) -> RequestId {
    match actions {
        [Action::Run { request, .. }] => *request,
        other => panic!("expected one task for the worker, got {other:?}"),
    }
}

fn vote_of(actions: &[Action]) -> &AvailabilityVote {
    match actions {
        [Action::Submit(Statement::Vote { vote, .. })] => vote,
        other => panic!("expected one vote, got {other:?}"),
    }
}

#[test]
fn vote_should_go_out_at_once_when_all_is_known_and_two_blocks_later_when_not() {
    let mut world = World::new();
    world.votes = vec![vote_task([(0, 1), (1, 2), (4, 3)])];
    let request = run_of(&world.next());
    assert!(world
        .core
        .on_message(FromWorker::Found {
            request,
            item: 0,
            result: CheckResult::Held
        })
        .is_empty());
    // A vote on this item alone would hold up the vote on the others, which may be found at once.
    assert!(world.again().is_empty() && world.next().is_empty());
    let actions = world.next();
    let vote = vote_of(&actions);
    assert!(bit(&vote.held, 0) && !bit(&vote.held, 1) && vote.malformed.is_empty());
    assert_eq!((vote.voter, vote.claims), (2, voted_claims(&[claim(1)])));

    // One vote at a time: the rest waits until the chain has taken it.
    let reason = Malformed::Header;
    assert!(world
        .core
        .on_message(FromWorker::Found {
            request,
            item: 1,
            result: CheckResult::Malformed(reason)
        })
        .is_empty());
    let last = FromWorker::Found {
        request,
        item: 4,
        result: CheckResult::Held,
    };
    assert!(world.core.on_message(last).is_empty());
    world.votes = vec![vote_task([(1, 2), (4, 3)])];
    let actions = world.next();
    let vote = vote_of(&actions);
    assert!(bit(&vote.held, 4) && !bit(&vote.held, 0));
    assert_eq!(vote.malformed.iter().map(|fault| fault.item).collect::<Vec<_>>(), [1]);
    assert_eq!(vote.claims, voted_claims(&[claim(2), claim(3)]));
}

#[test]
fn vote_that_the_chain_did_not_take_should_be_repeated_unchanged() {
    let mut world = World::new();
    world.votes = vec![vote_task([(0, 1), (1, 2)])];
    let request = run_of(&world.next());
    let result = CheckResult::Held;
    world.core.on_message(FromWorker::Found {
        request,
        item: 0,
        result,
    });
    assert!(world.next().is_empty());
    let first = vote_of(&world.next()).clone();
    // What is found meanwhile waits: the voter has one vote in the pool.
    let found = FromWorker::Found {
        request,
        item: 1,
        result,
    };
    assert!(world.core.on_message(found).is_empty());
    for _ in 1..RETRY_BLOCKS {
        assert!(world.next().is_empty());
    }
    assert_eq!(*vote_of(&world.next()), first);
    world.votes = vec![vote_task([(1, 2)])];
    let second = world.next();
    assert!(bit(&vote_of(&second).held, 1) && !bit(&vote_of(&second).held, 0));
}

#[test]
fn part_that_is_known_should_be_voted_on_before_it_is_too_late() {
    let mut world = World::new();
    world.votes = vec![vote_task([(0, 1), (1, 2)])];
    world.votes[0].until = 14;
    let request = run_of(&world.next());
    let found = FromWorker::Found {
        request,
        item: 0,
        result: CheckResult::Held,
    };
    assert!(world.core.on_message(found).is_empty());
    // A vote sent at block 12 is in block 13, the last one that counts.
    assert!(bit(&vote_of(&world.next()).held, 0));
}

#[test]
fn statements_that_the_pool_did_not_take_should_be_sent_again_at_once() {
    let mut world = World::new();
    world.votes = vec![vote_task([(0, 1)])];
    let request = run_of(&world.next());
    let found = FromWorker::Found {
        request,
        item: 0,
        result: CheckResult::Held,
    };
    let sent = world.core.on_message(found);
    assert!(world.again().is_empty(), "the pool has it");
    world.core.not_sent(statement_of(&sent));
    assert_eq!(world.again(), sent);
    // In another ballot it is another vote.
    let mut other = vote_of(&sent).clone();
    other.ballot += 1;
    world.core.not_sent(&Statement::Vote { by: me(), vote: other });
    assert!(world.again().is_empty());

    for stage in [JobStage::Commit, reveal_stage(&sealed(), 1)] {
        let mut world = World::new();
        world.core = Core::new(Hash::zero(), 2_000, BTreeMap::from([((JOB, account(1)), sealed())]));
        world.jobs = vec![job_task(stage)];
        let sent = world.next();
        assert!(world.again().is_empty(), "the pool has it");
        world.core.not_sent(statement_of(&sent));
        assert_eq!(world.again(), sent);
    }
}

fn statement_of(actions: &[Action]) -> &Statement {
    match actions {
        [Action::Submit(statement)] => statement,
        other => panic!("expected one statement, got {other:?}"),
    }
}

fn sealed() -> Sealed {
    Sealed {
        outcome: outcome(),
        salt: [3; 32],
        at: 1,
    }
}

#[test]
fn vote_on_all_should_go_out_at_once_when_all_is_known() {
    let mut world = World::new();
    world.votes = vec![vote_task([(0, 1), (1, 2)])];
    let request = run_of(&world.next());
    let found = |item| FromWorker::Found {
        request,
        item,
        result: CheckResult::Held,
    };
    assert!(world.core.on_message(found(1)).is_empty());
    assert!(bit(&vote_of(&world.core.on_message(found(0))).held, 1));
}

#[test]
fn failed_fetch_should_never_become_a_statement_and_should_be_tried_again() {
    let mut world = World::new();
    world.votes = vec![vote_task([(0, 1)])];
    let request = run_of(&world.next());
    let missing = Err(Failure::Missing(blob(1).root));
    assert!(world
        .core
        .on_message(FromWorker::Done {
            request,
            result: missing.clone()
        })
        .is_empty());
    let request = run_of(&world.next());
    assert!(world
        .core
        .on_message(FromWorker::Done {
            request,
            result: missing
        })
        .is_empty());
    assert!(world.next().is_empty());
    run_of(&world.next());
}

#[test]
fn item_with_another_root_should_be_checked_afresh() {
    let mut world = World::new();
    world.votes = vec![vote_task([(0, 1)])];
    let request = run_of(&world.next());
    world.core.on_message(FromWorker::Found {
        request,
        item: 0,
        result: CheckResult::Held,
    });
    world.votes = vec![vote_task([(0, 2)])];
    let again = run_of(&world.next());
    assert!(world
        .core
        .on_message(FromWorker::Found {
            request,
            item: 0,
            result: CheckResult::Held
        })
        .is_empty());
    let actions = world.core.on_message(FromWorker::Found {
        request: again,
        item: 0,
        result: CheckResult::Held,
    });
    assert_eq!(vote_of(&actions).claims, voted_claims(&[claim(2)]));
}

/// The items of the one check that is asked for, and what they are checked against.
fn check_of(actions: &[Action]) -> (Against, Vec<u32>) {
    match actions {
        [Action::Run {
            task: Task::Check { against, items },
            ..
        }] => (against.clone(), items.iter().map(|item| item.item).collect()),
        other => panic!("expected one check, got {other:?}"),
    }
}

#[test]
fn shards_that_are_revealed_one_after_the_other_should_each_be_checked_once_by_what_is_said_of_all() {
    let shards = |items: &[(u32, u8)]| VoteTask {
        subject: Subject::Shards(3),
        against: Against::Shards {
            program: blob(9),
            rows: items.iter().map(|&(item, _)| (item, 1_000 + item)).collect(),
        },
        ..vote_task(items.iter().copied())
    };
    let mut world = World::new();
    world.votes = vec![shards(&[(2, 1)])];
    let (against, items) = check_of(&world.next());
    assert_eq!((against, items), (shards(&[(2, 1)]).against, vec![2]));
    // The first one is on its way still.
    let both = shards(&[(0, 2), (2, 1)]);
    world.votes = vec![both.clone()];
    let actions = world.next();
    assert_eq!(check_of(&actions), (both.against, vec![0]));
    assert!(world.next().is_empty());
    let found = FromWorker::Found {
        request: run_of(&actions),
        item: 0,
        result: CheckResult::Held,
    };
    assert!(world.core.on_message(found).is_empty());
    world.next();
    let actions = world.next();
    assert_eq!(vote_of(&actions).subject, Subject::Shards(3));
    assert!(bit(&vote_of(&actions).held, 0) && !bit(&vote_of(&actions).held, 2));
    // Its round is not assessed any more: nobody votes on it.
    world.votes = vec![];
    for _ in 0..FORGET_AFTER {
        world.next();
    }
    assert_eq!(world.core.waiting(), 0);
}

#[test]
fn item_of_another_contributor_should_be_checked_afresh() {
    let mut world = World::new();
    world.votes = vec![vote_task([(0, 1)])];
    let request = run_of(&world.next());
    let refused = CheckResult::Malformed(Malformed::OtherBase);
    world.core.on_message(FromWorker::Found {
        request,
        item: 0,
        result: refused,
    });
    world.votes[0].items[0].shown = Shown::Contributor(AccountId::new([2; 32]));
    run_of(&world.next());
}

#[test]
fn more_items_than_a_vote_may_name_should_be_named_one_vote_after_the_other() {
    let mut world = World::new();
    world.votes = vec![vote_task((0..600).map(|item| (item, 1)))];
    let request = run_of(&world.next());
    let mut actions = Vec::new();
    for item in 0..600 {
        let result = match item < 70 {
            true => CheckResult::Malformed(Malformed::Header),
            false => CheckResult::Held,
        };
        actions = world.core.on_message(FromWorker::Found { request, item, result });
    }
    let mut sizes = Vec::new();
    while !actions.is_empty() {
        let vote = vote_of(&actions);
        let faults: Vec<u32> = vote.malformed.iter().map(|fault| fault.item).collect();
        let held: Vec<u32> = (0..600).filter(|item| bit(&vote.held, *item)).collect();
        sizes.push((faults.len(), held.len()));
        // The chain takes it.
        let named = |item: &u32| faults.contains(item) || held.contains(item);
        world.votes[0].items.retain(|listed| !named(&listed.item));
        actions = world.next();
    }
    assert_eq!(sizes, [(64, 192), (6, 250), (0, 88)]);
}

#[test]
fn lost_worker_should_be_asked_again_for_everything() {
    let mut world = World::new();
    world.votes = vec![vote_task([(0, 1)])];
    world.jobs = vec![job_task(JobStage::Commit)];
    assert_eq!(world.next().len(), 2);
    world.core.worker_down();
    assert_eq!(world.core.waiting(), 0);
    assert!(world.next().is_empty());
    assert_eq!(world.core.worker_up(status()).len(), 2);
}

fn compute(world: &mut World) -> (RequestId, Vec<u8>) {
    world.jobs = vec![job_task(JobStage::Commit)];
    let request = run_of(&world.next());
    let outcome = outcome();
    let actions = world.core.on_message(FromWorker::Done {
        request,
        result: Ok(Output::Outcome(outcome.clone())),
    });
    assert!(
        matches!(&actions[..], [Action::Seal { outcome: sealed, .. }] if *sealed == outcome),
        "{actions:?}"
    );
    (request, outcome)
}

fn reveal_stage(sealed: &Sealed, since: BlockNumber) -> JobStage {
    let commit = outcome_commitment(
        Hash::zero(),
        JOB,
        &account(1),
        &Encoded(sealed.outcome.clone()),
        sealed.salt,
    );
    JobStage::Reveal { since, commit }
}

#[test]
fn job_should_be_computed_sealed_committed_and_revealed_when_final() {
    let mut world = World::new();
    let (_, outcome) = compute(&mut world);
    // Not on disk: no commit, another try to seal.
    assert!(matches!(&world.next()[..], [Action::Seal { .. }]));
    let sealed = Sealed {
        outcome,
        salt: [3; 32],
        at: world.number,
    };
    let actions = world.core.sealed(&me(), JOB, sealed.clone());
    assert!(
        matches!(&actions[..], [Action::Submit(Statement::Commit { member: 2, .. })]),
        "{actions:?}"
    );
    for _ in 1..RETRY_BLOCKS {
        assert!(world.next().is_empty());
    }
    assert!(matches!(&world.next()[..], [Action::Submit(Statement::Commit { .. })]));

    let since = world.finalized + 3;
    world.jobs = vec![job_task(reveal_stage(&sealed, since))];
    assert!(world.next().is_empty());
    assert!(world.next().is_empty());
    assert!(matches!(&world.next()[..], [Action::Submit(Statement::Reveal { sealed: shown, .. })] if *shown == sealed));
    assert_eq!(world.finalized, since);
}

#[test]
fn reveal_should_not_wait_for_the_next_block_once_final() {
    let mut world = World::new();
    let sealed = Sealed {
        outcome: outcome(),
        salt: [3; 32],
        at: 1,
    };
    world.core = Core::new(
        Hash::zero(),
        2_000,
        BTreeMap::from([((JOB, account(1)), sealed.clone())]),
    );
    world.jobs = vec![job_task(reveal_stage(&sealed, 11))];
    assert!(world.next().is_empty());
    let mut at_finality = |finalized| {
        world.finalized = finalized;
        world.again()
    };
    assert!(at_finality(10).is_empty());
    assert!(matches!(
        &at_finality(11)[..],
        [Action::Submit(Statement::Reveal { .. })]
    ));
    assert!(at_finality(12).is_empty());
}

#[test]
fn restart_should_commit_what_was_sealed_without_computing_again() {
    let sealed = Sealed {
        outcome: outcome(),
        salt: [3; 32],
        at: 1,
    };
    let journal = BTreeMap::from([((JOB, account(1)), sealed.clone())]);
    let mut world = World::new();
    world.core = Core::new(Hash::zero(), 2_000, journal);
    world.jobs = vec![job_task(JobStage::Commit)];
    assert!(matches!(&world.next()[..], [Action::Submit(Statement::Commit { sealed: sent, .. })] if *sent == sealed));
}

#[test]
fn commit_that_is_not_the_journals_should_not_be_revealed() {
    let mut world = World::new();
    let (_, outcome) = compute(&mut world);
    let sealed = Sealed {
        outcome,
        salt: [3; 32],
        at: world.number,
    };
    world.core.sealed(&me(), JOB, sealed.clone());
    let other = Sealed {
        salt: [4; 32],
        ..sealed.clone()
    };
    world.jobs = vec![job_task(reveal_stage(&other, 1))];
    assert!(world.next().is_empty());
}

#[test]
fn computation_should_be_cancelled_when_the_commit_phase_is_over() {
    let mut world = World::new();
    world.jobs = vec![job_task(JobStage::Commit)];
    let request = run_of(&world.next());
    world.jobs = vec![job_task(JobStage::Reveal {
        since: 1,
        commit: Hash::zero(),
    })];
    assert!(matches!(&world.next()[..], [Action::Cancel { request: cancelled }] if *cancelled == request));
    assert!(world.next().is_empty());
}

#[test]
fn unknown_specification_should_mean_abstain() {
    let mut world = World::new();
    let mut task = job_task(JobStage::Commit);
    task.exact_version = EXACT_VERSION + 1;
    world.jobs = vec![task];
    assert!(world.next().is_empty());
}

/// A second kind of work: nothing but this number makes it one.
const SECOND_KIND: u8 = 200;

#[test]
fn second_kind_of_work_should_be_computed_committed_and_revealed_like_the_first() {
    let mut world = World::new();
    let task = |stage| JobTask {
        kind: SECOND_KIND,
        exact_version: 7,
        work: b"what the second kind computes from".to_vec(),
        ..job_task(stage)
    };
    world.jobs = vec![task(JobStage::Commit)];
    assert!(world.next().is_empty(), "this worker does not implement it");
    let mut able = status();
    able.exact_versions.push((SECOND_KIND, 7));
    let actions = world.core.worker_up(able);
    let request = run_of(&actions);
    let expected = Task::Compute {
        job: JOB,
        kind: SECOND_KIND,
        exact_version: 7,
        work: b"what the second kind computes from".to_vec(),
    };
    assert!(matches!(&actions[..], [Action::Run { task, .. }] if *task == expected));
    let outcome = b"what it yields".to_vec();
    let result = Ok(Output::Outcome(outcome.clone()));
    let actions = world.core.on_message(FromWorker::Done { request, result });
    assert!(matches!(&actions[..], [Action::Seal { outcome: made, .. }] if *made == outcome));
    let sealed = Sealed {
        outcome,
        salt: [4; 32],
        at: 1,
    };
    let actions = world.core.sealed(&me(), JOB, sealed.clone());
    assert!(matches!(&actions[..], [Action::Submit(Statement::Commit { .. })]));
    world.jobs = vec![task(reveal_stage(&sealed, 1))];
    assert!(matches!(&world.next()[..], [Action::Submit(Statement::Reveal { sealed: shown, .. })] if *shown == sealed));
}

#[test]
fn vote_should_be_repeated_in_a_new_ballot() {
    let mut world = World::new();
    world.votes = vec![vote_task([(0, 1)])];
    let request = run_of(&world.next());
    let result = CheckResult::Held;
    let first = world.core.on_message(FromWorker::Found {
        request,
        item: 0,
        result,
    });
    assert_eq!(vote_of(&first).ballot, 5);
    assert!(world.next().is_empty());
    world.votes[0].ballot = 6;
    assert_eq!(vote_of(&world.next()).ballot, 6);
}

#[test]
fn what_the_chain_lists_no_more_should_be_cancelled_after_a_while() {
    let mut world = World::new();
    world.votes = vec![vote_task([(0, 1)])];
    let request = run_of(&world.next());
    world.votes.clear();
    for _ in 1..FORGET_AFTER {
        assert!(world.next().is_empty());
    }
    assert!(matches!(&world.next()[..], [Action::Cancel { request: cancelled }] if *cancelled == request));
}

fn rows(n: u32) -> Vec<ScoreRow> {
    (0..n).map(|score| ScoreRow { score, selection: 1 }).collect()
}

fn page_task(rows: &[ScoreRow], page: u32) -> PageTask {
    let root = Hash::repeat_byte(9);
    PageTask {
        round: 3,
        scores: Scores::Aggregation(AggregateOutcome {
            output: root,
            output_len: 9,
            optimiser: None,
            detail: Hash::repeat_byte(8),
            scores: scores_root(&page_hashes(rows)),
        }),
        page,
        weights: vec![1; rows.len()],
    }
}

#[test]
fn pages_should_be_shown_in_order_by_turns_and_by_all_when_nobody_does() {
    let mut world = World::new();
    let rows = rows(70);
    world.pages = vec![page_task(&rows, 1), page_task(&rows, 0)];
    let request = run_of(&world.next());
    // Sorted, this validator is the first of four: block + page divides by four at its turn.
    world.number = 12;
    let actions = world.core.on_message(FromWorker::Done {
        request,
        result: Ok(Output::Rows(rows.clone())),
    });
    assert!(actions.is_empty(), "block 11 is not its turn: {actions:?}");
    world.number = 11;
    let actions = world.next();
    assert!(
        matches!(&actions[..], [Action::Submit(Statement::Page { page: 0, rows, .. })] if rows.len() == 64),
        "{actions:?}"
    );

    world.pages = vec![page_task(&rows, 1)];
    world.number = 12;
    assert!(world.next().is_empty());
    assert!(world.next().is_empty());
    assert!(matches!(&world.next()[..], [Action::Submit(Statement::Page { page: 1, rows, .. })] if rows.len() == 6));
}

#[test]
fn nobody_elses_silence_should_hold_a_page_up() {
    let mut world = World::new();
    let rows = rows(3);
    world.number = 12;
    world.pages = vec![page_task(&rows, 0)];
    let request = run_of(&world.next());
    assert!(world
        .core
        .on_message(FromWorker::Done {
            request,
            result: Ok(Output::Rows(rows))
        })
        .is_empty());
    world.number = 16;
    assert!(matches!(&world.next()[..], [Action::Submit(Statement::Page { .. })]));
}

#[test]
fn rows_that_are_not_the_agreed_ones_should_not_be_shown() {
    let mut world = World::new();
    world.number = 11;
    world.pages = vec![page_task(&rows(3), 0)];
    let request = run_of(&world.next());
    let actions = world.core.on_message(FromWorker::Done {
        request,
        result: Ok(Output::Rows(rows(4))),
    });
    assert!(actions.is_empty());
}

fn answers(n: u64) -> Vec<AnswerRow> {
    let row = |request| AnswerRow {
        request,
        status: AnswerStatus::Answered,
        answer: blob(1),
        trace: Hash::repeat_byte(2),
        tokens: 3,
        operations: 4,
    };
    (0..n).map(row).collect()
}

fn answer_task(batch: u32, rows: &[AnswerRow], page: u32) -> AnswerPageTask {
    AnswerPageTask {
        batch,
        outcome: InferOutcome::new(rows, Hash::repeat_byte(7)),
        requests: rows.len() as u32,
        page,
    }
}

#[test]
fn answers_should_be_shown_in_pages_by_turns_beside_scores() {
    let mut world = World::new();
    let (scores, rows) = (rows(3), answers(70));
    world.number = 10;
    world.pages = vec![page_task(&scores, 0)];
    world.answers = vec![answer_task(3, &rows, 0)];
    let asked = world.next();
    let [Action::Run { request, task, .. }, Action::Run { request: other, .. }] = &asked[..] else {
        panic!("{asked:?}");
    };
    let detail = BlobRef {
        root: Hash::repeat_byte(7),
        len: 70 * ROW_BYTES,
    };
    assert_eq!(*task, Task::AnswerRows { detail });
    // Rows of another kind are no scores: they are asked for again.
    let wrong = FromWorker::Done {
        request: *other,
        result: Ok(Output::Answers(rows.clone())),
    };
    assert!(world.core.on_message(wrong).is_empty());
    let done = FromWorker::Done {
        request: *request,
        result: Ok(Output::Answers(rows.clone())),
    };
    world.core.on_message(done);
    world.number = 11;
    let actions = world.next();
    assert!(
        matches!(&actions[..], [Action::Submit(Statement::Answers { batch: 3, page: 0, rows, .. }), Action::Run { .. }] if rows.len() == 64),
        "{actions:?}"
    );
    world.pages.clear();
    world.answers = vec![answer_task(3, &rows, 1)];
    world.number = 14;
    let actions = world.next();
    assert!(
        matches!(&actions[..], [Action::Submit(Statement::Answers { page: 1, rows, .. })] if rows.len() == 6),
        "{actions:?}"
    );
}

#[test]
fn answers_that_are_not_the_agreed_ones_should_not_be_shown() {
    for other in [answers(2), answers(4)] {
        let mut world = World::new();
        world.number = 11;
        world.answers = vec![answer_task(0, &answers(3), 0)];
        let request = run_of(&world.next());
        let done = FromWorker::Done {
            request,
            result: Ok(Output::Answers(other)),
        };
        assert!(world.core.on_message(done).is_empty());
        world.number = 20;
        assert!(world.next().is_empty());
    }
}

#[test]
fn duties_that_went_by_should_be_counted_as_abstentions() {
    let mut world = World::new();
    world.core.worker_down();
    (world.votes, world.jobs) = (vec![vote_task([(0, 1), (1, 2)])], vec![job_task(JobStage::Commit)]);
    world.next();
    assert_eq!(world.core.jobs(), BTreeMap::from([("waiting", 1)]));
    (world.votes, world.jobs) = (vec![], vec![]);
    for _ in 0..FORGET_AFTER {
        assert!(world.core.abstained().is_empty());
        world.next();
    }
    assert_eq!(*world.core.abstained(), BTreeMap::from([("commit", 1), ("vote", 2)]));
    assert!(world.core.jobs().is_empty());
}

/// A batch on which others agreed.
fn provisional(batch: u32, until: BlockNumber) -> Provisional {
    Provisional {
        batch,
        job: Hash::from_low_u64_be(batch.into()),
        kind: quorate_primitives::job::infer::KIND,
        exact_version: 1,
        work: vec![4; 9],
        agreed: agreed(3),
        until,
    }
}

fn agreed(n: u8) -> Vec<u8> {
    use codec::Encode;
    let outcome = InferOutcome {
        answers: Hash::repeat_byte(n),
        detail: Hash::repeat_byte(n),
    };
    quorate_primitives::job::Outcome::from(outcome).encode()
}

fn spot_checked(request: RequestId, result: Result<Output, Failure>) -> FromWorker {
    FromWorker::Done { request, result }
}

#[test]
fn batch_of_others_should_be_computed_again_once_and_what_differs_be_kept() {
    let mut world = World::new();
    world.number = 50;
    world.provisional = vec![provisional(8, 100), provisional(7, 90)];
    let actions = world.next();
    let [Action::Run {
        request: first,
        timeout_ms,
        task,
    }, Action::Run { request: second, .. }] = &actions[..]
    else {
        panic!("{actions:?}")
    };
    let expected = Task::SpotCheck {
        job: provisional(7, 90).job,
        kind: 3,
        exact_version: 1,
        work: vec![4; 9],
        agreed: agreed(3),
    };
    // The one that ends first; the call needs some blocks. Slots last two seconds.
    assert_eq!((task, *timeout_ms), (&expected, (90 - 5 - 51) * 2_000));
    let same = spot_checked(*first, Ok(Output::Outcome(agreed(3))));
    assert!(world.core.on_message(same).is_empty());
    assert!(world.core.spot_checks().disputed().is_empty());
    let other = spot_checked(*second, Ok(Output::Outcome(agreed(5))));
    assert!(world.core.on_message(other).is_empty());
    let disputed = world.core.spot_checks().disputed();
    let [found] = &disputed[..] else { panic!("{disputed:?}") };
    assert_eq!((found.batch, found.until), (8, 100));
    assert_eq!(found.own.map(|own| own.answers), Some(Hash::repeat_byte(5)));
    assert_eq!(found.agreed.map(|agreed| agreed.answers), Some(Hash::repeat_byte(3)));
    // Neither is begun again, and what was found stays when they are settled.
    assert!(world.next().is_empty());
    world.provisional.clear();
    assert!(world.next().is_empty());
    assert_eq!(world.core.spot_checks().disputed(), disputed);
    assert_eq!(
        *world.core.spot_checks().counts(),
        BTreeMap::from([("other", 1), ("same", 1)])
    );
}

#[test]
fn spot_check_should_end_with_its_batch_and_be_no_failure_of_a_duty() {
    let mut world = World::new();
    world.number = 50;
    world.provisional = vec![provisional(7, 90), provisional(8, 90)];
    let actions = world.next();
    let requests: Vec<RequestId> = actions
        .iter()
        .map(|action| run_of(std::slice::from_ref(action)))
        .collect();
    let late = spot_checked(requests[0], Err(Failure::Deadline));
    assert!(world.core.on_message(late).is_empty() && world.next().is_empty());
    // The other one is given to all.
    world.provisional.pop();
    let cancelled = world.next();
    assert_eq!(cancelled, [Action::Cancel { request: requests[1] }]);
    assert_eq!(world.core.waiting(), 0);
    let counts = BTreeMap::from([("undone", 2)]);
    assert_eq!((world.core.failures(), world.core.spot_checks().counts()), (0, &counts));
}

#[test]
fn spot_check_should_not_begin_too_late_and_begin_anew_with_another_worker() {
    let mut world = World::new();
    world.provisional = vec![provisional(7, 60)];
    world.number = 54;
    assert!(world.next().is_empty(), "at block 55 of 60");
    world.provisional = vec![provisional(7, 62)];
    // What was listed first counts.
    world.provisional[0].job = Hash::repeat_byte(1);
    let first = run_of(&world.next());
    world.core.worker_down();
    assert!(world.again().is_empty());
    let actions = world.core.worker_up(status());
    assert_ne!(run_of(&actions), first);
    assert!(world.next().is_empty());
}
