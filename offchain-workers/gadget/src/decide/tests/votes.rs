//! Votes: when they go out, what they name, and how they are repeated.

use super::*;
use quorate_primitives::availability::{bit, voted_claims, Malformed};

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
