//! What every store does, wherever its blobs live: a local folder, memory, or a bucket of an S3 server.

mod common;

use bytes::Bytes;
use common::*;
use futures::{stream, StreamExt};
use quorate_blobs::{BlobError, BlobInfo, BlobStore};
use std::io::Read;

#[test]
fn s3_server_process() {
    quorate_s3_server::process();
}

macro_rules! of_every_store {
    ($($name:ident,)*) => {
        of_every_store!(@ local, $($name,)*);
        of_every_store!(@ memory, $($name,)*);
        of_every_store!(@ s3, $($name,)*);
    };
    (@ $kind:ident, $($name:ident,)*) => {
        mod $kind {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $name() {
                    let place = super::Place::$kind().await;
                    super::$name(&place.store).await;
                }
            )*
        }
    };
}

of_every_store! {
    a_stored_stream_should_be_read_back_in_any_range,
    wrong_bytes_and_lengths_should_leave_nothing,
    proofs_should_be_those_of_bao_for_any_length_and_range,
    marks_should_be_kept_beside_blobs,
    blob_that_was_promised_should_not_be_collected,
    files_should_be_parts_first_and_then_blobs_or_be_refused,
}

async fn a_stored_stream_should_be_read_back_in_any_range(store: &BlobStore) {
    // Longer than what an object store takes at once.
    let bytes = data(19_000_003);
    let (root, len) = (root(&bytes), bytes.len() as u64);
    store.put_stream(root, len, pieces(&bytes, 100_001)).await.unwrap();
    assert_eq!(store.len(&root).await.unwrap(), Some(len));
    assert_eq!(store.list().await.unwrap(), [BlobInfo { root, len }]);
    for (start, end) in [
        (0, 0),
        (0, 1),
        (16_383, 16_385),
        (5_000_000, 9_000_001),
        (0, bytes.len()),
    ] {
        let range = start as u64..end as u64;
        let plain = store.get_range(&root, range.clone()).await.unwrap();
        assert_eq!(collect(plain).await.unwrap(), bytes[start..end]);
        let verified = store.get_verified(&root, range).await.unwrap();
        assert_eq!(collect(verified).await.unwrap(), bytes[start..end]);
    }
    let outside = store.get_range(&root, 0..len + 1).await;
    assert!(matches!(outside.err(), Some(BlobError::Range { .. })));
    store.remove(&root).await.unwrap();
    store.remove(&root).await.unwrap();
    assert_eq!(store.len(&root).await.unwrap(), None);
    assert!(store.list().await.unwrap().is_empty());
    assert!(matches!(store.get_small(&root, 1).await, Err(BlobError::NotFound(_))));
}

async fn wrong_bytes_and_lengths_should_leave_nothing(store: &BlobStore) {
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
    assert_eq!(store.len(&name_of).await.unwrap(), None);
    assert!(store.list().await.unwrap().is_empty());
    assert!(store.open_local(&name_of).await.is_err());
}

async fn proofs_should_be_those_of_bao_for_any_length_and_range(store: &BlobStore) {
    use bao_tree::{
        io::{outboard::PostOrderMemOutboard, sync::encode_ranges},
        BlockSize, ChunkNum, ChunkRanges,
    };
    use quorate_gateway_api::proven::{groups, proven_len};
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

async fn marks_should_be_kept_beside_blobs(store: &BlobStore) {
    assert!(store.marked("updates").await.unwrap().is_empty());
    for note in ["note", "other note"] {
        store.set_mark("updates", &[1; 32], Bytes::from(note)).await.unwrap();
        assert_eq!(store.marked("updates").await.unwrap(), [[1; 32]]);
        assert_eq!(store.mark("updates", &[1; 32]).await.unwrap().unwrap(), note);
    }
    assert_eq!(store.mark("kept", &[1; 32]).await.unwrap(), None);
    for _ in 0..2 {
        store.remove_mark("updates", &[1; 32]).await.unwrap();
        assert_eq!(store.mark("updates", &[1; 32]).await.unwrap(), None);
    }
    assert!(store.marked("updates").await.unwrap().is_empty());
    // A blob gets one before it is there, unless it has one.
    let bytes = data(1_000);
    let root = root(&bytes);
    for (note, kept) in [(b"1", b"1"), (b"2", b"1")] {
        let mut writer = store.writer(root, 1_000).await.unwrap();
        writer.mark("updates", Bytes::from_static(note));
        writer.write(&bytes).await.unwrap();
        writer.finish().await.unwrap();
        assert_eq!(store.mark("updates", &root).await.unwrap().unwrap(), kept[..]);
    }
}

async fn blob_that_was_promised_should_not_be_collected(store: &BlobStore) {
    assert!(!store.promise(&[1; 32]).await.unwrap());
    let root = store.put_bytes(vec![1; 10].into()).await.unwrap();
    store.set_mark("updates", &root, vec![2].into()).await.unwrap();
    assert!(!store.collect("updates", &root).await.unwrap(), "it is new");
    store.forget_promises().await;
    assert!(store.promise(&root).await.unwrap());
    assert!(!store.collect("updates", &root).await.unwrap());
    assert_eq!(store.mark("updates", &root).await.unwrap().unwrap(), [2][..]);
    store.forget_promises().await;
    assert!(store.collect("updates", &root).await.unwrap());
    assert!(!store.promise(&root).await.unwrap());
    assert_eq!(store.mark("updates", &root).await.unwrap(), None);
}

/// A store in memory has no files; others take what was written there, and give it back.
async fn files_should_be_parts_first_and_then_blobs_or_be_refused(store: &BlobStore) {
    let bytes = data(9_000_001);
    let (root, len) = (root(&bytes), bytes.len() as u64);
    let mut part = match store.part(&root, "a-1", len).await {
        Err(BlobError::NotLocal) => {
            store.put_bytes(bytes.into()).await.unwrap();
            assert!(matches!(store.open_local(&root).await, Err(BlobError::NotLocal)));
            return;
        }
        part => part.unwrap().unwrap(),
    };
    part.write(&bytes[..70_000]).await.unwrap();
    part.keep().await;
    let mut part = store.part(&root, "a-1", len).await.unwrap().unwrap();
    assert_eq!(part.seen(), 70_000);
    part.write(&bytes[70_000..]).await.unwrap();
    assert_eq!(store.len(&root).await.unwrap(), None);
    let whole = part.finish(root).await.unwrap();
    store.adopt(whole, Some(("updates", vec![1].into()))).await.unwrap();
    assert!(store.parts().unwrap().is_empty());
    assert_eq!(store.mark("updates", &root).await.unwrap().unwrap(), [1][..]);
    let mut got = Vec::new();
    store.open_local(&root).await.unwrap().read_to_end(&mut got).unwrap();
    assert!(got == bytes);
    let groups = store.group_hashes(&root).await.unwrap().unwrap();
    assert_eq!(groups.len() as u64, len.div_ceil(16_384));
}
