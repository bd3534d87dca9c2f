//! Who is at the other end of a connection on this machine.

use crate::process::children;
use std::{fs, net::SocketAddr};

pub(crate) struct Dialler;

impl Dialler {
    /// The number of the validator whose node or worker has opened the connection from `from`. `nodes` are the nodes' processes.
    pub(crate) fn find(from: SocketAddr, nodes: &[u32]) -> Option<usize> {
        let socket = format!("socket:[{}]", inode(from)?);
        nodes.iter().position(|node| {
            let mut processes = children(*node);
            processes.push(*node);
            *node != 0 && processes.into_iter().any(|process| has(process, &socket))
        })
    }
}

/// The inode of the socket with this local address.
fn inode(local: SocketAddr) -> Option<u64> {
    let SocketAddr::V4(local) = local else { return None };
    // Bytes of the address as the machine has them, then the port.
    let ip = u32::from_ne_bytes(local.ip().octets());
    let wanted = format!("{ip:08X}:{:04X}", local.port());
    let table = fs::read_to_string("/proc/net/tcp").ok()?;
    let rows = table
        .lines()
        .skip(1)
        .map(|row| row.split_whitespace().collect::<Vec<_>>());
    let mut found = rows.filter(|row| row.get(1) == Some(&wanted.as_str()));
    found.find_map(|row| row.get(9)?.parse().ok().filter(|inode| *inode != 0))
}

fn has(process: u32, socket: &str) -> bool {
    let Ok(files) = fs::read_dir(format!("/proc/{process}/fd")) else {
        return false;
    };
    files
        .flatten()
        .any(|file| fs::read_link(file.path()).is_ok_and(|target| target.as_os_str() == socket))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{TcpListener, TcpStream};

    #[test]
    fn connection_should_be_known_by_its_process() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let from = stream.local_addr().unwrap();
        assert_eq!(Dialler::find(from, &[0, 1, std::process::id()]), Some(2));
        assert_eq!(Dialler::find(from, &[0]), None);
    }
}
