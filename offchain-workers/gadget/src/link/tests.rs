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
        exact_versions: vec![(0, 1)],
        ..crate::made::status()
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

fn line(address: Address) -> Line {
    Line {
        address,
        genesis: Hash::zero(),
        pulse: Pulse::default(),
        report: ReportHandle::default(),
    }
}

fn start(socket: &Path) -> Handle {
    start_with(line(Address::Socket(socket.to_path_buf())))
}

fn start_with(line: Line) -> Handle {
    let (handle, ends) = channels();
    tokio::spawn(async move { run(&line, ends).await });
    handle
}

/// The next message that is no heartbeat.
async fn heard(source: &mut FramedRead<OwnedReadHalf, Codec>) -> ToWorker {
    loop {
        match source.next().await {
            Some(Ok(ToWorker::Ping)) => {}
            Some(Ok(message)) => return message,
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn link_should_connect_again_and_drop_what_was_sent_meanwhile() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("socket");
    let mut handle = start(&socket);
    handle.commands.send(ToWorker::Cancel { request: 1 });

    let listener = UnixListener::bind(&socket).unwrap();
    let (mut sink, source) = accept(&listener).await;
    sink.send(hello()).await.unwrap();
    assert!(matches!(handle.events.recv().await, Some(Event::Up(_))));
    drop((sink, source));
    assert!(matches!(handle.events.recv().await, Some(Event::Down(_))));

    let (mut sink, mut source) = accept(&listener).await;
    sink.send(hello()).await.unwrap();
    assert!(matches!(handle.events.recv().await, Some(Event::Up(_))));
    handle.commands.send(ToWorker::Cancel { request: 2 });
    assert_eq!(heard(&mut source).await, ToWorker::Cancel { request: 2 });
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

/// Time passes when nothing else happens.
#[tokio::test(start_paused = true)]
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
    handle.commands.send(ToWorker::Run {
        request: 7,
        timeout_ms: 1,
        task,
    });
    assert!(matches!(heard(&mut source).await, ToWorker::Run { request: 7, .. }));
    match handle.events.recv().await {
        Some(Event::Message(FromWorker::Done {
            request: 7,
            result: Err(Failure::Deadline),
        })) => {}
        other => panic!("{other:?}"),
    }
    assert_eq!(heard(&mut source).await, ToWorker::Cancel { request: 7 });
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
    tokio::spawn(async move { run(&line(address), ends).await });
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

    // A worker without TLS.
    let plain = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let without = plain.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = plain.accept().await.unwrap();
            // Closing with bytes unread would take the answer back.
            let _some = stream.read(&mut [0; 4096]).await.unwrap();
            stream.write_all(b"not TLS at all").await.unwrap();
        }
    });
    // Each is told after the time that a worker has to start: all at once.
    let words = tokio::join!(
        first_word(host.clone(), &node, other.pin()),
        first_word(host, &other, worker.pin()),
        first_word(without, &node, worker.pin()),
    );
    let expected = [
        (words.0, worker.pin().to_string()),
        (words.1, "knows another TLS key of this side".to_owned()),
        (words.2, "does not speak TLS".to_owned()),
    ];
    for (word, named) in expected {
        match word {
            Event::Down(why) => assert!(why.contains(&named), "{why}"),
            word => panic!("{word:?}"),
        }
    }
}

/// Time passes when nothing else happens: a minute takes no minute.
#[tokio::test(start_paused = true)]
async fn worker_that_accepts_and_says_nothing_more_should_be_given_up_and_be_told_on() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("socket");
    let listener = UnixListener::bind(&socket).unwrap();
    let line = line(Address::Socket(socket));
    let pulse = line.pulse.clone();
    pulse.started();
    let mut handle = start_with(line);
    let (mut sink, mut source) = accept(&listener).await;
    sink.send(hello()).await.unwrap();
    assert!(matches!(handle.events.recv().await, Some(Event::Up(_))));
    // It goes on reading, as a half-open connection seems to.
    let reads = tokio::spawn(async move {
        let mut pings = 0;
        while let Some(Ok(message)) = source.next().await {
            pings += u32::from(message == ToWorker::Ping);
        }
        pings
    });
    match handle.events.recv().await {
        Some(Event::Down(why)) => assert!(why.contains("sent nothing for 60 s"), "{why}"),
        other => panic!("{other:?}"),
    }
    assert!(reads.await.unwrap() >= 10, "the node goes on speaking itself");
    let later = std::time::Instant::now() + crate::pulse::TO_NEXT_WORD + Duration::from_secs(1);
    assert!(pulse.verdict(later).is_some());
}

#[tokio::test(start_paused = true)]
async fn worker_that_speaks_and_never_answers_a_request_should_be_found_to_hang() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("socket");
    let listener = UnixListener::bind(&socket).unwrap();
    let line = line(Address::Socket(socket));
    let pulse = line.pulse.clone();
    let mut handle = start_with(line);
    let (mut sink, mut source) = accept(&listener).await;
    sink.send(hello()).await.unwrap();
    assert!(matches!(handle.events.recv().await, Some(Event::Up(_))));
    let speaks = tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = sleep(HEARTBEAT) => if sink.send(FromWorker::Status(status())).await.is_err() { return },
                message = source.next() => if message.is_none() { return },
            }
        }
    });
    let task = Task::ScoreRows {
        detail: Hash::zero(),
        weights: vec![],
    };
    handle.commands.send(ToWorker::Run {
        request: 7,
        timeout_ms: 1_000,
        task,
    });
    let why = loop {
        match handle.events.recv().await {
            Some(Event::Message(FromWorker::Status(_))) => {}
            Some(Event::Message(FromWorker::Done {
                request: 7,
                result: Err(Failure::Deadline),
            })) => {}
            Some(Event::Down(why)) => break why,
            other => panic!("{other:?}"),
        }
    };
    assert!(why.contains("request 7 is not answered"), "{why}");
    assert!(pulse.verdict(std::time::Instant::now()).unwrap().contains("request 7"));
    speaks.await.unwrap();
}

#[test]
fn request_that_is_answered_or_taken_back_late_should_owe_nothing() {
    let (now, run) = (Instant::now(), |request| ToWorker::Run {
        request,
        timeout_ms: 0,
        task: Task::ScoreRows {
            detail: Hash::zero(),
            weights: vec![],
        },
    });
    let mut requests = Requests::default();
    requests.note(&run(1), now);
    assert!(requests.answered(1));
    // The core took it back while the answer was on its way.
    requests.note(&ToWorker::Cancel { request: 1 }, now);
    assert_eq!(requests.hopeless(now + 10 * OVERDUE), None);
    requests.note(&run(2), now);
    requests.note(&ToWorker::Cancel { request: 2 }, now);
    assert_eq!(requests.hopeless(now + OVERDUE), Some(2));
    assert!(!requests.answered(2), "nobody waits for it");
    assert_eq!(requests.hopeless(now + OVERDUE), None);
}
