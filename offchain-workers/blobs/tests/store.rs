//! The store on a local folder, beside what every store does (contract.rs).

mod common;

use bytes::Bytes;
use common::{collect, data, root};
use quorate_blobs::{name, root_of_file, BlobError, BlobInfo, BlobStore};

#[tokio::test]
async fn blob_whose_writer_is_dropped_should_leave_nothing_on_disk() {
    let dir = tempfile::tempdir().unwrap();
    let store = BlobStore::local(dir.path()).unwrap();
    let name_of = root(&data(70_000));
    drop(store.writer(name_of, 70_000).await.unwrap());
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
    while std::fs::read_dir(dir.path().join("blobs")).unwrap().count() > 0 {
        assert!(
            std::time::Instant::now() < deadline,
            "a part of an abandoned blob was left"
        );
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn damage_should_be_found_where_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let store = BlobStore::local(dir.path()).unwrap();
    let mut bytes = data(300_000);
    let root = store.put_bytes(bytes.clone().into()).await.unwrap();
    assert_eq!(store.get_small(&root, 1 << 20).await.unwrap(), bytes);
    bytes[100_000] ^= 1;
    std::fs::write(dir.path().join("blobs").join(name(&root)), &bytes).unwrap();
    let group = 100_000 / 16_384 * 16_384;
    assert!(collect(store.get_verified(&root, 0..group).await.unwrap())
        .await
        .is_ok());
    assert!(
        collect(store.get_verified(&root, group + 16_384..300_000).await.unwrap())
            .await
            .is_ok()
    );
    match collect(store.get_verified(&root, 0..300_000).await.unwrap()).await {
        Err(BlobError::Damaged { offset, .. }) => assert_eq!(offset, group),
        other => panic!("{other:?}"),
    }
    assert!(matches!(
        store.get_small(&root, 1 << 20).await,
        Err(BlobError::WrongRoot { .. })
    ));
}

#[tokio::test]
async fn files_should_be_imported_and_adopted() {
    let dir = tempfile::tempdir().unwrap();
    let store = BlobStore::local(dir.path()).unwrap();
    let bytes = data(1_234_567);
    let path = store.scratch().unwrap().join("file");
    std::fs::write(&path, &bytes).unwrap();
    let expected = (root(&bytes), bytes.len() as u64);
    assert_eq!(root_of_file(&path).await.unwrap(), expected);
    assert_eq!(store.import_file(&path).await.unwrap(), expected);
    store.remove(&expected.0).await.unwrap();
    let hashed = quorate_hash_tree::of_file(&std::fs::File::open(&path).unwrap(), None).unwrap();
    assert_eq!((hashed.root, hashed.len), expected);
    let shorter = quorate_blobs::Hashed {
        len: hashed.len + 1,
        ..hashed.clone()
    };
    assert!(matches!(
        store.adopt_file(&path, shorter).await,
        Err(BlobError::TooShort { .. })
    ));
    store.adopt_file(&path, hashed).await.unwrap();
    assert!(!path.exists());
    assert_eq!(
        collect(store.get_verified(&expected.0, 0..expected.1).await.unwrap())
            .await
            .unwrap(),
        bytes
    );
    assert_eq!(
        store.open_local(&expected.0).await.unwrap().metadata().unwrap().len(),
        expected.1
    );
}

#[tokio::test]
async fn group_hashes_should_be_those_of_the_bytes_or_none() {
    let dir = tempfile::tempdir().unwrap();
    let store = BlobStore::local(dir.path()).unwrap();
    let bytes = data(100_000);
    let root = store.put_bytes(bytes.clone().into()).await.unwrap();
    let expected = bytes.chunks(quorate_hash_tree::GROUP).enumerate();
    let expected =
        expected.map(|(i, group)| quorate_hash_tree::leaf((i * quorate_hash_tree::GROUP) as u64, group, false));
    assert_eq!(store.group_hashes(&root).await.unwrap(), Some(expected.collect()));
    let outboard = dir.path().join("outboards").join(name(&root));
    let mut damaged = std::fs::read(&outboard).unwrap();
    damaged[70] ^= 1;
    std::fs::write(&outboard, damaged).unwrap();
    assert_eq!(store.group_hashes(&root).await.unwrap(), None);
    assert!(matches!(
        store.group_hashes(&[9; 32]).await,
        Err(BlobError::NotFound(_))
    ));
}

#[tokio::test]
async fn opening_a_store_should_remove_what_a_killed_process_left() {
    let dir = tempfile::tempdir().unwrap();
    let root = BlobStore::local(dir.path())
        .unwrap()
        .put_bytes(Bytes::from_static(b"kept"))
        .await
        .unwrap();
    let staged = dir.path().join("blobs").join(format!("{}#3", name(&[7; 32])));
    let scratch = dir.path().join("scratch").join("job");
    std::fs::write(&staged, b"half").unwrap();
    std::fs::write(&scratch, b"half").unwrap();
    let store = BlobStore::open(dir.path().to_str().unwrap()).unwrap();
    assert!(!staged.exists() && !scratch.exists());
    assert_eq!(store.list().await.unwrap(), [BlobInfo { root, len: 4 }]);
}

#[test]
fn location_that_is_none_should_be_named() {
    for location in ["nonsense://x", "s3://bucket/prefix"] {
        let error = BlobStore::open(location).unwrap_err();
        assert!(error.to_string().contains(location), "{error}");
    }
}
