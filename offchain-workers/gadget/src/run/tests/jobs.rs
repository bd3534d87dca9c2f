//! Commits and reveals under forks, failing disks and pools that refuse.

use super::*;
use crate::disk::volatile::{Volatile, LOSSES};
use quorate_protocol::Output;
use std::collections::BTreeMap;

/// On branch 1 Commit was closed in block 11; on branch 2, which becomes final, it is still open: whatever was revealed there could be
/// copied.
#[tokio::test]
async fn reveal_should_be_decided_on_the_duties_of_the_fork_that_became_final() {
    let prepare = |made: &mut Made, keys: &[AttestationId]| {
        let state = |duty: Entry| State {
            duties: BTreeMap::from([(keys[0].clone(), vec![duty])]),
            view: vec![],
            ..State::default()
        };
        for branch in [1, 2] {
            made.parents.insert(block(11, branch).hash, block(10, 1));
            made.parents.insert(block(12, branch).hash, block(11, branch));
        }
        made.states.insert(block(12, 1).hash, state(reveal(11)));
        made.states.insert(block(12, 2).hash, state(job(JobStage::Commit)));
        made.parents.insert(block(13, 2).hash, block(12, 2));
        made.states.insert(block(13, 2).hash, state(reveal(13)));
        made.heads = Heads {
            best: block(12, 1),
            finalized: block(10, 1),
        };
    };
    let mut world = World::start(prepare, Some(sealed())).await;
    world.silent().await;
    // Finality moves on the other branch; the best block that was imported last stays where it is for a while.
    world.change(|made| made.heads.finalized = block(12, 2));
    world.finality.unbounded_send(()).unwrap();
    assert!(
        matches!(world.statement().await, Statement::Commit { .. }),
        "committed there, revealed nowhere"
    );
    world.change(|made| {
        made.heads = Heads {
            best: block(13, 2),
            finalized: block(13, 2),
        };
    });
    world.finality.unbounded_send(()).unwrap();
    assert!(matches!(world.statement().await, Statement::Reveal { .. }));
    assert!(world.folder.path().join("finalized").exists());
}

/// The disk fails at every step in turn; whenever a commit goes out, what opens it survives a loss of power at that very moment.
#[tokio::test]
async fn commit_should_never_go_out_before_its_salt_is_on_disk() {
    for steps in 0..5 {
        let disk = Volatile::default();
        let prepare = |made: &mut Made, keys: &[AttestationId]| {
            for number in [10, 11] {
                let duties = BTreeMap::from([(keys[0].clone(), vec![job(JobStage::Commit)])]);
                let state = State {
                    duties,
                    ..State::default()
                };
                made.states.insert(block(number, 1).hash, state);
            }
            made.parents.insert(block(11, 1).hash, block(10, 1));
        };
        let mut world = World::start_on(Arc::new(disk.clone()), prepare, None).await;
        disk.ends_after(Some(steps));
        world.events.send(Event::Up(status())).await.unwrap();
        let request = world
            .awaited(|message| match message {
                ToWorker::Run {
                    request,
                    task: Task::Compute { .. },
                    ..
                } => Some(*request),
                _ => None,
            })
            .await;
        let outcome = Ok(Output::Outcome(b"an outcome".to_vec()));
        let done = Event::Message(FromWorker::Done {
            request,
            result: outcome,
        });
        world.events.send(done).await.unwrap();
        // Everything that can run has run: this runtime has one thread.
        for _ in 0..64 {
            tokio::task::yield_now().await;
        }
        assert!(
            world.statements.try_recv().is_err(),
            "committed without a salt on disk, step {steps}"
        );
        disk.ends_after(None);
        world.change(|made| made.heads.best = block(11, 1));
        world.imports.unbounded_send(()).unwrap();
        let Statement::Commit { sealed, .. } = world.statement().await else {
            panic!("not a commit")
        };
        for loss in LOSSES {
            let folder = world.folder.path().join("sealed");
            let journal = Journal::open(&folder, Arc::new(disk.after(loss))).unwrap();
            assert_eq!(
                journal.entries().get(&(JOB, account(1))),
                Some(&sealed),
                "step {steps}, {loss:?}"
            );
        }
    }
}

#[tokio::test]
async fn statement_that_the_pool_refused_should_go_out_again_with_the_next_look_at_the_chain() {
    let prepare = |made: &mut Made, keys: &[AttestationId]| {
        let duties = BTreeMap::from([(keys[0].clone(), vec![job(JobStage::Commit)])]);
        let state = State {
            duties,
            ..State::default()
        };
        made.parents.insert(block(11, 1).hash, block(10, 1));
        made.states.insert(block(11, 1).hash, state);
    };
    let mut world = World::start(prepare, Some(sealed())).await;
    // The gadget knows block 11 before the pool does.
    *world.refusals.lock() = 1;
    world.change(|made| made.heads.best = block(11, 1));
    world.imports.unbounded_send(()).unwrap();
    let start = std::time::Instant::now();
    while *world.refusals.lock() > 0 {
        assert!(start.elapsed() < LIMIT, "nothing is submitted");
        tokio::task::yield_now().await;
    }
    // Everything that can run has run: this runtime has one thread.
    for _ in 0..64 {
        tokio::task::yield_now().await;
    }
    world.change(|made| made.heads.finalized = block(11, 1));
    world.finality.unbounded_send(()).unwrap();
    assert!(matches!(world.statement().await, Statement::Commit { .. }));
}
