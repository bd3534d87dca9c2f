//! Jobs: computed, sealed, committed, revealed.

use super::*;

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
