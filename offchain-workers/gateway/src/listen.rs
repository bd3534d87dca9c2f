//! The gateway's socket.

use quorate_tls::rustls::ServerConfig;
use std::{io, net::SocketAddr, sync::Arc};
use tokio::net::TcpListener;

/// What keeps others from reading along.
#[derive(Clone, Debug)]
pub enum Protection {
    /// TLS: see `quorate_tls::server`.
    Tls(Arc<ServerConfig>),
    /// None, and so only this machine may reach the gateway.
    ThisMachine,
    /// None: the network itself is private.
    PrivateNetwork,
}

/// Why the gateway does not listen.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    #[error(
        "{0} can be reached from other machines and the gateway has no TLS: say --tls to let it make a key, name yours with \
         --tls-cert and --tls-key, or say --allow-plaintext where the network itself is private"
    )]
    Plaintext(SocketAddr),
    #[error("{address}: {source}")]
    Io { address: SocketAddr, source: io::Error },
}

/// An open socket.
pub struct Listener {
    pub(crate) socket: TcpListener,
    pub(crate) tls: Option<Arc<ServerConfig>>,
}

impl Listener {
    /// Where it listens, such as `https://127.0.0.1:9780`.
    ///
    /// # Errors
    /// When the system does not give the address.
    pub fn url(&self) -> io::Result<String> {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        Ok(format!("{scheme}://{}", self.socket.local_addr()?))
    }

    /// The address in the URL.
    ///
    /// # Errors
    /// When the system does not give it.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }
}

/// Opens the gateway's socket.
///
/// # Errors
/// `Plaintext` for an address that is not a loopback one under `ThisMachine`; `Io`.
pub async fn listen(address: SocketAddr, protection: Protection) -> Result<Listener, ListenError> {
    let tls = match protection {
        Protection::Tls(config) => Some(config),
        Protection::ThisMachine if !address.ip().is_loopback() => return Err(ListenError::Plaintext(address)),
        Protection::ThisMachine | Protection::PrivateNetwork => None,
    };
    let socket = TcpListener::bind(address)
        .await
        .map_err(|source| ListenError::Io { address, source })?;
    Ok(Listener { socket, tls })
}
