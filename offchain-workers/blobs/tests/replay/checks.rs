//! What holds for anything that a gateway answers to a download; the fuzz target has the same check.

use quorate_blobs::{
    transfer::{Client, Source, Timeouts},
    BlobStore, Root,
};
use std::{cell::RefCell, net::SocketAddr, rc::Rc, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    runtime::Runtime,
    task::LocalSet,
};

const LEN: usize = 40_000;

/// The blob that is asked for.
pub fn blob() -> Vec<u8> {
    (0..LEN).map(|n| (n % 251) as u8).collect()
}

struct World {
    runtime: Runtime,
    local: LocalSet,
    source: SocketAddr,
    /// What the source says to every request.
    answer: Rc<RefCell<Vec<u8>>>,
    root: Root,
}

thread_local! {
    static WORLD: World = World::new();
}

impl World {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let (local, answer) = (LocalSet::new(), Rc::new(RefCell::new(Vec::new())));
        let (source, root) = local.block_on(&runtime, async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let source = listener.local_addr().unwrap();
            tokio::task::spawn_local(serve(listener, answer.clone()));
            let store = BlobStore::open("memory:///").unwrap();
            (source, store.put_bytes(blob().into()).await.unwrap())
        });
        Self {
            runtime,
            local,
            source,
            answer,
            root,
        }
    }
}

async fn serve(listener: TcpListener, answer: Rc<RefCell<Vec<u8>>>) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let answer = answer.borrow().clone();
        tokio::task::spawn_local(say(stream, answer));
    }
}

async fn say(mut stream: TcpStream, answer: Vec<u8>) {
    let mut request = [0; 4096];
    let _ = stream.read(&mut request).await;
    let _ = stream.write_all(&answer).await;
    let _ = stream.shutdown().await;
}

/// A source answers with these bytes. The blob comes whole and right, or not at all, in time; whatever is wrong is in words.
/// Returns whether it came.
pub fn answer(bytes: &[u8]) -> bool {
    WORLD.with(|world| {
        *world.answer.borrow_mut() = bytes.to_vec();
        let done = async { tokio::time::timeout(Duration::from_secs(30), fetch(world)).await };
        let done = world.local.block_on(&world.runtime, done);
        done.expect("the download goes on without end")
    })
}

async fn fetch(world: &World) -> bool {
    let timeouts = Timeouts {
        connect: Duration::from_secs(2),
        idle: Duration::from_secs(2),
        hedge: Duration::from_millis(50),
    };
    // One that remembers nothing of this source.
    let client = Client::new(timeouts).unwrap();
    let source = [Source::public(format!("http://{}", world.source))];
    let store = BlobStore::open("memory:///").unwrap();
    let sized = client.fetch(&store, &source, world.root, LEN as u64, &|_, _| ()).await;
    let came = sized.is_ok();
    check(world, &store, sized.map_err(|error| error.to_string())).await;
    let store = BlobStore::open("memory:///").unwrap();
    let unsized_ = client.fetch_unsized(&store, &source, world.root, 1 << 20).await;
    check(world, &store, unsized_.map_err(|error| error.to_string())).await;
    came
}

async fn check(world: &World, store: &BlobStore, result: Result<(), String>) {
    match result {
        Ok(()) => assert!(store.get_small(&world.root, LEN as u64).await.unwrap() == blob()),
        Err(error) => {
            assert!(!error.is_empty());
            assert!(store.list().await.unwrap().is_empty(), "{error}");
        }
    }
}
