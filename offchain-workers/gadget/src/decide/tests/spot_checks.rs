//! Others' batches that are computed again.

use super::*;
use codec::Encode;
use quorate_primitives::job::{infer, Outcome};

/// A batch on which others agreed.
fn provisional(batch: u32, until: BlockNumber) -> Provisional {
    Provisional {
        batch,
        job: Hash::from_low_u64_be(batch.into()),
        kind: infer::KIND,
        exact_version: 1,
        work: vec![4; 9],
        agreed: agreed(3),
        until,
    }
}

fn agreed(n: u8) -> Vec<u8> {
    let outcome = infer::InferOutcome {
        answers: Hash::repeat_byte(n),
        detail: Hash::repeat_byte(n),
    };
    Outcome::from(outcome).encode()
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
    let requests = runs_of(&actions);
    let unknown = Failure::UnknownWork {
        kind: 3,
        exact_version: 1,
    };
    let unknown = spot_checked(requests[0], Err(unknown));
    assert!(world.core.on_message(unknown).is_empty() && world.next().is_empty());
    // The other one is given to all.
    world.provisional.pop();
    let cancelled = world.next();
    assert_eq!(cancelled, [Action::Cancel { request: requests[1] }]);
    assert_eq!(world.core.waiting(), 0);
    let counts = BTreeMap::from([("undone", 2)]);
    assert_eq!((world.core.failures(), world.core.spot_checks().counts()), (0, &counts));
}

#[test]
fn failed_spot_check_should_be_tried_again_until_a_call_would_be_too_late() {
    let mut world = World::new();
    world.number = 50;
    world.provisional = vec![provisional(7, 62)];
    let mut began = Vec::new();
    let mut last = None;
    while world.number < 62 {
        let actions = world.next();
        let number = world.number;
        if actions.is_empty() {
            continue;
        }
        began.push(number);
        let request = run_of(&actions);
        assert_ne!(Some(request), last);
        last = Some(request);
        let missing = spot_checked(request, Err(Failure::Missing(Hash::zero())));
        assert!(world.core.on_message(missing).is_empty());
    }
    // After one block, after two, and after four it would be too late.
    assert_eq!(began, [51, 52, 54]);
    world.provisional.clear();
    assert!(world.next().is_empty());
    let counts = BTreeMap::from([("undone", 1)]);
    assert_eq!((world.core.failures(), world.core.spot_checks().counts()), (0, &counts));
}

#[test]
fn what_is_agreed_on_another_fork_should_be_compared_too() {
    let mut world = World::new();
    world.number = 50;
    world.provisional = vec![provisional(7, 90)];
    let found = || Ok(Output::Outcome(agreed(3)));
    let same = spot_checked(run_of(&world.next()), found());
    assert!(world.core.on_message(same).is_empty() && world.next().is_empty());
    // Another block of agreement alone is no reason to compute anew.
    world.provisional[0].until = 92;
    assert!(world.next().is_empty());
    world.provisional[0].agreed = agreed(5);
    let again = run_of(&world.next());
    // While it computes it changes once more.
    world.provisional[0].agreed = agreed(6);
    assert!(world.next().is_empty());
    assert!(world.core.on_message(spot_checked(again, found())).is_empty());
    let disputed = world.core.spot_checks().disputed();
    let [dispute] = &disputed[..] else {
        panic!("{disputed:?}")
    };
    assert_eq!(dispute.until, 92);
    assert_eq!(dispute.agreed.map(|agreed| agreed.answers), Some(Hash::repeat_byte(6)));
    assert!(world.next().is_empty());
}

#[test]
fn spot_check_should_not_begin_too_late_and_begin_anew_with_another_worker() {
    let mut world = World::new();
    world.provisional = vec![provisional(7, 60)];
    world.number = 54;
    assert!(world.next().is_empty(), "at block 55 of 60");
    world.provisional = vec![provisional(7, 63)];
    // What was listed first counts.
    world.provisional[0].job = Hash::repeat_byte(1);
    let first = run_of(&world.next());
    world.core.worker_down();
    assert!(world.again().is_empty());
    // It may have been the computation that ended it: another one is asked after a pause.
    assert!(world.core.worker_up(status()).is_empty());
    assert_ne!(run_of(&world.next()), first);
    // The one that is listed no more.
    let undone = |count| BTreeMap::from([("undone", count)]);
    assert_eq!(*world.core.spot_checks().counts(), undone(1));
    world.core.worker_down();
    assert!(world.core.worker_up(status()).is_empty());
    assert!(world.next().is_empty(), "too late by then");
    assert_eq!(*world.core.spot_checks().counts(), undone(2));
}

#[test]
fn what_was_looked_at_should_not_be_looked_at_again_when_the_worker_was_away() {
    let mut world = World::new();
    world.number = 50;
    world.provisional = vec![provisional(7, 90), provisional(8, 90)];
    let actions = world.next();
    let requests = runs_of(&actions);
    let same = spot_checked(requests[0], Ok(Output::Outcome(agreed(3))));
    assert!(world.core.on_message(same).is_empty());
    world.core.worker_down();
    assert!(world.next().is_empty());
    // A block at which the runtime does not tell.
    let number = world.number;
    assert!(world
        .core
        .at_block(Snapshot {
            number,
            ..Snapshot::default()
        })
        .is_empty());
    let actions = world.core.worker_up(status());
    let Task::SpotCheck { job, .. } = task_of(&actions) else {
        panic!("{actions:?}")
    };
    assert_eq!(*job, provisional(8, 90).job);
    assert!(world.next().is_empty());
    assert_eq!(*world.core.spot_checks().counts(), BTreeMap::from([("same", 1)]));
}

fn runs_of(actions: &[Action]) -> Vec<RequestId> {
    actions
        .iter()
        .map(|action| run_of(std::slice::from_ref(action)))
        .collect()
}

fn task_of(actions: &[Action]) -> &Task {
    match actions {
        [Action::Run { task, .. }] => task,
        other => panic!("expected one task for the worker, got {other:?}"),
    }
}
