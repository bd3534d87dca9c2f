//! Clients that hold what others need: connections, slots for uploads, room.

use crate::common::{served, snapshot, Served, GENESIS, ME};
use quorate_blobs::{
    name,
    transfer::{Authorization, Opening},
    BlobStore, Quota, Room, Root,
};
use quorate_gateway::{Gateway, Limits, Snapshot};
use quorate_gateway_api::StatusBody;
use quorate_primitives::{
    crypto::AttestationPair,
    payload::{token_payload, update_commitment, uploader_payload},
    policy::Access,
    views::{
        gateway::{GatewayEntry, Members, Peer, Upload, VersionBlob},
        BlobRef, Entry,
    },
    AccountId, Hash, OrganisationId,
};
use sp_core::{sr25519, Pair};
use std::{
    future::Future,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    sync::watch,
    time::timeout,
};

/// A validator whose gateway's address is on chain, and one that has a name there.
const NEAR: AccountId = AccountId::new([2; 32]);
const FAR: AccountId = AccountId::new([3; 32]);
const PATIENCE: Duration = Duration::from_secs(60);
const LEN: usize = 100_000;
const ALL: Room = Room {
    max: None,
    keep_free: 0,
};

struct Setup {
    _folder: tempfile::TempDir,
    store: BlobStore,
    address: SocketAddr,
    view: watch::Sender<Option<Arc<Snapshot>>>,
    _served: Served,
}

async fn start(limits: Limits, room: Room) -> Setup {
    let folder = tempfile::tempdir().unwrap();
    let store = BlobStore::local(folder.path()).unwrap();
    // Loopback addresses are many: each stands for a machine.
    let quota = Quota::new(store.clone(), room);
    let served = served(|seen| Gateway::new(store.clone(), seen, limits).with_quota(quota)).await;
    Setup {
        _folder: folder,
        store,
        address: served.address,
        view: served.view.clone(),
        _served: served,
    }
}

fn attestation(seed: u8) -> AttestationPair {
    AttestationPair::from_seed(&[seed; 32])
}

fn account(seed: u8) -> sr25519::Pair {
    sr25519::Pair::from_seed(&[seed; 32])
}

fn id(seed: u8) -> AccountId {
    AccountId::from(account(seed).public().0)
}

fn expires() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() + 600
}

fn peer(validator: AccountId, seed: u8, gateway: &str) -> GatewayEntry {
    GatewayEntry::Peer(Peer {
        validator,
        organisation: 0,
        key: Some(attestation(seed).public()),
        gateway: gateway.into(),
        tls_key_hash: None,
    })
}

/// Content that the byte stands for, and its root.
fn content(byte: u8) -> (Vec<u8>, Root) {
    let bytes = vec![byte; LEN];
    let root = *blake3_of(&bytes).as_fixed_bytes();
    (bytes, root)
}

fn blake3_of(bytes: &[u8]) -> Hash {
    let mut tree = quorate_blobs::TreeBuilder::new(bytes.len() as u64);
    tree.push(bytes).unwrap();
    tree.finish().unwrap().0.into()
}

fn version(root: Root, pending: bool) -> GatewayEntry {
    GatewayEntry::Version(VersionBlob {
        model: 0,
        version: 0,
        blob: BlobRef {
            root: root.into(),
            len: LEN as u64,
        },
        access: Access::Public,
        pending,
        optimiser: None,
    })
}

/// An organisation with one contributor, of this seed.
fn members(organisation: OrganisationId, seed: u8) -> GatewayEntry {
    GatewayEntry::Members(Members {
        organisation,
        account: AccountId::new([organisation as u8 + 200; 32]),
        contributors: vec![id(seed)],
    })
}

/// A commitment to these bytes by the contributor of this seed.
fn awaited(seed: u8, organisation: OrganisationId, root: Root) -> GatewayEntry {
    GatewayEntry::Upload(Upload {
        round: 4,
        model: 0,
        contributor: id(seed),
        organisation,
        commitment: update_commitment(GENESIS, 4, &id(seed), root.into(), 1, [3; 32]),
        weight: 1,
        len: LEN as u64,
        root: None,
    })
}

fn opening(seed: u8) -> Opening {
    Opening {
        round: 4,
        contributor: *id(seed).as_ref(),
        weight: 1,
        salt: [3; 32],
    }
}

/// Head of an upload by the account of this seed.
fn put_head(root: Root, seed: u8, opening: Option<Opening>) -> String {
    let expires = expires();
    let signature = account(seed).sign(&uploader_payload(GENESIS, &id(seed), &ME, root.into(), expires));
    let token = Authorization::uploader_sr25519(*id(seed).as_ref(), expires, &signature.0);
    let opening = opening.map_or(String::new(), |opening| format!("x-quorate-opening: {opening}\r\n"));
    let name = name(&root);
    format!(
        "PUT /v1/blobs/{name} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {LEN}\r\n{opening}authorization: {token}\r\n\r\n"
    )
}

/// Waits until something is so.
async fn until<F: Future<Output = bool>>(what: &str, mut check: impl FnMut() -> F) {
    let wait = async {
        while !check().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, wait)
        .await
        .unwrap_or_else(|_| panic!("never: {what}"));
}

/// The whole answer; empty for a connection that is closed without one.
async fn answer(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    // A refused connection may be reset.
    let _ = timeout(PATIENCE, stream.read_to_end(&mut answer))
        .await
        .expect("the gateway is silent");
    String::from_utf8_lossy(&answer).into_owned()
}

impl Setup {
    fn show(&self, entries: &[GatewayEntry]) {
        let peers = [
            peer(ME, 1, ""),
            peer(NEAR, 2, "http://127.0.0.2:1"),
            peer(FAR, 3, "http://far.example:1"),
        ];
        let entries: Vec<Entry> = peers.iter().chain(entries).map(Entry::from).collect();
        self.view.send_replace(Some(snapshot(&entries)));
    }

    /// A connection from a loopback address.
    async fn connect(&self, from: &str) -> TcpStream {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(format!("{from}:0").parse().unwrap()).unwrap();
        socket.connect(self.address).await.unwrap()
    }

    async fn ask(&self, from: &str, head: &str, body: &[u8]) -> (TcpStream, String) {
        let mut stream = self.connect(from).await;
        // The gateway may have closed it.
        if stream.write_all(head.as_bytes()).await.is_ok() {
            let _ = stream.write_all(body).await;
        }
        let answer = answer(&mut stream).await;
        (stream, answer)
    }

    async fn status(&self, from: &str) -> Option<StatusBody> {
        let head = "GET /v1/status HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
        let (_, answer) = self.ask(from, head, &[]).await;
        let (head, body) = answer.split_once("\r\n\r\n")?;
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        Some(serde_json::from_str(body).unwrap())
    }

    async fn is_served(&self, from: &str) -> bool {
        self.status(from).await.is_some()
    }

    async fn put(&self, from: &str, byte: u8, seed: u8, opening: Option<Opening>) -> String {
        let (bytes, root) = content(byte);
        self.ask(from, &put_head(root, seed, opening), &bytes).await.1
    }

    /// An upload that has begun.
    async fn begin(&self, from: &str, byte: u8, seed: u8, opening: Option<Opening>) -> TcpStream {
        let (bytes, root) = content(byte);
        let mut stream = self.connect(from).await;
        stream
            .write_all(put_head(root, seed, opening).as_bytes())
            .await
            .unwrap();
        stream.write_all(&bytes[..LEN / 2]).await.unwrap();
        stream
    }

    async fn until_free(&self, uploads: usize) {
        until("so many free slots", || async {
            self.status("127.0.0.1")
                .await
                .is_some_and(|status| status.uploads_free == uploads)
        })
        .await;
    }
}

/// Sends a byte now and then until the gateway has enough.
fn drip(mut stream: TcpStream) -> tokio::task::JoinHandle<String> {
    tokio::spawn(async move {
        let (mut read, mut write) = stream.split();
        let mut answer = Vec::new();
        let drips = async {
            while write.write_all(&[0]).await.is_ok() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            std::future::pending::<()>().await
        };
        tokio::select! {
            () = drips => (),
            _ = read.read_to_end(&mut answer) => (),
        }
        String::from_utf8_lossy(&answer).into_owned()
    })
}

fn is(answer: &str, status: u16) -> bool {
    answer.starts_with(&format!("HTTP/1.1 {status} "))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_with_a_thousand_connections_should_keep_nobody_out() {
    let limits = Limits::default();
    let setup = start(limits, ALL).await;
    setup.show(&[]);
    let mut idle = Vec::new();
    for _ in 0..limits.connections_of_address {
        idle.push(setup.connect("127.0.0.5").await);
    }
    for _ in limits.connections_of_address..1_000 {
        let mut refused = setup.connect("127.0.0.5").await;
        assert_eq!(answer(&mut refused).await, "");
    }
    assert!(setup.is_served("127.0.0.6").await);
    drop(idle);
    until("the address is served again", || setup.is_served("127.0.0.5")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn validators_should_be_served_while_strangers_fill_their_share() {
    let limits = Limits {
        connections: 8,
        connections_for_validators: 3,
        connections_of_validator: 2,
        connections_of_address: 2,
        ..Limits::default()
    };
    let setup = start(limits, ALL).await;
    let (bytes, root) = content(7);
    setup.store.put_bytes(bytes.into()).await.unwrap();
    setup.show(&[version(root, false)]);
    let token = |seed: u8, who: &AccountId| {
        let expires = expires();
        let signature = attestation(seed).sign(&token_payload(GENESIS, who, &ME, expires));
        Authorization::validator(*who.as_ref(), expires, signature.as_ref())
    };
    // Nothing asks for a token here; what is shown counts all the same.
    let head = |connection: &str| {
        let token = token(3, &FAR);
        let name = name(&root);
        format!(
            "HEAD /v1/blobs/{name} HTTP/1.1\r\nhost: x\r\nconnection: {connection}\r\nauthorization: {token}\r\n\r\n"
        )
    };
    let (_, shown) = setup.ask("127.0.0.3", &head("close"), &[]).await;
    assert!(is(&shown, 200), "{shown}");

    let mut strangers = Vec::new();
    for n in 0..5 {
        let stream = setup.connect(&format!("127.0.1.{n}")).await;
        strangers.push(stream);
    }
    until("strangers have all of theirs", || async {
        !setup.is_served("127.0.2.1").await
    })
    .await;
    assert!(setup.is_served("127.0.0.2").await, "its gateway's address is on chain");
    assert!(setup.is_served("127.0.0.3").await, "its token came from there");

    // Connections with a token leave the address its own.
    let mut validators = Vec::new();
    for _ in 0..2 {
        let mut stream = setup.connect("127.0.0.3").await;
        stream.write_all(head("keep-alive").as_bytes()).await.unwrap();
        let mut first = [0; 12];
        timeout(PATIENCE, stream.read_exact(&mut first)).await.unwrap().unwrap();
        assert_eq!(&first, b"HTTP/1.1 200");
        validators.push(stream);
    }
    until("one place is left", || setup.is_served("127.0.0.3")).await;
    let _last = setup.connect("127.0.0.3").await;
    until("all places are taken", || async { !setup.is_served("127.0.0.2").await }).await;
    drop(validators);
    until("validators have theirs again", || setup.is_served("127.0.0.2")).await;
    assert!(!setup.is_served("127.0.2.1").await, "strangers have not");
    drop(strangers);
    until("strangers have theirs again", || setup.is_served("127.0.2.1")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn idle_connection_should_be_closed() {
    let limits = Limits {
        idle: Duration::from_millis(500),
        ..Limits::default()
    };
    let setup = start(limits, ALL).await;
    for (request, begin) in [
        ("", ""),
        ("GET /v1/st", ""),
        ("GET /v1/status HTTP/1.1\r\nhost: x\r\n\r\n", "HTTP/1.1 200"),
    ] {
        let mut stream = setup.connect("127.0.0.7").await;
        stream.write_all(request.as_bytes()).await.unwrap();
        let answer = answer(&mut stream).await;
        assert!(answer.starts_with(begin), "{answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_read_the_answer_should_be_cut_off() {
    let limits = Limits {
        idle: Duration::from_millis(500),
        connections_of_address: 1,
        ..Limits::default()
    };
    let setup = start(limits, ALL).await;
    // More than the buffers of two sockets hold.
    let root = setup.store.put_bytes(vec![1; 64 << 20].into()).await.unwrap();
    setup.show(&[version(root, false)]);
    let mut stream = setup.connect("127.0.0.7").await;
    let head = format!("GET /v1/blobs/{} HTTP/1.1\r\nhost: x\r\n\r\n", name(&root));
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut first = [0; 12];
    timeout(PATIENCE, stream.read_exact(&mut first)).await.unwrap().unwrap();
    assert_eq!(&first, b"HTTP/1.1 200");
    until("its place is free", || setup.is_served("127.0.0.7")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn upload_that_drips_should_be_given_up() {
    let limits = Limits {
        idle: Duration::from_millis(500),
        ..Limits::default()
    };
    let setup = start(limits, ALL).await;
    let (_, root) = content(5);
    setup.show(&[awaited(9, 0, root)]);
    let dripping = drip(setup.begin("127.0.0.7", 5, 9, Some(opening(9))).await);
    let answer = timeout(PATIENCE, dripping).await.unwrap().unwrap();
    assert!(is(&answer, 408), "{answer}");
    setup.until_free(16).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn owner_should_bring_a_version_at_once_while_others_drip_it() {
    let setup = start(Limits::default(), ALL).await;
    let (_, root) = content(5);
    setup.show(&[version(root, true), members(0, 20), members(7, 30)]);
    // Nobody of an organisation: refused before a byte is taken.
    let stranger = setup.put("127.0.0.7", 5, 99, None).await;
    assert!(is(&stranger, 403), "{stranger}");
    // One of another organisation.
    let mut dripping = setup.begin("127.0.0.7", 5, 30, None).await;
    setup.until_free(15).await;
    let owner = setup.put("127.0.0.8", 5, 20, None).await;
    assert!(is(&owner, 201), "{owner}");
    let answer = answer(&mut dripping).await;
    assert!(is(&answer, 200) && answer.contains(r#""held":true"#), "{answer}");
    setup.until_free(16).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn first_whole_one_of_two_uploads_of_a_blob_should_win() {
    let setup = start(Limits::default(), ALL).await;
    let (bytes, root) = content(5);
    setup.show(&[awaited(9, 0, root), awaited(10, 1, root)]);
    // Others know the opening once it is revealed.
    let stranger = setup.put("127.0.0.7", 5, 11, Some(opening(9))).await;
    assert!(is(&stranger, 403), "{stranger}");
    let mut first = setup.begin("127.0.0.7", 5, 9, Some(opening(9))).await;
    setup.until_free(15).await;
    let again = setup.put("127.0.0.7", 5, 9, Some(opening(9))).await;
    assert!(is(&again, 409), "{again}");
    let mut second = setup.begin("127.0.0.8", 5, 10, Some(opening(10))).await;
    setup.until_free(14).await;
    second.write_all(&bytes[LEN / 2..]).await.unwrap();
    let second = answer(&mut second).await;
    assert!(is(&second, 201), "{second}");
    let first = answer(&mut first).await;
    assert!(is(&first, 200), "{first}");
    assert_eq!(setup.store.len(&root).await.unwrap(), Some(LEN as u64));
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_in_flight_should_count_against_the_quota() {
    // One upload and its tree, and not quite another one.
    let room = Room {
        max: Some(2 * LEN as u64),
        keep_free: 0,
    };
    let setup = start(Limits::default(), room).await;
    setup.show(&[awaited(9, 0, content(5).1), awaited(10, 1, content(6).1)]);
    let first = setup.begin("127.0.0.7", 5, 9, Some(opening(9))).await;
    setup.until_free(15).await;
    let second = setup.put("127.0.0.8", 6, 10, Some(opening(10))).await;
    assert!(is(&second, 507), "{second}");
    drop(first);
    until("what did not come counts no more", || async {
        is(&setup.put("127.0.0.8", 6, 10, Some(opening(10))).await, 201)
    })
    .await;
    let first = setup.put("127.0.0.7", 5, 9, Some(opening(9))).await;
    assert!(is(&first, 507), "{first}");
}

#[tokio::test(flavor = "multi_thread")]
async fn slots_that_one_organisation_drips_into_should_be_given_to_others() {
    let limits = Limits {
        uploads: 2,
        uploads_of_organisation: 2,
        // Nobody is cut off for this alone.
        slowest: 1,
        idle: Duration::from_secs(1),
        ..Limits::default()
    };
    let setup = start(limits, ALL).await;
    setup.show(&[
        awaited(9, 0, content(5).1),
        awaited(10, 0, content(6).1),
        awaited(11, 1, content(7).1),
    ]);
    let dripping = [
        drip(setup.begin("127.0.0.7", 5, 9, Some(opening(9))).await),
        drip(setup.begin("127.0.0.7", 6, 10, Some(opening(10))).await),
    ];
    setup.until_free(0).await;
    until("a slow one gives way", || async {
        is(&setup.put("127.0.0.8", 7, 11, Some(opening(11))).await, 201)
    })
    .await;
    dripping.iter().for_each(tokio::task::JoinHandle::abort);
}
