//! Whether the ports are free, before anything is started.

use crate::{node, Error, Settings};
use std::net::{Ipv4Addr, TcpListener};

const MOVABLE: &str = ", or choose other ports";
const FIXED: &str = "; the preset's genesis names it";

pub(crate) fn check(settings: &Settings, count: usize) -> Result<(), Error> {
    for index in 0..count {
        free(
            node::port(settings.rpc_port, index),
            format!("RPC of validator {index}"),
            MOVABLE,
        )?;
        free(
            node::port(settings.p2p_port, index),
            format!("p2p of validator {index}"),
            MOVABLE,
        )?;
        free(
            node::port(node::FIRST_GATEWAY, index),
            format!("gateway of validator {index}"),
            FIXED,
        )?;
    }
    Ok(())
}

fn free(port: u16, what: String, hint: &'static str) -> Result<(), Error> {
    match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
        Ok(_) => Ok(()),
        Err(_) => Err(Error::PortTaken { port, what, hint }),
    }
}
