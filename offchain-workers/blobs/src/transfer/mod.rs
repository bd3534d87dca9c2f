//! Blobs over HTTP: the client of the gateways, for workers and the command line.

mod endpoint;
mod fetch;
mod file;
mod upload;

pub use endpoint::Endpoint;
pub use quorate_gateway_api::{Authorization, Opening};
pub use quorate_tls::Pin;
pub use upload::{Permit, Receipt};

use crate::BlobError;
use quorate_gateway_api::ErrorBody;
use std::time::Duration;

/// Where a blob may be had.
#[derive(Clone, Debug)]
pub struct Source {
    pub gateway: Endpoint,
    /// For what is not public.
    pub authorization: Option<Authorization>,
}

impl Source {
    /// A gateway, for what is public there.
    pub fn public(gateway: impl Into<Endpoint>) -> Self {
        Self {
            gateway: gateway.into(),
            authorization: None,
        }
    }
}

/// How long a transfer may stand still.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    pub connect: Duration,
    /// Without a byte.
    pub idle: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            idle: Duration::from_secs(20),
        }
    }
}

/// Why a transfer failed.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// No source gave the bytes; the causes, one for each try.
    #[error("blob {name} could not be fetched: {}", join(.causes))]
    Nowhere { name: String, causes: Vec<String> },
    /// The gateway refused.
    #[error("{gateway} refuses ({status}): {reason}")]
    Refused {
        gateway: String,
        status: u16,
        reason: String,
    },
    #[error("{gateway}: {reason}")]
    Http { gateway: String, reason: String },
    #[error("{gateway}: no byte for {} seconds, or too few in all", .after.as_secs())]
    Idle { gateway: String, after: Duration },
    #[error("{0}")]
    Blob(#[from] BlobError),
}

/// Called with the bytes that are done and the bytes that there are.
pub type Progress<'a> = &'a (dyn Fn(u64, u64) + Send + Sync);

/// Fetches and uploads blobs. Clones share connections.
#[derive(Clone, Debug)]
pub struct Client {
    connections: endpoint::Connections,
    timeouts: Timeouts,
}

impl Client {
    /// # Errors
    /// `Http` when the system gives no sockets.
    pub fn new(timeouts: Timeouts) -> Result<Self, TransferError> {
        let connections = endpoint::Connections::new(timeouts.connect)?;
        Ok(Self { connections, timeouts })
    }
}

fn failed(gateway: &str, error: &(dyn std::error::Error + 'static)) -> TransferError {
    if let Some(reason) = quorate_tls::explain(error) {
        return TransferError::Http {
            gateway: gateway.into(),
            reason,
        };
    }
    // The cause below tells more than "error sending request".
    let mut reason = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        reason = format!("{reason}: {cause}");
        source = cause.source();
    }
    TransferError::Http {
        gateway: gateway.into(),
        reason,
    }
}

/// A gateway's refusal.
async fn refused(gateway: &str, response: reqwest::Response) -> TransferError {
    let status = response.status().as_u16();
    let body: Option<ErrorBody> = match response.content_length() {
        Some(len) if len <= 64 << 10 => response.json().await.ok(),
        _ => None,
    };
    let reason = body.map_or_else(|| "no reason given".into(), |body| body.error);
    TransferError::Refused {
        gateway: gateway.into(),
        status,
        reason,
    }
}

fn join(causes: &[String]) -> String {
    match causes.is_empty() {
        true => "no gateway is known".into(),
        false => causes.join("; "),
    }
}
