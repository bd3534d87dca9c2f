#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod accept;
mod config;
mod error;
mod identity;
mod pin;
mod verify;

pub use accept::accept;
pub use config::{client, mutual_client, mutual_server, no_roots, server, web_roots};
pub use error::TlsError;
pub use identity::TlsIdentity;
pub use pin::Pin;
pub use verify::{explain, Mismatch};

pub use rustls;
