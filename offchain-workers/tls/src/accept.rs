//! The server's side of a handshake.

use std::{io, sync::Arc, time::Duration};
use tokio::{
    io::{copy, sink, AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::{rustls::ServerConfig, server::TlsStream, TlsAcceptor};

/// How long, and with how many bytes, one that is refused may go on.
const DRAIN: Duration = Duration::from_secs(1);
const DRAIN_BYTES: u64 = 64 << 10;

/// Shakes hands with a client that has just connected. One that is refused is told why: its connection is closed only when what it
/// sent meanwhile is read, for the system would take the alert back otherwise.
///
/// # Errors
/// What `rustls` found wrong, see [`crate::explain`]; or the connection is gone.
pub async fn accept(config: Arc<ServerConfig>, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
    match TlsAcceptor::from(config).accept(stream).into_fallible().await {
        Ok(stream) => Ok(stream),
        Err((error, mut stream)) => {
            // One that is gone is told nothing.
            if stream.shutdown().await.is_ok() {
                let mut rest = stream.take(DRAIN_BYTES);
                let _ = timeout(DRAIN, copy(&mut rest, &mut sink())).await;
            }
            Err(error)
        }
    }
}
