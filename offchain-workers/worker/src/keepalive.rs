//! TCP connections whose other side is gone without a word.

use rustix::net::sockopt::{
    set_socket_keepalive, set_tcp_keepcnt, set_tcp_keepidle, set_tcp_keepintvl, set_tcp_user_timeout,
};
use std::{os::fd::AsFd, time::Duration};

/// Silence after which the system asks whether the other side is there, the time between two such questions, and how many stay without an
/// answer before the connection ends.
const IDLE: Duration = Duration::from_secs(15);
const INTERVAL: Duration = Duration::from_secs(5);
const QUESTIONS: u32 = 3;
/// How long sent bytes may stay unacknowledged, in milliseconds.
const UNACKNOWLEDGED: u32 = 30_000;

/// Lets the system end the connection once the other side no longer answers.
pub(crate) fn watch(socket: impl AsFd) -> std::io::Result<()> {
    set_socket_keepalive(&socket, true)?;
    set_tcp_keepidle(&socket, IDLE)?;
    set_tcp_keepintvl(&socket, INTERVAL)?;
    set_tcp_keepcnt(&socket, QUESTIONS)?;
    set_tcp_user_timeout(&socket, UNACKNOWLEDGED)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::net::sockopt;

    #[test]
    fn a_connection_should_be_asked_after() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let stream = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        watch(&stream).unwrap();
        assert!(sockopt::socket_keepalive(&stream).unwrap());
        assert_eq!(sockopt::tcp_user_timeout(&stream).unwrap(), UNACKNOWLEDGED);
    }
}
