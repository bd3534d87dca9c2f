//! Shards: who may bring one, and who may read it when.

use super::*;

fn shard(root: &Root, supplier: u32, access: Access, pending: bool) -> GatewayEntry {
    GatewayEntry::Shard(ShardBlob {
        round: 7,
        supplier,
        blob: BlobRef {
            root: (*root).into(),
            len: 100_000,
        },
        access,
        pending,
    })
}

#[tokio::test]
async fn shard_should_be_taken_from_its_supplier_alone_while_it_awaits_votes() {
    let setup = start().await;
    let (path, root, _) = setup.file(&vec![5; 100_000]).await;
    let all = [members(3, 40, 9), members(4, 41, 42)];
    let show = |shards: &[GatewayEntry]| setup.show(&[shards, &all].concat());
    let put = |seed: u8| setup.put_with(uploader(seed, &ME, root, now() + 60), root, &path, None);
    // Before it is revealed nobody knows its root; afterwards others' accounts are not its supplier's, and what was voted on is there.
    for view in [
        vec![],
        vec![shard(&root, 4, Access::Validators, true)],
        vec![shard(&root, 3, Access::Validators, false)],
        vec![shard(&root, 3, Access::Public, false)],
    ] {
        show(&view);
        assert_eq!(refusal(put(9).await), 403, "{view:?}");
    }
    show(&[shard(&root, 3, Access::Validators, true)]);
    for stranger in [41, 42, 8] {
        assert_eq!(refusal(put(stranger).await), 403, "{stranger}");
    }
    let (other, ..) = setup.file(&vec![6; 100_000]).await;
    assert_eq!(refusal(setup.put(root, &other, None).await), 400, "other bytes");
    let (shorter, ..) = setup.file(&vec![5; 99_999]).await;
    assert_eq!(refusal(setup.put(root, &shorter, None).await), 400, "another length");
    assert_eq!(setup.store.len(&root).await.unwrap(), None);
    // A member that is suspended is not in the view.
    setup.show(&[shard(&root, 3, Access::Validators, true), members(4, 41, 42)]);
    assert_eq!(refusal(put(9).await), 403);

    // A supplier that committed to the same file brings its own.
    show(&[4, 3].map(|supplier| shard(&root, supplier, Access::Validators, true)));
    let (path, ..) = setup.file(&vec![5; 100_000]).await;
    let put = |seed: u8| setup.put_with(uploader(seed, &ME, root, now() + 60), root, &path, None);
    assert_eq!(put(9).await.unwrap(), Receipt::Stored);
    assert_eq!(put(40).await.unwrap(), Receipt::AlreadyHeld);
    let mark = setup.store.mark(UPDATE_MARK, &root).await.unwrap();
    assert!(mark.is_some(), "it goes some day");
}

#[tokio::test]
async fn shard_should_be_read_by_validators_alone_until_it_is_public() {
    let setup = start().await;
    let root = setup.store.put_bytes(vec![5; 100_000].into()).await.unwrap();
    let all = [members(3, 40, 9), members(4, 41, 42)];
    // The readers of a model and of an artifact with the same number as its round are others.
    let model = GatewayEntry::Readers(Readers {
        model: 7,
        organisations: vec![3, 4],
    });
    let artifact = GatewayEntry::Artifact(ArtifactBlob {
        artifact: 7,
        organisation: 3,
        blob: BlobRef {
            root: Hash::repeat_byte(9),
            len: 1,
        },
        access: Access::Contributors,
        readers: vec![4],
        pending: false,
    });
    let show = |shards: &[GatewayEntry]| setup.show(&[shards, &all, &[model.clone(), artifact.clone()]].concat());
    show(&[]);
    assert_eq!(setup.get(&root, None).await, 404, "it is sealed");
    let hidden = [
        (Access::Validators, true),
        (Access::Public, true),
        (Access::Validators, false),
        (Access::Organisations, false),
        (Access::Contributors, false),
    ];
    for (access, pending) in hidden {
        show(&[shard(&root, 3, access, pending)]);
        let case = format!("{access:?} {pending}");
        assert_eq!(setup.get(&root, None).await, 401, "{case}");
        for reader in [40, 9, 41, 42, 8] {
            assert_eq!(setup.get(&root, Some(&reader_of(reader))).await, 403, "{case} {reader}");
        }
        let uploads = uploader(9, &ME, root, now() + 60).to_string();
        assert_eq!(setup.get(&root, Some(&uploads)).await, 403, "{case}");
        assert_eq!(setup.get(&root, Some(&validator_of(3, &PEER))).await, 403, "{case}");
        assert_eq!(setup.get(&root, Some(&validator_of(2, &PEER))).await, 200, "{case}");
    }
    show(&[shard(&root, 3, Access::Public, false)]);
    assert_eq!(setup.get(&root, None).await, 200, "its round is assessed");
    show(&[]);
    assert_eq!(setup.get(&root, None).await, 404, "it was rejected, or pruned");
}
