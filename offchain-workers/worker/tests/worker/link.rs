//! The link over TLS, the gateways' keys, quota and retention, on whole workers with made-up views.

use futures::{SinkExt, StreamExt};
use quorate_blobs::{BlobStore, Room, Root};
use quorate_engine::{Settings, TileEngine};
use quorate_gateway::UPDATE_MARK;
use quorate_primitives::{
    crypto::AttestationPair,
    payload::token_payload,
    policy::Access,
    possession::Shown,
    views::{
        gateway::{GatewayEntry, Peer, VersionBlob},
        tasks::{Against, FileShape, VoteItem},
        BlobRef, Entry,
    },
    AccountId, Hash,
};
use quorate_protocol::{
    framing::{framed, ScaleCodec},
    BlockId, Failure, FromWorker, Output, Task, ToWorker, Token, PROTOCOL_VERSION,
};
use quorate_tls::{
    explain, mutual_client,
    rustls::{pki_types::ServerName, ClientConfig},
    Pin, TlsIdentity,
};
use quorate_worker::{start, Config, Link, Retention, Running};
use sp_core::Pair;
use std::{future::Future, io, path::Path, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf},
    net::TcpStream,
    time::{sleep, timeout, Instant},
};
use tokio_rustls::{client::TlsStream, TlsConnector};
use tokio_util::codec::{FramedRead, FramedWrite};

const GENESIS: Hash = Hash::repeat_byte(0x33);
const LIMIT: Duration = Duration::from_secs(30);
const LEN: usize = 100_000;

type Stream = TlsStream<TcpStream>;
type Codec = ScaleCodec<ToWorker, FromWorker>;

fn identity(folder: &Path, name: &str) -> TlsIdentity {
    TlsIdentity::load_or_make(&folder.join(name)).unwrap()
}

/// A worker that knows one node, over TLS.
struct Side {
    folder: tempfile::TempDir,
    running: Running,
    store: BlobStore,
    node: TlsIdentity,
    /// Of its link and of its gateway.
    pins: [Pin; 2],
    account: AccountId,
}

impl Side {
    async fn new(number: u8, room: Room) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = BlobStore::local(folder.path().join("store")).unwrap();
        let [node, link, gateway] = ["node", "link", "gateway"].map(|name| identity(folder.path(), name));
        let pins = [link.pin(), gateway.pin()];
        let link = Link::Tls {
            address: "127.0.0.1:0".parse().unwrap(),
            identity: link,
            node: node.pin(),
        };
        let engine = Arc::new(TileEngine::new(Settings::default()));
        let config = Config {
            room,
            tls: Some(gateway),
            retention: Retention::of_updates(5),
            collect_every: Duration::from_millis(50),
            ..Config::new(link, store.clone(), "127.0.0.1:0".parse().unwrap(), engine)
        };
        Self {
            running: start(config).await.unwrap(),
            folder,
            store,
            node,
            pins,
            account: AccountId::new([number; 32]),
        }
    }

    fn peer(&self) -> Peer {
        Peer {
            validator: self.account.clone(),
            organisation: 0,
            key: Some(self.key().public()),
            gateway: self.running.gateway().into(),
            tls_key_hash: Some(Hash::from(self.pins[1].0)),
        }
    }

    fn key(&self) -> AttestationPair {
        AttestationPair::from_seed(self.account.as_ref())
    }

    fn token(&self, audience: &AccountId) -> Token {
        let expires = expires();
        let signature = self
            .key()
            .sign(&token_payload(GENESIS, &self.account, audience, expires));
        Token {
            audience: audience.clone(),
            expires,
            signature,
        }
    }

    async fn node(&self) -> Node {
        let config = mutual_client(&self.node, self.pins[0]).unwrap();
        let (read, write) = tokio::io::split(connect(self, config).await.unwrap());
        let (sink, source) = framed(read, write);
        let mut node = Node { sink, source };
        let hello = ToWorker::Hello {
            protocol: PROTOCOL_VERSION,
            genesis: GENESIS,
            node: quorate_protocol::this_process(),
        };
        node.say(hello).await;
        assert!(matches!(node.hear().await, FromWorker::Hello { .. }));
        node
    }

    fn tokens(&self, tokens: Vec<Token>) -> ToWorker {
        ToWorker::Tokens {
            me: Some(self.account.clone()),
            tokens,
            stream: None,
        }
    }
}

fn block(number: u32) -> BlockId {
    BlockId {
        number,
        hash: Hash::from_low_u64_be(number.into()),
    }
}

fn entries(entries: &[GatewayEntry]) -> Vec<Entry> {
    entries.iter().map(Entry::from).collect()
}

/// The whole view at a block.
fn view(number: u32, finalized: u32, named: &[GatewayEntry]) -> ToWorker {
    ToWorker::Snapshot {
        at: block(number),
        finalized,
        page: 0,
        last: true,
        entries: entries(named),
    }
}

/// A node's end of the link.
struct Node {
    sink: FramedWrite<WriteHalf<Stream>, Codec>,
    source: FramedRead<ReadHalf<Stream>, Codec>,
}

impl Node {
    async fn say(&mut self, message: ToWorker) {
        self.sink.send(message).await.unwrap();
    }

    async fn hear(&mut self) -> FromWorker {
        let heard = timeout(LIMIT, self.source.next()).await;
        heard
            .expect("the worker is silent")
            .expect("it closed the stream")
            .unwrap()
    }

    /// Lets the worker check one blob as if it were a version 0; returns the result of the task.
    async fn check(&mut self, request: u64, blob: &BlobRef, limit: Duration) -> Result<Output, Failure> {
        // Whatever the result is: the file has to be fetched first.
        let shape = FileShape {
            model: 0,
            header_hash: Hash::zero(),
            header_len: 1_024,
            update_len: blob.len,
        };
        let task = Task::Check {
            against: Against::Registered(shape),
            items: vec![VoteItem {
                item: 0,
                blob: blob.clone(),
                shown: Shown::Possession {
                    key: Hash::zero(),
                    possession: Hash::zero(),
                },
            }],
        };
        self.say(ToWorker::Run {
            request,
            timeout_ms: limit.as_millis() as u64,
            task,
        })
        .await;
        loop {
            if let FromWorker::Done { request: done, result } = self.hear().await {
                assert_eq!(done, request);
                return result;
            }
        }
    }
}

async fn connect(side: &Side, config: Arc<ClientConfig>) -> io::Result<Stream> {
    let stream = TcpStream::connect(side.running.link()).await?;
    let name = ServerName::try_from("worker").unwrap();
    TlsConnector::from(config).connect(name, stream).await
}

/// What one that is refused learns, at the handshake or when it waits for an answer.
async fn refusal(side: &Side, config: Arc<ClientConfig>) -> String {
    let tried = async {
        let mut stream = connect(side, config).await?;
        stream.read_u8().await
    };
    let error = timeout(LIMIT, tried).await.unwrap().unwrap_err();
    explain(&error).unwrap_or_else(|| error.to_string())
}

async fn until<F: Future<Output = bool>>(what: &str, mut done: impl FnMut() -> F) {
    let deadline = Instant::now() + LIMIT;
    while !done().await {
        assert!(Instant::now() < deadline, "{what}: took too long");
        sleep(Duration::from_millis(20)).await;
    }
}

fn blob(root: Root) -> BlobRef {
    BlobRef {
        root: root.into(),
        len: LEN as u64,
    }
}

fn expires() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.unwrap().as_secs() + 600
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_node_that_the_worker_knows_should_be_heard() {
    let side = Side::new(1, Room::default()).await;
    let other = identity(side.folder.path(), "other");
    let link = side.pins[0];
    let mut node = side.node().await;

    let told = refusal(&side, mutual_client(&other, link).unwrap()).await;
    assert!(told.contains("knows another TLS key"), "{told}");
    let told = refusal(&side, Arc::new(quorate_tls::client(link).unwrap())).await;
    assert!(told.contains("was shown none"), "{told}");
    let told = refusal(&side, mutual_client(&side.node, other.pin()).unwrap()).await;
    assert!(told.contains(&link.to_string()), "{told}");

    // Frames without TLS are not listened to.
    let mut plain = TcpStream::connect(side.running.link()).await.unwrap();
    plain.write_all(&[1, 0, 0, 0, 4]).await.unwrap();
    let mut answer = Vec::new();
    let end = timeout(LIMIT, plain.read_to_end(&mut answer)).await.unwrap();
    assert!(end.is_err() || answer.len() < 32, "no more than an alert");

    // All that has not touched the node that is known.
    node.say(ToWorker::Cancel { request: 9 }).await;
    assert!(matches!(node.hear().await, FromWorker::Status(_)));
    node.say(ToWorker::Shutdown).await;
    timeout(LIMIT, side.running.stopped())
        .await
        .expect("the worker does not stop");
    side.running.stop().await;
}

/// A worker that holds a blob, and shows it to these peers: its root, and the node's end.
async fn sharing(side: &Side, peers: &[GatewayEntry]) -> (Root, Node) {
    let root = side.store.put_bytes(vec![7; LEN].into()).await.unwrap();
    let mut node = side.node().await;
    node.say(view(1, 0, &[peers, &[GatewayEntry::Shared(blob(root))]].concat()))
        .await;
    node.say(side.tokens(vec![])).await;
    // The view is there when a request after it is answered.
    node.check(1, &blob(root), LIMIT).await.unwrap();
    (root, node)
}

#[tokio::test(flavor = "multi_thread")]
async fn peers_should_fetch_from_each_other_by_the_keys_that_the_chain_registers() {
    let (a, b) = (Side::new(1, Room::default()).await, Side::new(2, Room::default()).await);
    let named = [a.peer(), b.peer()].map(GatewayEntry::Peer);
    let (root, _node_a) = sharing(&a, &named).await;
    let shared = GatewayEntry::Shared(blob(root));
    let mut node_b = b.node().await;

    // The chain registers another key for the first one's gateway: nothing comes from there.
    let mut wrong = a.peer();
    wrong.tls_key_hash = Some(Hash::repeat_byte(1));
    let wrong = GatewayEntry::Peer(wrong);
    node_b.say(view(1, 0, &[wrong.clone(), named[1].clone(), shared])).await;
    node_b.say(b.tokens(vec![b.token(&a.account)])).await;
    node_b.check(1, &blob(root), Duration::from_secs(1)).await.unwrap();
    assert_eq!(b.store.len(&root).await.unwrap(), None);

    node_b
        .say(ToWorker::Changes {
            from: block(1),
            to: block(2),
            finalized: 0,
            added: entries(&named[..1]),
            removed: entries(&[wrong]),
        })
        .await;
    node_b.check(2, &blob(root), LIMIT).await.unwrap();
    assert_eq!(b.store.len(&root).await.unwrap(), Some(LEN as u64));
}

#[tokio::test(flavor = "multi_thread")]
async fn worker_without_room_should_abstain_and_say_why() {
    let full = Room {
        max: Some(LEN as u64),
        keep_free: 0,
    };
    let (a, b) = (Side::new(1, Room::default()).await, Side::new(2, full).await);
    let named = [a.peer(), b.peer()].map(GatewayEntry::Peer);
    let (root, _node_a) = sharing(&a, &named).await;
    let shared = GatewayEntry::Shared(blob(root));
    let mut node_b = b.node().await;
    node_b.say(view(1, 0, &[&named[..], &[shared]].concat())).await;
    node_b.say(b.tokens(vec![b.token(&a.account)])).await;
    match node_b.check(1, &blob(root), LIMIT).await {
        Err(Failure::Local(why)) => assert!(why.contains("do not fit"), "{why}"),
        other => panic!("{other:?}"),
    }
    assert_eq!(b.store.len(&root).await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn update_should_be_removed_when_its_retention_has_ended_for_good() {
    let side = Side::new(1, Room::default()).await;
    let mut roots = Vec::new();
    for content in 0..3u8 {
        roots.push(side.store.put_bytes(vec![content; LEN].into()).await.unwrap());
    }
    for root in &roots[..2] {
        side.store
            .set_mark(UPDATE_MARK, root, vec![0; 32].into())
            .await
            .unwrap();
    }
    // The minute in which nothing new is removed is over.
    side.store.forget_promises().await;
    let version = GatewayEntry::Version(VersionBlob {
        model: 0,
        version: 0,
        blob: blob(roots[2]),
        access: Access::Public,
        pending: false,
        optimiser: None,
    });
    let shared = |root| GatewayEntry::Shared(blob(root));
    let mut node = side.node().await;
    let named = [
        GatewayEntry::Peer(side.peer()),
        version,
        shared(roots[0]),
        shared(roots[1]),
    ];
    node.say(view(100, 98, &named)).await;
    let seen = |block: u32| {
        let mark = side.store.mark("chains", &GENESIS.0);
        async move { mark.await.unwrap().is_some_and(|note| note == block.to_le_bytes()[..]) }
    };
    until("block 100 is seen", || seen(100)).await;

    // Block 101 ends the retention of the second update.
    let changes = |from, to, finalized, removed: &[GatewayEntry]| ToWorker::Changes {
        from: block(from),
        to: block(to),
        finalized,
        added: vec![],
        removed: entries(removed),
    };
    for (from, best, finalized) in [(100, 101, 99), (101, 107, 105)] {
        let removed = if best == 101 { &named[3..] } else { &[] };
        node.say(changes(from, best, finalized, removed)).await;
        until("the block is seen", || seen(best)).await;
        // The next look begins when this one has ended, and writes again what is taken back here.
        let lower = 0u32.to_le_bytes().to_vec();
        side.store.set_mark("chains", &GENESIS.0, lower.into()).await.unwrap();
        until("the store is looked through", || seen(best)).await;
        assert!(side.store.len(&roots[1]).await.unwrap().is_some(), "removed too early");
    }
    node.say(changes(107, 108, 106, &[])).await;
    until("the update is removed", || async {
        side.store.len(&roots[1]).await.unwrap().is_none()
    })
    .await;
    for kept in [roots[0], roots[2]] {
        assert!(side.store.len(&kept).await.unwrap().is_some());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn worker_should_ask_once_for_a_snapshot_when_the_view_has_a_gap() {
    let side = Side::new(1, Room::default()).await;
    let mut node = side.node().await;
    let changes = |from, to| ToWorker::Changes {
        from: block(from),
        to: block(to),
        finalized: 0,
        added: entries(&[GatewayEntry::Peer(side.peer())]),
        removed: vec![],
    };
    // None, then one of another block, then one that fits.
    node.say(changes(1, 2)).await;
    node.say(changes(2, 3)).await;
    while node.hear().await != FromWorker::SnapshotWanted {}
    node.say(view(3, 0, &[])).await;
    node.say(changes(3, 4)).await;
    node.say(ToWorker::Shutdown).await;
    // Whatever else it sends, it asks no more.
    while let Ok(Some(Ok(message))) = timeout(LIMIT, node.source.next()).await {
        assert_ne!(message, FromWorker::SnapshotWanted);
    }
    side.running.stop().await;
}
