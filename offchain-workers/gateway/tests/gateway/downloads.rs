//! Blobs are fetched from peers.

use super::*;

#[tokio::test]
async fn downloads_should_resume_and_take_the_next_source() {
    let setup = start().await;
    let content: Vec<u8> = (0..2_000_000u32).map(|i| (i >> 3) as u8).collect();
    let root = setup.store.put_bytes(content.clone().into()).await.unwrap();
    let len = content.len() as u64;
    let blob = BlobRef { root: root.into(), len };
    setup.show(&[GatewayEntry::Version(VersionBlob {
        model: 0,
        version: 0,
        blob,
        access: Access::Public,
        pending: false,
        optimiser: None,
    })]);
    let path = setup.dir.path().join("download");
    std::fs::write(setup.dir.path().join("download.part"), &content[..700_000]).unwrap();
    let sources = [Source::public("http://127.0.0.1:9"), Source::public(&setup.url)];
    let first = std::sync::Mutex::new(None);
    let progress = |done, _| {
        first.lock().unwrap().get_or_insert(done);
    };
    setup
        .client
        .fetch_to_file(&path, &sources, root, len, &progress)
        .await
        .unwrap();
    assert!(first.lock().unwrap().unwrap() > 700_000, "went on where it stopped");
    assert_eq!(std::fs::read(&path).unwrap(), content);

    // A part that was wrong costs one more download, not the blob.
    std::fs::write(setup.dir.path().join("download.part"), vec![0; 700_000]).unwrap();
    setup
        .client
        .fetch_to_file(&path, &sources, root, len, &|_, _| ())
        .await
        .unwrap();

    let other = BlobStore::local(setup.dir.path().join("other")).unwrap();
    assert!(setup
        .client
        .fetch(&other, &sources, root, len - 1, &|_, _| ())
        .await
        .is_err());
    setup
        .client
        .fetch(&other, &sources, root, len, &|_, _| ())
        .await
        .unwrap();
    assert_eq!(other.len(&root).await.unwrap(), Some(len));

    let http = http();
    let url = format!("{}/v1/blobs/{}", setup.url, name(&root));
    let part = http.get(&url).header("range", "bytes=10-19").send().await.unwrap();
    assert_eq!(part.status(), 206);
    assert_eq!(part.headers()["content-range"], format!("bytes 10-19/{len}"));
    assert_eq!(part.bytes().await.unwrap(), content[10..20]);
    assert_eq!(
        http.get(&url)
            .header("range", "bytes=9999999-")
            .send()
            .await
            .unwrap()
            .status(),
        416
    );
    let head = http.head(&url).send().await.unwrap();
    assert_eq!(head.headers()["content-length"], len.to_string());
    let proven = http
        .get(&url)
        .header("accept", "application/vnd.quorate.bao, */*;q=0.1");
    let part = proven.header("range", "groups=2-3").send().await.unwrap();
    assert_eq!(part.status(), 206);
    assert_eq!(part.headers()["content-range"], "groups 2-3/123");
    assert_eq!(part.headers()["content-type"], "application/vnd.quorate.bao");
    assert_eq!(part.headers()["x-quorate-length"], len.to_string());
    assert!(part.bytes().await.unwrap().ends_with(&content[48 << 10..64 << 10]));
    let wrong = http.get(&url).header("accept", "application/vnd.quorate.bao");
    assert_eq!(wrong.header("range", "groups=123-").send().await.unwrap().status(), 416);
}

#[tokio::test]
async fn blob_of_unknown_length_should_be_fetched_from_the_first_source_that_has_it() {
    let setup = start().await;
    let content = vec![3u8; 300_000];
    let root = setup.store.put_bytes(content.clone().into()).await.unwrap();
    let version = VersionBlob {
        model: 0,
        version: 0,
        blob: BlobRef {
            root: root.into(),
            len: 0,
        },
        access: Access::Public,
        pending: false,
        optimiser: None,
    };
    setup.show(&[GatewayEntry::Version(version)]);
    let other = BlobStore::local(setup.dir.path().join("other")).unwrap();
    let sources = [Source::public("http://127.0.0.1:9"), Source::public(&setup.url)];
    let fetch = |limit| setup.client.fetch_unsized(&other, &sources, root, limit);
    assert!(fetch(299_999).await.is_err());
    fetch(300_000).await.unwrap();
    assert_eq!(other.len(&root).await.unwrap(), Some(300_000));
}

#[tokio::test]
async fn beginning_should_be_verified_and_end_where_it_is_enough() {
    let setup = start().await;
    let content: Vec<u8> = (0..2_000_000u32).map(|i| (i >> 3) as u8).collect();
    let root = setup.store.put_bytes(content.clone().into()).await.unwrap();
    let len = content.len() as u64;
    setup.show(&[GatewayEntry::Version(VersionBlob {
        model: 0,
        version: 0,
        blob: BlobRef { root: root.into(), len },
        access: Access::Public,
        pending: false,
        optimiser: None,
    })]);
    let sources = [Source::public("http://127.0.0.1:9"), Source::public(&setup.url)];
    let beginning = async |root, len, count| {
        let fetched = setup
            .client
            .beginning(&sources, root, len, |bytes| bytes.len() >= count);
        fetched.await
    };
    let first = beginning(root, len, 70_000).await.unwrap();
    assert!((70_000..140_000).contains(&first.len()), "{} bytes", first.len());
    assert_eq!(first, content[..first.len()]);
    assert_eq!(beginning(root, len, usize::MAX).await.unwrap(), content, "all there is");
    assert!(beginning(root, len - 1, 70_000).await.is_err(), "another length");
    assert!(beginning([7; 32], len, 1).await.is_err(), "nobody has it");
}
