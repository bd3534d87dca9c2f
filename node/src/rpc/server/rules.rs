//! What an endpoint allows, and what its configuration says of its socket and of browsers.

use jsonrpsee::server::{middleware::http::HostFilterLayer, BatchRequestConfig};
use sc_rpc_server::RpcEndpoint;
use sc_service::Error;
use std::net::{SocketAddr, TcpListener as Listener};
use tower_http::cors::{AllowOrigin, CorsLayer};

/// What an endpoint allows.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    pub max_request: u32,
    pub max_answer: u32,
    pub max_subscriptions: u32,
    pub batches: BatchRequestConfig,
    /// Messages that wait to be read while further requests are.
    pub max_waiting: u32,
    pub log_capacity: u32,
}

/// A socket at the endpoint's address, or at another port of it where that is allowed.
pub fn listen(endpoint: &RpcEndpoint) -> std::io::Result<Listener> {
    let any_port = SocketAddr::new(endpoint.listen_addr.ip(), 0);
    let listener = Listener::bind(endpoint.listen_addr).or_else(|error| match endpoint.retry_random_port {
        true => Listener::bind(any_port),
        false => Err(error),
    })?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// Pages of which sites may read answers.
pub fn cors(endpoint: &RpcEndpoint) -> Result<CorsLayer, Error> {
    let Some(origins) = &endpoint.cors else {
        return Ok(CorsLayer::permissive());
    };
    let origins: Result<Vec<_>, _> = origins.iter().map(|origin| origin.parse()).collect();
    let origins = origins.map_err(|error| Error::Other(format!("--rpc-cors: {error}")))?;
    Ok(CorsLayer::new().allow_origin(AllowOrigin::list(origins)))
}

/// Names by which a browser may call this node, so that no page of another site does.
pub fn hosts(endpoint: &RpcEndpoint, address: SocketAddr) -> Option<HostFilterLayer> {
    let port = address.port();
    let names = ["localhost", "127.0.0.1", "[::1]"].map(|name| format!("{name}:{port}"));
    endpoint.cors.as_ref().and_then(|_| HostFilterLayer::new(names).ok())
}
