//! Metrics, health and readiness over HTTP, on a listener of its own.

use crate::state::Worker;
use bytes::Bytes;
use http_body_util::Full;
use hyper::{body::Incoming, header::CONTENT_TYPE, server::conn::http1, Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::{convert::Infallible, net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    task::JoinSet,
    time::timeout,
};

/// Connections at a time: some scrapers and a person.
const CONNECTIONS: usize = 16;
/// How long one may take for its request, and altogether.
const HEADERS: Duration = Duration::from_secs(5);
const CONNECTION: Duration = Duration::from_secs(60);

/// Serves until the worker stops.
pub(crate) async fn serve(listener: TcpListener, worker: Arc<Worker>) {
    let (places, mut connections) = (Arc::new(Semaphore::new(CONNECTIONS)), JoinSet::new());
    loop {
        let accepted = tokio::select! {
            () = worker.life.stopping() => return,
            accepted = listener.accept() => accepted,
        };
        while connections.try_join_next().is_some() {}
        match accepted {
            Ok((stream, _)) => {
                // Closing is the only answer that costs nothing.
                let Ok(place) = places.clone().try_acquire_owned() else {
                    continue;
                };
                let worker = worker.clone();
                connections.spawn(async move {
                    let _place = place;
                    connection(stream, worker).await;
                });
            }
            Err(error) => {
                tracing::debug!(%error, "accepting a reader of metrics");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

/// Opens the listener.
///
/// # Errors
/// For an address that other machines can reach, unless `external`; those of the system.
pub(crate) async fn listen(address: SocketAddr, external: bool) -> anyhow::Result<TcpListener> {
    if !external && !address.ip().is_loopback() {
        anyhow::bail!(
            "--metrics {address}: other machines can reach it, and it has neither TLS nor passwords. Use 127.0.0.1, or say \
             --metrics-external where the network itself is private"
        );
    }
    let listener = TcpListener::bind(address).await;
    listener.map_err(|error| anyhow::anyhow!("--metrics {address}: {error}"))
}

async fn connection(stream: TcpStream, worker: Arc<Worker>) {
    let service = hyper::service::service_fn(move |request: Request<Incoming>| {
        let worker = worker.clone();
        async move { Ok::<_, Infallible>(answer(request.method(), request.uri().path(), &worker)) }
    });
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS)
        .max_headers(64)
        .max_buf_size(16 << 10)
        .serve_connection(TokioIo::new(stream), service);
    if let Ok(Err(error)) = timeout(CONNECTION, serving).await {
        tracing::debug!(%error, "a reader of metrics");
    }
}

fn answer(method: &Method, path: &str, worker: &Worker) -> Response<Full<Bytes>> {
    if method != Method::GET && method != Method::HEAD {
        return text(StatusCode::METHOD_NOT_ALLOWED, "GET or HEAD\n".into());
    }
    match path {
        "/metrics" => match metrics(worker) {
            Ok(bytes) => response(StatusCode::OK, "text/plain; version=0.0.4", bytes.into()),
            Err(error) => text(StatusCode::INTERNAL_SERVER_ERROR, format!("{error}\n")),
        },
        "/health" => report(health(worker)),
        "/ready" => report(readiness(worker)),
        _ => text(
            StatusCode::NOT_FOUND,
            "no such path; see /metrics, /health and /ready\n".into(),
        ),
    }
}

/// All metrics, of which those that nobody counts are set now.
fn metrics(worker: &Worker) -> prometheus::Result<Vec<u8>> {
    let metrics = &worker.metrics;
    metrics.running.set(worker.life.running().into());
    metrics.queued.set(worker.compute.queued() as f64);
    metrics.blobs.set(worker.census.blobs() as f64);
    metrics.blob_bytes.set(worker.census.bytes() as f64);
    if let Ok(Some(free)) = worker.store.free() {
        metrics.disk_free.set(free as f64);
    }
    metrics
        .store_answers
        .set(f64::from(u8::from(worker.census.failure().is_none())));
    metrics.disk_limit.set(worker.room.max.unwrap_or(0) as f64);
    metrics.keep_free.set(worker.room.keep_free as f64);
    let overdue = worker.threads.overdue().map(|(_, overdue)| overdue.by().as_secs_f64());
    metrics.overdue.set(overdue.unwrap_or(0.0));
    metrics.connected.set(f64::from(u8::from(worker.seats.is_taken())));
    if let Some(snapshot) = worker.chain.snapshot() {
        metrics.best.set(snapshot.best.into());
        metrics.finalized.set(snapshot.finalized.into());
    }
    metrics.set_backend(&worker.compute.engine.name());
    metrics.text()
}

/// What keeps the worker from being alive: whoever restarts processes asks for it.
fn health(worker: &Worker) -> Vec<String> {
    let overdue = worker.threads.overdue().map(|(_, overdue)| overdue);
    let hung = overdue.filter(|overdue| overdue.by() >= quorate_protocol::OVERDUE);
    hung.into_iter()
        .map(|overdue| {
            let (what, by) = (&overdue.what, overdue.by().as_secs());
            format!("{what} should have ended {by} s ago and still runs")
        })
        .collect()
}

/// What keeps the worker from working. It has passed its self-test, or it would not be here.
fn readiness(worker: &Worker) -> Vec<String> {
    let mut problems = health(worker);
    match worker.store.free() {
        Ok(Some(free)) if free < worker.room.keep_free => problems.push(format!(
            "the store's disk has {free} bytes free, of which {} have to stay so",
            worker.room.keep_free
        )),
        Ok(_) => (),
        Err(error) => problems.push(format!("the store: {error}")),
    }
    if let Some(error) = worker.census.failure() {
        problems.push(format!("the store: {error}"));
    }
    if !worker.seats.is_taken() {
        problems.push("no node is connected".into());
    } else if worker.chain.snapshot().is_none() {
        problems.push("the node has not sent its view yet".into());
    }
    problems
}

fn report(problems: Vec<String>) -> Response<Full<Bytes>> {
    match problems.is_empty() {
        true => text(StatusCode::OK, "ok\n".into()),
        false => text(StatusCode::SERVICE_UNAVAILABLE, problems.join("\n") + "\n"),
    }
}

fn text(status: StatusCode, text: String) -> Response<Full<Bytes>> {
    response(status, "text/plain; charset=utf-8", text.into())
}

fn response(status: StatusCode, kind: &'static str, body: Bytes) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, hyper::header::HeaderValue::from_static(kind));
    response
}
