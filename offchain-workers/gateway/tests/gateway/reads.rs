//! Versions and optimiser states are read by whom the view and a token admit.

use super::*;

#[tokio::test]
async fn reads_should_follow_the_view_and_the_token() {
    let setup = start().await;
    let root = setup.store.put_bytes(vec![1; 50_000].into()).await.unwrap();
    let blob = BlobRef {
        root: root.into(),
        len: 50_000,
    };
    setup.show(&[]);
    assert_eq!(setup.get(&root, None).await, 404);
    setup.show(&[GatewayEntry::Shared(blob.clone())]);
    assert_eq!(setup.get(&root, None).await, 401);
    assert_eq!(setup.get(&root, Some("Bearer x")).await, 401);

    let sign = |seed: u8, bearer: &AccountId, audience: &AccountId, genesis, expires| {
        let signature = key(seed).sign(&token_payload(genesis, bearer, audience, expires));
        Authorization::validator(*bearer.as_ref(), expires, signature.as_ref()).to_string()
    };
    let later = now() + 60;
    let good = sign(2, &PEER, &ME, GENESIS, later);
    assert_eq!(setup.get(&root, Some(&good)).await, 200);
    let ss58 = good.replacen(&format!("0x{}", hex::encode([2; 32])), &PEER.to_ss58check(), 1);
    assert_eq!(setup.get(&root, Some(&ss58)).await, 200);
    for wrong in [
        sign(2, &PEER, &ME, GENESIS, now() - 1),
        sign(2, &PEER, &ME, GENESIS, now() + 2 * 3_600),
        sign(2, &PEER, &PEER, GENESIS, later),
        sign(2, &PEER, &ME, Hash::zero(), later),
        sign(3, &PEER, &ME, GENESIS, later),
        sign(3, &AccountId::new([3; 32]), &ME, GENESIS, later),
        good.replacen(&later.to_string(), &(later + 1).to_string(), 1),
    ] {
        assert_eq!(setup.get(&root, Some(&wrong)).await, 403);
    }
    setup.show(&[GatewayEntry::Version(VersionBlob {
        model: 0,
        version: 0,
        blob: blob.clone(),
        access: Access::Validators,
        pending: false,
        optimiser: None,
    })]);
    assert_eq!(setup.get(&root, None).await, 401);
    assert_eq!(setup.get(&root, Some(&good)).await, 200);
}

#[tokio::test]
async fn optimiser_s_state_should_be_read_by_whom_its_version_is() {
    let setup = start().await;
    let root = setup.store.put_bytes(vec![4; 3_000].into()).await.unwrap();
    let version = |access, optimiser| VersionBlob {
        model: 0,
        version: 0,
        blob: BlobRef {
            root: Hash::repeat_byte(6),
            len: 50_000,
        },
        access,
        pending: false,
        optimiser,
    };
    setup.show(&[GatewayEntry::Version(version(Access::Public, None))]);
    assert_eq!(setup.get(&root, None).await, 404, "no version names it");
    setup.show(&[GatewayEntry::Version(version(Access::Public, Some(root.into())))]);
    assert_eq!(setup.get(&root, None).await, 200);
    setup.show(&[GatewayEntry::Version(version(Access::Validators, Some(root.into())))]);
    assert_eq!(setup.get(&root, None).await, 401);
}

#[tokio::test]
async fn versions_of_a_confidential_model_should_be_read_by_its_readers_and_nobody_else() {
    let setup = start().await;
    let root = setup.store.put_bytes(vec![1; 50_000].into()).await.unwrap();
    let state = setup.store.put_bytes(vec![2; 5_000].into()).await.unwrap();
    let update = setup.store.put_bytes(vec![3; 5_000].into()).await.unwrap();
    let blob = |root: Root, len| BlobRef { root: root.into(), len };
    let version = |access, pending| {
        GatewayEntry::Version(VersionBlob {
            model: 7,
            version: 0,
            blob: blob(root, 50_000),
            access,
            pending,
            optimiser: Some(state.into()),
        })
    };
    let reader = AccountId::from(account(40).public().0);
    // Organisation 3 has the reader as a contributor, organisation 4 as its account.
    let readers = |model, organisation| {
        GatewayEntry::Readers(Readers {
            model,
            organisations: vec![organisation],
        })
    };
    let members = |organisation, account: &AccountId, contributors: &[&AccountId]| {
        GatewayEntry::Members(Members {
            organisation,
            account: account.clone(),
            contributors: contributors.iter().copied().cloned().collect(),
        })
    };
    let members = [
        members(3, &PEER, &[]),
        members(3, &PEER, &[&contributor(), &reader]),
        members(4, &reader, &[]),
    ];
    let show = |entries: &[GatewayEntry]| setup.show(&[entries, &members].concat());
    let sign = |seed: u8, bearer: &AccountId, audience: &AccountId, genesis, expires| {
        let signature = account(seed).sign(&reader_payload(genesis, bearer, audience, expires));
        Authorization::reader_sr25519(*bearer.as_ref(), expires, &signature.0).to_string()
    };
    let good = sign(40, &reader, &ME, GENESIS, now() + 60);
    for (access, organisation) in [
        (Access::Contributors, 3),
        (Access::Contributors, 4),
        (Access::Organisations, 4),
    ] {
        let shared = GatewayEntry::Shared(blob(update, 5_000));
        show(&[version(access, false), readers(7, organisation), shared]);
        for root in [root, state] {
            assert_eq!(setup.get(&root, None).await, 401);
            assert_eq!(setup.get(&root, Some(&good)).await, 200);
        }
        assert_eq!(setup.get(&update, Some(&good)).await, 403, "updates are for validators");
        for wrong in [
            sign(40, &reader, &ME, GENESIS, now() - 1),
            sign(40, &reader, &ME, GENESIS, now() + 2 * 3_600),
            sign(40, &reader, &PEER, GENESIS, now() + 60),
            sign(40, &reader, &ME, Hash::zero(), now() + 60),
            sign(41, &reader, &ME, GENESIS, now() + 60),
            sign(41, &AccountId::from(account(41).public().0), &ME, GENESIS, now() + 60),
            good.replacen("Quorate-Reader", "Quorate", 1),
        ] {
            assert_eq!(setup.get(&root, Some(&wrong)).await, 403);
        }
        // Validators read it as they read all else.
        let expires = now() + 60;
        let signature = key(2).sign(&token_payload(GENESIS, &PEER, &ME, expires));
        let validator = Authorization::validator(*PEER.as_ref(), expires, signature.as_ref()).to_string();
        assert_eq!(setup.get(&root, Some(&validator)).await, 200);
        // Readers of another model, readers that are no longer admitted, and a version that awaits votes.
        show(&[version(access, false), readers(8, organisation)]);
        assert_eq!(setup.get(&root, Some(&good)).await, 403);
        show(&[version(access, true), readers(7, organisation)]);
        assert_eq!(setup.get(&root, Some(&good)).await, 403);
    }
    // A contributor where the access is the organisations' alone.
    show(&[version(Access::Organisations, false), readers(7, 3)]);
    assert_eq!(setup.get(&root, Some(&good)).await, 403);
    show(&[version(Access::Validators, false), readers(7, 4)]);
    assert_eq!(setup.get(&root, Some(&good)).await, 403);
    setup.show(&[version(Access::Public, false)]);
    assert_eq!(setup.get(&root, None).await, 200);
}
