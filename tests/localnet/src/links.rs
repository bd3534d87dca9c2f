//! What lies between the validators: a TCP proxy in front of each p2p port and each gateway, whose links can be cut, held up and
//! slowed.
//!
//! It works without privileges. Nodes dial each other through the proxies, because these are the only addresses that they are
//! given and that genesis names. A proxy finds out from `/proc` which validator has dialled.

use crate::{
    dialler::Dialler,
    pump::pump,
    weather::{Link, Port, Weather},
};
use std::{
    collections::BTreeSet,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex},
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
};

/// The proxies of a network. Dropping them closes all connections.
pub(crate) struct Links {
    weather: watch::Sender<Weather>,
    diallers: Arc<Mutex<Vec<u32>>>,
    tasks: JoinSet<()>,
}

impl Links {
    pub(crate) fn new() -> Self {
        Self {
            weather: watch::Sender::new(Weather::default()),
            diallers: Arc::default(),
            tasks: JoinSet::new(),
        }
    }

    /// Whoever connects to `front` gets to `back`, as far as the link allows.
    pub(crate) async fn add(&mut self, port: Port, front: u16, back: u16) -> std::io::Result<()> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, front)).await?;
        let (weather, diallers) = (self.weather.subscribe(), self.diallers.clone());
        self.tasks.spawn(serve(listener, port, back, weather, diallers));
        Ok(())
    }

    /// The processes of the validators' nodes, by number; 0 for one that does not run.
    pub(crate) fn set_nodes(&self, nodes: Vec<u32>) {
        *self.diallers.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = nodes;
    }

    pub(crate) fn set(&self, a: usize, b: usize, link: Link) {
        self.weather.send_modify(|weather| {
            weather.set(a, b, link);
        });
    }

    pub(crate) fn set_gateway(&self, index: usize, link: Link) {
        self.weather.send_modify(|weather| {
            weather.set_gateway(index, link);
        });
    }

    /// No connection between a validator of `group` and one of the others.
    pub(crate) fn partition(&self, group: &BTreeSet<usize>, count: usize, link: Link) {
        self.weather.send_modify(|weather| {
            for a in group {
                for b in (0..count).filter(|b| !group.contains(b)) {
                    weather.set(*a, b, link);
                }
            }
        });
    }

    pub(crate) fn heal(&self) {
        self.weather.send_replace(Weather::default());
    }
}

async fn serve(
    listener: TcpListener,
    port: Port,
    back: u16,
    weather: watch::Receiver<Weather>,
    diallers: Arc<Mutex<Vec<u32>>>,
) {
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            Some(_) = connections.join_next() => continue,
        };
        let Ok((stream, from)) = accepted else { continue };
        let nodes = diallers.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).clone();
        connections.spawn(connection(stream, from, (port, back), nodes, weather.clone()));
    }
}

async fn connection(
    front: TcpStream,
    from: SocketAddr,
    (port, back): (Port, u16),
    nodes: Vec<u32>,
    weather: watch::Receiver<Weather>,
) {
    let dialler = tokio::task::spawn_blocking(move || Dialler::find(from, &nodes)).await;
    let from = dialler.ok().flatten();
    if weather.borrow().of(from, port) == Link::Cut {
        return;
    }
    let Ok(back) = TcpStream::connect((Ipv4Addr::LOCALHOST, back)).await else {
        return;
    };
    let _ = (front.set_nodelay(true), back.set_nodelay(true));
    let (front, back) = (front.into_split(), back.into_split());
    let link = move |weather: &Weather| weather.of(from, port);
    tokio::select! {
        () = both(pump(front.0, back.1, weather.clone(), link), pump(back.0, front.1, weather.clone(), link)) => (),
        () = cut(weather.clone(), link) => (),
    }
}

async fn both(there: impl std::future::Future<Output = ()>, back: impl std::future::Future<Output = ()>) {
    tokio::join!(there, back);
}

async fn cut(mut weather: watch::Receiver<Weather>, link: impl Fn(&Weather) -> Link) {
    if weather.wait_for(|weather| link(weather) == Link::Cut).await.is_err() {
        // The network is gone, and all its connections with it.
        std::future::pending::<()>().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    #[test]
    fn link_should_be_found_from_both_ends() {
        let links = Links::new();
        links.partition(&BTreeSet::from([0, 1]), 4, Link::Cut);
        links.set_gateway(2, Link::Held);
        let weather = links.weather.borrow().clone();
        for (from, to, link) in [
            (Some(0), Port::Peer(3), Link::Cut),
            (Some(3), Port::Gateway(1), Link::Cut),
            (Some(0), Port::Peer(1), Link::Open),
            (None, Port::Gateway(0), Link::Open),
            (None, Port::Gateway(2), Link::Held),
            (Some(3), Port::Gateway(2), Link::Held),
            (Some(3), Port::Peer(2), Link::Open),
        ] {
            assert_eq!(weather.of(from, to), link, "{from:?} to {to:?}");
        }
    }

    #[tokio::test]
    async fn connection_should_be_held_and_cut_and_let_through_again() {
        let echo = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let back = echo.local_addr().unwrap().port();
        let server = tokio::spawn(async move {
            while let Ok((mut stream, _)) = echo.accept().await {
                tokio::spawn(async move {
                    let (mut read, mut write) = stream.split();
                    let _ = tokio::io::copy(&mut read, &mut write).await;
                });
            }
        });
        let mut links = Links::new();
        let front = crate::ports::free(1, &mut Vec::new()).unwrap()[0];
        links.add(Port::Gateway(0), front, back).await.unwrap();
        // This test is validator 1.
        links.set_nodes(vec![0, std::process::id()]);
        let mut stream = TcpStream::connect(("127.0.0.1", front)).await.unwrap();
        let mut got = [0; 4];
        stream.write_all(b"open").await.unwrap();
        stream.read_exact(&mut got).await.unwrap();
        assert_eq!(&got, b"open");

        links.set(0, 1, Link::Held);
        stream.write_all(b"held").await.unwrap();
        let waited = tokio::time::timeout(Duration::from_millis(200), stream.read_exact(&mut got)).await;
        assert!(waited.is_err(), "nothing comes through");
        links.set(
            0,
            1,
            Link::Slow {
                delay: Duration::from_millis(10),
                rate: 1_000,
            },
        );
        stream.read_exact(&mut got).await.unwrap();
        assert_eq!(&got, b"held", "what was held comes later");

        links.set(0, 1, Link::Cut);
        assert!(matches!(stream.read(&mut got).await, Ok(0) | Err(_)), "closed");
        let mut refused = TcpStream::connect(("127.0.0.1", front)).await.unwrap();
        assert!(matches!(refused.read(&mut got).await, Ok(0) | Err(_)), "closed at once");
        links.heal();
        let mut again = TcpStream::connect(("127.0.0.1", front)).await.unwrap();
        again.write_all(b"heal").await.unwrap();
        again.read_exact(&mut got).await.unwrap();
        assert_eq!(&got, b"heal");
        server.abort();
    }
}
