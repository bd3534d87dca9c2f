use super::*;
use crate::start::{start, Config, Running};
use quorate_blobs::BlobStore;
use quorate_engine::{Settings, TileEngine};
use quorate_protocol::{framing::Halves, Task};
use tokio::io::{AsyncWriteExt, DuplexStream, ReadHalf, WriteHalf};

struct World {
    running: Running,
    _dir: tempfile::TempDir,
}

type Node = Halves<ToWorker, FromWorker, ReadHalf<DuplexStream>, WriteHalf<DuplexStream>>;

impl World {
    async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = BlobStore::local(dir.path().join("store")).unwrap();
        let link = crate::Link::Socket(dir.path().join("socket"));
        let engine = Arc::new(TileEngine::new(Settings::default()));
        let config = Config::new(link, store, "127.0.0.1:0".parse().unwrap(), engine);
        Self {
            running: start(config).await.unwrap(),
            _dir: dir,
        }
    }

    /// A connection of process `node` with room for `bytes` in each direction, and the session at its other end.
    async fn connect(&self, node: u8, bytes: usize) -> (Node, tokio::task::JoinHandle<()>) {
        let (near, far) = tokio::io::duplex(bytes);
        let session = tokio::spawn(run(far, self.running.worker()));
        let (read, write) = tokio::io::split(near);
        let (mut sink, source) = framed(read, write);
        let hello = ToWorker::Hello {
            protocol: PROTOCOL_VERSION,
            genesis: Hash::zero(),
            node: Hash::repeat_byte(node),
        };
        sink.send(hello).await.unwrap();
        ((sink, source), session)
    }
}

async fn greeted(node: &mut Node) {
    assert!(matches!(node.1.next().await, Some(Ok(FromWorker::Hello { .. }))));
}

#[tokio::test(start_paused = true)]
async fn second_node_should_be_refused_in_words_and_the_same_one_take_its_place_again() {
    let world = World::new().await;
    let (mut first, session) = world.connect(1, 1 << 16).await;
    greeted(&mut first).await;
    let (mut other, _) = world.connect(2, 1 << 16).await;
    match other.1.next().await {
        Some(Ok(FromWorker::Refused(why))) => assert!(why.contains("one node at a time"), "{why}"),
        other => panic!("{other:?}"),
    }
    assert!(other.1.next().await.is_none());
    let (mut again, _) = world.connect(1, 1 << 16).await;
    greeted(&mut again).await;
    session.await.unwrap();
    drop(first);
    // Nothing of the first one's end touches the second.
    again.0.send(ToWorker::Ping).await.unwrap();
    assert!(matches!(again.1.next().await, Some(Ok(FromWorker::Status(_)))));
}

#[tokio::test(start_paused = true)]
async fn node_that_pinged_and_falls_silent_should_lose_its_place() {
    let world = World::new().await;
    let (mut node, session) = world.connect(1, 1 << 20).await;
    greeted(&mut node).await;
    node.0.send(ToWorker::Ping).await.unwrap();
    let start = Instant::now();
    session.await.unwrap();
    assert!(start.elapsed() >= SILENCE && start.elapsed() < SILENCE + HEARTBEAT);
    let (mut other, _) = world.connect(2, 1 << 16).await;
    greeted(&mut other).await;
}

#[tokio::test(start_paused = true)]
async fn node_that_takes_no_messages_should_not_hold_up_the_end() {
    let world = World::new().await;
    // Room for the greeting and a little more, and hundreds of tasks whose answers nobody takes.
    let (mut node, session) = world.connect(1, 1 << 10).await;
    greeted(&mut node).await;
    let (mut sink, _source) = node;
    let flood = async {
        for request in 0..2 * QUEUE as RequestId {
            let run = ToWorker::Run {
                request,
                timeout_ms: 0,
                task: Task::ScoreRows {
                    detail: Hash::zero(),
                    weights: vec![],
                },
            };
            if sink.send(run).await.is_err() {
                break;
            }
        }
        std::future::pending::<()>().await;
    };
    tokio::select! {
        ended = session => ended.unwrap(),
        () = flood => unreachable!("it waits for ever"),
    }
    let (mut other, _) = world.connect(2, 1 << 16).await;
    greeted(&mut other).await;
}

#[tokio::test(start_paused = true)]
async fn connection_without_a_whole_greeting_should_be_closed_and_take_no_place() {
    let world = World::new().await;
    for begun in [&[][..], &[9, 0, 0, 0, 0]] {
        let (mut near, far) = tokio::io::duplex(1 << 10);
        near.write_all(begun).await.unwrap();
        let start = Instant::now();
        run(far, world.running.worker()).await;
        assert!(start.elapsed() >= GREETING && start.elapsed() < 2 * GREETING);
    }
    let (mut node, _) = world.connect(1, 1 << 16).await;
    greeted(&mut node).await;
}
