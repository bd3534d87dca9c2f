//! The decisions against a fake chain: what it lists, and what it takes.

use super::*;
use quorate_primitives::{
    crypto::AttestationPair,
    job::{Input, JobSpec, ScoreRow},
    payload::{outcome_commitment, page_hashes, scores_root},
    update::bit,
    views::{Against, BlobRef, JobStage, VoteItem},
    EXACT_VERSION,
};
use sp_core::Pair;

const JOB: Hash = Hash::repeat_byte(0x77);

fn me() -> Identity {
    Identity {
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
        exact_versions: vec![EXACT_VERSION],
        backend: "none".to_owned(),
        gateway: String::new(),
        tasks_running: 0,
        blobs: 0,
        blob_bytes: 0,
    }
}

fn outcome(scores: Hash) -> Outcome {
    let root = Hash::repeat_byte(9);
    Outcome {
        output: root,
        output_len: 9,
        optimiser: None,
        detail: Hash::repeat_byte(8),
        scores,
    }
}

fn vote_task(items: impl IntoIterator<Item = (u32, u8)>) -> VoteTask {
    VoteTask {
        subject: Subject::Round(3),
        voter: 2,
        model: 0,
        against: Against::Base(blob(0)),
        items: items
            .into_iter()
            .map(|(item, n)| VoteItem { item, blob: blob(n) })
            .collect(),
        until: 100,
    }
}

fn job_task(stage: JobStage) -> JobTask {
    let input = Input {
        contributor: account(5),
        organisation: 1,
        root: Hash::repeat_byte(5),
        weight: 7,
    };
    let spec = JobSpec {
        round: 3,
        model: 0,
        base: 0,
        attempt: 0,
        exact_version: EXACT_VERSION,
        policy_hash: Hash::zero(),
        base_root: blob(0).root,
        previous_root: None,
        inputs_root: Hash::zero(),
        inputs: 1,
        commit: 20,
        reveal: 20,
        seed: Hash::repeat_byte(0x5e),
        optimiser: Some(Hash::repeat_byte(0x0b)),
    };
    JobTask {
        id: JOB,
        member: 2,
        spec,
        pipeline: quorate_exact::Rule::WeightedMean.into(),
        base: blob(0),
        previous: None,
        update_len: 11,
        inputs: vec![input],
        stage,
        until: 100,
    }
}

/// A core, its worker, and what the chain lists.
struct World {
    core: Core,
    number: BlockNumber,
    finalized: BlockNumber,
    tasks: Tasks,
}

impl World {
    fn new() -> Self {
        let mut core = Core::new(Hash::zero(), 2_000, BTreeMap::new());
        assert!(core.worker_up(status()).is_empty());
        Self {
            core,
            number: 10,
            finalized: 8,
            tasks: Tasks {
                votes: vec![],
                jobs: vec![],
                pages: vec![],
            },
        }
    }

    fn next(&mut self) -> Vec<Action> {
        self.number += 1;
        self.finalized += 1;
        self.again()
    }

    fn again(&mut self) -> Vec<Action> {
        self.core.at_block(Snapshot {
            number: self.number,
            finalized: self.finalized,
            tasks: vec![(me(), self.tasks.clone())],
            peers: vec![account(4), account(1), account(2), account(3)],
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
        [Action::Vote { vote, .. }] => vote,
        other => panic!("expected one vote, got {other:?}"),
    }
}

#[test]
fn a_vote_should_go_out_at_once_when_all_is_known_and_with_the_next_block_when_not() {
    let mut world = World::new();
    world.tasks.votes = vec![vote_task([(0, 1), (1, 2), (4, 3)])];
    let request = run_of(&world.next());
    assert!(world
        .core
        .heard(FromWorker::Found {
            request,
            item: 0,
            finding: Finding::Held
        })
        .is_empty());
    let actions = world.next();
    let vote = vote_of(&actions);
    assert!(bit(&vote.held, 0) && !bit(&vote.held, 1) && vote.malformed.is_empty());
    assert_eq!(
        (vote.voter, vote.roots),
        (2, quorate_primitives::payload::voted_roots(&[blob(1).root]))
    );

    let reason = quorate_primitives::update::Malformed::Header;
    assert!(world
        .core
        .heard(FromWorker::Found {
            request,
            item: 1,
            finding: Finding::Malformed(reason)
        })
        .is_empty());
    let actions = world.core.heard(FromWorker::Found {
        request,
        item: 4,
        finding: Finding::Held,
    });
    let vote = vote_of(&actions);
    assert!(bit(&vote.held, 4) && !bit(&vote.held, 0));
    assert_eq!(vote.malformed.iter().map(|fault| fault.item).collect::<Vec<_>>(), [1]);
    assert_eq!(
        vote.roots,
        quorate_primitives::payload::voted_roots(&[blob(2).root, blob(3).root])
    );
}

#[test]
fn a_vote_that_the_chain_did_not_take_should_be_repeated_unchanged() {
    let mut world = World::new();
    world.tasks.votes = vec![vote_task([(0, 1), (1, 2)])];
    let request = run_of(&world.next());
    world.core.heard(FromWorker::Found {
        request,
        item: 0,
        finding: Finding::Held,
    });
    let first = vote_of(&world.next()).clone();
    let second = vote_of(&world.core.heard(FromWorker::Found {
        request,
        item: 1,
        finding: Finding::Held,
    }))
    .clone();
    for _ in 1..RETRY_BLOCKS {
        assert!(world.next().is_empty());
    }
    let both = world.next();
    let same = |action: &Action, sent: &AvailabilityVote| matches!(action, Action::Vote { vote, .. } if vote == sent);
    assert!(
        both.len() == 2 && same(&both[0], &first) && same(&both[1], &second),
        "{both:?}"
    );
}

#[test]
fn a_failed_fetch_should_never_become_a_statement_and_should_be_tried_again() {
    let mut world = World::new();
    world.tasks.votes = vec![vote_task([(0, 1)])];
    let request = run_of(&world.next());
    let missing = Err(Failure::Missing(blob(1).root));
    assert!(world
        .core
        .heard(FromWorker::Done {
            request,
            result: missing.clone()
        })
        .is_empty());
    let request = run_of(&world.next());
    assert!(world
        .core
        .heard(FromWorker::Done {
            request,
            result: missing
        })
        .is_empty());
    assert!(world.next().is_empty());
    run_of(&world.next());
}

#[test]
fn an_item_with_another_root_should_be_checked_afresh() {
    let mut world = World::new();
    world.tasks.votes = vec![vote_task([(0, 1)])];
    let request = run_of(&world.next());
    world.core.heard(FromWorker::Found {
        request,
        item: 0,
        finding: Finding::Held,
    });
    world.tasks.votes = vec![vote_task([(0, 2)])];
    let again = run_of(&world.next());
    assert!(world
        .core
        .heard(FromWorker::Found {
            request,
            item: 0,
            finding: Finding::Held
        })
        .is_empty());
    let actions = world.core.heard(FromWorker::Found {
        request: again,
        item: 0,
        finding: Finding::Held,
    });
    assert_eq!(
        vote_of(&actions).roots,
        quorate_primitives::payload::voted_roots(&[blob(2).root])
    );
}

#[test]
fn more_faults_than_a_vote_may_name_should_be_split() {
    let mut world = World::new();
    world.tasks.votes = vec![vote_task((0..100).map(|item| (item, 1)))];
    let request = run_of(&world.next());
    let mut last = Vec::new();
    for item in 0..100 {
        let finding = match item < 70 {
            true => Finding::Malformed(quorate_primitives::update::Malformed::Header),
            false => Finding::Held,
        };
        last = world.core.heard(FromWorker::Found { request, item, finding });
    }
    let faults: Vec<usize> = last
        .iter()
        .map(|action| match action {
            Action::Vote { vote, .. } => vote.malformed.len(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(faults, [64, 6]);
}

#[test]
fn a_lost_worker_should_be_asked_again_for_everything() {
    let mut world = World::new();
    world.tasks.votes = vec![vote_task([(0, 1)])];
    world.tasks.jobs = vec![job_task(JobStage::Commit)];
    assert_eq!(world.next().len(), 2);
    world.core.worker_down();
    assert_eq!(world.core.waiting(), 0);
    assert!(world.next().is_empty());
    assert_eq!(world.core.worker_up(status()).len(), 2);
}

fn compute(world: &mut World) -> (RequestId, Outcome) {
    world.tasks.jobs = vec![job_task(JobStage::Commit)];
    let request = run_of(&world.next());
    let outcome = outcome(Hash::zero());
    let actions = world.core.heard(FromWorker::Done {
        request,
        result: Ok(Output::Outcome(outcome)),
    });
    assert!(
        matches!(&actions[..], [Action::Seal { outcome: sealed, .. }] if *sealed == outcome),
        "{actions:?}"
    );
    (request, outcome)
}

fn reveal_stage(sealed: &Sealed, closed_at: BlockNumber) -> JobStage {
    let commit = outcome_commitment(Hash::zero(), JOB, &account(1), &sealed.outcome, sealed.salt);
    JobStage::Reveal { closed_at, commit }
}

#[test]
fn a_job_should_be_computed_sealed_committed_and_revealed_when_final() {
    let mut world = World::new();
    let (_, outcome) = compute(&mut world);
    // Not on disk: no commit, another try to seal.
    assert!(matches!(&world.next()[..], [Action::Seal { .. }]));
    let sealed = Sealed {
        outcome,
        salt: [3; 32],
        at: world.number,
    };
    let actions = world.core.sealed(&me(), JOB, sealed);
    assert!(
        matches!(&actions[..], [Action::Commit { member: 2, .. }]),
        "{actions:?}"
    );
    for _ in 1..RETRY_BLOCKS {
        assert!(world.next().is_empty());
    }
    assert!(matches!(&world.next()[..], [Action::Commit { .. }]));

    let closed_at = world.finalized + 3;
    world.tasks.jobs = vec![job_task(reveal_stage(&sealed, closed_at))];
    assert!(world.next().is_empty());
    assert!(world.next().is_empty());
    assert!(matches!(&world.next()[..], [Action::Reveal { sealed: shown, .. }] if *shown == sealed));
    assert_eq!(world.finalized, closed_at);
}

#[test]
fn a_reveal_should_not_wait_for_the_next_block_once_final() {
    let mut world = World::new();
    let sealed = Sealed {
        outcome: outcome(Hash::zero()),
        salt: [3; 32],
        at: 1,
    };
    world.core = Core::new(Hash::zero(), 2_000, BTreeMap::from([((JOB, account(1)), sealed)]));
    world.tasks.jobs = vec![job_task(reveal_stage(&sealed, 11))];
    assert!(world.next().is_empty());
    assert!(world.core.at_finality(10).is_empty());
    assert!(matches!(&world.core.at_finality(11)[..], [Action::Reveal { .. }]));
    assert!(world.core.at_finality(12).is_empty());
}

#[test]
fn a_restart_should_commit_what_was_sealed_without_computing_again() {
    let sealed = Sealed {
        outcome: outcome(Hash::zero()),
        salt: [3; 32],
        at: 1,
    };
    let journal = BTreeMap::from([((JOB, account(1)), sealed)]);
    let mut world = World::new();
    world.core = Core::new(Hash::zero(), 2_000, journal);
    world.tasks.jobs = vec![job_task(JobStage::Commit)];
    assert!(matches!(&world.next()[..], [Action::Commit { sealed: sent, .. }] if *sent == sealed));
}

#[test]
fn a_commit_that_is_not_the_journals_should_not_be_revealed() {
    let mut world = World::new();
    let (_, outcome) = compute(&mut world);
    let sealed = Sealed {
        outcome,
        salt: [3; 32],
        at: world.number,
    };
    world.core.sealed(&me(), JOB, sealed);
    let other = Sealed {
        salt: [4; 32],
        ..sealed
    };
    world.tasks.jobs = vec![job_task(reveal_stage(&other, 1))];
    assert!(world.next().is_empty());
}

#[test]
fn a_computation_should_be_cancelled_when_the_commit_phase_is_over() {
    let mut world = World::new();
    world.tasks.jobs = vec![job_task(JobStage::Commit)];
    let request = run_of(&world.next());
    world.tasks.jobs = vec![job_task(JobStage::Reveal {
        closed_at: 1,
        commit: Hash::zero(),
    })];
    assert!(matches!(&world.next()[..], [Action::Cancel { request: cancelled }] if *cancelled == request));
    assert!(world.next().is_empty());
}

#[test]
fn an_unknown_specification_should_mean_abstain() {
    let mut world = World::new();
    let mut task = job_task(JobStage::Commit);
    task.spec.exact_version = EXACT_VERSION + 1;
    world.tasks.jobs = vec![task];
    assert!(world.next().is_empty());
}

#[test]
fn a_task_should_carry_the_job_s_pipeline_seed_and_optimiser_state() {
    let mut world = World::new();
    let listed = job_task(JobStage::Commit);
    world.tasks.jobs = vec![listed.clone()];
    let task = world.next().into_iter().find_map(|action| match action {
        Action::Run {
            task: Task::Aggregate(task),
            ..
        } => Some(task),
        _ => None,
    });
    let task = task.expect("the job is computed");
    assert_eq!(
        (task.pipeline, task.seed, task.optimiser),
        (listed.pipeline, listed.spec.seed, listed.spec.optimiser)
    );
}

#[test]
fn what_the_chain_lists_no_more_should_be_cancelled_after_a_while() {
    let mut world = World::new();
    world.tasks.votes = vec![vote_task([(0, 1)])];
    let request = run_of(&world.next());
    world.tasks.votes.clear();
    for _ in 1..FORGET_AFTER {
        assert!(world.next().is_empty());
    }
    assert!(matches!(&world.next()[..], [Action::Cancel { request: cancelled }] if *cancelled == request));
}

fn rows(n: u32) -> Vec<ScoreRow> {
    (0..n).map(|score| ScoreRow { score, selection: 1 }).collect()
}

fn page_task(rows: &[ScoreRow], page: u32) -> PageTask {
    PageTask {
        job: JOB,
        outcome: outcome(scores_root(&page_hashes(rows))),
        page,
    }
}

#[test]
fn pages_should_be_shown_in_order_by_turns_and_by_all_when_nobody_does() {
    let mut world = World::new();
    let rows = rows(70);
    world.tasks.pages = vec![page_task(&rows, 1), page_task(&rows, 0)];
    let request = run_of(&world.next());
    // Sorted, this validator is the first of four: block + page divides by four at its turn.
    world.number = 12;
    let actions = world.core.heard(FromWorker::Done {
        request,
        result: Ok(Output::Rows(rows.clone())),
    });
    assert!(actions.is_empty(), "block 11 is not its turn: {actions:?}");
    world.number = 11;
    let actions = world.next();
    assert!(
        matches!(&actions[..], [Action::Page { page: 0, rows, .. }] if rows.len() == 64),
        "{actions:?}"
    );

    world.tasks.pages = vec![page_task(&rows, 1)];
    world.number = 12;
    assert!(world.next().is_empty());
    assert!(world.next().is_empty());
    assert!(matches!(&world.next()[..], [Action::Page { page: 1, rows, .. }] if rows.len() == 6));
}

#[test]
fn nobody_elses_silence_should_hold_a_page_up() {
    let mut world = World::new();
    let rows = rows(3);
    world.number = 12;
    world.tasks.pages = vec![page_task(&rows, 0)];
    let request = run_of(&world.next());
    assert!(world
        .core
        .heard(FromWorker::Done {
            request,
            result: Ok(Output::Rows(rows))
        })
        .is_empty());
    world.number = 16;
    assert!(matches!(&world.next()[..], [Action::Page { .. }]));
}

#[test]
fn rows_that_are_not_the_agreed_ones_should_not_be_shown() {
    let mut world = World::new();
    world.number = 11;
    world.tasks.pages = vec![page_task(&rows(3), 0)];
    let request = run_of(&world.next());
    let actions = world.core.heard(FromWorker::Done {
        request,
        result: Ok(Output::Rows(rows(4))),
    });
    assert!(actions.is_empty());
}
