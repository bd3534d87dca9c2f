//! Connections.

use crate::{download::download, refusal::Refusal, status::status, upload::upload, Gateway};
use axum::{http::StatusCode, routing::get, Router};
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{watch, Semaphore},
    task::JoinSet,
};

const MAX_HEADERS: usize = 64;
const MAX_HEADER_BYTES: usize = 16 << 10;
/// How long open requests may take when the gateway closes.
const LAST_REQUESTS: Duration = Duration::from_secs(5);

/// What outsiders may use at most.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub connections: usize,
    /// Uploads at the same time.
    pub uploads: usize,
    /// For request headers, and between two pieces of an upload.
    pub idle: Duration,
    /// For everything on one connection.
    pub connection: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 256,
            uploads: 16,
            idle: Duration::from_secs(20),
            connection: Duration::from_secs(3600),
        }
    }
}

/// Why the gateway does not listen.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    #[error(
        "{0} can be reached from other machines and the gateway has no TLS: listen on 127.0.0.1 behind a proxy with TLS, or \
         say --allow-plaintext where the network itself is private"
    )]
    Plaintext(SocketAddr),
    #[error("{address}: {source}")]
    Io {
        address: SocketAddr,
        source: std::io::Error,
    },
}

/// Opens the gateway's socket.
///
/// # Errors
/// `Plaintext` for an address that is not a loopback one, unless `allow_plaintext`; `Io`.
pub async fn listen(address: SocketAddr, allow_plaintext: bool) -> Result<TcpListener, ListenError> {
    if !address.ip().is_loopback() && !allow_plaintext {
        return Err(ListenError::Plaintext(address));
    }
    TcpListener::bind(address)
        .await
        .map_err(|source| ListenError::Io { address, source })
}

/// Serves until `stop` turns true or its sender is gone; open requests then have a few seconds.
pub async fn serve(listener: TcpListener, gateway: Gateway, mut stop: watch::Receiver<bool>) {
    let limits = gateway.limits;
    let free = Arc::new(Semaphore::new(limits.connections));
    let router = router(gateway);
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            _ = stop.wait_for(|stop| *stop) => break,
            accepted = listener.accept() => accepted,
        };
        while connections.try_join_next().is_some() {}
        match (accepted, free.clone().try_acquire_owned()) {
            (Ok((stream, _)), Ok(permit)) => {
                let (router, stop) = (router.clone(), stop.clone());
                connections.spawn(async move {
                    connection(stream, router, limits, stop).await;
                    drop(permit);
                });
            }
            // Closing is the only answer that costs nothing.
            (Ok(_), Err(_)) => tracing::warn!("too many connections to the gateway: one is turned away"),
            (Err(error), _) => {
                tracing::warn!(%error, "accepting a connection");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
    drop(listener);
    let all = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(LAST_REQUESTS, all).await.is_err() {
        tracing::debug!("requests were cut off");
    }
}

fn router(gateway: Gateway) -> Router {
    let unknown = || async {
        Refusal::new(
            StatusCode::NOT_FOUND,
            "no such path; see /v1/status and /v1/blobs/<root>",
        )
    };
    let wrong = || async { Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "GET, HEAD or PUT") };
    Router::new()
        .route("/v1/status", get(status))
        .route("/v1/blobs/{root}", get(download).put(upload))
        .method_not_allowed_fallback(wrong)
        .fallback(unknown)
        .with_state(gateway)
}

async fn connection(stream: TcpStream, router: Router, limits: Limits, mut stop: watch::Receiver<bool>) {
    // Small answers must not wait for more.
    let _ = stream.set_nodelay(true);
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.idle)
        .max_headers(MAX_HEADERS)
        .max_buf_size(MAX_HEADER_BYTES)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    let mut connection = std::pin::pin!(connection);
    let end = tokio::time::sleep(limits.connection);
    tokio::select! {
        result = connection.as_mut() => return debug(result),
        _ = stop.wait_for(|stop| *stop) => (),
        () = end => return,
    }
    connection.as_mut().graceful_shutdown();
    debug(connection.await);
}

fn debug(result: hyper::Result<()>) {
    if let Err(error) = result {
        tracing::debug!(%error, "connection");
    }
}
