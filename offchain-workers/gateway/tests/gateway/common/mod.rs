//! A gateway that is served, and what its node shows it. Each test program uses a part of it.
#![allow(dead_code)]

use quorate_gateway::{listen, serve, Allowed, Gateway, Protection, Snapshot};
use quorate_primitives::{views::Entry, AccountId, Hash};
use std::{net::SocketAddr, sync::Arc};
use tokio::sync::watch;

pub const ME: AccountId = AccountId::new([1; 32]);
pub const GENESIS: Hash = Hash::repeat_byte(0x77);

type View = watch::Sender<Option<Arc<Snapshot>>>;

/// A gateway, as long as this lives.
pub struct Served {
    pub address: SocketAddr,
    /// What its node shows it; nothing at first.
    pub view: View,
    _stop: watch::Sender<bool>,
}

/// Serves the gateway that is made of a view, without TLS.
pub async fn served(gateway: impl FnOnce(watch::Receiver<Option<Arc<Snapshot>>>) -> Gateway) -> Served {
    let (view, seen) = watch::channel(None);
    let (stop, stopped) = watch::channel(false);
    let listener = listen("127.0.0.1:0".parse().unwrap(), Protection::ThisMachine)
        .await
        .unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(serve(listener, gateway(seen), stopped));
    Served {
        address,
        view,
        _stop: stop,
    }
}

/// What the chain allows at its first block.
pub fn snapshot(entries: &[Entry]) -> Arc<Snapshot> {
    Arc::new(Snapshot {
        genesis: GENESIS,
        best: 1,
        finalized: 0,
        me: Some(ME),
        allowed: Allowed::new(entries).0.into(),
    })
}
