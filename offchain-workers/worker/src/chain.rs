//! What the chain allows, as the node sends it.

use crate::registered;
use quorate_gateway::{Allowed, Snapshot};
use quorate_primitives::{views::gateway::Peer, AccountId, Hash};
use quorate_protocol::{
    view::{Received, View, ViewReceiver},
    ToWorker, Token,
};
use quorate_tls::Pin;
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};
use tokio::sync::watch;

/// What the chain allows. The gateway and the fetching follow it.
#[derive(Debug)]
pub(crate) struct Chain {
    snapshot: watch::Sender<Option<Arc<Snapshot>>>,
    node: Mutex<Node>,
    /// Pin of the gateway's TLS key.
    pin: Option<Pin>,
}

/// What the node has sent.
#[derive(Debug, Default)]
struct Node {
    view: ViewReceiver,
    me: Option<AccountId>,
    tokens: Vec<Token>,
    /// Kinds of entries that the log has named as unknown.
    unknown: BTreeSet<u8>,
    /// What was logged last about the registered endpoint.
    registration: Option<String>,
}

impl Chain {
    pub fn new(pin: Option<Pin>) -> Self {
        Self {
            snapshot: watch::Sender::new(None),
            node: Mutex::default(),
            pin,
        }
    }

    pub fn snapshots(&self) -> watch::Receiver<Option<Arc<Snapshot>>> {
        self.snapshot.subscribe()
    }

    /// `None` until the node has sent a whole view.
    pub fn snapshot(&self) -> Option<Arc<Snapshot>> {
        self.snapshot.borrow().clone()
    }

    /// Takes a message of the view.
    pub fn receive(&self, genesis: Hash, message: ToWorker) -> Option<Received> {
        let Ok(mut node) = self.node.lock() else {
            return Some(Received::Gap);
        };
        let received = node.view.take(message);
        if let Some(Received::View { changed }) = received {
            self.publish(&mut node, genesis, changed);
        }
        received
    }

    pub fn set_tokens(&self, genesis: Hash, me: Option<AccountId>, tokens: Vec<Token>) {
        if let Ok(mut node) = self.node.lock() {
            (node.me, node.tokens) = (me, tokens);
            self.publish(&mut node, genesis, false);
        }
    }

    /// This worker's validator, and the token for the gateway of `audience`.
    pub fn token(&self, audience: &AccountId) -> Option<(AccountId, Token)> {
        let node = self.node.lock().ok()?;
        let token = node.tokens.iter().find(|token| token.audience == *audience)?;
        Some((node.me.clone()?, token.clone()))
    }

    /// All validators but this worker's own.
    pub fn others(&self) -> Vec<Peer> {
        let Some(snapshot) = self.snapshot() else {
            return Vec::new();
        };
        let peers = snapshot.allowed.peers().iter();
        let others = peers.filter(|peer| Some(&peer.validator) != snapshot.me.as_ref());
        others.cloned().collect()
    }

    fn publish(&self, node: &mut Node, genesis: Hash, changed: bool) {
        let Some(View { at, finalized, entries }) = node.view.view() else {
            return;
        };
        let known = self.snapshot().filter(|known| !changed && known.genesis == genesis);
        let (allowed, unknown) = match known {
            Some(known) => (known.allowed.clone(), BTreeSet::new()),
            None => {
                let (allowed, unknown) = Allowed::new(entries);
                (Arc::new(allowed), unknown)
            }
        };
        let snapshot = Snapshot {
            genesis,
            best: at.number,
            finalized: *finalized,
            me: node.me.clone(),
            allowed,
        };
        for kind in unknown {
            if node.unknown.insert(kind) {
                tracing::warn!(
                    kind,
                    "the view has entries of a kind that this worker does not know: update the worker"
                );
            }
        }
        compare_registration(&mut node.registration, &snapshot, self.pin);
        self.snapshot.send_replace(Some(Arc::new(snapshot)));
    }
}

/// Logs once that what the chain registers is not what this gateway has.
fn compare_registration(logged: &mut Option<String>, snapshot: &Snapshot, pin: Option<Pin>) {
    let peer = snapshot.me.as_ref().and_then(|me| snapshot.allowed.peer(me));
    let problem = peer.and_then(|peer| registered::problem(peer, pin));
    if *logged != problem {
        match &problem {
            Some(problem) => tracing::warn!("{problem}"),
            None => tracing::info!("the chain registers this gateway as it is"),
        }
        *logged = problem;
    }
}
