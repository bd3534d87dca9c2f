//! Whatever a worker has fetched or made for a job goes again, and takes no more room than there is.

use crate::side::*;
use quorate_blobs::{Room, Root};
use quorate_gateway::UPDATE_MARK;
use quorate_primitives::views::{gateway::GatewayEntry, BlobRef};
use quorate_protocol::Failure;
use quorate_worker::{Config, Retention};
use std::{collections::BTreeSet, time::Duration};

const RETENTION: Retention = Retention {
    updates: 3,
    results: 6,
    versions: Some(9),
};

fn roots(blobs: impl IntoIterator<Item = Root>) -> BTreeSet<Root> {
    blobs.into_iter().collect()
}

async fn held(side: &Side) -> BTreeSet<Root> {
    side.store
        .list()
        .await
        .unwrap()
        .into_iter()
        .map(|blob| blob.root)
        .collect()
}

/// Until the store holds exactly these.
async fn holds(side: &Side, expected: &BTreeSet<Root>) {
    let wait = async {
        while held(side).await != *expected {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, wait)
        .await
        .expect("the store does not come to hold these");
}

/// Shows a view at a block and waits until the garbage collector has met it.
async fn shown(side: &mut Side, view: &[GatewayEntry], finalized: u32) {
    // The minute in which nothing new is removed is over.
    side.store.forget_promises().await;
    side.show_final(view, vec![], finalized).await;
    side.met().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_a_job_fetches_and_makes_should_go_when_its_time_has_come() {
    let World {
        files,
        versions,
        updates,
        task,
    } = world(&PIPELINE);
    let mut giver = Side::new(1).await;
    let mut side = Side::with(2, |config| Config {
        retention: RETENTION,
        collect_every: Duration::from_millis(20),
        ..config
    })
    .await;
    provide_all(&giver, &files).await;
    let peers = [giver.peer(), side.peer()].map(GatewayEntry::Peer);
    introduce(&mut giver, &mut side, &[&versions, &updates]).await;
    // Nothing was checked before: every input comes for the job.
    let outcome = side.outcome(&task).await;
    let inputs = roots(task.inputs.iter().map(|input| input.blob.root.0));
    let given = roots([
        task.base.root.0,
        task.previous.as_ref().unwrap().root.0,
        task.optimiser.unwrap().0,
    ]);
    let made = roots([outcome.output.0, outcome.detail.0, outcome.optimiser.unwrap().0]);
    let all = &(&inputs | &given) | &made;
    holds(&side, &all).await;
    assert_eq!(roots(side.store.marked(UPDATE_MARK).await.unwrap()), inputs);

    // The round is over, its version is recorded; then the model is retired.
    let recorded = version(
        &BlobRef {
            root: outcome.output,
            len: files.base.len() as u64,
        },
        outcome.optimiser,
    );
    let recorded = [&peers[..], &versions, &[recorded]].concat();
    shown(&mut side, &recorded, 10).await;
    shown(&mut side, &recorded, 30).await;
    let recorded_roots = roots([outcome.output.0, outcome.optimiser.unwrap().0]);
    // Updates and the detail, which nobody names.
    holds(&side, &(&given | &recorded_roots)).await;
    shown(&mut side, &peers, 40).await;
    shown(&mut side, &peers, 60).await;
    holds(&side, &BTreeSet::new()).await;
    giver.running.stop().await;
    side.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn job_whose_results_have_no_room_should_not_be_computed() {
    let World {
        files,
        versions,
        updates,
        task,
    } = world(&PIPELINE);
    let all = files.inputs.iter().map(|(bytes, _)| bytes.len());
    let all: usize = all.sum::<usize>() + 3 * files.base.len();
    let mut side = Side::with(1, |config| Config {
        room: Room {
            max: Some(all as u64),
            keep_free: 0,
        },
        ..config
    })
    .await;
    provide_all(&side, &files).await;
    let peer = GatewayEntry::Peer(side.peer());
    side.show(&[vec![peer], versions, updates].concat(), vec![]).await;
    match side.run(aggregation(&task), PATIENCE).await.1 {
        Err(Failure::Local(why)) => assert!(why.contains("do not fit"), "{why}"),
        other => panic!("{other:?}"),
    }
    side.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn version_should_stay_although_a_contributor_committed_to_its_root() {
    let mut side = Side::with(2, |config| Config {
        retention: Retention {
            updates: 3,
            results: 6,
            versions: None,
        },
        collect_every: Duration::from_millis(20),
        ..config
    })
    .await;
    let root = side.store.put_bytes(vec![1; 100].into()).await.unwrap();
    let update = side.store.put_bytes(vec![2; 100].into()).await.unwrap();
    let named = quorate_primitives::Root::from(root);
    let version = version(&BlobRef { root: named, len: 100 }, None);
    let peer = GatewayEntry::Peer(side.peer());
    // Named by the chain, never to be removed.
    let kept = vec![1, 0xff, 0xff, 0xff, 0xff];
    side.store.set_mark("results", &root, kept.into()).await.unwrap();
    for root in [&root, &update] {
        side.store
            .set_mark(UPDATE_MARK, root, vec![9; 32].into())
            .await
            .unwrap();
    }
    shown(&mut side, &[peer.clone(), version], 10).await;
    // The view moves past the version; both are no updates that the chain names.
    let mut finalized = 10;
    while !side.store.marked(UPDATE_MARK).await.unwrap().is_empty() {
        finalized += 10;
        assert!(finalized < 10_000, "the marks stay");
        shown(&mut side, std::slice::from_ref(&peer), finalized).await;
    }
    assert_eq!(side.store.len(&update).await.unwrap(), None);
    assert!(side.store.len(&root).await.unwrap().is_some(), "an old version is gone");
    side.running.stop().await;
}
