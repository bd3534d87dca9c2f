//! The store on a local folder.

use bytes::Bytes;
use futures::{stream, StreamExt, TryStreamExt};
use quorate_blobs::{name, root_of_file, BlobError, BlobInfo, BlobStore, Root};

fn data(len: usize) -> Vec<u8> {
    (0..len as u64)
        .map(|i| (i.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as u8)
        .collect()
}

fn root(bytes: &[u8]) -> Root {
    *blake3::hash(bytes).as_bytes()
}

fn pieces(bytes: &[u8], size: usize) -> impl stream::Stream<Item = Result<Bytes, String>> + Unpin {
    stream::iter(
        bytes
            .chunks(size)
            .map(|piece| Ok(Bytes::copy_from_slice(piece)))
            .collect::<Vec<_>>(),
    )
}

async fn collect(stream: impl stream::Stream<Item = Result<Bytes, BlobError>>) -> Result<Vec<u8>, BlobError> {
    stream
        .try_fold(Vec::new(), |mut all, bytes| async move {
            all.extend(bytes);
            Ok(all)
        })
        .await
}

#[tokio::test]
async fn a_stored_stream_should_be_read_back_in_any_range() {
    let dir = tempfile::tempdir().unwrap();
    let store = BlobStore::local(dir.path()).unwrap();
    let bytes = data(11_000_003);
    let root = root(&bytes);
    store
        .put_stream(root, bytes.len() as u64, pieces(&bytes, 100_001))
        .await
        .unwrap();
    assert_eq!(store.len(&root).await.unwrap(), Some(bytes.len() as u64));
    assert_eq!(
        store.list().await.unwrap(),
        [BlobInfo {
            root,
            len: bytes.len() as u64
        }]
    );
    for (start, end) in [
        (0, 0),
        (0, 1),
        (16_383, 16_385),
        (5_000_000, 9_000_001),
        (0, bytes.len()),
    ] {
        let range = start as u64..end as u64;
        assert_eq!(
            collect(store.get_range(&root, range.clone()).await.unwrap())
                .await
                .unwrap(),
            bytes[start..end]
        );
        assert_eq!(
            collect(store.get_verified(&root, range).await.unwrap()).await.unwrap(),
            bytes[start..end]
        );
    }
    let outside = store.get_range(&root, 0..bytes.len() as u64 + 1).await;
    assert!(matches!(outside.err(), Some(BlobError::Range { .. })));
    store.remove(&root).await.unwrap();
    store.remove(&root).await.unwrap();
    assert_eq!(store.len(&root).await.unwrap(), None);
    assert!(store.list().await.unwrap().is_empty());
}

#[tokio::test]
async fn wrong_bytes_and_lengths_should_leave_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let store = BlobStore::local(dir.path()).unwrap();
    let bytes = data(70_000);
    let (name_of, len) = (root(&bytes), bytes.len() as u64);
    let mut other = bytes.clone();
    other[69_999] ^= 1;
    let failing = pieces(&bytes[..30_000], 1000).chain(stream::iter([Err("reset".to_string())]));
    assert!(matches!(
        store.put_stream(name_of, len, pieces(&other, 999)).await,
        Err(BlobError::WrongRoot { .. })
    ));
    assert!(matches!(
        store.put_stream(name_of, len - 1, pieces(&bytes, 999)).await,
        Err(BlobError::TooLong { .. })
    ));
    assert!(matches!(
        store.put_stream(name_of, len + 1, pieces(&bytes, 999)).await,
        Err(BlobError::TooShort { .. })
    ));
    assert!(matches!(
        store.put_stream(name_of, len, failing).await,
        Err(BlobError::Source(_))
    ));
    drop(store.writer(name_of, len).await.unwrap());
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
    while std::fs::read_dir(dir.path().join("blobs")).unwrap().count() > 0 {
        assert!(
            std::time::Instant::now() < deadline,
            "a part of an abandoned blob was left"
        );
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    assert_eq!(store.len(&name_of).await.unwrap(), None);
    assert!(store.open_local(&name_of).is_err());
}

#[tokio::test]
async fn proofs_should_be_those_of_bao_for_any_length_and_range() {
    use bao_tree::{
        io::{outboard::PostOrderMemOutboard, sync::encode_ranges},
        BlockSize, ChunkNum, ChunkRanges,
    };
    use quorate_gateway_api::proven::{groups, proven_len};
    let store = BlobStore::open("memory:///").unwrap();
    for len in [
        0,
        1,
        1024,
        16_384,
        16_385,
        49_152,
        70_000,
        5 * 16_384,
        213_000,
        70 * 16_384 + 1,
        3_000_000,
    ] {
        let (bytes, count) = (data(len), groups(len as u64));
        let root = store.put_bytes(bytes.clone().into()).await.unwrap();
        let outboard = PostOrderMemOutboard::create(&bytes, BlockSize::from_chunk_log(4));
        for (first, end) in [
            (0, count),
            (count / 2, count),
            (count - 1, count),
            (0, count.div_ceil(2)),
            (count / 3, 2 * count / 3 + 1),
        ] {
            let got = store.get_proven(&root, first..end).await.unwrap();
            let got = collect(got).await.unwrap();
            assert_eq!(
                got.len() as u64,
                proven_len(len as u64, &(first..end)),
                "{len}: {first}..{end}"
            );
            let (from, to) = (ChunkNum(first * 16), ChunkNum(end * 16));
            let ranges = if end == count {
                ChunkRanges::from(from..)
            } else {
                ChunkRanges::from(from..to)
            };
            let mut expected = Vec::new();
            encode_ranges(&bytes[..], &outboard, &ranges, &mut expected).unwrap();
            assert!(got == expected, "{len}: {first}..{end}");
        }
        let outside = store.get_proven(&root, 0..count + 1).await;
        assert!(matches!(outside.err(), Some(BlobError::Range { .. })));
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
        store.open_local(&expected.0).unwrap().metadata().unwrap().len(),
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

#[tokio::test]
async fn marks_should_be_kept_beside_blobs() {
    let dir = tempfile::tempdir().unwrap();
    let store = BlobStore::local(dir.path()).unwrap();
    assert!(store.marked("updates").await.unwrap().is_empty());
    store
        .set_mark("updates", &[1; 32], Bytes::from_static(b"note"))
        .await
        .unwrap();
    assert_eq!(store.marked("updates").await.unwrap(), [[1; 32]]);
    assert_eq!(store.mark("updates", &[1; 32]).await.unwrap().unwrap(), b"note"[..]);
    store.remove_mark("updates", &[1; 32]).await.unwrap();
    assert_eq!(store.mark("updates", &[1; 32]).await.unwrap(), None);
}

#[tokio::test]
async fn a_store_in_memory_should_work_alike() {
    let store = BlobStore::open("memory:///").unwrap();
    let root = store.put_bytes(data(40_000).into()).await.unwrap();
    assert_eq!(
        collect(store.get_verified(&root, 10..39_000).await.unwrap())
            .await
            .unwrap(),
        data(40_000)[10..39_000]
    );
    assert!(matches!(store.open_local(&root), Err(BlobError::NotLocal)));
    assert!(matches!(BlobStore::open("nonsense://x"), Err(BlobError::Store(_))));
}
