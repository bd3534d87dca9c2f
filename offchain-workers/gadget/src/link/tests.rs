//! The link against a worker's side of the stream.

use super::*;
use quorate_protocol::{framing::ScaleCodec, Output, Task};
use quorate_tls::{Pin, TlsIdentity};
use std::path::Path;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{
    unix::{OwnedReadHalf, OwnedWriteHalf},
    TcpListener, UnixListener,
};
use tokio_util::codec::{FramedRead, FramedWrite};

fn status() -> Status {
    Status {
        version: "test".to_owned(),
        exact_versions: vec![(0, 1)],
        backend: "none".to_owned(),
        gateway: String::new(),
        tasks_running: 0,
        blobs: 0,
        blob_bytes: 0,
        health: Default::default(),
    }
}

fn hello() -> FromWorker {
    FromWorker::Hello {
        protocol: PROTOCOL_VERSION,
        status: status(),
    }
}

type Codec = ScaleCodec<FromWorker, ToWorker>;
type Side = (FramedWrite<OwnedWriteHalf, Codec>, FramedRead<OwnedReadHalf, Codec>);

async fn accept(listener: &UnixListener) -> Side {
    let (read, write) = listener.accept().await.unwrap().0.into_split();
    let (sink, mut source) = framed::<FromWorker, ToWorker, _, _>(read, write);
    assert!(matches!(
        source.next().await,
        Some(Ok(ToWorker::Hello {
            protocol: PROTOCOL_VERSION,
            ..
        }))
    ));
    (sink, source)
}

fn start(socket: &Path) -> Handle {
    let (handle, ends) = channels();
    let socket = socket.to_path_buf();
    tokio::spawn(async move { run(&Address::Socket(socket), Hash::zero(), ends).await });
    handle
}

#[tokio::test]
async fn link_should_connect_again_and_drop_what_was_sent_meanwhile() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("socket");
    let mut handle = start(&socket);
    handle.commands.send(ToWorker::Cancel { request: 1 }).unwrap();

    let listener = UnixListener::bind(&socket).unwrap();
    let (mut sink, source) = accept(&listener).await;
    sink.send(hello()).await.unwrap();
    assert!(matches!(handle.events.recv().await, Some(Event::Up(_))));
    drop((sink, source));
    assert!(matches!(handle.events.recv().await, Some(Event::Down(_))));

    let (mut sink, mut source) = accept(&listener).await;
    sink.send(hello()).await.unwrap();
    assert!(matches!(handle.events.recv().await, Some(Event::Up(_))));
    handle.commands.send(ToWorker::Cancel { request: 2 }).unwrap();
    assert!(matches!(source.next().await, Some(Ok(ToWorker::Cancel { request: 2 }))));
}

#[tokio::test]
async fn other_protocol_should_be_refused_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let listener = UnixListener::bind(folder.path().join("socket")).unwrap();
    let mut handle = start(&folder.path().join("socket"));
    let (mut sink, _source) = accept(&listener).await;
    sink.send(FromWorker::Hello {
        protocol: PROTOCOL_VERSION + 1,
        status: status(),
    })
    .await
    .unwrap();
    match handle.events.recv().await {
        Some(Event::Down(why)) => assert!(why.contains("update the older one"), "{why}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn answer_that_comes_too_late_should_be_dropped_for_a_deadline() {
    let folder = tempfile::tempdir().unwrap();
    let listener = UnixListener::bind(folder.path().join("socket")).unwrap();
    let mut handle = start(&folder.path().join("socket"));
    let (mut sink, mut source) = accept(&listener).await;
    sink.send(hello()).await.unwrap();
    assert!(matches!(handle.events.recv().await, Some(Event::Up(_))));
    let task = Task::ScoreRows {
        detail: Hash::zero(),
        weights: vec![],
    };
    handle
        .commands
        .send(ToWorker::Run {
            request: 7,
            timeout_ms: 1,
            task,
        })
        .unwrap();
    assert!(matches!(
        source.next().await,
        Some(Ok(ToWorker::Run { request: 7, .. }))
    ));
    match handle.events.recv().await {
        Some(Event::Message(FromWorker::Done {
            request: 7,
            result: Err(Failure::Deadline),
        })) => {}
        other => panic!("{other:?}"),
    }
    assert!(matches!(source.next().await, Some(Ok(ToWorker::Cancel { request: 7 }))));
    sink.send(FromWorker::Done {
        request: 7,
        result: Ok(Output::Checked),
    })
    .await
    .unwrap();
    sink.send(FromWorker::Status(status())).await.unwrap();
    assert!(matches!(
        handle.events.recv().await,
        Some(Event::Message(FromWorker::Status(_)))
    ));
}

fn identity(folder: &Path, name: &str) -> TlsIdentity {
    TlsIdentity::load_or_make(&folder.join(name)).unwrap()
}

/// The worker's side of a link over TLS: greets every node whose key has this pin.
async fn worker_over_tls(identity: &TlsIdentity, node: Pin) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = listener.local_addr().unwrap().to_string();
    let config = quorate_tls::mutual_server(identity, node).unwrap();
    tokio::spawn(async move {
        let mut sides = Vec::new();
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let Ok(stream) = quorate_tls::accept(config.clone(), stream).await else {
                continue;
            };
            let (read, write) = tokio::io::split(stream);
            let (mut sink, source) = framed::<FromWorker, ToWorker, _, _>(read, write);
            sink.send(hello()).await.unwrap();
            sides.push((sink, source));
        }
    });
    host
}

/// The first event of a link.
async fn first_word(host: String, node: &TlsIdentity, worker: Pin) -> Event {
    let (mut handle, ends) = channels();
    let address = Address::tls(host, node, worker).unwrap();
    tokio::spawn(async move { run(&address, Hash::zero(), ends).await });
    let word = timeout(Duration::from_secs(30), handle.events.recv()).await;
    word.expect("the link is silent").unwrap()
}

#[tokio::test]
async fn over_tls_both_sides_should_have_to_be_who_the_other_knows() {
    let folder = tempfile::tempdir().unwrap();
    let [node, worker, other] = ["node", "worker", "other"].map(|name| identity(folder.path(), name));
    let host = worker_over_tls(&worker, node.pin()).await;
    let word = first_word(host.clone(), &node, worker.pin()).await;
    assert!(matches!(word, Event::Up(_)), "{word:?}");

    // A worker whose key is another.
    match first_word(host.clone(), &node, other.pin()).await {
        Event::Down(why) => assert!(why.contains(&worker.pin().to_string()), "{why}"),
        word => panic!("{word:?}"),
    }
    // A node that the worker does not know.
    match first_word(host, &other, worker.pin()).await {
        Event::Down(why) => assert!(why.contains("knows another TLS key of this side"), "{why}"),
        word => panic!("{word:?}"),
    }
    // A worker without TLS.
    let plain = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = plain.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = plain.accept().await.unwrap();
            // Closing with bytes unread would take the answer back.
            let _some = stream.read(&mut [0; 4096]).await.unwrap();
            stream.write_all(b"not TLS at all").await.unwrap();
        }
    });
    match first_word(host, &node, worker.pin()).await {
        Event::Down(why) => assert!(why.contains("does not speak TLS"), "{why}"),
        word => panic!("{word:?}"),
    }
}
