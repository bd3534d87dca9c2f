//! A version that a contributor made its gateway mark as an update: see the test of the same subject in `quorate-gateway`.

mod side;

use quorate_gateway::UPDATE_MARK;
use quorate_primitives::views::{gateway::GatewayEntry, BlobRef};
use quorate_worker::{Config, Retention};
use side::*;
use std::time::Duration;

/// Shows a view, and waits until the collector has begun with it.
async fn shown(side: &mut Side, view: &[GatewayEntry], finalized: u32) {
    side.store.forget_promises().await;
    side.show_final(view, vec![], finalized).await;
    let block = side.blocks.to_le_bytes();
    let mut begun = false;
    while !begun {
        tokio::time::sleep(Duration::from_millis(20)).await;
        let note = side.store.mark("chains", &GENESIS.0).await.unwrap();
        begun = note.is_some_and(|note| note == block[..]);
    }
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
