//! The server over sockets, from several addresses of this machine.

use super::*;
use crate::rpc::{
    aside::aside,
    gate::{Gate, BUSY},
};
use jsonrpsee::RpcModule;
use sc_rpc_api::DenyUnsafe;
use sc_rpc_server::RpcMethods;
use std::net::IpAddr;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpSocket,
    sync::Notify,
};

fn endpoint(max_connections: u32) -> RpcEndpoint {
    RpcEndpoint {
        listen_addr: ([127, 0, 0, 1], 0).into(),
        batch_config: jsonrpsee::server::BatchRequestConfig::Unlimited,
        max_connections,
        max_payload_in_mb: 1,
        max_payload_out_mb: 1,
        max_subscriptions_per_connection: 1,
        max_buffer_capacity_per_connection: 16,
        rate_limit: None,
        rate_limit_trust_proxy_headers: false,
        rate_limit_whitelisted_ips: Vec::new(),
        cors: Some(vec!["http://localhost".to_owned()]),
        rpc_methods: RpcMethods::Safe,
        is_optional: false,
        retry_random_port: false,
    }
}

fn started(endpoint: RpcEndpoint, methods: impl Into<Methods>) -> (Server, SocketAddr) {
    let endpoints = vec![endpoint];
    let runtime = runtime(&endpoints, 1).unwrap();
    let settings = Settings {
        endpoints,
        log_capacity: 1_024,
        registry: None,
    };
    let server = Server::start(settings, methods.into(), runtime).unwrap();
    let address = server.addresses[0];
    (server, address)
}

/// A method that tells who asks and whether operators' methods are denied.
fn who() -> RpcModule<()> {
    let mut module = RpcModule::new(());
    module
        .register_method("who", |_, _, extensions| {
            let caller = extensions.get::<Caller>().copied().expect("the server names it");
            let denied = matches!(extensions.get::<DenyUnsafe>(), Some(DenyUnsafe::Yes));
            format!("{:?} {denied}", caller.address)
        })
        .unwrap();
    module
}

/// A connection from 127.0.0.`from`.
async fn connect(from: u8, to: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(([127, 0, 0, from], 0).into()).unwrap();
    socket.connect(to).await.unwrap()
}

fn request(method: &str, headers: &str) -> String {
    let body = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":[]}}"#);
    let length = body.len();
    format!("POST / HTTP/1.1\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n{headers}connection: close\r\n\r\n{body}")
}

/// All that comes back, to the end of the connection.
async fn ask(mut stream: TcpStream, request: &str) -> String {
    let mut answer = Vec::new();
    // A connection that was refused may be gone already.
    let _gone = stream.write_all(request.as_bytes()).await;
    let _reset = stream.read_to_end(&mut answer).await;
    String::from_utf8(answer).unwrap()
}

fn local(to: SocketAddr) -> String {
    format!("host: 127.0.0.1:{}\r\n", to.port())
}

fn site(address: [u8; 4]) -> String {
    format!("{:?}", Some(Site::from(IpAddr::from(address))))
}

#[tokio::test]
async fn method_should_know_the_address_that_asks_and_safe_ones_alone_should_be_answered() {
    let (_server, to) = started(endpoint(8), who());
    let answer = ask(connect(2, to).await, &request("who", &local(to))).await;
    assert!(answer.contains("200 OK"), "{answer}");
    assert!(answer.contains(&format!("{} true", site([127, 0, 0, 2]))), "{answer}");
    // Nobody's header is believed unless proxies are trusted.
    let forwarded = format!("{}x-forwarded-for: 10.1.2.3\r\n", local(to));
    let answer = ask(connect(3, to).await, &request("who", &forwarded)).await;
    assert!(answer.contains(&site([127, 0, 0, 3])), "{answer}");
}

#[tokio::test]
async fn proxy_that_is_trusted_should_be_asked_whom_it_speaks_for() {
    let trusting = RpcEndpoint {
        rate_limit_trust_proxy_headers: true,
        ..endpoint(8)
    };
    let (_server, to) = started(trusting, who());
    let forwarded = format!("{}x-forwarded-for: 10.1.2.3\r\n", local(to));
    let answer = ask(connect(2, to).await, &request("who", &forwarded)).await;
    assert!(answer.contains(&site([10, 1, 2, 3])), "{answer}");
}

#[tokio::test]
async fn address_that_the_client_wrote_beside_the_proxys_should_count_as_the_proxys_own() {
    let trusting = RpcEndpoint {
        rate_limit_trust_proxy_headers: true,
        ..endpoint(8)
    };
    let (_server, to) = started(trusting, who());
    let forwarded = format!("{}forwarded: for=10.9.9.9\r\nx-forwarded-for: 10.1.2.3\r\n", local(to));
    let answer = ask(connect(2, to).await, &request("who", &forwarded)).await;
    assert!(answer.contains(&site([127, 0, 0, 2])), "{answer}");
}

#[tokio::test]
async fn rate_should_be_limited_for_an_address_over_all_its_connections() {
    let limited = RpcEndpoint {
        rate_limit: std::num::NonZeroU32::new(1),
        rate_limit_trust_proxy_headers: true,
        rate_limit_whitelisted_ips: vec!["127.0.0.0/8".parse().unwrap()],
        ..endpoint(8)
    };
    let (_server, to) = started(limited, who());
    let from = |headers: &str| request("who", &format!("{}{headers}", local(to)));
    let one = from("x-forwarded-for: 10.1.2.3\r\n");
    let answer = ask(connect(2, to).await, &one).await;
    assert!(answer.contains("result"), "{answer}");
    // It waits for its turn: the answer does not come while others' do.
    let mut second = connect(2, to).await;
    second.write_all(one.as_bytes()).await.unwrap();
    let answer = ask(connect(2, to).await, &from("x-forwarded-for: 10.1.2.4\r\n")).await;
    assert!(answer.contains("result"), "{answer}");
    // An address that is free of limits is not the one of whoever hides behind it.
    let hidden = from("x-forwarded-for: nobody\r\n");
    assert!(ask(connect(2, to).await, &hidden).await.contains("result"));
    let mut third = connect(2, to).await;
    third.write_all(hidden.as_bytes()).await.unwrap();
    for _ in 0..3 {
        assert!(ask(connect(2, to).await, &from("")).await.contains("result"));
    }
    let mut bytes = [0; 1];
    for waits in [&second, &third] {
        assert!(waits.try_read(&mut bytes).is_err(), "it was answered");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn operator_should_be_answered_while_strangers_hold_all_connections() {
    let began = Arc::new(Notify::new());
    let mut module = who();
    let begin = began.clone();
    module
        .register_async_method("wait", move |_, _, _| {
            begin.notify_one();
            std::future::pending::<()>()
        })
        .unwrap();
    let trusting = RpcEndpoint {
        rate_limit_trust_proxy_headers: true,
        ..endpoint(8)
    };
    let (_server, to) = started(trusting, module);
    let mut held = Vec::new();
    for number in 0..6 {
        let stranger = format!("{}x-forwarded-for: 10.0.{number}.1\r\n", local(to));
        let mut stream = connect(2, to).await;
        stream.write_all(request("wait", &stranger).as_bytes()).await.unwrap();
        began.notified().await;
        held.push(stream);
    }
    let stranger = format!("{}x-forwarded-for: 10.1.2.3\r\n", local(to));
    let answer = ask(connect(2, to).await, &request("who", &stranger)).await;
    assert!(
        answer.contains("429") && answer.contains("--rpc-max-connections"),
        "{answer}"
    );
    let answer = ask(connect(1, to).await, &request("who", &local(to))).await;
    assert!(answer.contains("200 OK"), "{answer}");
}

#[tokio::test]
async fn page_of_another_site_should_be_refused_and_health_be_told() {
    let (_server, to) = started(endpoint(8), who());
    let answer = ask(connect(2, to).await, &request("who", "host: evil.example\r\n")).await;
    assert!(answer.contains("403"), "{answer}");
    let health = format!("GET /health HTTP/1.1\r\n{}connection: close\r\n\r\n", local(to));
    let answer = ask(connect(2, to).await, &health).await;
    assert!(!answer.contains("404") && !answer.contains("405"), "{answer}");
}

#[tokio::test]
async fn address_that_holds_its_share_of_connections_should_leave_others_theirs() {
    let (_server, to) = started(endpoint(4), who());
    let mut held = Vec::new();
    for _ in 0..3 {
        held.push(connect(2, to).await);
    }
    let asked = request("who", &local(to));
    let mut stream = connect(2, to).await;
    let mut refused = String::new();
    stream.read_to_string(&mut refused).await.unwrap();
    assert!(
        refused.contains("429") && refused.contains("--rpc-max-connections"),
        "{refused}"
    );
    let answer = ask(connect(3, to).await, &asked).await;
    assert!(answer.contains("200 OK"), "{answer}");
    // What is closed is free again, as soon as the server sees it.
    drop(held);
    while !ask(connect(2, to).await, &asked).await.contains("200 OK") {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn address_that_floods_with_queries_should_leave_room_for_another_ones() {
    let (release, began) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let mut module = RpcModule::new(());
    let (wait, begin) = (release.clone(), began.clone());
    module
        .register_async_method("query", move |_, _, _| {
            let (wait, begin) = (wait.clone(), begin.clone());
            async move {
                begin.notify_one();
                wait.notified().await;
                "done"
            }
        })
        .unwrap();
    let methods = aside(&module, &Gate::new(std::num::NonZeroU32::MIN)).unwrap();
    let (_server, to) = started(endpoint(64), methods);
    let query = request("query", &local(to));
    // One runs, and so many wait as the address may have connections.
    let flood: Vec<_> = (0..40)
        .map(|_| {
            let query = query.clone();
            tokio::spawn(async move { ask(connect(2, to).await, &query).await })
        })
        .collect();
    began.notified().await;
    let other = tokio::spawn(async move { ask(connect(3, to).await, &query).await });
    // Each that is released lets another in: the other address's turn is the second at the latest after it came.
    let mut turns = 0;
    while !other.is_finished() {
        release.notify_one();
        tokio::task::yield_now().await;
        turns += 1;
        assert!(turns < 100_000_000, "it never came");
    }
    let answer = other.await.unwrap();
    assert!(
        answer.contains("done") && !answer.contains(&BUSY.to_string()),
        "{answer}"
    );
    flood.iter().for_each(tokio::task::JoinHandle::abort);
}

mod unread;
