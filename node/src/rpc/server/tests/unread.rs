//! Those who ask for much and read nothing, or hold connections and ask nothing.

use super::*;
use crate::rpc::server::{memory::Limits, websocket::Unread};
use jsonrpsee::SubscriptionMessage;
use soketto::handshake::{client::Header, Client, ServerResponse};
use std::{future::Future, sync::atomic::AtomicUsize};
use tokio::time::timeout;
use tokio_util::compat::{Compat, TokioAsyncReadCompatExt};

type Socket = (soketto::Sender<Compat<TcpStream>>, soketto::Receiver<Compat<TcpStream>>);

const MEBIBYTE: u64 = 1 << 20;
/// The largest answer but for what is around it.
const LARGE: usize = 1_000_000;

/// Little, so that it is soon taken.
const LIMITS: Limits = Limits {
    connection: 2 * MEBIBYTE,
    address: 3 * MEBIBYTE,
    strangers: 5 * MEBIBYTE,
    all: 7 * MEBIBYTE,
};

/// A server that holds no more than this, and what it holds.
fn started_within(endpoint: RpcEndpoint, methods: impl Into<Methods>, limits: Limits) -> (Server, SocketAddr, Memory) {
    let endpoints = vec![endpoint];
    let runtime = runtime(&endpoints, 1).unwrap();
    let memory = Memory::new(limits);
    let settings = Settings {
        endpoints,
        log_capacity: 1_024,
        registry: None,
    };
    let server = Server::start_within(settings, methods.into(), runtime, &memory).unwrap();
    let address = server.addresses[0];
    (server, address, memory)
}

fn trusting(max_connections: u32) -> RpcEndpoint {
    RpcEndpoint {
        rate_limit_trust_proxy_headers: true,
        ..endpoint(max_connections)
    }
}

/// Beside who asks: a large answer, of which it is counted how many were made, and a subscription that never stops.
fn large() -> (RpcModule<()>, Arc<AtomicUsize>) {
    let mut module = who();
    let made = Arc::new(AtomicUsize::new(0));
    let counted = made.clone();
    module
        .register_method("large", move |_, _, _| {
            counted.fetch_add(1, Ordering::SeqCst);
            "x".repeat(LARGE)
        })
        .unwrap();
    module
        .register_subscription("flood", "wave", "stop", |_, pending, _, _| async move {
            let sink = pending.accept().await?;
            let wave = SubscriptionMessage::from_json(&"x".repeat(LARGE / 4))?;
            while sink.send(wave.clone()).await.is_ok() {}
            Ok(())
        })
        .unwrap();
    (module, made)
}

/// A WebSocket from 127.0.0.`from`, for whom a proxy may name `stranger`.
async fn websocket(from: u8, to: SocketAddr, stranger: Option<&str>) -> Socket {
    let stream = connect(from, to).await.compat();
    let host = format!("127.0.0.1:{}", to.port());
    let mut client = Client::new(stream, &host, "/");
    let headers = stranger.map(|stranger| Header {
        name: "x-forwarded-for",
        value: stranger.as_bytes(),
    });
    client.set_headers(headers.as_slice());
    let accepted = client.handshake().await.unwrap();
    assert!(matches!(accepted, ServerResponse::Accepted { .. }), "{accepted:?}");
    client.into_builder().finish()
}

async fn send(socket: &mut Socket, id: usize, method: &str) {
    let request = format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"{method}","params":[]}}"#);
    socket.0.send_text(request).await.unwrap();
    socket.0.flush().await.unwrap();
}

/// The next message, or nothing when the server closed the connection.
async fn read(socket: &mut Socket) -> Option<String> {
    let mut message = Vec::new();
    let received = socket.1.receive_data(&mut message).await;
    received.ok().map(|_| String::from_utf8(message).unwrap())
}

/// What comes before anybody loses patience.
async fn soon<T>(what: impl Future<Output = T>) -> T {
    timeout(Duration::from_secs(120), what).await.expect("it never came")
}

async fn until(holds: impl Fn() -> bool) {
    soon(async {
        while !holds() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

async fn is_answered(from: u8, to: SocketAddr) {
    let answer = soon(ask(connect(from, to).await, &request("who", &local(to)))).await;
    assert!(answer.contains("200 OK"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_reads_late_should_be_read_late_and_get_every_answer() {
    let (module, made) = large();
    let limits = Limits::of(2 * MEBIBYTE);
    let (_server, to, memory) = started_within(endpoint(8), module, limits);
    let mut socket = websocket(2, to, None).await;
    for id in 0..100 {
        send(&mut socket, id, "large").await;
    }
    // One answer is less than what may wait while further requests are read.
    until(|| made.load(Ordering::SeqCst) >= 2).await;
    for _ in 0..20 {
        is_answered(3, to).await;
        assert!(memory.held() <= limits.connection, "{}", memory.held());
    }
    let mut seen = 0;
    while seen < 100 {
        let answer = soon(read(&mut socket)).await.expect("it was not closed");
        assert!(answer.len() > LARGE, "{answer}");
        assert!(memory.held() <= 18 * MEBIBYTE, "{}", memory.held());
        seen += 1;
    }
    drop(socket);
    until(|| memory.held() == 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_reads_none_of_its_subscription_should_be_closed_and_others_be_answered() {
    let (module, _) = large();
    let (_server, to, memory) = started_within(endpoint(8), module, Limits::of(0));
    let mut socket = websocket(2, to, None).await;
    send(&mut socket, 1, "flood").await;
    // What is closed gives all back; until then it holds no more than its share.
    until(|| memory.held() > 8 * MEBIBYTE).await;
    until(|| memory.held() == 0).await;
    is_answered(3, to).await;
    // It can still read what had gone out.
    soon(async { while read(&mut socket).await.is_some() {} }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_who_read_nothing_should_hold_no_more_than_theirs_and_take_nobodys_place() {
    let (module, _) = large();
    let (_server, to, memory) = started_within(trusting(64), module, LIMITS);
    let mut honest = websocket(2, to, Some("10.9.9.9")).await;
    let mut greedy = Vec::new();
    for number in 0..12 {
        let mut socket = websocket(2, to, Some(&format!("10.0.{number}.1"))).await;
        send(&mut socket, 1, "flood").await;
        assert!(memory.held() <= LIMITS.strangers);
        greedy.push(socket);
    }
    for id in 0..20 {
        send(&mut honest, id, "who").await;
        let answer = soon(read(&mut honest)).await.expect("it was not closed");
        assert!(answer.contains("result"), "{answer}");
        assert!(memory.held() <= LIMITS.strangers);
    }
    is_answered(1, to).await;
    for socket in &mut greedy {
        soon(async { while read(socket).await.is_some() {} }).await;
    }
    until(|| memory.held() == 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn request_that_is_announced_should_count_before_it_comes() {
    let (_server, to, memory) = started_within(endpoint(8), who(), LIMITS);
    // Of a final text frame with a mask, the header alone.
    let announced = |bytes: u64| {
        let mut header = vec![0x81, 0xff];
        header.extend(bytes.to_be_bytes());
        header.extend([0; 4]);
        header
    };
    let upgrade = format!(
        "GET / HTTP/1.1\r\n{}connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: \
         dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        local(to)
    );
    let mut sockets = Vec::new();
    for (number, held) in [(0u64, 1), (1, 2), (2, 3)] {
        let mut stream = connect(2, to).await;
        stream.write_all(upgrade.as_bytes()).await.unwrap();
        stream.write_all(&announced(MEBIBYTE - number)).await.unwrap();
        let expected = (0..held).map(|number| MEBIBYTE - number).sum::<u64>();
        until(|| memory.held() == expected).await;
        sockets.push(stream);
    }
    // The fourth is beyond the address's share: the one that announced most goes.
    let mut last = connect(2, to).await;
    last.write_all(upgrade.as_bytes()).await.unwrap();
    last.write_all(&announced(100)).await.unwrap();
    let mut answer = Vec::new();
    let _reset = soon(sockets[0].read_to_end(&mut answer)).await;
    assert_eq!(memory.held(), 2 * MEBIBYTE - 3 + 100);
    is_answered(3, to).await;
    drop((sockets, last));
    until(|| memory.held() == 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn message_that_is_too_long_should_be_answered_so() {
    let (_server, to, memory) = started_within(endpoint(8), who(), LIMITS);
    let mut socket = websocket(2, to, None).await;
    socket.0.send_text("x".repeat(MEBIBYTE as usize + 1)).await.unwrap();
    socket.0.flush().await.unwrap();
    let answer = soon(read(&mut socket)).await.unwrap();
    assert!(answer.contains("-32007"), "{answer}");
    until(|| memory.held() == 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answer_over_http_should_count_until_it_is_written() {
    let (module, _) = large();
    let little = Limits {
        connection: LARGE as u64 / 2,
        ..LIMITS
    };
    let (_server, to, memory) = started_within(endpoint(8), module.clone(), little);
    let answer = soon(ask(connect(2, to).await, &request("large", &local(to)))).await;
    assert!(!answer.contains("xxx"), "{} bytes", answer.len());
    let (_server, to, enough) = started_within(endpoint(8), module, LIMITS);
    let answer = soon(ask(connect(2, to).await, &request("large", &local(to)))).await;
    assert!(answer.contains("xxx"), "{answer}");
    until(|| memory.held() + enough.held() == 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_batches_subscriptions_and_garbage_should_be_answered_over_a_websocket() {
    let mut module = who();
    module
        .register_subscription("few", "one", "stop", |_, pending, _, extensions| async move {
            extensions
                .get::<Unread>()
                .cloned()
                .expect("the server tells it")
                .few()
                .await;
            let sink = pending.accept().await?;
            sink.send(SubscriptionMessage::from_json(&"news")?).await?;
            sink.closed().await;
            Ok(())
        })
        .unwrap();
    let (_server, to, _) = started_within(endpoint(8), module, LIMITS);
    let mut socket = websocket(2, to, None).await;
    let ask = async |socket: &mut Socket, text: &str| {
        socket.0.send_text(text).await.unwrap();
        socket.0.flush().await.unwrap();
        soon(read(socket)).await.unwrap()
    };
    let who = r#"{"jsonrpc":"2.0","id":7,"method":"who","params":[]}"#;
    let answer = ask(&mut socket, who).await;
    assert!(
        answer.contains(&site([127, 0, 0, 2])) && answer.contains(r#""id":7"#),
        "{answer}"
    );
    let answer = ask(&mut socket, &format!(" [{who},{who}]")).await;
    assert!(
        answer.starts_with('[') && answer.matches("result").count() == 2,
        "{answer}"
    );
    let answer = ask(&mut socket, "garbage").await;
    assert!(answer.contains("-32700"), "{answer}");
    let answer = ask(&mut socket, r#"{"jsonrpc":"2.0","id":8,"method":"nobody"}"#).await;
    assert!(answer.contains("-32601"), "{answer}");
    // What has no number gets no answer: the next one that comes is another's.
    socket.0.send_text(r#"{"jsonrpc":"2.0","method":"who"}"#).await.unwrap();
    let subscribe = r#"{"jsonrpc":"2.0","id":9,"method":"few","params":[]}"#;
    let answer = ask(&mut socket, subscribe).await;
    let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(answer["id"], 9);
    let news = soon(read(&mut socket)).await.unwrap();
    assert!(
        news.contains("news") && news.contains(answer["result"].as_str().unwrap()),
        "{news}"
    );
    // There is one place for subscriptions, which is free again when it is given back.
    let refused = ask(&mut socket, subscribe).await;
    assert!(refused.contains("-32006"), "{refused}");
    let stop = format!(
        r#"{{"jsonrpc":"2.0","id":10,"method":"stop","params":[{}]}}"#,
        answer["result"]
    );
    let stopped = ask(&mut socket, &stop).await;
    assert!(stopped.contains("true"), "{stopped}");
    let mut again = ask(&mut socket, subscribe).await;
    while again.contains("-32006") {
        again = ask(&mut socket, subscribe).await;
    }
    assert!(again.contains("result"), "{again}");
}

#[tokio::test(flavor = "multi_thread")]
async fn sockets_that_ask_nothing_should_be_bounded_in_all_and_keep_nobody_out() {
    let (_server, to) = started(endpoint(8), who());
    let mut idle = Vec::new();
    for from in 10..30 {
        idle.push(connect(from, to).await);
        is_answered(3, to).await;
    }
    // No more than eight are open.
    for socket in &mut idle[..12] {
        let mut answer = Vec::new();
        let _reset = soon(socket.read_to_end(&mut answer)).await;
        assert!(answer.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn quiet_websockets_of_few_addresses_should_keep_no_other_out() {
    // Six of the eight are for strangers.
    let (_server, to) = started(trusting(8), who());
    let mut held = Vec::new();
    for number in 0..6 {
        held.push(websocket(2, to, Some(&format!("10.0.0.{}", 1 + number / 3))).await);
    }
    let mut others = Vec::new();
    for number in 3..7 {
        let mut other = websocket(2, to, Some(&format!("10.0.0.{number}"))).await;
        send(&mut other, 1, "who").await;
        assert!(soon(read(&mut other))
            .await
            .expect("it was not closed")
            .contains("result"));
        others.push(other);
    }
    // Of each of both the last is left: a seventh address holds no fewer than they.
    for lost in [0, 1, 3, 4] {
        assert!(soon(read(&mut held[lost])).await.is_none());
    }
    let stranger = format!("{}x-forwarded-for: 10.0.0.9\r\n", local(to));
    let answer = soon(ask(connect(2, to).await, &request("who", &stranger))).await;
    assert!(answer.contains("429"), "{answer}");
    for left in others.iter_mut().chain(&mut held[5..]) {
        send(left, 2, "who").await;
        assert!(soon(read(left)).await.expect("it was not closed").contains("result"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_of_a_batch_should_count_before_the_batch_is_done() {
    let (mut module, _) = large();
    module
        .register_async_method("wait", |_, _, _| std::future::pending::<()>())
        .unwrap();
    let methods = aside(&module, &Gate::new(std::num::NonZeroU32::MIN)).unwrap();
    let (_server, to, memory) = started_within(endpoint(8), methods, LIMITS);
    let mut socket = websocket(2, to, None).await;
    let batch = ["large", "wait"].map(|method| format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}"}}"#));
    socket.0.send_text(format!("[{}]", batch.join(","))).await.unwrap();
    socket.0.flush().await.unwrap();
    until(|| memory.held() > LARGE as u64).await;
}
