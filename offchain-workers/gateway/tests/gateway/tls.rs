//! The gateway over TLS, and the quota, over real connections.

use crate::common::{snapshot, GENESIS, ME};
use quorate_blobs::{
    root_of_file,
    transfer::{Authorization, Client, Endpoint, Opening, Permit, Receipt, Source, Timeouts, TransferError},
    BlobStore, Quota, Room, Root,
};
use quorate_gateway::{listen, serve, Gateway, Limits, Protection, Snapshot};
use quorate_primitives::{
    payload::{update_commitment, uploader_payload},
    policy::Access,
    views::{
        gateway::{GatewayEntry, Upload, VersionBlob},
        BlobRef, Entry,
    },
    AccountId,
};
use quorate_tls::{Pin, TlsIdentity};
use sp_core::{sr25519, Pair};
use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    sync::watch,
};

const LEN: usize = 700_000;

fn key() -> sr25519::Pair {
    sr25519::Pair::from_seed(&[9; 32])
}

fn contributor() -> AccountId {
    AccountId::from(key().public().0)
}

struct Setup {
    folder: tempfile::TempDir,
    store: BlobStore,
    gateway: Endpoint,
    view: watch::Sender<Option<Arc<Snapshot>>>,
    client: Client,
    _stop: watch::Sender<bool>,
}

/// A gateway with TLS whose chain awaits an update, and which has a public version.
async fn start(room: Room, limits: Limits) -> (Setup, Root) {
    let folder = tempfile::tempdir().unwrap();
    let identity = TlsIdentity::load_or_make(&folder.path().join("gateway.pem")).unwrap();
    let store = BlobStore::local(folder.path().join("store")).unwrap();
    let public = store.put_bytes(vec![8; LEN].into()).await.unwrap();
    let (view, seen) = watch::channel(None);
    let (stop, stopped) = watch::channel(false);
    let protection = Protection::Tls(quorate_tls::server(&identity).unwrap());
    let listener = listen("127.0.0.1:0".parse().unwrap(), protection).await.unwrap();
    let gateway = Endpoint {
        url: listener.url().unwrap(),
        pin: Some(identity.pin()),
    };
    let served = Gateway::new(store.clone(), seen, limits).with_quota(Quota::new(store.clone(), room));
    tokio::spawn(serve(listener, served, stopped));
    let setup = Setup {
        folder,
        store,
        gateway,
        view,
        client: Client::new(Timeouts::default()).unwrap(),
        _stop: stop,
    };
    (setup, public)
}

impl Setup {
    /// Lets the chain name the version and await updates of these roots, one a contributor.
    fn show(&self, public: Root, awaited: &[Root]) {
        let blob = BlobRef {
            root: public.into(),
            len: LEN as u64,
        };
        let version = VersionBlob {
            model: 0,
            version: 0,
            blob,
            access: Access::Public,
            pending: false,
            optimiser: None,
        };
        let upload = |(round, root): (u32, &Root)| Upload {
            round,
            model: 0,
            contributor: contributor(),
            organisation: 0,
            commitment: update_commitment(GENESIS, round, &contributor(), root.into(), 1, [3; 32]),
            weight: 1,
            len: LEN as u64,
            root: None,
        };
        let uploads = (0..).zip(awaited).map(upload).map(GatewayEntry::Upload);
        let entries: Vec<GatewayEntry> = uploads.chain([GatewayEntry::Version(version)]).collect();
        let entries: Vec<Entry> = entries.iter().map(Entry::from).collect();
        self.view.send_replace(Some(snapshot(&entries)));
    }

    async fn file(&self, content: u8) -> (PathBuf, Root) {
        let path = self.folder.path().join(format!("upload{content}"));
        std::fs::write(&path, vec![content; LEN]).unwrap();
        let (root, _) = root_of_file(&path).await.unwrap();
        (path, root)
    }

    async fn put(&self, gateway: &Endpoint, round: u32, file: &(PathBuf, Root)) -> Result<Receipt, TransferError> {
        let opening = Opening {
            round,
            contributor: *contributor().as_ref(),
            weight: 1,
            salt: [3; 32],
        };
        let expires = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() + 60;
        let signature = key().sign(&uploader_payload(GENESIS, &contributor(), &ME, file.1.into(), expires));
        let permit = Permit {
            authorization: Authorization::uploader_sr25519(*contributor().as_ref(), expires, &signature.0),
            opening: Some(opening),
        };
        self.client
            .upload(gateway, file.1, &file.0, &permit, Arc::new(|_, _| ()))
            .await
    }

    async fn get(&self, gateway: &Endpoint, root: Root) -> Result<(), TransferError> {
        let source = Source {
            gateway: gateway.clone(),
            authorization: None,
        };
        let path = self.folder.path().join("download");
        let _ = std::fs::remove_file(&path);
        self.client
            .fetch_to_file(&path, &[source], root, LEN as u64, &|_, _| ())
            .await
    }

    fn plain(&self) -> Endpoint {
        self.gateway.url.replacen("https", "http", 1).into()
    }
}

#[tokio::test]
async fn blobs_should_go_both_ways_over_tls_with_the_registered_key() {
    let (setup, public) = start(Room::default(), Limits::default()).await;
    let file = setup.file(5).await;
    setup.show(public, &[file.1]);
    assert!(setup.gateway.url.starts_with("https://127.0.0.1:"));
    setup.get(&setup.gateway, public).await.unwrap();
    assert_eq!(
        std::fs::read(setup.folder.path().join("download")).unwrap(),
        vec![8; LEN]
    );
    assert_eq!(setup.put(&setup.gateway, 0, &file).await.unwrap(), Receipt::Stored);
    assert_eq!(setup.put(&setup.gateway, 0, &file).await.unwrap(), Receipt::AlreadyHeld);
}

#[tokio::test]
async fn gateway_with_another_key_should_be_left_alone() {
    let (setup, public) = start(Room::default(), Limits::default()).await;
    let file = setup.file(5).await;
    setup.show(public, &[file.1]);
    let other = Endpoint {
        pin: Some(Pin([4; 32])),
        ..setup.gateway.clone()
    };
    let right = setup.gateway.pin.unwrap().to_string();
    for refused in [
        setup.get(&other, public).await.unwrap_err().to_string(),
        setup.put(&other, 0, &file).await.unwrap_err().to_string(),
    ] {
        assert!(
            refused.contains(&right) && refused.contains(&"04".repeat(32)),
            "{refused}"
        );
    }
    assert_eq!(setup.store.len(&file.1).await.unwrap(), None);

    // Nor does one without a registered key pass, for no authority vouches for it.
    let unknown = Endpoint::from(setup.gateway.url.clone());
    assert!(setup.get(&unknown, public).await.is_err());

    // The right key beside the wrong one: two gateways on one address are told apart.
    let (second, public) = start(Room::default(), Limits::default()).await;
    second.show(public, &[]);
    setup.get(&second.gateway, public).await.unwrap();
    setup.get(&setup.gateway, public).await.unwrap();
}

#[tokio::test]
async fn who_speaks_without_tls_should_be_told_so() {
    let (setup, public) = start(Room::default(), Limits::default()).await;
    let file = setup.file(5).await;
    setup.show(public, &[file.1]);
    for refused in [
        setup.get(&setup.plain(), public).await.unwrap_err().to_string(),
        setup.put(&setup.plain(), 0, &file).await.unwrap_err().to_string(),
    ] {
        assert!(refused.contains("https://"), "{refused}");
    }

    // And the other way round.
    let (_view, seen) = watch::channel(None);
    let (_stop, stopped) = watch::channel(false);
    let listener = listen("127.0.0.1:0".parse().unwrap(), Protection::ThisMachine)
        .await
        .unwrap();
    let url = listener.url().unwrap().replacen("http", "https", 1);
    let served = Gateway::new(setup.store.clone(), seen, Limits::default());
    tokio::spawn(serve(listener, served, stopped));
    let plain = Endpoint {
        url,
        pin: setup.gateway.pin,
    };
    let refused = setup.get(&plain, public).await.unwrap_err().to_string();
    assert!(refused.contains("does not speak TLS"), "{refused}");
}

#[tokio::test]
async fn handshake_that_stands_still_should_be_ended() {
    let limits = Limits {
        idle: Duration::from_millis(300),
        ..Limits::default()
    };
    let (setup, _) = start(Room::default(), limits).await;
    for first in [&b""[..], &[22, 3, 1]] {
        let address = setup.gateway.url.strip_prefix("https://").unwrap();
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        stream.write_all(first).await.unwrap();
        let end = tokio::time::timeout(Duration::from_secs(20), stream.read(&mut [0; 16])).await;
        // Closed, in order or not.
        assert!(matches!(end.unwrap(), Ok(0) | Err(_)));
    }
}

#[tokio::test]
async fn upload_beyond_the_quota_should_be_refused_and_change_nothing() {
    // The version, one update, and not quite another one.
    let room = Room {
        max: Some(3 * LEN as u64 - 1),
        keep_free: 0,
    };
    let (setup, public) = start(room, Limits::default()).await;
    let (first, second) = (setup.file(5).await, setup.file(6).await);
    setup.show(public, &[first.1, second.1]);
    assert_eq!(setup.put(&setup.gateway, 0, &first).await.unwrap(), Receipt::Stored);
    let refused = setup.put(&setup.gateway, 1, &second).await;
    match refused {
        Err(TransferError::Refused {
            status: 507, reason, ..
        }) => assert!(reason.contains("no room"), "{reason}"),
        other => panic!("{other:?}"),
    }
    assert_eq!(setup.store.len(&second.1).await.unwrap(), None);
    // What is held stays, and can be brought again.
    assert_eq!(
        setup.put(&setup.gateway, 0, &first).await.unwrap(),
        Receipt::AlreadyHeld
    );
    setup.get(&setup.gateway, public).await.unwrap();
    setup.store.remove(&first.1).await.unwrap();
    assert_eq!(setup.put(&setup.gateway, 1, &second).await.unwrap(), Receipt::Stored);
}
