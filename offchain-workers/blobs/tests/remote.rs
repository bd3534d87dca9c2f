//! A store whose blobs live in a bucket: copies, faults of both sides, and whose it is.

mod common;

use bytes::Bytes;
use common::*;
use quorate_blobs::{name, BlobError, BlobInfo, BlobStore, Bounds, Root};
use std::{
    io::Read,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

const CLIENT_FOLDER: &str = "QUORATE_TEST_CLIENT_FOLDER";
const CLIENT_URL: &str = "QUORATE_TEST_CLIENT_URL";
/// Three parts.
const LONG: usize = 20_000_000;

#[test]
fn s3_server_process() {
    quorate_s3_server::process();
}

/// In a process of its own: uploads until it is killed.
#[tokio::test(flavor = "multi_thread")]
async fn s3_client_process() {
    let Some(folder) = std::env::var_os(CLIENT_FOLDER) else {
        return;
    };
    let remote = settings(&std::env::var(CLIENT_URL).unwrap()).connect().unwrap();
    let store = BlobStore::cached(folder, remote, BOUNDS).await.unwrap();
    store.put_bytes(data(LONG).into()).await.unwrap();
}

async fn open(folder: &Path, bucket: &Bucket) -> BlobStore {
    BlobStore::cached(folder, bucket.remote(), BOUNDS).await.unwrap()
}

/// Until the server has the first part of an upload, and holds the next.
async fn first_part(bucket: &Bucket) {
    let deadline = Instant::now() + Duration::from_secs(60);
    let is_there = || {
        let mut entries = std::fs::read_dir(bucket.folder.path()).unwrap();
        entries.any(|entry| entry.unwrap().file_name().to_string_lossy().contains("part-1"))
    };
    while !is_there() {
        assert!(Instant::now() < deadline, "no part has come");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn content(store: &BlobStore, root: &Root) -> Result<Vec<u8>, BlobError> {
    let mut content = Vec::new();
    store.open_local(root).await?.read_to_end(&mut content).unwrap();
    Ok(content)
}

#[tokio::test(flavor = "multi_thread")]
async fn client_that_is_killed_in_an_upload_should_leave_nothing_after_the_next_start() {
    let bucket = Bucket::new().restarted(Some(2));
    let folder = tempfile::tempdir().unwrap();
    let mut client = Command::new(std::env::current_exe().unwrap())
        .args(["s3_client_process", "--exact"])
        .env(CLIENT_FOLDER, folder.path())
        .env(CLIENT_URL, bucket.server.url())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    first_part(&bucket).await;
    client.kill().unwrap();
    client.wait().unwrap();
    assert!(bucket.unfinished() > 0);
    let bucket = bucket.restarted(None);
    let store = open(folder.path(), &bucket).await;
    assert_eq!(bucket.unfinished(), 0, "the upload was aborted");
    let bytes = data(LONG);
    assert_eq!(store.len(&root(&bytes)).await.unwrap(), None);
    assert!(store.list().await.unwrap().is_empty());
    store.put_bytes(bytes.clone().into()).await.unwrap();
    assert!(content(&store, &root(&bytes)).await.unwrap() == bytes);
}

#[tokio::test(flavor = "multi_thread")]
async fn server_that_is_killed_in_an_upload_should_have_all_of_it_or_nothing() {
    let bucket = Bucket::new().restarted(Some(2));
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path(), &bucket).await;
    let (bytes, writing) = (data(LONG), store.clone());
    let put = tokio::spawn(async move { writing.put_bytes(data(LONG).into()).await });
    first_part(&bucket).await;
    let address = bucket.server.address();
    let Bucket {
        folder: buckets,
        server,
    } = bucket;
    server.kill();
    let error = put.await.unwrap().unwrap_err();
    assert!(matches!(error, BlobError::Store(_)) && !error.is_damage(), "{error}");
    let server = quorate_s3_server::Server::at(buckets.path(), address, None);
    let bucket = Bucket {
        folder: buckets,
        server,
    };
    assert_eq!(store.len(&root(&bytes)).await.unwrap(), None);
    assert!(store.list().await.unwrap().is_empty());
    // What it could not be told to forget is forgotten at the next start.
    store.put_bytes(bytes.clone().into()).await.unwrap();
    drop(store);
    let store = open(folder.path(), &bucket).await;
    assert_eq!(bucket.unfinished(), 0);
    assert!(content(&store, &root(&bytes)).await.unwrap() == bytes);
}

#[tokio::test(flavor = "multi_thread")]
async fn outage_should_be_an_error_and_never_a_blob_that_is_not_held() {
    let bucket = Bucket::new();
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path(), &bucket).await;
    let [copied, remote] = [data(50_000), data(60_000)];
    for bytes in [&copied, &remote] {
        store.put_bytes(bytes.clone().into()).await.unwrap();
    }
    std::fs::remove_file(folder.path().join("blobs").join(name(&root(&remote)))).unwrap();
    let Bucket {
        folder: buckets,
        server,
    } = bucket;
    let address = server.kill();
    assert!(
        content(&store, &root(&copied)).await.unwrap() == copied,
        "a copy needs nobody"
    );
    store.forget_promises().await;
    let errors = [
        store.len(&root(&remote)).await.map(drop).unwrap_err(),
        store.len(&[7; 32]).await.map(drop).unwrap_err(),
        store.promise(&root(&remote)).await.map(drop).unwrap_err(),
        content(&store, &root(&remote)).await.map(drop).unwrap_err(),
        store.list().await.map(drop).unwrap_err(),
        store.marked("updates").await.map(drop).unwrap_err(),
        store.put_bytes(Bytes::from_static(b"new")).await.map(drop).unwrap_err(),
        store.set_mark("updates", &[1; 32], Bytes::new()).await.unwrap_err(),
        store.collect("updates", &root(&remote)).await.map(drop).unwrap_err(),
    ];
    for error in errors {
        assert!(matches!(error, BlobError::Store(_)) && !error.is_damage(), "{error}");
    }
    let _server = quorate_s3_server::Server::at(buckets.path(), address, None);
    assert!(
        content(&store, &root(&remote)).await.unwrap() == remote,
        "nothing is lost"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn copies_should_be_few_and_those_that_were_used_longest_ago_should_go_first() {
    let bucket = Bucket::new();
    let folder = tempfile::tempdir().unwrap();
    let bounds = Bounds {
        max: 25_000,
        keep_free: 0,
    };
    let store = BlobStore::cached(folder.path(), bucket.remote(), bounds).await.unwrap();
    let blobs: Vec<Vec<u8>> = (0..4).map(|n| data(10_000 + n)).collect();
    let roots: Vec<Root> = blobs.iter().map(|bytes| root(bytes)).collect();
    let copies = || {
        let is_there = |root| folder.path().join("blobs").join(name(root)).exists();
        roots.iter().map(is_there).collect::<Vec<bool>>()
    };
    for bytes in &blobs[..2] {
        store.put_bytes(bytes.clone().into()).await.unwrap();
    }
    assert_eq!(copies(), [true, true, false, false]);
    store.open_local(&roots[0]).await.unwrap();
    store.put_bytes(blobs[2].clone().into()).await.unwrap();
    assert_eq!(copies(), [true, false, true, false], "the first was used later");
    // A file that is open stays readable.
    let mut first = store.open_local(&roots[0]).await.unwrap();
    store.open_local(&roots[2]).await.unwrap();
    assert!(content(&store, &roots[1]).await.unwrap() == blobs[1]);
    assert_eq!(copies(), [false, true, true, false]);
    let mut read = Vec::new();
    first.read_to_end(&mut read).unwrap();
    assert!(read == blobs[0]);
    // One that is longer than all copies may be, too.
    let long = data(40_000);
    store.put_bytes(long.clone().into()).await.unwrap();
    assert_eq!(copies(), [false; 4]);
    assert!(content(&store, &root(&long)).await.unwrap() == long);
    for (bytes, root) in blobs[..3].iter().zip(&roots) {
        assert!(read_verified(&store, root, bytes.len()).await == *bytes);
        assert!(content(&store, root).await.unwrap() == *bytes);
    }
    assert_eq!(store.list().await.unwrap().len(), 4);
}

async fn read_verified(store: &BlobStore, root: &Root, len: usize) -> Vec<u8> {
    common::read(store, root, len).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn full_disk_should_be_no_fault_of_the_blob() {
    let bucket = Bucket::new();
    let folder = tempfile::tempdir().unwrap();
    let bytes = data(10_000);
    let root = open(folder.path(), &bucket)
        .await
        .put_bytes(bytes.into())
        .await
        .unwrap();
    let bounds = Bounds {
        max: 1 << 20,
        keep_free: u64::MAX / 2,
    };
    let store = BlobStore::cached(folder.path(), bucket.remote(), bounds).await.unwrap();
    std::fs::remove_file(folder.path().join("blobs").join(name(&root))).unwrap();
    let error = store.open_local(&root).await.unwrap_err();
    assert!(
        matches!(error, BlobError::DiskFull { .. }) && !error.is_damage(),
        "{error}"
    );
    assert_eq!(store.len(&root).await.unwrap(), Some(10_000));
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_should_be_told_from_damage_of_a_copy() {
    let bucket = Bucket::new();
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path(), &bucket).await;
    let bytes = data(50_000);
    let root = store.put_bytes(bytes.clone().into()).await.unwrap();
    let copy = folder.path().join("blobs").join(name(&root));
    let flipped = |path: &Path| {
        let mut bytes = std::fs::read(path).unwrap();
        bytes[30_000] ^= 1;
        std::fs::write(path, bytes).unwrap();
    };
    flipped(&copy);
    assert!(content(&store, &root).await.unwrap() != bytes);
    store.discard(&root).await.unwrap();
    assert!(!copy.exists());
    assert!(
        content(&store, &root).await.unwrap() == bytes,
        "what lives there is right"
    );
    // Now there as well.
    flipped(&bucket.path(&format!("blobs/{}", name(&root))));
    store.discard(&root).await.unwrap();
    let error = content(&store, &root).await.unwrap_err();
    assert!(
        matches!(error, BlobError::Damaged { .. }) && error.is_damage(),
        "{error}"
    );
    assert!(!copy.exists(), "what is wrong never becomes a copy");
    assert!(common::read(&store, &root, 50_000).await.is_err());
    store.discard(&root).await.unwrap();
    assert_eq!(store.len(&root).await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn prefix_should_have_one_folder_and_go_to_another_one_with_everything_in_it() {
    let bucket = Bucket::new();
    let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let store = open(first.path(), &bucket).await;
    let root = store.put_bytes(data(1_000).into()).await.unwrap();
    store
        .set_mark("updates", &root, Bytes::from_static(b"note"))
        .await
        .unwrap();
    drop(store);
    let refused = BlobStore::cached(second.path(), bucket.remote(), BOUNDS)
        .await
        .unwrap_err();
    assert!(refused.to_string().contains("a prefix has one worker"), "{refused}");
    // Neither is the folder that of a local store, nor of another place.
    let refused = BlobStore::local(first.path()).unwrap_err().to_string();
    assert!(refused.contains("live elsewhere"), "{refused}");
    let mut settings = bucket.settings();
    settings.location = format!("s3://{BUCKET}/other");
    let refused = BlobStore::cached(first.path(), settings.connect().unwrap(), BOUNDS).await;
    let refused = refused.unwrap_err().to_string();
    assert!(refused.contains("a folder of its own"), "{refused}");
    // The machine is gone, and with it the folder.
    std::fs::remove_file(bucket.path("owner")).unwrap();
    let store = open(second.path(), &bucket).await;
    assert_eq!(store.list().await.unwrap(), [BlobInfo { root, len: 1_000 }]);
    assert_eq!(store.marked("updates").await.unwrap(), [root]);
    for _ in 0..2 {
        assert_eq!(store.mark("updates", &root).await.unwrap().unwrap(), "note");
    }
    assert!(content(&store, &root).await.unwrap() == data(1_000));
    let refused = BlobStore::cached(first.path(), bucket.remote(), BOUNDS)
        .await
        .unwrap_err();
    assert!(refused.to_string().contains("a prefix has one worker"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn folder_with_blobs_of_its_own_should_be_refused_and_left_as_it_is() {
    let bucket = Bucket::new();
    let folder = tempfile::tempdir().unwrap();
    let store = BlobStore::local(folder.path()).unwrap();
    let root = store.put_bytes(data(1_000).into()).await.unwrap();
    drop(store);
    let refused = BlobStore::cached(folder.path(), bucket.remote(), BOUNDS)
        .await
        .unwrap_err();
    assert!(refused.to_string().contains("files of its own"), "{refused}");
    let store = BlobStore::local(folder.path()).unwrap();
    assert_eq!(store.list().await.unwrap(), [BlobInfo { root, len: 1_000 }]);
    // Its folders are what the bucket has to have.
    drop(store);
    for part in ["blobs", "outboards"] {
        std::fs::create_dir_all(bucket.path(part)).unwrap();
        let from = folder.path().join(part).join(name(&root));
        std::fs::copy(from, bucket.path(part).join(name(&root))).unwrap();
    }
    let empty = tempfile::tempdir().unwrap();
    let store = open(empty.path(), &bucket).await;
    assert!(content(&store, &root).await.unwrap() == data(1_000));
}

#[tokio::test(flavor = "multi_thread")]
async fn bucket_that_cannot_be_used_should_be_refused_in_words_at_the_start() {
    let (bucket, folder) = (Bucket::new(), tempfile::tempdir().unwrap());
    let mut wrong_key = bucket.settings();
    wrong_key.credentials.as_mut().unwrap().secret_access_key = "another".into();
    let mut missing = bucket.settings();
    missing.location = "s3://nobody/prefix".into();
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    for (settings, words) in [
        (wrong_key, "these credentials may not do that"),
        (missing, "the bucket does not exist"),
        (settings(&format!("http://{free}")), "can this machine reach it"),
    ] {
        let refused = BlobStore::cached(folder.path(), settings.connect().unwrap(), BOUNDS).await;
        let refused = refused.unwrap_err().to_string();
        assert!(refused.contains(words) && refused.contains("s3://"), "{refused}");
        assert!(
            !refused.contains("another\"") && !refused.contains(quorate_s3_server::SECRET_KEY),
            "{refused}"
        );
    }
    // The folder is bound to none of them.
    open(folder.path(), &bucket).await;
}
