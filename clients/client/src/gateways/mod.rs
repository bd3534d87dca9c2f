//! Blobs to and from the validators' gateways.

mod download;
mod header;
mod pace;
pub mod stream;
mod upload;

use crate::{connection::is_private_way, Account, Client, Error, Result};
use quorate_blobs::transfer::{self, Authorization, Endpoint, Pin, Source, Timeouts, TransferError};
use quorate_primitives::{
    payload::{reader_payload, token_payload},
    views::gateway::Peer,
    AccountId, Hash, OrganisationId,
};
use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

pub use upload::{Cargo, CATCHING_UP};

/// Called with the bytes that are done and the bytes that there are.
pub type Progress = Arc<dyn Fn(u64, u64) + Send + Sync>;

/// A gateway that takes no byte for so long is left for the next one.
const IDLE: Duration = Duration::from_secs(20);
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
    organisation: OrganisationId,
    endpoint: Endpoint,
    /// Whether it may be talked to: not in plain text to another machine, unless that was allowed.
    usable: bool,
}

impl Gateway {
    /// # Errors
    /// `Input` when bytes and tokens would leave this machine in plain text.
    fn check_way(&self) -> Result<()> {
        match self.usable {
            true => Ok(()),
            false => Err(Error::Input(format!(
                "{} would be talked to in plain text; its operator should register https:// and a TLS key, or give --allow-plaintext",
                self.endpoint.url
            ))),
        }
    }
}

/// The gateways of a chain.
#[derive(Clone)]
pub struct Gateways {
    http: transfer::Client,
    all: Vec<Gateway>,
    genesis: Hash,
    reader: Option<Reader>,
    idle: Duration,
    /// Whether nothing may be sent.
    dry_run: bool,
}

impl Client {
    /// The validators' gateways, as registered on chain. `reader` for what is not public.
    pub async fn open_gateways(&self, reader: Option<Reader>) -> Result<Gateways> {
        let peers = self.peers().await?.into_iter();
        let plaintext = self.options().plaintext;
        let gateway = |peer: Peer| Gateway {
            validator: peer.validator,
            organisation: peer.organisation,
            usable: plaintext || url::Url::parse(&peer.gateway).is_ok_and(|url| is_private_way(&url)),
            endpoint: Endpoint {
                url: peer.gateway,
                pin: peer.tls_key_hash.map(|hash| Pin(hash.0)),
            },
        };
        Ok(Gateways {
            http: transfer::Client::new(Timeouts::default())?.allow_plaintext(plaintext),
            all: peers.map(gateway).collect(),
            genesis: self.genesis(),
            reader,
            idle: IDLE,
            dry_run: self.options().dry_run,
        })
    }
}

impl Client {
    /// A gateway that need not be registered, for what is public: what comes from it is verified as from others.
    ///
    /// # Errors
    /// `Input` for what is no URL.
    pub fn gateway_at(&self, url: &str) -> Result<Gateways> {
        let parsed = url::Url::parse(url).map_err(|error| Error::Input(format!("{url}: {error}")))?;
        let plaintext = self.options().plaintext;
        let gateway = Gateway {
            validator: AccountId::new([0; 32]),
            organisation: 0,
            usable: plaintext || is_private_way(&parsed),
            endpoint: Endpoint {
                url: url.trim_end_matches('/').into(),
                pin: None,
            },
        };
        Ok(Gateways {
            http: transfer::Client::new(Timeouts::default())?.allow_plaintext(plaintext),
            all: vec![gateway],
            genesis: self.genesis(),
            reader: None,
            idle: IDLE,
            dry_run: self.options().dry_run,
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

    /// Whose gateway it is.
    pub fn validator(&self, index: usize) -> Option<&AccountId> {
        self.get(index).map(|gateway| &gateway.validator)
    }

    /// Whether its key is registered, and so checked whenever it is talked to.
    pub fn is_pinned(&self, index: usize) -> bool {
        self.get(index).is_some_and(|gateway| gateway.endpoint.pin.is_some())
    }

    /// Whether a gateway answers, as the one that is registered.
    ///
    /// # Errors
    /// `Network` when it does not, or shows another key; `Input` where it may not be talked to.
    pub async fn reach(&self, index: usize) -> Result<()> {
        let gateway = self
            .get(index)
            .ok_or_else(|| Error::NotFound(format!("gateway {index}")))?;
        gateway.check_way()?;
        // A blob that nobody has: that it is refused is an answer.
        match self
            .http
            .length(&Source::public(gateway.endpoint.clone()), [0; 32])
            .await
        {
            Ok(_) | Err(TransferError::Refused { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn get(&self, index: usize) -> Option<&Gateway> {
        self.all.get(index.checked_rem(self.all.len())?)
    }

    /// Numbers of the gateways of an organisation's validators.
    pub fn of(&self, organisation: OrganisationId) -> Vec<usize> {
        let all = self.all.iter().enumerate();
        all.filter(|(_, gateway)| gateway.organisation == organisation)
            .map(|(index, _)| index)
            .collect()
    }

    /// All gateways in the order in which an account tries them: `first` if it is given, those of its own organisation, then the
    /// others from one on that the account's number chooses.
    pub fn order(&self, account: &AccountId, organisation: OrganisationId, first: Option<usize>) -> Vec<usize> {
        let start = usize::from(AsRef::<[u8]>::as_ref(account)[0]);
        let others = (0..self.count()).map(|index| (start + index) % self.count());
        let first = first.and_then(|first| first.checked_rem(self.count()));
        let mut order: Vec<usize> = first.into_iter().collect();
        for index in self.of(organisation).into_iter().chain(others) {
            if !order.contains(&index) {
                order.push(index);
            }
        }
        order
    }
}

/// When a token that is made now expires.
fn expires() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    now.as_secs() + TOKEN_LIFE
}

/// For transfers that nobody follows.
pub fn no_progress() -> Progress {
    Arc::new(|_, _| ())
}
