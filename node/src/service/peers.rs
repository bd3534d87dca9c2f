//! Whom the node talks to: the peers registered on chain.
//!
//! A peer is added when the best block registers it and removed when a finalized block does not: a fork never cuts anyone
//! off. `--reserved-nodes` stay always. Boot nodes and the peers of `--peers-file` stay until this node has caught up, for a
//! joiner's chain does not know today's validators yet.

use super::{
    missing::Wanted,
    network,
    standstill::{Seen, Standstill},
    Client,
};
use crate::cli::PeerArgs;
use futures::StreamExt;
use quorate_primitives::Hash;
use quorate_runtime_api::GatewayApi;
use sc_client_api::{BlockchainEvents, HeaderBackend};
use sc_network::{
    config::{MultiaddrWithPeerId, NetworkConfiguration, NonReservedPeerMode},
    service::traits::NetworkService,
};
use sc_network_types::{multiaddr::Multiaddr, PeerId};
use sc_service::Error;
use sp_api::ProvideRuntimeApi;
use sp_consensus::SyncOracle;
use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    path::Path,
    str::FromStr,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{sync::watch, time::sleep};

const LOG: &str = "quorate";
/// After so many finality notifications in a row without major syncing, this node has caught up.
const CAUGHT_UP: u32 = 8;
/// Interval between two looks whether anything comes from the peers.
const LOOK: Duration = Duration::from_secs(5);
/// How long connections are closed that are made anew: until both sides know it.
const CLOSED: Duration = Duration::from_secs(3);

/// Peers that the command line and the chain specification name.
#[derive(Debug, Default)]
pub struct Named {
    /// Kept whatever the chain says.
    always: BTreeSet<PeerId>,
    /// Kept until this node has caught up.
    first: BTreeSet<PeerId>,
    addresses: BTreeMap<PeerId, Vec<Multiaddr>>,
}

impl Named {
    /// All of them but this node, with the addresses that are named.
    pub fn wanted(&self, own: PeerId) -> Wanted {
        let others = self.addresses.iter().filter(|(peer, _)| **peer != own);
        others.map(|(peer, at)| (*peer, at.clone())).collect()
    }
}

/// Read the peers that are named, and close the node to all others unless it is to be open.
pub fn prepare(config: &mut NetworkConfiguration, args: &PeerArgs) -> Result<Named, Error> {
    let from_file = match &args.peers_file {
        None => Vec::new(),
        Some(path) => read(path)?,
    };
    let mut named = Named::default();
    for peer in &config.default_peers_set.reserved_nodes {
        named.always.insert(peer.peer_id);
        named
            .addresses
            .entry(peer.peer_id)
            .or_default()
            .push(peer.multiaddr.clone());
    }
    for peer in config.boot_nodes.iter().chain(&from_file) {
        named.first.insert(peer.peer_id);
        named
            .addresses
            .entry(peer.peer_id)
            .or_default()
            .push(peer.multiaddr.clone());
    }
    match args.open_peers {
        true => config.boot_nodes.extend(from_file),
        false => config.default_peers_set.non_reserved_mode = NonReservedPeerMode::Deny,
    }
    Ok(named)
}

fn read(path: &Path) -> Result<Vec<MultiaddrWithPeerId>, Error> {
    let failed = |what: String| Error::Other(format!("--peers-file {}: {what}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
    parse(&text).map_err(failed)
}

fn parse(text: &str) -> Result<Vec<MultiaddrWithPeerId>, String> {
    let mut peers = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let address = line.split('#').next().unwrap_or_default().trim();
        if !address.is_empty() {
            let peer = MultiaddrWithPeerId::from_str(address).map_err(|error| {
                format!(
                    "line {}: {error}; expected like /ip4/10.0.0.1/tcp/30333/p2p/12D3…",
                    number + 1
                )
            })?;
            peers.push(peer);
        }
    }
    Ok(peers)
}

/// Keep the reserved peers equal to the registered ones, for as long as the node runs. `wanted` gets those that have named addresses.
pub async fn follow(
    client: Arc<Client>,
    network: Arc<dyn NetworkService>,
    sync: Arc<network::Sync>,
    named: Named,
    wanted: watch::Sender<Wanted>,
) {
    let mut following = Following {
        own: network.local_peer_id(),
        client: client.clone(),
        network,
        named,
        kept: BTreeSet::new(),
        wanted,
    };
    let (mut imports, mut finality) = (
        client.import_notification_stream(),
        client.finality_notification_stream(),
    );
    let mut quiet = 0;
    let (began, mut standstill) = (Instant::now(), Standstill::default());
    let mut look = tokio::time::interval(LOOK);
    following.at_start();
    loop {
        tokio::select! {
            import = imports.next() => match import {
                None => return,
                Some(import) if import.is_new_best => following.add(import.hash),
                Some(_) => {}
            },
            _ = look.tick() => {
                let Ok(blocks) = sync.num_downloaded_blocks().await else { return };
                let seen = Seen {
                    connected: sync.num_connected_peers() > 0,
                    blocks,
                    finalized: client.info().finalized_number,
                };
                if standstill.look(began.elapsed(), seen) {
                    following.connect_anew().await;
                }
            }
            finalized = finality.next() => {
                let Some(finalized) = finalized else { return };
                quiet = if sync.is_major_syncing() { 0 } else { quiet + 1 };
                if quiet == CAUGHT_UP {
                    following.named.first.clear();
                }
                following.remove(finalized.hash);
            }
        }
    }
}

struct Following {
    own: PeerId,
    client: Arc<Client>,
    network: Arc<dyn NetworkService>,
    named: Named,
    kept: BTreeSet<PeerId>,
    wanted: watch::Sender<Wanted>,
}

impl Following {
    fn at_start(&mut self) {
        let best = self.client.info().best_hash;
        let registered = self.registered(best).unwrap_or_default();
        if registered.is_empty() && self.named.always.is_empty() && self.named.first.is_empty() {
            log::warn!(
                target: LOG,
                "The chain registers no peers and none are named: this node talks to nobody. Name some with --peers-file or \
                 --reserved-nodes, or talk to everyone with --open-peers"
            );
        }
        let mut wanted = registered;
        wanted.extend(self.named.always.iter().chain(&self.named.first));
        self.keep(wanted);
    }

    fn add(&mut self, best: Hash) {
        let Some(registered) = self.registered(best) else {
            return;
        };
        let wanted = self.kept.union(&registered).copied().collect();
        self.keep(wanted);
    }

    fn remove(&mut self, finalized: Hash) {
        let best = self.client.info().best_hash;
        let (Some(mut wanted), Some(at_best)) = (self.registered(finalized), self.registered(best)) else {
            return;
        };
        wanted.extend(at_best);
        wanted.extend(self.named.always.iter().chain(&self.named.first));
        self.keep(wanted);
    }

    /// Close all connections, and open them again.
    async fn connect_anew(&self) {
        log::warn!(target: LOG, "Peers are connected, and nothing comes from them: all connections are made anew");
        self.network.set_authorized_peers(HashSet::new());
        sleep(CLOSED).await;
        self.network.set_authorized_peers(self.kept.iter().copied().collect());
    }

    /// `None`: the runtime did not answer, nothing is to change.
    fn registered(&self, at: Hash) -> Option<BTreeSet<PeerId>> {
        match self.client.runtime_api().registered_peers(at) {
            Ok(peers) => Some(peers.iter().filter_map(|peer| peer_id(peer)).collect()),
            Err(error) => {
                log::debug!(target: LOG, "registered peers at {at:?}: {error}");
                None
            }
        }
    }

    fn keep(&mut self, mut wanted: BTreeSet<PeerId>) {
        wanted.remove(&self.own);
        if wanted == self.kept {
            return;
        }
        let (more, less): (Vec<_>, Vec<_>) = (
            wanted.difference(&self.kept).copied().collect(),
            self.kept.difference(&wanted).copied().collect(),
        );
        if !more.is_empty() {
            log::info!(target: LOG, "Peers that may connect from now on: {}", list(&more));
        }
        if !less.is_empty() {
            log::info!(target: LOG, "Peers that are not registered any more and are disconnected: {}", list(&less));
        }
        for peer in &more {
            for address in self.named.addresses.get(peer).into_iter().flatten() {
                self.network.add_known_address(*peer, address.clone());
            }
        }
        // GRANDPA and the transaction protocol follow the set of the block protocol, which this is.
        self.network
            .set_authorized_peers(wanted.iter().copied().collect::<HashSet<_>>());
        let with_addresses = self.named.wanted(self.own).into_iter();
        self.wanted
            .send_replace(with_addresses.filter(|(peer, _)| wanted.contains(peer)).collect());
        self.kept = wanted;
    }
}

fn list(peers: &[PeerId]) -> String {
    peers.iter().map(PeerId::to_string).collect::<Vec<_>>().join(", ")
}

/// A peer id as the chain keeps it: base58 text.
fn peer_id(bytes: &[u8]) -> Option<PeerId> {
    let text = std::str::from_utf8(bytes)
        .ok()
        .and_then(|text| PeerId::from_str(text).ok());
    let id = text.or_else(|| PeerId::from_bytes(bytes).ok());
    if id.is_none() {
        log::warn!(target: LOG, "The chain registers a peer id that is none: {bytes:?}");
    }
    id
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp";

    #[test]
    fn a_peers_file_should_allow_comments_and_name_the_line_that_is_wrong() {
        let text = format!("# first peers\n\n/ip4/10.0.0.1/tcp/30333/p2p/{ID} # ours\n");
        let peers = parse(&text).unwrap();
        assert_eq!(
            peers.iter().map(|peer| peer.peer_id.to_string()).collect::<Vec<_>>(),
            [ID]
        );
        let error = parse(&format!("{text}/ip4/10.0.0.1/tcp/30333\n")).unwrap_err();
        assert!(error.starts_with("line 4:"), "{error}");
    }

    #[test]
    fn a_peer_id_should_be_read_as_text_and_as_bytes() {
        let id = PeerId::from_str(ID).unwrap();
        assert_eq!(peer_id(ID.as_bytes()), Some(id));
        assert_eq!(peer_id(&id.to_bytes()), Some(id));
        assert_eq!(peer_id(b"nonsense"), None);
    }
}
