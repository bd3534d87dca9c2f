//! Checks that the worker is asked for before a vote.

use super::*;
use quorate_primitives::availability::{bit, voted_claims, Malformed};

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
