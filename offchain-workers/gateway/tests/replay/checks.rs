//! What holds for any bytes that a stranger sends to a gateway; the fuzz target has the same check.

use quorate_blobs::{BlobStore, Root};
use quorate_gateway::{listen, serve, Allowed, Gateway, Limits, Protection, Snapshot};
use quorate_primitives::{
    crypto::AttestationPair,
    policy::Access,
    views::{
        gateway::{GatewayEntry, Members, Peer, Upload, VersionBlob},
        BlobRef, Entry,
    },
    AccountId, Hash,
};
use sp_core::Pair;
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    runtime::Runtime,
    sync::watch,
};

/// Bytes that no answer to a stranger may contain.
const SECRET: [u8; 24] = *b"not for strangers' eyes!";
/// Longer than any answer about the blobs here.
const LONGEST: u64 = 1 << 20;

pub struct World {
    runtime: Runtime,
    address: SocketAddr,
    store: BlobStore,
    /// A version for everybody, one for validators, and a blob that the chain does not name.
    pub public: Root,
    pub restricted: Root,
    pub unnamed: Root,
    _view: watch::Sender<Option<Arc<Snapshot>>>,
    _stop: watch::Sender<bool>,
}

impl World {
    pub fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(start()).with(runtime)
    }
}

struct Started {
    address: SocketAddr,
    store: BlobStore,
    roots: [Root; 3],
    view: watch::Sender<Option<Arc<Snapshot>>>,
    stop: watch::Sender<bool>,
}

impl Started {
    fn with(self, runtime: Runtime) -> World {
        let [public, restricted, unnamed] = self.roots;
        World {
            runtime,
            address: self.address,
            store: self.store,
            public,
            restricted,
            unnamed,
            _view: self.view,
            _stop: self.stop,
        }
    }
}

async fn start() -> Started {
    let store = BlobStore::open("memory:///").unwrap();
    let secret = |last: u8| [SECRET.repeat(1_000), vec![last]].concat();
    let public = store.put_bytes(vec![7; 40_000].into()).await.unwrap();
    let restricted = store.put_bytes(secret(1).into()).await.unwrap();
    let unnamed = store.put_bytes(secret(2).into()).await.unwrap();
    let (view, seen) = watch::channel(Some(Arc::new(snapshot([(public, 40_000), (restricted, 24_001)]))));
    let (stop, stopped) = watch::channel(false);
    let listener = listen("127.0.0.1:0".parse().unwrap(), Protection::ThisMachine)
        .await
        .unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(serve(
        listener,
        Gateway::new(store.clone(), seen, Limits::default()),
        stopped,
    ));
    Started {
        address,
        store,
        roots: [public, restricted, unnamed],
        view,
        stop,
    }
}

fn snapshot([public, restricted]: [(Root, u64); 2]) -> Snapshot {
    let account = |n: u8| AccountId::new([n; 32]);
    let peer = |n: u8| {
        GatewayEntry::Peer(Peer {
            validator: account(n),
            organisation: 0,
            key: Some(AttestationPair::from_seed(&[n; 32]).public()),
            gateway: "http://10.0.0.7:9780".into(),
            tls_key_hash: None,
        })
    };
    let version = |model, (root, len): (Root, u64), access| {
        GatewayEntry::Version(VersionBlob {
            model,
            version: 0,
            blob: BlobRef { root: root.into(), len },
            access,
            pending: false,
            optimiser: None,
        })
    };
    let upload = Upload {
        round: 4,
        model: 0,
        contributor: account(3),
        organisation: 0,
        commitment: Hash::repeat_byte(8),
        weight: 5,
        len: 40_000,
        root: None,
    };
    let members = Members {
        organisation: 0,
        account: account(9),
        contributors: vec![account(3)],
    };
    let entries = [
        peer(1),
        peer(2),
        version(0, public, Access::Public),
        version(1, restricted, Access::Validators),
        GatewayEntry::Upload(upload),
        GatewayEntry::Members(members),
    ];
    let entries: Vec<Entry> = entries.iter().map(Entry::from).collect();
    Snapshot {
        genesis: Hash::repeat_byte(0x77),
        best: 1,
        finalized: 0,
        me: Some(account(1)),
        allowed: Allowed::new(&entries).0.into(),
    }
}

thread_local! {
    pub static WORLD: World = World::new();
}

/// Whatever comes in over a connection: the answer is one of HTTP, in time, without an error of the gateway's own; it shows nothing that is
/// not for everybody, and nothing was stored. Returns the status; 0 where the gateway hangs up.
pub fn request(bytes: &[u8]) -> u16 {
    WORLD.with(|world| world.runtime.block_on(exchange(world, bytes)))
}

async fn exchange(world: &World, bytes: &[u8]) -> u16 {
    let answer = tokio::time::timeout(Duration::from_secs(15), send(world.address, bytes)).await;
    let answer = answer.expect("the gateway holds the connection though nothing more can come");
    assert!(
        answer.is_empty() || answer.starts_with(b"HTTP/1."),
        "{}",
        answer.escape_ascii()
    );
    let status = answer
        .get(9..12)
        .and_then(|status| std::str::from_utf8(status).ok()?.parse().ok());
    let status = status.unwrap_or(0);
    assert!(status < 500, "{}", answer.escape_ascii());
    let shown = answer.windows(SECRET.len()).any(|part| part == SECRET);
    assert!(!shown, "a stranger was shown what is not for everybody");
    assert_eq!(
        world.store.list().await.unwrap().len(),
        3,
        "a stranger stored something"
    );
    status
}

/// The gateway may hang up while it is written to.
async fn send(address: SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let _ = stream.write_all(bytes).await;
    let _ = stream.shutdown().await;
    let mut answer = Vec::new();
    let _ = stream.take(LONGEST).read_to_end(&mut answer).await;
    answer
}
