//! The JSON-RPC server, as Substrate's, with shares for those who connect.
//!
//! Whoever asks is known by address and connection: that is what [`super::gate`] shares places by. Of connections, too, no address may
//! hold all.

mod limits;
mod proxy;
mod seats;

use super::gate::{Caller, Site};
use jsonrpsee::{
    core::BoxError,
    server::{
        middleware::http::HostFilterLayer, serve_with_graceful_shutdown, stop_channel, ws, HttpBody, HttpRequest,
        HttpResponse, PingConfig, RandomStringIdProvider, RpcServiceBuilder, ServerHandle, StopHandle,
    },
    Methods,
};
use limits::Limits;
use proxy::Named;
use sc_rpc_server::{utils::deny_unsafe, Metrics, NodeHealthProxyLayer, RpcEndpoint, RpcMetrics};
use sc_service::{config::RpcConfiguration, Error};
use seats::{From as Comes, Seats};
use std::{
    net::{SocketAddr, TcpListener as Listener},
    sync::{
        atomic::{AtomicU64, Ordering},
        Arc,
    },
    time::{Duration, Instant},
};
use substrate_prometheus_endpoint::Registry;
use tokio::{
    net::{TcpListener, TcpStream},
    runtime::Runtime,
};
use tower::Service;
use tower_http::cors::{AllowOrigin, CorsLayer};

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
}

fn listen(endpoint: &RpcEndpoint) -> std::io::Result<Listener> {
    let any_port = SocketAddr::new(endpoint.listen_addr.ip(), 0);
    let listener = Listener::bind(endpoint.listen_addr).or_else(|error| match endpoint.retry_random_port {
        true => Listener::bind(any_port),
        false => Err(error),
    })?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

fn cors(endpoint: &RpcEndpoint) -> Result<CorsLayer, Error> {
    let Some(origins) = &endpoint.cors else {
        return Ok(CorsLayer::permissive());
    };
    let origins: Result<Vec<_>, _> = origins.iter().map(|origin| origin.parse()).collect();
    let origins = origins.map_err(|error| Error::Other(format!("--rpc-cors: {error}")))?;
    Ok(CorsLayer::new().allow_origin(AllowOrigin::list(origins)))
}

/// Names by which a browser may call this node, so that no page of another site does.
fn hosts(endpoint: &RpcEndpoint, address: SocketAddr) -> Option<HostFilterLayer> {
    let port = address.port();
    let names = ["localhost", "127.0.0.1", "[::1]"].map(|name| format!("{name}:{port}"));
    endpoint.cors.as_ref().and_then(|_| HostFilterLayer::new(names).ok())
}

/// Takes connections at one endpoint.
async fn serve(listener: TcpListener, address: SocketAddr, cors: CorsLayer, endpoint: RpcEndpoint, shared: Shared) {
    let http = tower::ServiceBuilder::new()
        .option_layer(hosts(&endpoint, address))
        .layer(NodeHealthProxyLayer)
        .layer(cors);
    let ping = PingConfig::new()
        .ping_interval(Duration::from_secs(30))
        .inactive_limit(Duration::from_secs(60))
        .max_failures(3);
    let services = jsonrpsee::server::Server::builder()
        .max_request_body_size(endpoint.max_payload_in_mb.saturating_mul(MEGABYTE))
        .max_response_body_size(endpoint.max_payload_out_mb.saturating_mul(MEGABYTE))
        .max_connections(endpoint.max_connections)
        .max_subscriptions_per_connection(endpoint.max_subscriptions_per_connection)
        .set_message_buffer_capacity(endpoint.max_buffer_capacity_per_connection)
        .set_batch_request_config(endpoint.batch_config)
        .enable_ws_ping(ping)
        .set_id_provider(RandomStringIdProvider::new(16))
        .set_http_middleware(http)
        .to_service_builder();
    let unsafe_denied = deny_unsafe(&address, &endpoint.rpc_methods);
    let trusts_proxies = endpoint.rate_limit_trust_proxy_headers;
    // Sockets, and what runs over them: one socket of HTTP/2 carries many requests.
    let share = endpoint.max_connections - endpoint.max_connections / 4;
    let strangers = endpoint.max_connections - LEFT_FOR_HERE.min(endpoint.max_connections / 4);
    let sockets = Seats::new(share.max(1), u32::MAX);
    let sessions = Seats::new(share.max(1), strangers);
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
        // All come from one address where a proxy stands before the node.
        let from = match peer.is_this_machine() {
            true => Comes::Here,
            false => Comes::Elsewhere,
        };
        let seat = (!trusts_proxies).then(|| sockets.take(peer, from));
        if matches!(seat, Some(None)) {
            refuse(&socket);
            continue;
        }
        let number = shared.numbers.fetch_add(1, Ordering::Relaxed);
        let unlimited = endpoint.rate_limit_whitelisted_ips.clone();
        let (services, sessions, connection) = (services.clone(), sessions.clone(), shared.clone());
        let limits = limits.clone();
        let service = tower::service_fn(move |mut request: HttpRequest<hyper::body::Incoming>| {
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
            let is_websocket = ws::is_upgrade_request(&request);
            // The proxy's own address frees nobody who hides behind it.
            let is_free = named != Named::Unclear && unlimited.iter().any(|known| known.contains(address));
            let limit = limits.of(site).filter(|_| !is_free);
            let layer = match connection.metrics.clone() {
                Some(metrics) => {
                    let metrics = Metrics::new(metrics, if is_websocket { "ws" } else { "http" });
                    Some(limit.unwrap_or_default().with_metrics(metrics))
                }
                None => limit,
            };
            let rpc = RpcServiceBuilder::new()
                .rpc_logger(connection.log_capacity)
                .option_layer(layer.clone());
            let mut service = services
                .clone()
                .set_rpc_middleware(rpc)
                .build(connection.methods.clone(), connection.stop.clone());
            let seat = sessions.take(site, from);
            // The error has a type without lifetimes: https://github.com/rust-lang/rust/issues/102211
            async move {
                let Some(seat) = seat else { return Ok(too_many()) };
                if !is_websocket {
                    let answer = service.call(request).await;
                    drop(seat);
                    return answer.map_err(std::io::Error::other);
                }
                let closed = service.on_session_closed();
                tokio::spawn(async move {
                    let since = Instant::now();
                    if let Some(layer) = &layer {
                        layer.ws_connect();
                    }
                    closed.await;
                    drop(seat);
                    if let Some(layer) = &layer {
                        layer.ws_disconnect(since);
                    }
                });
                service.call(request).await.map_err(std::io::Error::other)
            }
        });
        let stopped = shared.stop.clone().shutdown();
        tokio::spawn(async move {
            let _seat = seat;
            let _ended: Result<(), BoxError> = serve_with_graceful_shutdown(socket, service, stopped).await;
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
