//! What is no node on the worker's socket: garbage, frames that are too long, other messages before the greeting. Each costs its own
//! connection and nothing else.

use codec::Encode;
use futures::{SinkExt, StreamExt};
use quorate_blobs::BlobStore;
use quorate_engine::{Settings, TileEngine};
use quorate_primitives::Hash;
use quorate_protocol::{framing::framed, FromWorker, ToWorker, MAX_FRAME, PROTOCOL_VERSION};
use quorate_worker::{start, Config, Link};
use std::{path::Path, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::UnixStream,
    time::timeout,
};

const LIMIT: Duration = Duration::from_secs(30);

fn frame(message: &ToWorker) -> Vec<u8> {
    let bytes = message.encode();
    [&(bytes.len() as u32).to_le_bytes()[..], &bytes].concat()
}

/// What the worker answers before it closes the connection.
async fn answer_to(socket: &Path, bytes: &[u8]) -> Vec<u8> {
    let mut stream = UnixStream::connect(socket).await.unwrap();
    // It may hang up while it is written to.
    let _ = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let closed = timeout(LIMIT, stream.read_to_end(&mut answer)).await;
    let _ = closed.expect("the worker keeps the connection");
    answer
}

#[tokio::test]
async fn what_is_no_node_should_cost_its_connection_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("socket");
    let store = BlobStore::local(folder.path().join("store")).unwrap();
    let engine = Arc::new(TileEngine::new(Settings::default()));
    let config = Config::new(
        Link::Socket(socket.clone()),
        store,
        "127.0.0.1:0".parse().unwrap(),
        engine,
    );
    let running = start(config).await.unwrap();

    let greeting = ToWorker::Hello {
        protocol: PROTOCOL_VERSION,
        genesis: Hash::zero(),
        node: Hash::repeat_byte(1),
    };
    let mut longer = greeting.encode();
    longer.push(0);
    let longer = [&(longer.len() as u32).to_le_bytes()[..], &longer].concat();
    let strangers = [
        ("HTTP", b"GET / HTTP/1.1\r\nhost: a\r\n\r\n".to_vec()),
        (
            "a frame that is too long",
            (MAX_FRAME as u32 + 1).to_le_bytes().to_vec(),
        ),
        ("the longest length", vec![0xff; 64]),
        ("an empty frame", vec![0; 4]),
        ("no message", [&3u32.to_le_bytes()[..], &[0xee; 3]].concat()),
        ("bytes after the greeting's", longer),
        ("a command without a greeting", frame(&ToWorker::Shutdown)),
        ("a ping without a greeting", frame(&ToWorker::Ping)),
    ];
    for (what, bytes) in strangers {
        assert!(answer_to(&socket, &bytes).await.is_empty(), "{what} is answered");
    }

    // Another version of the protocol learns this one's.
    let other = ToWorker::Hello {
        protocol: PROTOCOL_VERSION + 1,
        genesis: Hash::zero(),
        node: Hash::repeat_byte(2),
    };
    assert!(!answer_to(&socket, &frame(&other)).await.is_empty());

    // The worker still runs, and its one place is free.
    let (read, write) = UnixStream::connect(&socket).await.unwrap().into_split();
    let (mut sink, mut source) = framed::<ToWorker, FromWorker, _, _>(read, write);
    sink.send(greeting).await.unwrap();
    let hello = timeout(LIMIT, source.next()).await.unwrap();
    assert!(matches!(hello, Some(Ok(FromWorker::Hello { .. }))), "{hello:?}");
    // A node that sends rubbish after its greeting loses its connection as well; a new one is heard.
    let mut write = sink.into_inner();
    write.write_all(&[0xff; 64]).await.unwrap();
    let ended = timeout(LIMIT, async { while let Some(Ok(_)) = source.next().await {} }).await;
    ended.expect("the worker goes on with a stream that it cannot read");
    let (read, write) = UnixStream::connect(&socket).await.unwrap().into_split();
    let (mut sink, mut source) = framed::<ToWorker, FromWorker, _, _>(read, write);
    let again = ToWorker::Hello {
        protocol: PROTOCOL_VERSION,
        genesis: Hash::zero(),
        node: Hash::repeat_byte(1),
    };
    sink.send(again).await.unwrap();
    let hello = timeout(LIMIT, source.next()).await.unwrap();
    assert!(matches!(hello, Some(Ok(FromWorker::Hello { .. }))), "{hello:?}");
    drop(running);
}
