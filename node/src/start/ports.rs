//! Addresses to listen on: one that is taken ends the start, where the libraries would go on without it or take another one.

use sc_network_types::multiaddr::{Multiaddr, Protocol};
use sc_service::{Configuration, Error};
use std::{
    io::ErrorKind,
    net::{IpAddr, SocketAddr, TcpListener},
};

/// Whether every address is free; the RPC server takes no other port than the one that was asked for.
///
/// # Errors
/// One is not: which, for what, and with which flag to choose another.
pub fn check(config: &mut Configuration, chosen_by_endpoint: bool) -> Result<(), Error> {
    for address in config.network.listen_addresses.iter().filter_map(tcp) {
        free("peers", address, "--port or --listen-addr").map_err(Error::Other)?;
    }
    for endpoint in config.rpc.addr.iter_mut().flatten() {
        if !chosen_by_endpoint {
            endpoint.retry_random_port = false;
        }
        if !endpoint.retry_random_port {
            free("RPC", endpoint.listen_addr, "--rpc-port (0: any that is free)").map_err(Error::Other)?;
        }
    }
    if let Some(prometheus) = &config.prometheus_config {
        free(
            "metrics",
            prometheus.port,
            "--prometheus-port, or have none with --no-prometheus",
        )
        .map_err(Error::Other)?;
    }
    Ok(())
}

/// The socket address of a TCP one.
fn tcp(address: &Multiaddr) -> Option<SocketAddr> {
    let mut parts = address.iter();
    let ip: IpAddr = match parts.next()? {
        Protocol::Ip4(ip) => ip.into(),
        Protocol::Ip6(ip) => ip.into(),
        _ => return None,
    };
    match parts.next()? {
        Protocol::Tcp(port) => Some(SocketAddr::new(ip, port)),
        _ => None,
    }
}

/// Both backends of the network share a port with whoever shares it, so that two nodes listen on one and half the connections reach
/// the wrong node. This socket shares nothing.
fn free(purpose: &str, address: SocketAddr, flag: &str) -> Result<(), String> {
    let error = match TcpListener::bind(address) {
        Ok(_) => return Ok(()),
        Err(error) => error,
    };
    let why = match error.kind() {
        ErrorKind::AddrInUse => "is taken. Does another node run? End it, or choose another with",
        ErrorKind::PermissionDenied => {
            "may not be used by this user (ports below 1024 are the administrator's). Choose another with"
        }
        ErrorKind::AddrNotAvailable if !address.ip().is_unspecified() && !address.ip().is_loopback() => {
            "is none of this machine's. Choose another with"
        }
        // Without IPv6, for instance: the others are listened on.
        _ => return Ok(()),
    };
    Err(format!("the address {address} for {purpose} {why} {flag}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn address_that_is_taken_should_be_named_with_its_purpose_and_the_flag() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = taken.local_addr().unwrap();
        let error = free("peers", address, "--port").unwrap_err();
        assert!(
            error.contains(&address.to_string()) && error.contains("peers") && error.ends_with("--port"),
            "{error}"
        );
        // The same port on all addresses is taken with it.
        let all = SocketAddr::new(IpAddr::from([0, 0, 0, 0]), address.port());
        assert!(free("peers", all, "--port").is_err());
        drop(taken);
        free("peers", address, "--port").unwrap();
    }

    #[test]
    fn port_that_another_shares_should_count_as_taken() {
        let (runtime, address) = (
            tokio::runtime::Runtime::new().unwrap(),
            SocketAddr::from(([127, 0, 0, 1], 0)),
        );
        let _inside = runtime.enter();
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.set_reuseport(true).unwrap();
        socket.set_reuseaddr(true).unwrap();
        socket.bind(address).unwrap();
        let listener = socket.listen(1).unwrap();
        free("peers", listener.local_addr().unwrap(), "--port").unwrap_err();
    }

    #[test]
    fn address_of_another_machine_should_be_refused() {
        let error = free("RPC", "203.0.113.7:9944".parse().unwrap(), "--rpc-port").unwrap_err();
        assert!(error.contains("none of this machine's"), "{error}");
    }

    #[test]
    fn tcp_should_be_found_in_an_address_with_or_without_a_web_socket() {
        for (text, expected) in [
            ("/ip4/0.0.0.0/tcp/30333", Some("0.0.0.0:30333")),
            ("/ip6/::/tcp/30333/ws", Some("[::]:30333")),
            ("/ip4/10.0.0.1/udp/1/webrtc-direct", None),
            ("/dns/node/tcp/1", None),
        ] {
            let found = tcp(&text.parse().unwrap());
            assert_eq!(found, expected.map(|address| address.parse().unwrap()), "{text}");
        }
    }
}
