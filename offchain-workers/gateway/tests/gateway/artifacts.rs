//! Artifacts: who may bring one, and who may read it.

use super::*;

#[tokio::test]
async fn artifact_should_be_taken_from_its_owner_s_organisation_while_it_is_pending() {
    let setup = start().await;
    let (path, root, len) = setup.file(&vec![5; 100_000]).await;
    let artifact = |organisation, pending| {
        GatewayEntry::Artifact(ArtifactBlob {
            artifact: 7,
            organisation,
            blob: BlobRef { root: root.into(), len },
            access: Access::Public,
            readers: vec![],
            pending,
        })
    };
    let members = GatewayEntry::Members(Members {
        organisation: 3,
        account: PEER,
        contributors: vec![contributor()],
    });
    for view in [
        vec![artifact(3, true)],
        vec![artifact(3, false), members.clone()],
        vec![artifact(4, true), members.clone()],
    ] {
        setup.show(&view);
        assert_eq!(refusal(setup.put(root, &path, None).await), 403);
    }
    // Another organisation has registered the same root: each brings its own.
    setup.show(&[artifact(4, true), artifact(3, true), members]);
    let stranger = uploader(8, &ME, root, now() + 60);
    assert_eq!(refusal(setup.put_with(stranger, root, &path, None).await), 403);
    assert_eq!(setup.put(root, &path, None).await.unwrap(), Receipt::Stored);
    assert!(
        setup.store.mark(UPDATE_MARK, &root).await.unwrap().is_some(),
        "it goes some day"
    );
    assert_eq!(setup.get(&root, None).await, 401, "what awaits votes is for validators");
    setup.show(&[artifact(3, false)]);
    assert_eq!(setup.get(&root, None).await, 200);
    setup.show(&[]);
    assert_eq!(
        setup.get(&root, None).await,
        404,
        "nobody reads what was rejected or pruned"
    );
}

#[tokio::test]
async fn artifact_should_be_read_by_whom_its_owner_admits() {
    let setup = start().await;
    let root = setup.store.put_bytes(vec![1; 50_000].into()).await.unwrap();
    let artifact = |access, readers: &[u32]| {
        GatewayEntry::Artifact(ArtifactBlob {
            artifact: 7,
            organisation: 3,
            blob: BlobRef {
                root: root.into(),
                len: 50_000,
            },
            access,
            readers: readers.to_vec(),
            pending: false,
        })
    };
    let who = AccountId::from(account(40).public().0);
    let members = |organisation, contributor: bool| {
        GatewayEntry::Members(Members {
            organisation,
            account: if contributor { PEER } else { who.clone() },
            contributors: contributor.then(|| who.clone()).into_iter().collect(),
        })
    };
    let expires = now() + 60;
    let signature = account(40).sign(&reader_payload(GENESIS, &who, &ME, expires));
    let token = Authorization::reader_sr25519(*who.as_ref(), expires, &signature.0).to_string();
    let cases = [
        (Access::Validators, &[][..], members(3, false), 403),
        (Access::Organisations, &[], members(3, false), 200),
        (Access::Organisations, &[], members(3, true), 403),
        (Access::Organisations, &[], members(4, false), 403),
        (Access::Organisations, &[4], members(4, false), 200),
        (Access::Organisations, &[4], members(4, true), 403),
        (Access::Contributors, &[], members(4, true), 403),
        (Access::Contributors, &[4], members(4, true), 200),
        (Access::Contributors, &[4], members(3, true), 200),
        // Narrowed again.
        (Access::Contributors, &[5], members(4, true), 403),
    ];
    for (access, readers, members, expected) in cases {
        // The readers of a model with the same number are others.
        let model = GatewayEntry::Readers(Readers {
            model: 7,
            organisations: vec![3, 4],
        });
        setup.show(&[artifact(access, readers), members, model]);
        assert_eq!(setup.get(&root, Some(&token)).await, expected, "{access:?} {readers:?}");
        assert_eq!(setup.get(&root, None).await, 401);
    }
    setup.show(&[artifact(Access::Public, &[])]);
    assert_eq!(setup.get(&root, None).await, 200);
}
