//! What is counted of the gateway.

use crate::side::*;
use quorate_gateway::Limits;
use quorate_worker::{Config, Observe};
use tokio::io::AsyncReadExt;

fn client() -> reqwest::Client {
    // No certificate authority is asked for anything here.
    let tls = quorate_tls::no_roots().unwrap();
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .no_proxy()
        .build()
        .unwrap()
}

/// Whole lines of the metrics that begin so, without their common beginning.
async fn lines(side: &Side, of: &str) -> Vec<String> {
    let address = side.running.metrics().unwrap();
    let text = client().get(format!("http://{address}/metrics")).send().await.unwrap();
    let text = text.text().await.unwrap();
    let lines = text.lines().filter_map(|line| line.strip_prefix("quorate_worker_"));
    lines.filter(|line| line.starts_with(of)).map(str::to_owned).collect()
}

/// Until the metrics have this line.
async fn shows(side: &Side, line: &str) {
    let wait = async {
        loop {
            let of = line.split(['{', ' ']).next().unwrap();
            let found = lines(side, of).await;
            if found.iter().any(|found| found == line) {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    let waited = tokio::time::timeout(PATIENCE, wait).await;
    assert!(waited.is_ok(), "{line} is not in {:?}", lines(side, "gateway").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_outsiders_do_at_the_gateway_should_be_counted() {
    let observed = |config| Config {
        observe: Some(Observe {
            address: "127.0.0.1:0".parse().unwrap(),
            external: false,
        }),
        limits: Limits {
            connections_of_address: 4,
            ..Limits::default()
        },
        ..config
    };
    let mut side = Side::with(1, observed).await;
    let world = world(&PIPELINE);
    provide(&side, [&world.files.base]).await;
    side.show(&world.versions, vec![]).await;
    let url = |root: &[u8; 32]| format!("{}/v1/blobs/{}", side.running.gateway(), quorate_blobs::name(root));
    let (base, len) = (url(&world.task.base.root.0), world.files.base.len());
    let client = client();
    let get = || async { client.get(&base).send().await.unwrap() };
    while get().await.status() != 200 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let before: f64 = number(&lines(&side, "gateway_served_bytes_total").await);
    assert_eq!(get().await.bytes().await.unwrap().len(), len);
    assert_eq!(client.get(url(&[7; 32])).send().await.unwrap().status(), 404);
    assert_eq!(client.put(&base).body("x").send().await.unwrap().status(), 403);
    assert_eq!(client.get(url(&[7; 32]) + "/x").send().await.unwrap().status(), 404);
    assert_eq!(client.delete(&base).send().await.unwrap().status(), 405);
    let after = number(&lines(&side, "gateway_served_bytes_total").await);
    assert_eq!(after, before + len as f64);
    for line in [
        "gateway_requests_total{answer=\"denied\",request=\"put\"} 1",
        "gateway_requests_total{answer=\"wrong\",request=\"other\"} 1",
        "gateway_uploads 0",
        "gateway_taken_bytes_total 0",
        "fetches_running 0",
        "store_answers 1",
    ] {
        shows(&side, line).await;
    }
    drop(client);
    shows(&side, "gateway_connections{of=\"stranger\"} 0").await;
    // An address has four.
    let mut connections = Vec::new();
    for _ in 0..4 {
        connections.push(tokio::net::TcpStream::connect(address(&side)).await.unwrap());
    }
    shows(&side, "gateway_connections{of=\"stranger\"} 4").await;
    let mut refused = tokio::net::TcpStream::connect(address(&side)).await.unwrap();
    assert!(matches!(refused.read(&mut [0]).await, Ok(0) | Err(_)));
    shows(&side, "gateway_refused_connections_total{limit=\"address\"} 1").await;
    drop(connections);
    shows(&side, "gateway_connections{of=\"stranger\"} 0").await;
    side.running.stop().await;
}

fn number(lines: &[String]) -> f64 {
    lines.first().unwrap().rsplit(' ').next().unwrap().parse().unwrap()
}

fn address(side: &Side) -> String {
    side.running.gateway().strip_prefix("http://").unwrap().to_owned()
}
