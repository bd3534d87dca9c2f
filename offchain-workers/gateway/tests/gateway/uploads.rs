//! Updates and versions are taken from whoever may bring them.

use super::*;

#[tokio::test]
async fn update_should_be_taken_only_with_its_opening_and_exact_length() {
    let setup = start().await;
    let (path, root, len) = setup.file(&vec![5; 3_000_000]).await;
    assert_eq!(refusal(setup.put(root, &path, Some(opening())).await), 503);
    setup.show(&[]);
    assert_eq!(refusal(setup.put(root, &path, None).await), 403);
    assert_eq!(refusal(setup.put(root, &path, Some(opening())).await), 403);
    setup.show(&[GatewayEntry::Upload(awaited(root, len + 1))]);
    assert_eq!(refusal(setup.put(root, &path, Some(opening())).await), 400);
    setup.show(&[GatewayEntry::Upload(awaited(root, len))]);
    let stranger = Opening {
        contributor: [8; 32],
        ..opening()
    };
    for wrong in [
        Opening {
            weight: 101,
            ..opening()
        },
        Opening {
            salt: [4; 32],
            ..opening()
        },
        stranger,
    ] {
        assert_eq!(refusal(setup.put(root, &path, Some(wrong)).await), 403);
    }
    let (other, ..) = setup.file(&vec![6; 3_000_000]).await;
    assert_eq!(refusal(setup.put(root, &other, Some(opening())).await), 400);
    assert_eq!(setup.store.len(&root).await.unwrap(), None);

    let (path, ..) = setup.file(&vec![5; 3_000_000]).await;
    assert_eq!(setup.put(root, &path, Some(opening())).await.unwrap(), Receipt::Stored);
    assert_eq!(
        setup.put(root, &path, Some(opening())).await.unwrap(),
        Receipt::AlreadyHeld
    );
    let note = setup.store.mark(UPDATE_MARK, &root).await.unwrap().unwrap();
    assert_eq!(note, awaited(root, len).commitment.0[..]);
    assert_eq!(
        setup.get(&root, None).await,
        404,
        "shown to nobody before it is revealed"
    );
}

#[tokio::test]
async fn upload_should_be_taken_only_with_a_token_of_who_may_bring_it() {
    let setup = start().await;
    let (path, root, len) = setup.file(&vec![5; 100_000]).await;
    setup.show(&[GatewayEntry::Upload(awaited(root, len))]);
    let url = format!("{}/v1/blobs/{}", setup.url, name(&root));
    let put = http().put(&url).header("x-quorate-opening", opening().to_string());
    let answer = put.body(vec![5; 100_000]).send().await.unwrap();
    assert_eq!(answer.status(), 401);
    assert_eq!(answer.headers()["www-authenticate"], "Quorate-Uploader");
    let bearer = contributor();
    let reader = account(9).sign(&reader_payload(GENESIS, &bearer, &ME, now() + 60));
    let reader = Authorization::reader_sr25519(*bearer.as_ref(), now() + 60, &reader.0);
    let mut forged = uploader(8, &ME, root, now() + 60);
    forged.bearer = *bearer.as_ref();
    for wrong in [
        uploader(8, &ME, root, now() + 60),
        uploader(9, &PEER, root, now() + 60),
        uploader(9, &ME, [1; 32], now() + 60),
        uploader(9, &ME, root, now() - 1),
        uploader(9, &ME, root, now() + 2 * 3_600),
        reader,
        forged,
    ] {
        let shown = wrong.to_string();
        let refused = setup.put_with(wrong, root, &path, Some(opening())).await;
        assert_eq!(refusal(refused), 403, "{shown}");
    }
    assert_eq!(setup.put(root, &path, Some(opening())).await.unwrap(), Receipt::Stored);
    // Nor is it good for reading.
    setup.show(&[GatewayEntry::Shared(BlobRef { root: root.into(), len })]);
    let token = uploader(9, &ME, root, now() + 60).to_string();
    assert_eq!(setup.get(&root, Some(&token)).await, 403);
}

#[tokio::test]
async fn version_zero_should_be_taken_from_an_organisation_while_it_is_pending() {
    let setup = start().await;
    let (path, root, len) = setup.file(&vec![5; 100_000]).await;
    let blob = BlobRef { root: root.into(), len };
    let version = |pending| VersionBlob {
        model: 0,
        version: 0,
        blob: blob.clone(),
        access: Access::Public,
        pending,
        optimiser: None,
    };
    setup.show(&[GatewayEntry::Version(version(false))]);
    assert_eq!(refusal(setup.put(root, &path, None).await), 403);
    setup.show(&[GatewayEntry::Version(version(true))]);
    assert_eq!(refusal(setup.put(root, &path, None).await), 403, "of no organisation");
    let members = GatewayEntry::Members(Members {
        organisation: 3,
        account: PEER,
        contributors: vec![contributor()],
    });
    setup.show(&[GatewayEntry::Version(version(true)), members]);
    let stranger = uploader(8, &ME, root, now() + 60);
    assert_eq!(refusal(setup.put_with(stranger, root, &path, None).await), 403);
    assert_eq!(setup.put(root, &path, None).await.unwrap(), Receipt::Stored);
    assert_eq!(setup.get(&root, None).await, 401, "pending versions are for validators");
    setup.show(&[GatewayEntry::Version(version(false))]);
    assert_eq!(setup.get(&root, None).await, 200);
}

#[tokio::test]
async fn silent_upload_should_be_given_up() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let dir = tempfile::tempdir().unwrap();
    let store = BlobStore::local(dir.path()).unwrap();
    let limits = Limits {
        idle: Duration::from_millis(300),
        ..Limits::default()
    };
    let served = served(|seen| Gateway::new(store.clone(), seen, limits)).await;
    let entries = [GatewayEntry::Upload(awaited([5; 32], 1000))];
    served.view.send_replace(Some(Arc::new(snapshot(&entries))));
    let mut stream = tokio::net::TcpStream::connect(served.address).await.unwrap();
    let head = format!(
        "PUT /v1/blobs/{} HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\nx-quorate-opening: {}\r\n\
         authorization: {}\r\n\r\nhalf",
        name(&[5; 32]),
        opening(),
        uploader(9, &ME, [5; 32], now() + 60)
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    let read = stream.read_to_string(&mut answer);
    tokio::time::timeout(Duration::from_secs(10), read)
        .await
        .unwrap()
        .unwrap();
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(store.list().await.unwrap().is_empty());
}
