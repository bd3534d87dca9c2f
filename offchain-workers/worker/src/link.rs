//! Where the node is awaited.

use crate::{keepalive, session, socket, state::Worker};
use anyhow::Context;
use quorate_tls::{explain, rustls::ServerConfig, Pin, TlsIdentity};
use std::{io, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};
use tokio::{
    net::{TcpListener, TcpStream, UnixListener, UnixStream},
    sync::Semaphore,
    task::JoinSet,
    time::timeout,
};

/// Strangers that may be shaking hands at the same time, and how long one may take.
const HANDSHAKES: usize = 64;
const HANDSHAKE: Duration = Duration::from_secs(5);

/// Where the node is awaited. There is no plain TCP.
#[derive(Debug)]
pub enum Link {
    /// A Unix socket of mode 0600.
    Socket(PathBuf),
    /// TLS with both sides authenticated: nobody but the holder of the node's key is served.
    Tls {
        address: SocketAddr,
        /// The worker's, whose pin the node knows.
        identity: TlsIdentity,
        /// Pin of the node's key.
        node: Pin,
    },
}

pub(crate) enum Listener {
    Unix(UnixListener, PathBuf),
    Tls(TcpListener, Arc<ServerConfig>),
}

enum Stream {
    Unix(UnixStream),
    Tcp(TcpStream, SocketAddr, Arc<ServerConfig>),
}

impl Listener {
    pub async fn open(link: Link) -> anyhow::Result<Self> {
        match link {
            Link::Socket(path) => Ok(Self::Unix(socket::listen(&path).await?, path)),
            Link::Tls {
                address,
                identity,
                node,
            } => {
                let listener = TcpListener::bind(address).await;
                let listener = listener.with_context(|| format!("--link {address}"))?;
                tracing::info!(pin = %identity.pin(), %node, "TLS key of the link: give it to the node as --worker-tls-pin");
                Ok(Self::Tls(listener, quorate_tls::mutual_server(&identity, node)?))
            }
        }
    }

    /// Where it listens, human-readable.
    pub fn place(&self) -> io::Result<String> {
        match self {
            Self::Unix(_, path) => Ok(path.display().to_string()),
            Self::Tls(listener, _) => Ok(listener.local_addr()?.to_string()),
        }
    }

    async fn accept(&self) -> io::Result<Stream> {
        match self {
            Self::Unix(listener, _) => Ok(Stream::Unix(listener.accept().await?.0)),
            Self::Tls(listener, config) => {
                let (stream, peer) = listener.accept().await?;
                Ok(Stream::Tcp(stream, peer, config.clone()))
            }
        }
    }

    /// Serves connections until the worker stops.
    pub async fn serve(self, worker: Arc<Worker>) {
        let mut sessions = JoinSet::new();
        let strangers = Arc::new(Semaphore::new(HANDSHAKES));
        loop {
            let accepted = tokio::select! {
                () = worker.life.stopping() => break,
                accepted = self.accept() => accepted,
            };
            while sessions.try_join_next().is_some() {}
            match accepted {
                Ok(stream) => drop(sessions.spawn(connection(stream, strangers.clone(), worker.clone()))),
                Err(error) => {
                    tracing::warn!(%error, "accepting a connection of the node");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
        if let Self::Unix(listener, path) = self {
            drop(listener);
            if let Err(error) = std::fs::remove_file(&path) {
                tracing::debug!(%error, "removing the socket");
            }
        }
        while sessions.join_next().await.is_some() {}
    }
}

async fn connection(stream: Stream, strangers: Arc<Semaphore>, worker: Arc<Worker>) {
    let (stream, peer, config) = match stream {
        Stream::Unix(stream) => return session::run(stream, worker).await,
        Stream::Tcp(stream, peer, config) => (stream, peer, config),
    };
    // Closing is the only answer that costs nothing.
    let Ok(place) = strangers.try_acquire() else {
        return tracing::warn!(%peer, "too many connections at once: one is turned away");
    };
    // A request must not wait for the next one.
    let _ = stream.set_nodelay(true);
    if let Err(error) = keepalive::watch(&stream) {
        tracing::debug!(%error, "a link that ends without a word is noticed by its silence only");
    }
    let result = timeout(HANDSHAKE, quorate_tls::accept(config, stream)).await;
    drop(place);
    match result {
        Ok(Ok(stream)) => session::run(stream, worker).await,
        Ok(Err(error)) => {
            let reason = explain(&error).unwrap_or_else(|| error.to_string());
            tracing::warn!(%peer, reason, "a connection that is not the node's is closed");
        }
        Err(_) => tracing::warn!(%peer, "a connection that does not shake hands is closed"),
    }
}
