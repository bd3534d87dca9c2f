//! Strangers at a node's doors: garbage, too much, and a peer that the chain does not register.

use anyhow::{ensure, Context, Result};
use futures::{future::try_join_all, StreamExt};
use litep2p::{
    config::ConfigBuilder,
    crypto::ed25519::Keypair,
    protocol::{
        notification::{self, NotificationEvent, NotificationHandle},
        request_response::{self, DialOptions, RequestResponseEvent, RequestResponseHandle},
    },
    transport::tcp::config::Config as TcpConfig,
    types::protocol::ProtocolName,
    Litep2p, PeerId,
};
use quorate_network_tests::{scenario::Scenario, wait};
use serde_json::{json, Value};
use std::{net::SocketAddr, str::FromStr, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

const MINUTE: Duration = Duration::from_secs(60);
/// How long a single answer may take.
const ANSWER: Duration = Duration::from_secs(30);
const IDLE: usize = 300;

pub async fn strangers_should_be_refused_at_every_door_of_a_node(scenario: &mut Scenario) -> Result<()> {
    let net = &mut scenario.net;
    let others = net.founders() - 1;
    let rpc = SocketAddr::from_str(net.nodes()[0].rpc_url().trim_start_matches("ws://"))?;
    let genesis = net.connect(0, MINUTE).await?.genesis();

    let mut wrong = Vec::new();
    net.say("garbage and too much at the JSON-RPC port");
    refused_by_rpc(rpc, &mut wrong).await?;
    net.say("garbage and idle connections at the peers' port");
    let peers = peers_port(rpc).await?;
    let idle = crowd(peers.address).await?;
    net.say("a peer that is not registered");
    unregistered(&peers, genesis.as_bytes(), &mut wrong).await?;
    assert!(wrong.is_empty(), "{wrong:#?}");

    // What needs a quorum goes on.
    let best = net.connect(0, MINUTE).await?.finalized().await?.number;
    net.wait_final(0, best + 2, 2 * MINUTE).await?;
    wait::until("it has not the other validators as its peers", MINUTE, || async {
        let health = call(rpc, "system_health", json!([])).await?;
        ensure!(health["result"]["peers"] == json!(others), "{health}");
        Ok(Some(()))
    })
    .await?;
    drop(idle);
    Ok(())
}

/// Sends bytes, and reads until the other side closes. It may do that before it has read all.
async fn exchange(address: SocketAddr, bytes: &[u8]) -> Result<Vec<u8>> {
    let mut stream = TcpStream::connect(address).await?;
    let mut answer = Vec::new();
    timeout(ANSWER, async {
        let (mut read, mut write) = stream.split();
        let writing = async {
            let _ = write.write_all(bytes).await;
        };
        let reading = async {
            let _ = read.read_to_end(&mut answer).await;
        };
        tokio::join!(writing, reading)
    })
    .await
    .with_context(|| format!("{address} keeps the connection"))?;
    Ok(answer)
}

/// Status and body of a request to the JSON-RPC server.
async fn post(rpc: SocketAddr, body: &[u8]) -> Result<(u16, String)> {
    let head = format!(
        "POST / HTTP/1.1\r\nhost: {rpc}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let answer = exchange(rpc, &[head.as_bytes(), body].concat()).await?;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
    let body = answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned());
    Ok((status.unwrap_or(0), body.unwrap_or_default()))
}

async fn call(rpc: SocketAddr, method: &str, params: Value) -> Result<Value> {
    let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
    let (status, body) = post(rpc, request.to_string().as_bytes()).await?;
    serde_json::from_str(&body).with_context(|| format!("{method}: {status} {body}"))
}

/// What is not refused as it should be goes to `wrong`.
async fn refused_by_rpc(rpc: SocketAddr, wrong: &mut Vec<String>) -> Result<()> {
    let mut check = |right: bool, what: String| {
        if !right {
            wrong.push(what);
        }
    };
    for (what, body, code) in [
        ("no JSON", b"hello".to_vec(), "-32700"),
        ("JSON that is nested too deep", b"[".repeat(100_000), "-32700"),
        ("no request", b"{}".to_vec(), "-32700"),
    ] {
        let (status, body) = post(rpc, &body).await?;
        check(body.contains(code), format!("{what}: {status} {body}"));
    }
    for (method, params, code) in [
        ("quorate_steal", json!([]), -32601),
        ("quorate_round", json!(["one"]), -32602),
        ("quorate_round", json!([0, "0x00"]), -32602),
        ("quorate_models", json!([0, 4_294_967_296u64]), -32602),
        ("author_submitExtrinsic", json!(["no bytes"]), -32602),
    ] {
        let answer = call(rpc, method, params.clone()).await?;
        check(
            answer["error"]["code"] == json!(code),
            format!("{method} {params}: {answer}"),
        );
    }
    // Bytes that are no transaction, and arguments that are none of the runtime's.
    for (method, params) in [
        ("author_submitExtrinsic", json!(["0xdeadbeef"])),
        ("author_submitExtrinsic", json!([format!("0x{}", "ff".repeat(100_000))])),
        ("state_call", json!(["RoundsApi_round", "0xff"])),
        (
            "state_call",
            json!(["TransactionPaymentApi_query_info", "0xffffffffff"]),
        ),
    ] {
        let answer = call(rpc, method, params).await?;
        check(answer["error"].is_object(), format!("{method}: {answer}"));
    }
    let (status, body) = post(rpc, &vec![b' '; 20 << 20]).await?;
    check(
        status == 413 || status == 0,
        format!("a request of 20 MiB: {status} {body}"),
    );
    let many: Vec<Value> = (0..65)
        .map(|id| json!({ "jsonrpc": "2.0", "id": id, "method": "system_health", "params": [] }))
        .collect();
    let (status, body) = post(rpc, json!(many).to_string().as_bytes()).await?;
    check(body.contains("-32010"), format!("a batch of 65: {status} {body}"));
    let answer = exchange(rpc, b"\x16\x03\x01\x00\x05hello\r\n\r\n").await?;
    let refused = answer.is_empty() || answer.starts_with(b"HTTP/1.1 400");
    check(refused, format!("no HTTP: {}", answer.escape_ascii()));
    let health = call(rpc, "system_health", json!([])).await?;
    check(health["result"].is_object(), format!("{health}"));
    Ok(())
}

/// Where a node awaits its peers.
struct PeersPort {
    address: SocketAddr,
    peer: PeerId,
}

async fn peers_port(rpc: SocketAddr) -> Result<PeersPort> {
    let answer = call(rpc, "system_localListenAddresses", json!([])).await?;
    let listed = answer["result"].as_array().cloned().unwrap_or_default();
    let text = listed
        .iter()
        .filter_map(Value::as_str)
        .find(|text| text.contains("127.0.0.1"));
    let parts: Vec<&str> = text.with_context(|| answer.to_string())?.split('/').collect();
    let [_, "ip4", ip, "tcp", port, "p2p", peer] = parts.as_slice() else {
        anyhow::bail!("{parts:?}");
    };
    Ok(PeersPort {
        address: format!("{ip}:{port}").parse()?,
        peer: peer.parse()?,
    })
}

/// Garbage, and connections that say nothing.
async fn crowd(address: SocketAddr) -> Result<Vec<TcpStream>> {
    let garbage = [
        b"GET / HTTP/1.1\r\nhost: a\r\n\r\n".to_vec(),
        vec![0xff; 1 << 20],
        b"\x13/multistream/1.0.0\n\x07/noise\n"
            .iter()
            .copied()
            .chain([0xff; 70_000])
            .collect(),
        b"\x13/multistream/1.0.0\n\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01".to_vec(),
    ];
    try_join_all(garbage.iter().map(|bytes| exchange(address, bytes))).await?;
    let mut idle = Vec::new();
    for _ in 0..IDLE {
        idle.push(TcpStream::connect(address).await?);
    }
    Ok(idle)
}

/// The handles of a program that speaks the peers' protocols.
struct Stranger {
    blocks: RequestResponseHandle,
    announcements: NotificationHandle,
    transactions: NotificationHandle,
}

impl Stranger {
    async fn dial(to: &PeersPort, genesis: &[u8]) -> Result<Self> {
        let name = |protocol: &str| ProtocolName::from(format!("/{}/{protocol}", hex::encode(genesis)));
        let (blocks_config, blocks) = request_response::ConfigBuilder::new(name("sync/2"))
            .with_max_size(16 << 20)
            .build();
        // Role of a full node, best block 0 with the genesis hash.
        let announce = [&[1][..], &0u32.to_le_bytes(), genesis, genesis].concat();
        let open = |protocol: &str, handshake| {
            notification::ConfigBuilder::new(name(protocol))
                .with_max_size(1 << 20)
                .with_handshake(handshake)
                .with_auto_accept_inbound(true)
                .build()
        };
        let (announce_config, announcements) = open("block-announces/1", announce);
        let (transactions_config, transactions) = open("transactions/1", vec![1]);
        let config = ConfigBuilder::new()
            .with_keypair(Keypair::generate())
            .with_tcp(TcpConfig {
                listen_addresses: vec![],
                ..TcpConfig::default()
            })
            .with_request_response_protocol(blocks_config)
            .with_notification_protocol(announce_config)
            .with_notification_protocol(transactions_config)
            .build();
        let mut program = Litep2p::new(config)?;
        let address = format!("/ip4/{}/tcp/{}/p2p/{}", to.address.ip(), to.address.port(), to.peer);
        program.dial_address(address.parse()?).await?;
        tokio::spawn(async move { while program.next_event().await.is_some() {} });
        Ok(Self {
            blocks,
            announcements,
            transactions,
        })
    }

    /// What a request for blocks is answered with; `None` if it fails.
    async fn ask(&mut self, peer: PeerId, request: Vec<u8>) -> Result<Option<Vec<u8>>> {
        self.blocks.send_request(peer, request, DialOptions::Reject).await?;
        match timeout(ANSWER, self.blocks.next()).await? {
            Some(RequestResponseEvent::ResponseReceived { response, .. }) => Ok(Some(response)),
            _ => Ok(None),
        }
    }
}

/// Whether the other side takes a stream of notifications.
async fn is_taken(handle: &mut NotificationHandle, peer: PeerId) -> Result<bool> {
    handle.open_substream(peer).await?;
    loop {
        match timeout(ANSWER, handle.next())
            .await?
            .context("the stranger has ended")?
        {
            NotificationEvent::NotificationStreamOpened { .. } => return Ok(true),
            NotificationEvent::NotificationStreamOpenFailure { .. } => return Ok(false),
            _ => (),
        }
    }
}

/// Headers and bodies of two blocks from block 1 on: a `BlockRequest` of `sc-network-sync`.
const BLOCKS: [u8; 13] = [0x08, 0x80, 0x80, 0x80, 0x18, 0x1a, 4, 1, 0, 0, 0, 0x30, 2];

/// It is answered what it asks for, and takes part in nothing. What is otherwise goes to `wrong`.
async fn unregistered(port: &PeersPort, genesis: &[u8], wrong: &mut Vec<String>) -> Result<()> {
    let mut stranger = Stranger::dial(port, genesis).await?;
    let mut read = None;
    for _ in 0..50 {
        read = stranger.ask(port.peer, BLOCKS.to_vec()).await?;
        if read.is_some() {
            break;
        }
        // The connection is not there yet.
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    // Blocks are no secret of the port's: docs/security.md says so.
    let after_genesis = |read: &Vec<u8>| read.windows(32).any(|part| part == genesis);
    if !read.as_ref().is_some_and(after_genesis) {
        wrong.push(format!(
            "blocks are not shown to strangers any more ({read:02x?}): say so in docs/security.md"
        ));
    }
    for (what, handle) in [
        ("announcements of blocks", &mut stranger.announcements),
        ("transactions", &mut stranger.transactions),
    ] {
        if is_taken(handle, port.peer).await.with_context(|| what)? {
            wrong.push(format!("{what} of a stranger are taken"));
        }
    }
    if let Some(answer) = stranger.ask(port.peer, vec![0xff; 1_000]).await? {
        wrong.push(format!("garbage is answered: {answer:02x?}"));
    }
    Ok(())
}
