//! Blobs to and from the validators' gateways.

use crate::{Account, Client, Error, Result};
use quorate_blobs::transfer::{self, Authorization, Endpoint, Opening, Pin, Source, Timeouts, TransferError};
use quorate_primitives::{payload::token_payload, AccountId, Root};
use std::{
    path::Path,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tokio::time::Instant;

/// Called with the bytes that are done and the bytes that there are.
pub type Progress = Arc<dyn Fn(u64, u64) + Send + Sync>;

/// How long a gateway may take to learn of a block in which its permission lies.
const CATCHING_UP: Duration = Duration::from_secs(30);
const AGAIN: Duration = Duration::from_millis(500);
/// Seconds for which a token holds.
const TOKEN_LIFE: u64 = 600;

/// Lets a holder of a validator's attestation key read what only validators may.
#[derive(Clone)]
pub struct Reader {
    pub validator: AccountId,
    pub key: Account,
}

/// The gateways of a chain.
#[derive(Clone)]
pub struct Gateways {
    http: transfer::Client,
    endpoints: Vec<Endpoint>,
    authorizations: Vec<Option<Authorization>>,
}

impl Client {
    /// The validators' gateways, as registered on chain.
    pub async fn open_gateways(&self, reader: Option<&Reader>) -> Result<Gateways> {
        let peers = self.gateways().await?.peers;
        let expires = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |now| now.as_secs())
            + TOKEN_LIFE;
        let authorization = |audience: &AccountId| {
            reader.map(|reader| Authorization {
                bearer: *reader.validator.as_ref(),
                expires,
                signature: reader
                    .key
                    .sign(&token_payload(self.genesis(), &reader.validator, audience, expires))
                    .to_vec(),
            })
        };
        Ok(Gateways {
            http: transfer::Client::new(Timeouts::default()).map_err(network)?,
            authorizations: peers.iter().map(|peer| authorization(&peer.validator)).collect(),
            endpoints: peers
                .into_iter()
                .map(|peer| Endpoint {
                    url: peer.gateway,
                    pin: peer.tls_key_hash.map(|hash| Pin(hash.0)),
                })
                .collect(),
        })
    }
}

impl Gateways {
    /// Number of gateways.
    pub fn count(&self) -> usize {
        self.endpoints.len()
    }

    /// URL of one of them; numbers beyond the last begin anew.
    pub fn url(&self, index: usize) -> Option<&str> {
        self.endpoint(index).map(|endpoint| endpoint.url.as_str())
    }

    fn endpoint(&self, index: usize) -> Option<&Endpoint> {
        let index = index.checked_rem(self.endpoints.len())?;
        self.endpoints.get(index)
    }

    /// Upload `path` to gateway `index`. `opening` for an update; none for version 0 of a model. A gateway that has not yet
    /// seen the commitment's block is asked again for a while.
    pub async fn upload(
        &self,
        index: usize,
        root: Root,
        path: &Path,
        opening: Option<Opening>,
        progress: Progress,
    ) -> Result<()> {
        let gateway = self
            .endpoint(index)
            .ok_or_else(|| Error::NotFound("a gateway: no validator is registered".into()))?;
        let deadline = Instant::now() + CATCHING_UP;
        loop {
            match self.http.upload(gateway, root.0, path, opening, progress.clone()).await {
                Ok(_) => return Ok(()),
                Err(TransferError::Refused {
                    status: 403 | 409 | 429 | 503,
                    ..
                }) if Instant::now() < deadline => {
                    tokio::time::sleep(AGAIN).await;
                }
                Err(error) => return Err(network(error)),
            }
        }
    }

    /// Fetch a blob of `len` bytes into the file `path`, verified, from the first gateway that gives it.
    pub async fn fetch(&self, root: Root, len: u64, path: &Path, progress: Progress) -> Result<()> {
        let sources: Vec<Source> = self
            .endpoints
            .iter()
            .zip(&self.authorizations)
            .map(|(endpoint, authorization)| Source {
                gateway: endpoint.clone(),
                authorization: authorization.clone(),
            })
            .collect();
        self.http
            .fetch_to_file(path, &sources, root.0, len, &*progress)
            .await
            .map_err(network)
    }
}

fn network(error: TransferError) -> Error {
    Error::Network(error.to_string())
}

/// For transfers that nobody watches.
pub fn no_progress() -> Progress {
    Arc::new(|_, _| ())
}
