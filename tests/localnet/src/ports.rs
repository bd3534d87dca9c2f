//! Ports of the validators: from given ones on, or whatever is free.

use crate::Error;
use rand::Rng;
use std::{
    fs::File,
    net::{Ipv4Addr, TcpListener},
    ops::Range,
};

/// Where a network listens on loopback.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Ports {
    /// Ports that are free: several networks can run at once.
    #[default]
    Free,
    /// Those of validator 0; each further one has the next.
    From { rpc: u16, p2p: u16, gateway: u16 },
}

/// The ports of one validator.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Places {
    pub rpc: u16,
    pub p2p: u16,
    pub gateway: u16,
}

/// What the system begins to hand out to outgoing connections, unless it says otherwise.
const USUAL_RANGE: u16 = 32_768;
/// Ports below are for services.
const FIRST: u16 = 11_000;
/// So many are claimed at a time.
const RANGE: u16 = 64;

/// A range of ports that no other network takes as long as this is kept, in another process neither.
#[derive(Debug)]
pub(crate) struct Claim {
    ports: Range<u16>,
    /// Locked.
    _file: File,
}

/// Ports for `count` validators.
pub(crate) fn choose(ports: Ports, count: usize, claims: &mut Vec<Claim>) -> Result<Vec<Places>, Error> {
    match ports {
        Ports::From { rpc, p2p, gateway } => (0..count)
            .map(|index| {
                let place = |first: u16, what: &str| {
                    let port = first.saturating_add(index as u16);
                    let what = format!("{what} of validator {index}");
                    listen(port).map_or(Err(Error::PortTaken { port, what }), |_| Ok(port))
                };
                Ok(Places {
                    rpc: place(rpc, "RPC")?,
                    p2p: place(p2p, "p2p")?,
                    gateway: place(gateway, "gateway")?,
                })
            })
            .collect(),
        Ports::Free => {
            let free = free(3 * count, claims)?;
            let places = free.chunks_exact(3).map(|ports| Places {
                rpc: ports[0],
                p2p: ports[1],
                gateway: ports[2],
            });
            Ok(places.collect())
        }
    }
}

fn listen(port: u16) -> Option<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok()
}

/// Free ports below the range of outgoing connections: one of those could take the port of a validator that is down for a moment. They come
/// from ranges that are claimed for this network.
pub(crate) fn free(count: usize, claims: &mut Vec<Claim>) -> Result<Vec<u16>, Error> {
    let range = std::fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").unwrap_or_default();
    let end = range.split_whitespace().next().and_then(|first| first.parse().ok());
    let end = end.filter(|end| *end > FIRST + 1_000).unwrap_or(USUAL_RANGE);
    let ranges = (end - FIRST) / RANGE;
    let begin = rand::rng().random_range(0..ranges);
    // All are held until the last one is found.
    let mut held = Vec::new();
    for number in 0..ranges {
        let first = FIRST + (begin + number) % ranges * RANGE;
        let Some(claim) = claim(first) else {
            continue;
        };
        for port in claim.ports.clone() {
            held.extend(listen(port).map(|listener| (port, listener)));
            if held.len() == count {
                claims.push(claim);
                return Ok(held.into_iter().map(|(port, _)| port).collect());
            }
        }
        claims.push(claim);
    }
    Err(Error::NoPorts)
}

/// `None`: another network has it.
fn claim(first: u16) -> Option<Claim> {
    let folder = std::env::temp_dir().join("quorate-ports");
    std::fs::create_dir_all(&folder).ok()?;
    let path = folder.join(first.to_string());
    let file = File::options().create(true).append(true).open(path).ok()?;
    file.try_lock().ok()?;
    Some(Claim {
        ports: first..first + RANGE,
        _file: file,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_ports_should_differ_and_be_free() {
        let mut ports = free(210, &mut Vec::new()).unwrap();
        assert!(ports.iter().all(|port| listen(*port).is_some()));
        ports.dedup();
        assert_eq!(ports.len(), 210);
    }

    #[test]
    fn two_networks_should_never_have_a_port_in_common() {
        let (mut one, mut two) = (Vec::new(), Vec::new());
        for _ in 0..20 {
            free(21, &mut one).unwrap();
            free(21, &mut two).unwrap();
        }
        let firsts: std::collections::BTreeSet<u16> = one.iter().chain(&two).map(|claim| claim.ports.start).collect();
        assert_eq!(firsts.len(), one.len() + two.len());
        // What is claimed is free again with the end of the network.
        let first = one[0].ports.start;
        assert!(claim(first).is_none());
        drop(one);
        assert!(claim(first).is_some());
    }

    #[test]
    fn port_that_is_taken_should_be_named() {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        let ports = Ports::From {
            rpc: port,
            p2p: port,
            gateway: port,
        };
        let error = choose(ports, 1, &mut Vec::new()).unwrap_err().to_string();
        assert!(error.contains(&port.to_string()) && error.contains("RPC"), "{error}");
    }
}
