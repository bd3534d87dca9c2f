//! Peers that are named with an address and are not there: which, and why.
//!
//! The network library keeps this to itself: another chain has other protocols, and a peer with another id is dropped in the handshake. So a
//! named peer that stays away is called once by a connection of its own, which asks what answers there.

use super::network;
use futures::StreamExt;
use litep2p::{
    config::ConfigBuilder,
    error::{DialError, NegotiationError},
    protocol::libp2p::identify,
    transport::{tcp, websocket},
    Litep2p, Litep2pEvent,
};
use quorate_primitives::Hash;
use sc_network_types::{
    multiaddr::{Multiaddr, Protocol},
    PeerId,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    str::FromStr,
    sync::Arc,
    time::Duration,
};
use tokio::{
    sync::watch,
    time::{sleep, timeout},
};

const LOG: &str = "quorate";
/// How long a peer may take to come by itself.
const FIRST: Duration = Duration::from_secs(30);
/// Pause between two looks.
const EVERY: Duration = Duration::from_secs(120);
/// How long one call may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Addresses of one peer that are called.
const ADDRESSES: usize = 4;

/// Peers that are wanted, with the addresses that were named for them.
pub type Wanted = BTreeMap<PeerId, Vec<Multiaddr>>;

/// Look after wanted peers for as long as the node runs. Each cause is logged once, until the peer was there.
pub async fn watch(sync: Arc<network::Sync>, own: PeerId, genesis: Hash, wanted: watch::Receiver<Wanted>) {
    let mut said: BTreeMap<PeerId, String> = BTreeMap::new();
    sleep(FIRST).await;
    loop {
        let Ok(connected) = sync.peers_info().await else { return };
        let connected: BTreeSet<PeerId> = connected.into_iter().map(|(peer, _)| peer).collect();
        said.retain(|peer, _| !connected.contains(peer));
        let missing: Vec<_> = wanted.borrow().iter().map(|(peer, at)| (*peer, at.clone())).collect();
        for (peer, addresses) in missing.into_iter().filter(|(peer, _)| !connected.contains(peer)) {
            let mut causes = Vec::new();
            for address in addresses.iter().take(ADDRESSES) {
                causes.push(why(address, peer, own, genesis).await);
            }
            let what = causes.join("; ");
            if !what.is_empty() && said.get(&peer) != Some(&what) {
                log::warn!(target: LOG, "Peer {peer} is not there: {what}");
                said.insert(peer, what);
            }
        }
        sleep(EVERY).await;
    }
}

/// What answers at the address of a peer that is not there, and what to do.
async fn why(address: &Multiaddr, peer: PeerId, own: PeerId, genesis: Hash) -> String {
    match timeout(PATIENCE, call(address, peer)).await {
        Err(_) => format!(
            "nobody answers at {address} in {} s. Is it running, and its port open?",
            PATIENCE.as_secs()
        ),
        Ok(answer) => in_words(answer, address, own, genesis),
    }
}

/// What a call came to.
#[derive(Debug, PartialEq, Eq)]
enum Answer {
    /// It speaks the protocols of the chain with this genesis, or of none.
    Speaks(Option<Hash>),
    Another(PeerId),
    Nobody(String),
}

fn in_words(answer: Answer, address: &Multiaddr, own: PeerId, genesis: Hash) -> String {
    match answer {
        Answer::Speaks(Some(theirs)) if theirs == genesis => format!(
            "at {address} it answers for this chain, but does not take this node in. Is this node's peer id {own} registered on chain, or \
             named there with --reserved-nodes?"
        ),
        Answer::Speaks(Some(theirs)) => format!(
            "at {address} it answers for another chain: its genesis is {theirs:?}, this node's {genesis:?}. Start both with the same --chain file"
        ),
        Answer::Speaks(None) => format!("at {address} something answers that is no node of a chain"),
        Answer::Another(other) => format!(
            "at {address} another one answers, {other}. Correct the address or the peer id where it is named (--reserved-nodes, --bootnodes, \
             --peers-file, the chain specification)"
        ),
        Answer::Nobody(error) => format!("nobody answers at {address} ({error}). Is it running, and its port open?"),
    }
}

async fn call(address: &Multiaddr, peer: PeerId) -> Answer {
    let mut address = address.clone();
    if !matches!(address.iter().last(), Some(Protocol::P2p(_))) {
        address.push(Protocol::P2p(peer.into()));
    }
    match try_call(address).await {
        Ok(answer) => answer,
        Err(error) => Answer::Nobody(error),
    }
}

async fn try_call(address: Multiaddr) -> Result<Answer, String> {
    let text = |error: litep2p::Error| error.to_string();
    let (identify, mut identified) = identify::Config::new("/substrate/1.0".to_owned(), None);
    let none = Vec::new;
    let config = ConfigBuilder::new()
        .with_tcp(tcp::config::Config {
            listen_addresses: none(),
            ..Default::default()
        })
        .with_websocket(websocket::config::Config {
            listen_addresses: none(),
            ..Default::default()
        })
        .with_libp2p_identify(identify)
        .build();
    let mut network = Litep2p::new(config).map_err(text)?;
    network.dial_address(address.into()).await.map_err(text)?;
    loop {
        tokio::select! {
            event = network.next_event() => match event {
                Some(Litep2pEvent::DialFailure { error, .. }) => return failed(&error),
                Some(Litep2pEvent::ListDialFailures { errors }) => {
                    let Some((_, error)) = errors.first() else { return Err("no reason is given".to_owned()) };
                    return failed(error);
                }
                Some(Litep2pEvent::ConnectionClosed { .. }) => return Err("the connection was closed at once".to_owned()),
                Some(Litep2pEvent::ConnectionEstablished { .. }) => {}
                None => return Err("the call ended".to_owned()),
            },
            answer = identified.next() => {
                let Some(identify::IdentifyEvent::PeerIdentified { supported_protocols, .. }) = answer else {
                    return Err("the call ended".to_owned());
                };
                let names = supported_protocols.iter().map(ToString::to_string);
                return Ok(Answer::Speaks(names.filter_map(|name| genesis_of(&name)).next()));
            }
        }
    }
}

fn failed(error: &DialError) -> Result<Answer, String> {
    match error {
        DialError::NegotiationError(NegotiationError::PeerIdMismatch(_, found)) => Ok(Answer::Another((*found).into())),
        other => Err(other.to_string()),
    }
}

/// The genesis in the name of the protocol by which blocks are announced: `/GENESIS/block-announces/1`, or with the fork's id before the
/// last two parts.
fn genesis_of(protocol: &str) -> Option<Hash> {
    let (genesis, rest) = protocol.strip_prefix('/')?.split_once('/')?;
    let is_hash = genesis.len() == 64 && genesis.bytes().all(|sign| sign.is_ascii_hexdigit());
    match is_hash && rest.ends_with("block-announces/1") {
        true => Hash::from_str(genesis).ok(),
        false => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use litep2p::protocol::notification;

    /// A peer of the chain with this genesis, or of none; it answers for as long as the test runs.
    async fn listening(genesis: Option<Hash>) -> (PeerId, Multiaddr) {
        let (identify, mut identified) = identify::Config::new("/substrate/1.0".to_owned(), None);
        let mut config = ConfigBuilder::new()
            .with_tcp(tcp::config::Config {
                listen_addresses: vec!["/ip4/127.0.0.1/tcp/0".parse().unwrap()],
                ..Default::default()
            })
            .with_libp2p_identify(identify);
        let mut handles = Vec::new();
        if let Some(genesis) = genesis {
            let name: String = format!("/{}/block-announces/1", sp_core_hex(genesis));
            let (blocks, handle) = notification::ConfigBuilder::new(litep2p::types::protocol::ProtocolName::from(name))
                .with_max_size(1_024)
                .with_handshake(vec![1])
                .build();
            config = config.with_notification_protocol(blocks);
            handles.push(handle);
        }
        let mut network = Litep2p::new(config.build()).unwrap();
        let id = PeerId::from(*network.local_peer_id());
        let address: Multiaddr = network.listen_addresses().next().unwrap().clone().into();
        tokio::spawn(async move {
            let _kept = handles;
            loop {
                tokio::select! {
                    event = network.next_event() => if event.is_none() { return },
                    _ = identified.next() => {}
                }
            }
        });
        (id, address)
    }

    fn sp_core_hex(hash: Hash) -> String {
        format!("{hash:?}").trim_start_matches("0x").to_owned()
    }

    fn without_id(mut address: Multiaddr) -> Multiaddr {
        if matches!(address.iter().last(), Some(Protocol::P2p(_))) {
            address.pop();
        }
        address
    }

    #[tokio::test]
    async fn peer_of_another_chain_should_be_told_with_both_genesis_hashes() {
        let (theirs, ours) = (Hash::repeat_byte(7), Hash::repeat_byte(8));
        let (peer, address) = listening(Some(theirs)).await;
        let text = why(&address, peer, PeerId::random(), ours).await;
        assert!(
            text.contains("another chain") && text.contains(&format!("{theirs:?}")),
            "{text}"
        );
        assert!(
            text.contains(&format!("{ours:?}")) && text.contains(&address.to_string()),
            "{text}"
        );
    }

    #[tokio::test]
    async fn wrong_peer_id_should_be_told_with_the_one_that_answers() {
        let (peer, address) = listening(Some(Hash::zero())).await;
        let text = why(&without_id(address), PeerId::random(), PeerId::random(), Hash::zero()).await;
        assert!(
            text.contains("another one answers") && text.contains(&peer.to_string()),
            "{text}"
        );
    }

    #[tokio::test]
    async fn peer_that_does_not_let_this_node_in_and_one_without_a_chain_should_be_told() {
        let (own, genesis) = (PeerId::random(), Hash::repeat_byte(9));
        let (peer, address) = listening(Some(genesis)).await;
        let text = why(&address, peer, own, genesis).await;
        assert!(
            text.contains("registered on chain") && text.contains(&own.to_string()),
            "{text}"
        );
        let (peer, address) = listening(None).await;
        let text = why(&address, peer, own, genesis).await;
        assert!(text.contains("no node of a chain"), "{text}");
    }

    #[tokio::test]
    async fn address_where_nobody_listens_should_be_told() {
        let (peer, address) = {
            let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            let port = listener.local_addr().unwrap().port();
            (
                PeerId::random(),
                format!("/ip4/127.0.0.1/tcp/{port}").parse::<Multiaddr>().unwrap(),
            )
        };
        let text = why(&address, peer, PeerId::random(), Hash::zero()).await;
        assert!(
            text.contains("nobody answers") && text.contains(&address.to_string()),
            "{text}"
        );
    }

    #[test]
    fn genesis_should_be_read_from_the_name_of_the_protocol() {
        let genesis = Hash::repeat_byte(0xab);
        let hex = sp_core_hex(genesis);
        assert_eq!(genesis_of(&format!("/{hex}/block-announces/1")), Some(genesis));
        assert_eq!(genesis_of(&format!("/{hex}/fork/block-announces/1")), Some(genesis));
        for other in [
            "/quorate/block-announces/1",
            "/ipfs/ping/1.0.0",
            "",
            &format!("/{hex}/transactions/1"),
        ] {
            assert_eq!(genesis_of(other), None, "{other}");
        }
    }
}
