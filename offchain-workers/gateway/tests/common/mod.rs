//! A gateway that is served.

use quorate_gateway::{listen, serve, Gateway, Protection, Snapshot};
use std::{net::SocketAddr, sync::Arc};
use tokio::sync::watch;

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
