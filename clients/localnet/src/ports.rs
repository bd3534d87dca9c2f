//! The ports of the local preset.

use crate::LocalnetError;
use std::net::TcpListener;

const RPC: u16 = 9944;
const PEER: u16 = 30333;
/// Genesis names these.
const GATEWAY: u16 = 9101;

/// Ports of one validator.
#[derive(Clone, Copy, Debug)]
pub struct Ports {
    pub rpc: u16,
    pub peer: u16,
    pub gateway: u16,
}

impl Ports {
    /// Ports of validator `number`, from 0.
    pub fn of(number: usize) -> Self {
        let offset = number as u16;
        Self { rpc: RPC + offset, peer: PEER + offset, gateway: GATEWAY + offset }
    }
}

/// Fail if any port of the first `validators` is in use.
pub fn check_free(validators: usize) -> Result<(), LocalnetError> {
    for ports in (0..validators).map(Ports::of) {
        for (port, what) in [(ports.rpc, "RPC"), (ports.peer, "peers"), (ports.gateway, "gateway")] {
            TcpListener::bind(("127.0.0.1", port)).map_err(|_| LocalnetError::PortInUse { port, what })?;
        }
    }
    Ok(())
}
