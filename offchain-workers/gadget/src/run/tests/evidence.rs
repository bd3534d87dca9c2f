//! Evidence that is exported.

use super::*;
use crate::archive::made::lineage;
use quorate_primitives::{evidence::Evidence, views::Lineage, VersionIndex};

#[tokio::test]
async fn evidence_of_settled_versions_should_be_exported_once_they_are_final() {
    let prepare = |made: &mut Made, _: &[AttestationId]| {
        let state = |lineages: Vec<Lineage>| State {
            lineages,
            ..State::default()
        };
        let before = vec![lineage(3, 0, false), lineage(3, 1, true), lineage(3, 2, false)];
        made.states.insert(block(100, 1).hash, state(before));
        let after = vec![lineage(3, 0, false), lineage(3, 1, true), lineage(3, 2, true)];
        made.states.insert(block(100 + archive::EVERY, 1).hash, state(after));
        made.parents.insert(block(100 + archive::EVERY, 1).hash, block(100, 1));
        (made.heads.best, made.heads.finalized) = (block(100, 1), block(100, 1));
    };
    let world = World::start(prepare, None).await;
    let folder = world.folder.path().join("evidence");
    let file = |version: VersionIndex| folder.join(format!("3@{version}.evidence"));
    let written = |version| {
        let (path, start) = (file(version), std::time::Instant::now());
        async move {
            while !path.exists() {
                assert!(start.elapsed() < LIMIT, "nothing is exported");
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            Evidence::from_bytes(&std::fs::read(path).unwrap()).expect("a file of evidence")
        }
    };
    let evidence = written(1).await;
    assert_eq!(
        (evidence.genesis, evidence.model, evidence.version),
        (Hash::zero(), 3, 1)
    );
    assert_eq!(Some(evidence.job), lineage(3, 1, true).job);
    assert!(
        !file(0).exists() && !file(2).exists(),
        "given by the owner, and not settled"
    );
    let next = block(100 + archive::EVERY, 1);
    world.change(|made| (made.heads.best, made.heads.finalized) = (next, next));
    world.finality.unbounded_send(()).unwrap();
    assert_eq!(written(2).await.version, 2);
    // Another start goes on, and does not write again what was moved away.
    let mut again = Archive::open(folder.clone(), Hash::zero());
    std::fs::remove_file(file(1)).unwrap();
    let chain = world.chain.clone();
    again.export(&*chain, next.hash);
    assert!(!file(0).exists() && !file(1).exists() && file(2).exists());
}
