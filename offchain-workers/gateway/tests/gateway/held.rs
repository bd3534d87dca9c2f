//! What a gateway holds stays what it is and whose it is: no contributor and no owner makes it something else.

use crate::common::{served, Served, GENESIS, ME};
use quorate_blobs::{
    name,
    transfer::{Authorization, Opening},
    BlobStore, Root,
};
use quorate_gateway::{Gateway, Limits, Snapshot, UPDATE_MARK};
use quorate_primitives::{
    payload::{update_commitment, uploader_payload},
    policy::Access,
    views::{
        gateway::{GatewayEntry, Upload, VersionBlob},
        BlobRef, Entry,
    },
    AccountId,
};
use sp_core::{sr25519, Pair};
use std::{
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

fn snapshot(entries: &[GatewayEntry]) -> Option<Arc<Snapshot>> {
    let entries: Vec<Entry> = entries.iter().map(Entry::from).collect();
    Some(crate::common::snapshot(&entries))
}

fn version(version: u32, root: Root, access: Access) -> GatewayEntry {
    GatewayEntry::Version(VersionBlob {
        model: 7,
        version,
        blob: BlobRef {
            root: root.into(),
            len: 4,
        },
        access,
        pending: false,
        optimiser: None,
    })
}

async fn start(store: &BlobStore) -> Served {
    served(|seen| Gateway::new(store.clone(), seen, Limits::default())).await
}

async fn ask(at: std::net::SocketAddr, method: &str, root: &Root, more: &str) -> String {
    let mut stream = TcpStream::connect(at).await.unwrap();
    let head = format!(
        "{method} /v1/blobs/{} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{more}\r\n",
        name(root)
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn contributor_should_not_mark_a_version_as_its_update() {
    let folder = tempfile::tempdir().unwrap();
    let store = BlobStore::local(folder.path()).unwrap();
    let held = store.put_bytes(b"old.".as_slice().into()).await.unwrap();
    let Served { address: at, view, .. } = &start(&store).await;
    let pair = sr25519::Pair::from_seed(&[9; 32]);
    let who = AccountId::from(pair.public().0);
    let upload = |len| {
        GatewayEntry::Upload(Upload {
            round: 4,
            model: 0,
            contributor: who.clone(),
            organisation: 9,
            commitment: update_commitment(GENESIS, 4, &who, held.into(), 1, [3; 32]),
            weight: 1,
            len,
            root: None,
        })
    };
    let expires = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() + 600;
    let signature = pair.sign(&uploader_payload(GENESIS, &who, &ME, held.into(), expires));
    let token = Authorization::uploader_sr25519(*who.as_ref(), expires, &signature.0);
    let opening = Opening {
        round: 4,
        contributor: *who.as_ref(),
        weight: 1,
        salt: [3; 32],
    };
    let headers = format!("authorization: {token}\r\nx-quorate-opening: {opening}\r\n");
    for len in [6_000_000, 4] {
        view.send_replace(snapshot(&[version(0, held, Access::Validators), upload(len)]));
        let answer = ask(*at, "HEAD", &held, &headers).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        let all = answer.contains("upload-offset: 4\r\n");
        assert_eq!(all, len == 4, "a blob of 4 bytes is no update of {len}: {answer}");
        assert_eq!(store.mark(UPDATE_MARK, &held).await.unwrap(), None, "{answer}");
    }
}

#[tokio::test]
async fn upload_that_could_never_fit_should_neither_take_others_room_nor_their_parts() {
    let folder = tempfile::tempdir().unwrap();
    let store = BlobStore::local(folder.path()).unwrap();
    let room = quorate_blobs::Room {
        max: Some(1 << 20),
        keep_free: 0,
    };
    let quota = quorate_blobs::Quota::new(store.clone(), room);
    let (huge, small) = tokio::join!(quota.reserve(1 << 50), quota.reserve(1_000));
    let refused = small.err().map(|error| error.to_string());
    drop(huge);

    // A part of somebody else, and room for it.
    let mut part = store.part(&[5; 32], "a-1", 1_000).await.unwrap().unwrap();
    part.write(&[0; 500]).await.unwrap();
    part.keep().await;
    let pair = sr25519::Pair::from_seed(&[9; 32]);
    let who = AccountId::from(pair.public().0);
    let root = [6; 32];
    let pending = GatewayEntry::Version(VersionBlob {
        model: 8,
        version: 0,
        blob: BlobRef {
            root: root.into(),
            len: 1 << 50,
        },
        access: Access::Public,
        pending: true,
        optimiser: None,
    });
    let members = GatewayEntry::Members(quorate_primitives::views::gateway::Members {
        organisation: 9,
        account: who.clone(),
        contributors: vec![],
    });
    let served = served(|seen| Gateway::new(store.clone(), seen, Limits::default()).with_quota(quota)).await;
    served.view.send_replace(snapshot(&[pending, members]));
    let expires = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() + 600;
    let signature = pair.sign(&uploader_payload(GENESIS, &who, &ME, root.into(), expires));
    let token = Authorization::uploader_sr25519(*who.as_ref(), expires, &signature.0);
    let answer = ask(
        served.address,
        "PUT",
        &root,
        &format!("authorization: {token}\r\ncontent-length: {}\r\n", 1u64 << 50),
    )
    .await;
    assert!(answer.starts_with("HTTP/1.1 507"), "{answer}");
    let parts = store.parts().unwrap().len();
    assert_eq!((refused, parts), (None, 1));
}

#[tokio::test]
async fn retired_model_should_not_show_again_what_its_policy_had_closed() {
    let folder = tempfile::tempdir().unwrap();
    let store = BlobStore::local(folder.path()).unwrap();
    let old = store.put_bytes(b"old.".as_slice().into()).await.unwrap();
    let new = store.put_bytes(b"new.".as_slice().into()).await.unwrap();
    let Served { address: at, view, .. } = &start(&store).await;
    view.send_replace(snapshot(&[version(0, old, Access::Public)]));
    while store.mark("versions", &old).await.unwrap().is_none() {
        tokio::task::yield_now().await;
    }
    view.send_replace(snapshot(&[version(64, new, Access::Validators)]));
    while store.mark("versions", &new).await.unwrap().is_none() {
        tokio::task::yield_now().await;
    }
    let closed = ask(*at, "GET", &old, "").await;
    assert!(closed.starts_with("HTTP/1.1 401"), "{closed}");
    // The owner retires the model.
    view.send_replace(snapshot(&[]));
    let retired = ask(*at, "GET", &old, "").await;
    assert!(!retired.starts_with("HTTP/1.1 200"), "{retired}");
}
