//! Where the worker listens.

use quorate_tls::{
    explain,
    rustls::{pki_types::ServerName, ClientConfig},
    Pin, TlsError, TlsIdentity,
};
use std::{fmt, path::PathBuf, sync::Arc};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpStream, UnixStream},
};
use tokio_rustls::TlsConnector;

/// `rustls` asks for a name; the pin is what identifies the worker.
const NAME: &str = "quorate-worker";

/// Where the worker listens.
#[derive(Clone, Debug)]
pub enum Address {
    /// A Unix socket.
    Socket(PathBuf),
    /// Another machine, over TLS with both sides authenticated.
    Tls {
        /// Host and port.
        host: String,
        config: Arc<ClientConfig>,
    },
}

/// A connection, whatever it goes over.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

impl Address {
    /// A worker on another machine: `host` and port, this node's certificate and key, and the pin of the worker's.
    ///
    /// # Errors
    /// `Unusable`.
    pub fn tls(host: String, own: &TlsIdentity, worker: Pin) -> Result<Self, TlsError> {
        let config = quorate_tls::mutual_client(own, worker)?;
        Ok(Self::Tls { host, config })
    }

    pub(crate) async fn connect(&self) -> Result<Box<dyn Stream>, String> {
        let (host, config) = match self {
            Self::Socket(path) => {
                let stream = UnixStream::connect(path).await.map_err(|error| error.to_string())?;
                return Ok(Box::new(stream));
            }
            Self::Tls { host, config } => (host, config),
        };
        let stream = TcpStream::connect(host).await.map_err(|error| error.to_string())?;
        // A request must not wait for the next one.
        stream.set_nodelay(true).map_err(|error| error.to_string())?;
        let name = ServerName::try_from(NAME).map_err(|error| error.to_string())?;
        match TlsConnector::from(config.clone()).connect(name, stream).await {
            Ok(stream) => Ok(Box::new(stream)),
            Err(error) => Err(explain(&error).unwrap_or_else(|| error.to_string())),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Socket(path) => path.display().fmt(f),
            Self::Tls { host, .. } => host.fmt(f),
        }
    }
}
