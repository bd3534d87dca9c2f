//! The worker's view, also under other versions of the runtime and after forks.

use super::*;

#[tokio::test]
async fn runtime_that_is_one_version_up_should_be_served_but_for_what_is_new() {
    let unknown = Entry {
        kind: 77,
        body: b"of a later version".to_vec(),
    };
    let broken = Entry {
        kind: Duty::VOTE,
        body: vec![1],
    };
    let (new_entry, new_duty) = (unknown.clone(), unknown.clone());
    let prepare = |made: &mut Made, keys: &[AttestationId]| {
        let mut state = State::default();
        state.duties.insert(keys[0].clone(), vec![new_duty, broken, vote(3)]);
        state.view = vec![new_entry, peer(1, None), shared(4)];
        made.states.insert(made.heads.best.hash, state);
    };
    let mut world = World::start(prepare, None).await;
    world.events.send(Event::Up(status())).await.unwrap();
    let at = block(10, 1);
    let mut receiver = ViewReceiver::default();
    // The view goes on as it is: whether the worker knows the kind is the worker's matter.
    let (entries, _) = view(&mut world, &mut receiver, at).await;
    assert!(entries.contains(&unknown) && entries.contains(&shared(4)));
    world.change(|made| {
        made.parents.insert(block(11, 1).hash, at);
        made.heads.best = block(11, 1);
        let mut state = State::default();
        let listed = vec![unknown.clone(), vote(4)];
        state
            .duties
            .insert(made.validators.keys().next().unwrap().clone(), listed);
        made.states.insert(block(11, 1).hash, state);
    });
    world.imports.unbounded_send(()).unwrap();
    assert_eq!(world.awaited(check).await, blob(4));
}

#[tokio::test]
async fn runtime_that_is_one_version_down_should_be_served_as_far_as_it_goes() {
    let prepare = |made: &mut Made, keys: &[AttestationId]| {
        made.without_view = true;
        let mut state = State::default();
        state.duties.insert(keys[0].clone(), vec![vote(3)]);
        state.view = vec![shared(4)];
        made.states.insert(made.heads.best.hash, state);
    };
    let mut world = World::start(prepare, None).await;
    world.events.send(Event::Up(status())).await.unwrap();
    assert_eq!(world.awaited(check).await, blob(3), "without the view the duties go on");
    world.change(|made| {
        (made.without_view, made.without_duties) = (false, true);
        let state = made.states[&block(10, 1).hash].clone();
        made.states.insert(block(11, 1).hash, state);
        made.parents.insert(block(11, 1).hash, block(10, 1));
        made.heads.best = block(11, 1);
    });
    world.imports.unbounded_send(()).unwrap();
    let (entries, _) = view(&mut world, &mut ViewReceiver::default(), block(11, 1)).await;
    assert_eq!(entries, [shared(4)], "without the duties the view goes on");
}

#[tokio::test]
async fn view_should_come_as_a_snapshot_after_a_fork_and_on_demand_and_as_changes_else() {
    let prepare = |made: &mut Made, _: &[AttestationId]| {
        let state = |numbers: std::ops::Range<u8>| State {
            view: numbers.map(shared).collect(),
            ..State::default()
        };
        for (number, branch, parent, named) in [(11, 1, 1, 0..7), (12, 1, 1, 1..7), (12, 2, 1, 2..7)] {
            made.parents
                .insert(block(number, branch).hash, block(number - 1, parent));
            made.states.insert(block(number, branch).hash, state(named));
        }
        made.states.insert(block(10, 1).hash, state(0..5));
    };
    let mut world = World::start(prepare, None).await;
    world.events.send(Event::Up(status())).await.unwrap();
    let mut receiver = ViewReceiver::default();
    let expected = |numbers: std::ops::Range<u8>| numbers.map(shared).collect::<Vec<_>>();
    assert_eq!(
        view(&mut world, &mut receiver, block(10, 1)).await,
        (expected(0..5), true)
    );
    for (number, branch, named, snapshot) in [(11, 1, 0..7, false), (12, 1, 1..7, false), (12, 2, 2..7, true)] {
        world.change(|made| made.heads.best = block(number, branch));
        world.imports.unbounded_send(()).unwrap();
        let seen = view(&mut world, &mut receiver, block(number, branch)).await;
        assert_eq!(seen, (expected(named), snapshot), "block {number} of branch {branch}");
    }
    world
        .events
        .send(Event::Message(FromWorker::SnapshotWanted))
        .await
        .unwrap();
    let mut anew = ViewReceiver::default();
    assert_eq!(view(&mut world, &mut anew, block(12, 2)).await, (expected(2..7), true));
}
