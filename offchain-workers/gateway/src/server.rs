//! Connections.

use crate::{
    download::download, listen::Listener, metrics, old, parts, places::Place, places::Places, refusal::Refusal,
    seldom::Seldom, status::status, stream::Paced, streams, upload::upload, Gateway, Limits,
};
use axum::{http::StatusCode, middleware, routing::get, Router};
use hyper::{body::Incoming, server::conn::http1, service::Service, Request};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use quorate_gateway_api::{stream::STREAM_PATH, ErrorBody, BLOB_PATH, STATUS_PATH};
use quorate_tls::rustls::ServerConfig;
use std::{sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
    sync::watch,
    task::JoinSet,
    time::timeout,
};
use tokio_rustls::server::TlsStream;

const MAX_HEADERS: usize = 64;
const MAX_HEADER_BYTES: usize = 16 << 10;
/// How long open requests may take when the gateway closes.
const LAST_REQUESTS: Duration = Duration::from_secs(5);
/// First byte of every TLS connection: a record of the handshake (RFC 8446, 5.1).
const HANDSHAKE: u8 = 22;
/// How long a client without TLS may take to send its request, which nobody reads.
const LAST_WORDS: Duration = Duration::from_secs(2);
const LAST_WORD_BYTES: u64 = 32 << 20;

/// Serves until `stop` turns true or its sender is gone; open requests then have a few seconds.
pub async fn serve(listener: Listener, gateway: Gateway, mut stop: watch::Receiver<bool>) {
    let Listener { socket, tls } = listener;
    let limits = gateway.limits;
    let (places, failures) = (
        Arc::new(Places::new(limits, gateway.metrics.clone())),
        Seldom::default(),
    );
    let router = router(gateway.clone());
    let mut connections = JoinSet::new();
    connections.spawn(parts::sweep(gateway.store.clone(), limits, stop.clone()));
    connections.spawn(old::remember(gateway.store.clone(), gateway.view.clone(), stop.clone()));
    loop {
        let accepted = tokio::select! {
            _ = stop.wait_for(|stop| *stop) => break,
            accepted = socket.accept() => accepted,
        };
        while connections.try_join_next().is_some() {}
        match accepted {
            Ok((stream, from)) => {
                // Closing is the only answer that costs nothing.
                let Some(place) = places.enter(from.ip(), gateway.snapshot().as_deref()) else {
                    continue;
                };
                let (router, stop, tls) = (router.clone(), stop.clone(), tls.clone());
                connections.spawn(connection(stream, tls, router, place, limits, stop));
            }
            Err(error) => {
                if let Some(more) = failures.now() {
                    tracing::warn!(%error, more, "accepting a connection");
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
    drop(socket);
    let all = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(LAST_REQUESTS, all).await.is_err() {
        tracing::debug!("requests were cut off");
    }
}

fn router(gateway: Gateway) -> Router {
    let unknown = || async {
        Refusal::new(
            StatusCode::NOT_FOUND,
            "no such path; see /v1/status, /v1/blobs/<root> and /v1/streams/<job>/<request>",
        )
    };
    let wrong = || async { Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "GET, HEAD or PUT") };
    Router::new()
        .route(STATUS_PATH, get(status))
        .route(BLOB_PATH, get(download).put(upload))
        .route(STREAM_PATH, get(streams::serve))
        .method_not_allowed_fallback(wrong)
        .fallback(unknown)
        .layer(middleware::from_fn_with_state(gateway.metrics.clone(), metrics::count))
        .with_state(gateway)
}

async fn connection(
    stream: TcpStream,
    tls: Option<Arc<ServerConfig>>,
    router: Router,
    place: Place,
    limits: Limits,
    stop: watch::Receiver<bool>,
) {
    // Small answers must not wait for more.
    let _ = stream.set_nodelay(true);
    let Some(tls) = tls else {
        return requests(stream, router, place, limits, stop).await;
    };
    match timeout(limits.idle, handshake(stream, tls)).await {
        Ok(Ok(Some(stream))) => requests(stream, router, place, limits, stop).await,
        Ok(Ok(None)) => (),
        Ok(Err(error)) => tracing::debug!(%error, "handshake"),
        Err(_) => tracing::debug!("a handshake takes too long"),
    }
}

/// `None` for a client that does not speak TLS: it is answered in plain HTTP.
async fn handshake(mut stream: TcpStream, tls: Arc<ServerConfig>) -> std::io::Result<Option<TlsStream<TcpStream>>> {
    let mut first = [0];
    if stream.peek(&mut first).await? == 0 {
        return Ok(None);
    }
    if first == [HANDSHAKE] {
        return quorate_tls::accept(tls, stream).await.map(Some);
    }
    let body = ErrorBody::new("this gateway speaks TLS: its URL begins with https://");
    let body = serde_json::to_string(&body)?;
    let answer = format!(
        "HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(answer.as_bytes()).await?;
    stream.shutdown().await?;
    // Closing with bytes unread would take the answer back.
    let mut rest = stream.take(LAST_WORD_BYTES);
    let _ = timeout(LAST_WORDS, tokio::io::copy(&mut rest, &mut tokio::io::sink())).await;
    Ok(None)
}

async fn requests(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    router: Router,
    place: Place,
    limits: Limits,
    mut stop: watch::Receiver<bool>,
) {
    let (router, place) = (TowerToHyperService::new(router), Arc::new(place));
    let service = hyper::service::service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(place.clone());
        router.call(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.idle)
        .max_headers(MAX_HEADERS)
        .max_buf_size(MAX_HEADER_BYTES)
        .serve_connection(TokioIo::new(Paced::new(stream, &limits)), service);
    let mut connection = std::pin::pin!(connection);
    let end = tokio::time::sleep(limits.connection);
    tokio::select! {
        result = connection.as_mut() => return debug(result),
        _ = stop.wait_for(|stop| *stop) => (),
        // What is under way is bounded by its pace.
        () = end => (),
    }
    connection.as_mut().graceful_shutdown();
    debug(connection.await);
}

fn debug(result: hyper::Result<()>) {
    if let Err(error) = result {
        tracing::debug!(%error, "connection");
    }
}
