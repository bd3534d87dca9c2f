//! The JSON-RPC server, as Substrate's, with shares for those who connect.
//!
//! Whoever asks is known by address and connection: that is what [`super::gate`] shares places by. Of connections, too, no address may
//! hold all.

mod calls;
mod frames;
mod limits;
mod memory;
mod places;
mod proxy;
mod rules;
mod session;
mod websocket;

pub use memory::Making;
pub use websocket::Unread;

use super::gate::{Caller, Site};
use jsonrpsee::{
    server::{
        serve_with_graceful_shutdown, stop_channel, ws, HttpBody, HttpRequest, HttpResponse, ServerHandle, StopHandle,
    },
    Methods,
};
use limits::Limits;
use memory::Memory;
use places::{From as Comes, Most, Places};
use proxy::Named;
use rules::{cors, hosts, listen, Rules};
use sc_rpc_server::{utils::deny_unsafe, Metrics, NodeHealthProxyLayer, RpcEndpoint, RpcMetrics};
use sc_service::{config::RpcConfiguration, Error};
use session::Session;
use std::{
    net::SocketAddr,
    sync::{
        atomic::{AtomicU64, Ordering},
        Arc,
    },
    time::Duration,
};
use substrate_prometheus_endpoint::Registry;
use tokio::{
    net::{TcpListener, TcpStream},
    runtime::Runtime,
};
use tokio_util::sync::CancellationToken;
use tower::Service;
use tower_http::cors::CorsLayer;

const LOG: &str = "quorate";
const MEGABYTE: u32 = 1 << 20;
/// What whoever holds too many connections is told, and no more is read.
const TOO_MANY: &str =
    "this address holds its share, three quarters, of the connections that this node takes (--rpc-max-connections), or \
     others hold the rest: close some, or come later\n";
/// Connections that are left for whoever comes from this machine, such as its operator: no more than a quarter of all.
const LEFT_FOR_HERE: u32 = 4;

/// What the server is made from.
pub struct Settings<'a> {
    pub endpoints: Vec<RpcEndpoint>,
    pub log_capacity: u32,
    pub registry: Option<&'a Registry>,
}

/// Serves until it is dropped.
pub struct Server {
    handle: ServerHandle,
    addresses: Vec<SocketAddr>,
    runtime: Option<Runtime>,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _already = self.handle.stop();
        // Elsewhere it would wait for threads, which no asynchronous task may.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// A runtime of its own for the server: connections, and threads for the methods that take one.
pub fn runtime(endpoints: &[RpcEndpoint], queries: u32) -> Result<Runtime, Error> {
    let connections = endpoints.iter().map(|endpoint| endpoint.max_connections).max();
    // A query may wait on a thread for its method's own.
    let threads = connections
        .unwrap_or_default()
        .saturating_add(queries.saturating_mul(2));
    Ok(sc_rpc_server::create_rpc_runtime(threads)?)
}

/// The endpoints that the configuration names.
pub fn endpoints(config: &RpcConfiguration) -> Result<Vec<RpcEndpoint>, Error> {
    let named = config.addr.clone().filter(|endpoints| !endpoints.is_empty());
    named.ok_or_else(|| Error::Other("no JSON-RPC endpoint is named".to_owned()))
}

impl Server {
    /// Listens, on threads of `runtime`.
    ///
    /// # Errors
    /// An endpoint's address cannot be listened on.
    pub fn start(settings: Settings<'_>, methods: Methods, runtime: Runtime) -> Result<Self, Error> {
        let largest = settings.endpoints.iter().map(|endpoint| {
            let megabytes = endpoint.max_payload_in_mb.saturating_add(endpoint.max_payload_out_mb);
            u64::from(megabytes.saturating_mul(MEGABYTE))
        });
        let limits = memory::Limits::of(largest.max().unwrap_or_default());
        Self::start_within(settings, methods, runtime, &Memory::new(limits))
    }

    fn start_within(
        settings: Settings<'_>,
        methods: Methods,
        runtime: Runtime,
        memory: &Memory,
    ) -> Result<Self, Error> {
        let names: Vec<_> = methods.method_names().collect();
        let metrics = RpcMetrics::new(settings.registry)?.map(|metrics| metrics.with_known_methods(names));
        let (stop, handle) = stop_channel();
        // Owned from here on: an error below must not drop the runtime as it is.
        let mut server = Self {
            handle,
            addresses: Vec::new(),
            runtime: Some(runtime),
        };
        let Some(runtime) = &server.runtime else {
            return Ok(server);
        };
        let numbers = Arc::new(AtomicU64::new(0));
        for endpoint in settings.endpoints {
            let listener = match listen(&endpoint) {
                Ok(listener) => listener,
                Err(error) if endpoint.is_optional => {
                    log::debug!(target: LOG, "no JSON-RPC at {}: {error}", endpoint.listen_addr);
                    continue;
                }
                Err(error) => return Err(Error::Other(format!("JSON-RPC at {}: {error}", endpoint.listen_addr))),
            };
            let address = listener.local_addr()?;
            let shared = Shared {
                methods: methods.clone(),
                metrics: metrics.clone(),
                stop: stop.clone(),
                log_capacity: settings.log_capacity,
                numbers: numbers.clone(),
                memory: memory.clone(),
            };
            let _inside = runtime.enter();
            let listener = TcpListener::from_std(listener)?;
            runtime.spawn(serve(listener, address, cors(&endpoint)?, endpoint, shared));
            server.addresses.push(address);
        }
        if server.addresses.is_empty() {
            return Err(Error::Other("no address for JSON-RPC could be listened on".to_owned()));
        }
        // Programs read it: the comma after a single address is what Substrate writes.
        let listed: Vec<_> = server.addresses.iter().map(SocketAddr::to_string).collect();
        let comma = if listed.len() == 1 { "," } else { "" };
        log::info!("Running JSON-RPC server: addr={}{comma}", listed.join(","));
        Ok(server)
    }
}

/// What all endpoints share.
#[derive(Clone)]
struct Shared {
    methods: Methods,
    metrics: Option<RpcMetrics>,
    stop: StopHandle,
    log_capacity: u32,
    /// Numbers for connections.
    numbers: Arc<AtomicU64>,
    memory: Memory,
}

/// Takes connections at one endpoint.
async fn serve(listener: TcpListener, address: SocketAddr, cors: CorsLayer, endpoint: RpcEndpoint, shared: Shared) {
    let http = tower::ServiceBuilder::new()
        .option_layer(hosts(&endpoint, address))
        .layer(NodeHealthProxyLayer)
        .layer(cors);
    let rules = Rules {
        max_request: endpoint.max_payload_in_mb.saturating_mul(MEGABYTE),
        max_answer: endpoint.max_payload_out_mb.saturating_mul(MEGABYTE),
        max_subscriptions: endpoint.max_subscriptions_per_connection,
        batches: endpoint.batch_config,
        max_waiting: endpoint.max_buffer_capacity_per_connection,
        log_capacity: shared.log_capacity,
    };
    let unsafe_denied = deny_unsafe(&address, &endpoint.rpc_methods);
    let trusts_proxies = endpoint.rate_limit_trust_proxy_headers;
    // Sockets, and what runs over them: one socket of HTTP/2 carries many requests.
    let share = endpoint.max_connections - endpoint.max_connections / 4;
    let strangers = endpoint.max_connections - LEFT_FOR_HERE.min(endpoint.max_connections / 4);
    let most = Most {
        each: share.max(1),
        strangers,
        all: endpoint.max_connections,
    };
    // All sockets come from one address where a proxy stands before the node.
    let of_sockets = match trusts_proxies {
        true => Most {
            each: u32::MAX,
            strangers: u32::MAX,
            ..most
        },
        false => most,
    };
    let sockets = Places::new(of_sockets, true);
    let sessions = Places::new(most, false);
    let limits = Limits::new(endpoint.rate_limit);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = shared.stop.clone().shutdown() => return,
        };
        let (socket, remote) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                log::debug!(target: LOG, "a JSON-RPC connection failed: {error}");
                // Such as too many open files: the error stays for a while.
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        let peer = Site::from(remote.ip());
        let from = match peer.is_this_machine() {
            true => Comes::Here,
            false => Comes::Elsewhere,
        };
        let close = CancellationToken::new();
        let Some(place) = sockets.take(peer, from, close.clone()) else {
            refuse(&socket);
            continue;
        };
        let number = shared.numbers.fetch_add(1, Ordering::Relaxed);
        let unlimited = endpoint.rate_limit_whitelisted_ips.clone();
        let (http, sessions, connection) = (http.clone(), sessions.clone(), shared.clone());
        let (limits, closing) = (limits.clone(), close.clone());
        let service = tower::service_fn(move |mut request: HttpRequest<hyper::body::Incoming>| {
            let running = place.run();
            let named = match trusts_proxies {
                true => proxy::named(&request),
                false => Named::Nobody,
            };
            let address = named.address().unwrap_or_else(|| remote.ip());
            let site = Site::from(address);
            // Whom a proxy speaks for is a stranger, whatever it is called.
            let from = if named == Named::Nobody { from } else { Comes::Elsewhere };
            request.extensions_mut().insert(unsafe_denied);
            request.extensions_mut().insert(Caller {
                address: Some(site),
                connection: number,
            });
            // The proxy's own address frees nobody who hides behind it.
            let is_free = named != Named::Unclear && unlimited.iter().any(|known| known.contains(address));
            let limit = limits.of(site).filter(|_| !is_free).unwrap_or_default();
            let is_websocket = ws::is_upgrade_request(&request);
            let layer = match connection.metrics.clone() {
                Some(metrics) => limit.with_metrics(Metrics::new(metrics, if is_websocket { "ws" } else { "http" })),
                None => limit,
            };
            // A WebSocket is closed by itself, other requests with their socket.
            let close = match is_websocket {
                true => CancellationToken::new(),
                false => closing.clone(),
            };
            let seat = sessions.take(site, from, close.clone());
            let session = Session {
                methods: connection.methods.clone(),
                rules,
                layer,
                memory: connection.memory.clone(),
                site,
                from,
                number,
                close,
                stop: connection.stop.clone(),
            };
            let http = http.clone();
            // The error has a type without lifetimes: https://github.com/rust-lang/rust/issues/102211
            async move {
                let Some(seat) = seat else { return Ok(too_many()) };
                let mut given = Some((session, seat, running));
                let mut service = http.service(tower::service_fn(move |request: HttpRequest| {
                    let given = given.take();
                    async move {
                        let (session, seat, running) = given.ok_or("a request is served once")?;
                        session.serve(request, seat, running).await
                    }
                }));
                service.call(request).await.map_err(std::io::Error::other)
            }
        });
        let stopped = shared.stop.clone().shutdown();
        tokio::spawn(async move {
            tokio::select! {
                _ended = serve_with_graceful_shutdown(socket, service, stopped) => {}
                () = close.cancelled() => {}
            }
        });
    }
}

/// The answer to what comes over a connection beyond the share.
fn too_many() -> HttpResponse {
    let mut answer = HttpResponse::new(HttpBody::from(TOO_MANY.to_owned()));
    *answer.status_mut() = hyper::StatusCode::TOO_MANY_REQUESTS;
    answer
}

/// Says so at once, without a request being read.
fn refuse(socket: &TcpStream) {
    let length = TOO_MANY.len();
    let answer = format!(
        "HTTP/1.1 429 Too Many Requests\r\ncontent-type: text/plain\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{TOO_MANY}"
    );
    // A new socket takes so little at once, or has gone.
    let _gone = socket.try_write(answer.as_bytes());
}

#[cfg(test)]
mod tests;
