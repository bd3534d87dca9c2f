//! Blobs over HTTP: the client of the gateways, for workers and the command line.

mod beginning;
mod endpoint;
mod fetch;
mod file;
mod lines;
mod order;
mod pull;
mod race;
mod sources;
mod target;
mod upload;

pub use endpoint::Endpoint;
pub use lines::Lines;
pub use order::order;
pub use quorate_gateway_api::{Authorization, Opening};
pub use quorate_tls::Pin;
pub use target::Destination;
pub use upload::{Permit, Receipt};

use crate::BlobError;
use quorate_gateway_api::ErrorBody;
use std::{sync::Arc, time::Duration};

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
    /// How long the other side may be waited for, if it does not make up for it by being fast before or after.
    pub idle: Duration,
    /// After which another source is asked too, where one brings too little.
    pub hedge: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            idle: Duration::from_secs(20),
            hedge: Duration::from_secs(3),
        }
    }
}

/// Why a transfer failed.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// No source gave the bytes; the causes, one for each try, and whether each of them is that whoever asks may not have it (401, 403).
    #[error("blob {name} could not be fetched: {}", join(.causes))]
    Nowhere {
        name: String,
        causes: Vec<String>,
        denied: bool,
    },
    /// The gateway refused.
    #[error("{gateway} refuses ({status}): {reason}")]
    Refused {
        gateway: String,
        status: u16,
        reason: String,
    },
    #[error("{gateway}: {reason}")]
    Http { gateway: String, reason: String },
    /// It sent bytes that are not those of the blob.
    #[error("{gateway} sends wrong bytes, from byte {offset} on")]
    Wrong { gateway: String, offset: u64 },
    #[error("{gateway}: no byte for {} seconds, or too few in all", .after.as_secs())]
    Idle { gateway: String, after: Duration },
    #[error("{0}")]
    Blob(#[from] BlobError),
}

impl TransferError {
    /// Whether a gateway refuses whoever asks, not what is asked for.
    fn is_denial(&self) -> bool {
        matches!(self, Self::Refused { status: 401 | 403, .. })
    }
}

/// Called with the bytes that are done and the bytes that there are.
pub type Progress<'a> = &'a (dyn Fn(u64, u64) + Send + Sync);

/// Fetches and uploads blobs. Clones share connections, and what is remembered of sources.
#[derive(Clone, Debug)]
pub struct Client {
    connections: endpoint::Connections,
    sources: Arc<sources::Sources>,
    timeouts: Timeouts,
}

impl Client {
    /// # Errors
    /// `Http` when the system gives no sockets.
    pub fn new(timeouts: Timeouts) -> Result<Self, TransferError> {
        let connections = endpoint::Connections::new(timeouts.connect)?;
        Ok(Self {
            connections,
            sources: Arc::default(),
            timeouts,
        })
    }

    /// Whether plain HTTP is spoken to other machines than this one, where the network itself is private. It is not by default.
    pub fn allow_plaintext(self, allow: bool) -> Self {
        let connections = self.connections.with(|policy| policy.plaintext = allow);
        Self { connections, ..self }
    }

    /// Talks to gateways on other machines only if their TLS key is known (or plain HTTP is allowed): no certificate authority
    /// vouches for them.
    pub fn only_pinned(self) -> Self {
        let connections = self.connections.with(|policy| policy.pinned = true);
        Self { connections, ..self }
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
