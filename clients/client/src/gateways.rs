//! Blobs to and from the validators' gateways.

use crate::{Account, Client, Error, Result};
use quorate_blobs::transfer::{self, Authorization, Endpoint, Opening, Permit, Pin, Source, Timeouts, TransferError};
use quorate_primitives::{
    payload::{reader_payload, token_payload, uploader_payload},
    views::gateway::Peer,
    AccountId, Hash, Root,
};
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

/// Who reads what is not public.
#[derive(Clone)]
pub enum Reader {
    /// The holder of a validator's attestation key: reads what only validators may.
    Validator { validator: AccountId, key: Account },
    /// An account that a model's access names: an organisation's, or a contributor's.
    Account(Account),
}

impl Reader {
    /// A token for the gateway of `audience`.
    fn token(&self, genesis: Hash, audience: &AccountId, expires: u64) -> Authorization {
        match self {
            Self::Validator { validator, key } => {
                let message = token_payload(genesis, validator, audience, expires);
                Authorization::validator(*validator.as_ref(), expires, &key.sign(&message))
            }
            Self::Account(account) => {
                let message = reader_payload(genesis, &account.id(), audience, expires);
                Authorization::reader_sr25519(*account.id().as_ref(), expires, &account.sign(&message))
            }
        }
    }
}

/// A validator's gateway.
#[derive(Clone)]
struct Gateway {
    validator: AccountId,
    endpoint: Endpoint,
}

/// The gateways of a chain.
#[derive(Clone)]
pub struct Gateways {
    http: transfer::Client,
    all: Vec<Gateway>,
    genesis: Hash,
    reader: Option<Reader>,
}

impl Client {
    /// The validators' gateways, as registered on chain. `reader` for what is not public.
    pub async fn open_gateways(&self, reader: Option<Reader>) -> Result<Gateways> {
        let peers = self.peers().await?.into_iter();
        let gateway = |peer: Peer| Gateway {
            validator: peer.validator,
            endpoint: Endpoint {
                url: peer.gateway,
                pin: peer.tls_key_hash.map(|hash| Pin(hash.0)),
            },
        };
        Ok(Gateways {
            http: transfer::Client::new(Timeouts::default()).map_err(network)?,
            all: peers.map(gateway).collect(),
            genesis: self.genesis(),
            reader,
        })
    }
}

impl Gateways {
    /// Number of gateways.
    pub fn count(&self) -> usize {
        self.all.len()
    }

    /// URL of one of them; numbers beyond the last begin anew.
    pub fn url(&self, index: usize) -> Option<&str> {
        self.get(index).map(|gateway| gateway.endpoint.url.as_str())
    }

    fn get(&self, index: usize) -> Option<&Gateway> {
        self.all.get(index.checked_rem(self.all.len())?)
    }

    /// Upload `path` to gateway `index`, in the name of `uploader`: the contributor of an update, with its `opening`; the account of
    /// an organisation, or a contributor of the owner, for a version that an owner gives. A gateway that has not yet seen the block
    /// that allows it is asked again for a while.
    pub async fn upload(
        &self,
        index: usize,
        (root, path): (Root, &Path),
        uploader: &Account,
        opening: Option<Opening>,
        progress: Progress,
    ) -> Result<()> {
        let gateway = self
            .get(index)
            .ok_or_else(|| Error::NotFound("a gateway: no validator is registered".into()))?;
        let deadline = Instant::now() + CATCHING_UP;
        loop {
            let permit = Permit {
                authorization: uploader_token(uploader, self.genesis, &gateway.validator, root),
                opening,
            };
            let uploaded = self
                .http
                .upload(&gateway.endpoint, root.0, path, &permit, progress.clone());
            match uploaded.await {
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
        let expires = expires();
        let source = |gateway: &Gateway| Source {
            gateway: gateway.endpoint.clone(),
            authorization: self
                .reader
                .as_ref()
                .map(|reader| reader.token(self.genesis, &gateway.validator, expires)),
        };
        let sources: Vec<Source> = self.all.iter().map(source).collect();
        self.http
            .fetch_to_file(path, &sources, root.0, len, &*progress)
            .await
            .map_err(network)
    }
}

/// When a token that is made now expires.
fn expires() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    now.as_secs() + TOKEN_LIFE
}

/// A token to bring one blob to the gateway of `audience`.
fn uploader_token(uploader: &Account, genesis: Hash, audience: &AccountId, root: Root) -> Authorization {
    let (bearer, expires) = (uploader.id(), expires());
    let message = uploader_payload(genesis, &bearer, audience, root, expires);
    Authorization::uploader_sr25519(*bearer.as_ref(), expires, &uploader.sign(&message))
}

fn network(error: TransferError) -> Error {
    Error::Network(error.to_string())
}

/// For transfers that nobody watches.
pub fn no_progress() -> Progress {
    Arc::new(|_, _| ())
}
