//! What holds for every duty: a pool that does not take, a worker that goes, a chain that lists it no more.

use super::*;

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
