//! One connection to a node.

use crate::{account::subxt_id, best::at_best, error::plain, Error, Result, Until};
use codec::{Decode, DecodeAll, Encode};
use quorate_primitives::{AccountId, BlockNumber, Hash};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};
use subxt::{
    backend::LegacyBackend,
    config::{Header, RpcConfigFor, SubstrateConfig},
    rpcs::{client::RpcClient, LegacyRpcMethods},
    OnlineClient,
};

/// A height and its block.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Block {
    pub number: BlockNumber,
    pub hash: Hash,
}

/// How a connection is made, and what its transactions ask for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Options {
    /// Whether `ws://` to a node and `http://` to gateways may leave this machine. Whoever sits in between could otherwise hand out
    /// other gateways, and other pins for them.
    pub plaintext: bool,
    /// Whether transactions are followed until their block is final.
    pub finalized: bool,
    /// Whether transactions are only tried: nothing is sent, and [`Error::Tried`] tells what would happen.
    pub dry_run: bool,
}

impl Options {
    /// How long to follow a transaction that asks for `until`.
    pub(crate) fn until(self, until: Until) -> Until {
        match self.finalized {
            true => Until::Finalized,
            false => until,
        }
    }
}

/// What a node says of itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NodeFacts {
    pub chain: String,
    /// `Development`, `Local` or `Live`.
    pub chain_type: String,
    pub version: String,
    pub peers: usize,
    pub should_have_peers: bool,
    pub is_syncing: bool,
}

/// A connection; clones share it.
#[derive(Clone)]
pub struct Client {
    pub(crate) rpc: LegacyRpcMethods<RpcConfigFor<SubstrateConfig>>,
    pub(crate) raw: RpcClient,
    pub(crate) online: OnlineClient<SubstrateConfig>,
    genesis: Hash,
    /// Held from the reading of an account's nonce until its transaction is in the pool.
    pub(crate) turns: Arc<Mutex<HashMap<AccountId, Arc<tokio::sync::Mutex<()>>>>>,
    options: Options,
}

impl Client {
    /// Connect to the node at `url`, such as `ws://127.0.0.1:9944`.
    pub async fn connect(url: &str) -> Result<Self> {
        Self::connect_with(url, Options::default()).await
    }

    /// The same with options.
    ///
    /// # Errors
    /// `Input` for a URL that is none of a WebSocket, or that would leave this machine in plain text.
    pub async fn connect_with(url: &str, options: Options) -> Result<Self> {
        node_url(url, options.plaintext)?;
        let unreachable = |error: &dyn std::fmt::Display| {
            Error::Network(format!(
                "{} cannot be reached: {}",
                shown_url(url),
                without_url(&plain(error), url)
            ))
        };
        let raw = RpcClient::from_insecure_url(url)
            .await
            .map_err(|error| unreachable(&error))?;
        let backend = LegacyBackend::builder().build(raw.clone());
        let online = OnlineClient::<SubstrateConfig>::from_backend(Arc::new(backend)).await;
        let online = online.map_err(|error| unreachable(&error))?;
        let genesis = Hash::from(online.genesis_hash().0);
        Ok(Self {
            rpc: LegacyRpcMethods::new(raw.clone()),
            raw,
            online,
            genesis,
            turns: Default::default(),
            options,
        })
    }

    pub fn options(&self) -> Options {
        self.options
    }

    pub async fn node(&self) -> Result<NodeFacts> {
        let health = self.rpc.system_health().await?;
        Ok(NodeFacts {
            chain: self.rpc.system_chain().await?,
            chain_type: self.rpc.system_chain_type().await?,
            version: self.rpc.system_version().await?,
            peers: health.peers,
            should_have_peers: health.should_have_peers,
            is_syncing: health.is_syncing,
        })
    }

    /// Time between blocks that the chain aims at, in milliseconds.
    pub async fn block_millis(&self) -> Result<u64> {
        let at = self.online.at_current_block().await;
        let metadata = at.map_err(|error| Error::Network(error.to_string()))?.metadata();
        let constant = metadata
            .pallet_by_name("Babe")
            .and_then(|pallet| pallet.constant_by_name("ExpectedBlockTime"));
        constant
            .and_then(|constant| u64::decode(&mut constant.value()).ok())
            .ok_or_else(|| Error::Incompatible("it names no block time".into()))
    }

    /// Hash of the chain's first block.
    pub fn genesis(&self) -> Hash {
        self.genesis
    }

    /// The best block.
    pub async fn best(&self) -> Result<Block> {
        let hash = self.rpc.chain_get_block_hash(None).await?;
        self.block_of(hash).await
    }

    /// The last final block.
    pub async fn finalized(&self) -> Result<Block> {
        let hash = self.rpc.chain_get_finalized_head().await?;
        self.block_of(Some(hash)).await
    }

    /// The block with this number in the best chain.
    pub async fn block_at(&self, number: BlockNumber) -> Result<Block> {
        let hash = self.rpc.chain_get_block_hash(Some(number.into())).await?;
        let hash = hash.ok_or_else(|| Error::NotFound(format!("block {number}")))?;
        Ok(Block {
            number,
            hash: Hash::from(hash.0),
        })
    }

    pub(crate) async fn block_of(&self, hash: Option<subxt::utils::H256>) -> Result<Block> {
        let hash = hash.ok_or_else(|| Error::NotFound("the node has no block".into()))?;
        let header = self.rpc.chain_get_header(Some(hash)).await?;
        let number = header
            .ok_or_else(|| Error::NotFound(format!("block {hash:?}")))?
            .number();
        Ok(Block {
            number: number as BlockNumber,
            hash: Hash::from(hash.0),
        })
    }

    /// Call a runtime API at `at`, or at the best block.
    pub async fn runtime<R: Decode>(&self, name: &str, arguments: impl Encode, at: Option<Hash>) -> Result<R> {
        let (at, arguments) = (at.map(|hash| subxt::utils::H256(hash.0)), arguments.encode());
        let bytes = match at {
            Some(_) => self.rpc.state_call(name, Some(&arguments), at).await?,
            None => at_best(|| self.rpc.state_call(name, Some(&arguments), None)).await?,
        };
        R::decode_all(&mut &bytes[..]).map_err(|error| Error::Incompatible(format!("answer of {name}: {error}")))
    }

    /// Call a JSON-RPC method of the node.
    pub async fn request(&self, method: &str, params: Vec<serde_json::Value>) -> Result<serde_json::Value> {
        let mut all = subxt::rpcs::client::RpcParams::new();
        for param in params {
            all.push(param).map_err(|error| Error::Input(error.to_string()))?;
        }
        Ok(self.raw.request(method, all).await?)
    }

    /// The nonce of the next transaction, those in the pool counted.
    pub async fn nonce(&self, who: &AccountId) -> Result<u64> {
        Ok(self.rpc.system_account_next_index(&subxt_id(who)).await?)
    }
}

/// Whether a node's URL may be used.
fn node_url(text: &str, plaintext: bool) -> Result<()> {
    let expected = "ws:// or wss://, a host and perhaps a port, such as ws://127.0.0.1:9944";
    let wrong = |what: &str| {
        Err(Error::Input(format!(
            "the node's URL {:?} {what}: {expected} is expected",
            shown_url(text)
        )))
    };
    let Ok(url) = url::Url::parse(text) else {
        return wrong("is none");
    };
    if !matches!(url.scheme(), "ws" | "wss") {
        return wrong("is not that of a WebSocket");
    }
    if url.host_str().is_none_or(str::is_empty) {
        return wrong("names no host");
    }
    match plaintext || is_private_way(&url) {
        true => Ok(()),
        false => Err(Error::Input(format!(
            "{} leaves this machine in plain text: whoever sits in between could answer in the node's name. Use wss://, a \
             tunnel to 127.0.0.1, or --allow-plaintext",
            shown_url(text)
        ))),
    }
}

/// A URL as messages show it: scheme, host and port. A name, a password, a path or a query may hold what opens a service.
pub fn shown_url(text: &str) -> String {
    let Ok(url) = url::Url::parse(text) else {
        // It may still be one, with a slip in it.
        let shown = text.rsplit('@').next().unwrap_or_default();
        return match shown.len() < text.len() {
            true => format!("…@{}", shown.split(['/', '?', '#']).next().unwrap_or_default()),
            false => text.split(['?', '#']).next().unwrap_or_default().into(),
        };
    };
    let (host, port) = (url.host_str().unwrap_or_default(), url.port());
    let port = port.map_or_else(String::new, |port| format!(":{port}"));
    match url.cannot_be_a_base() {
        true => format!("{}:…", url.scheme()),
        false => format!("{}://{host}{port}", url.scheme()),
    }
}

/// A library's message, which may repeat the URL.
fn without_url(message: &str, url: &str) -> String {
    message.replace(url, &shown_url(url))
}

/// Whether nobody else can read or change what goes to this URL: it is encrypted (`wss`, `https`), or stays on this machine.
pub fn is_private_way(url: &url::Url) -> bool {
    match url.scheme() {
        "wss" | "https" => true,
        _ => is_this_machine(url),
    }
}

/// Whether a URL's host is this machine, by its address or the name `localhost`.
pub(crate) fn is_this_machine(url: &url::Url) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        Some(url::Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        // `ws` and `http` know their hosts; another scheme's is opaque.
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn url_should_be_shown_without_what_opens_a_service() {
        for (url, shown) in [
            (
                "wss://user:secret@node.example:9944/secret?key=secret#secret",
                "wss://node.example:9944",
            ),
            ("ws://127.0.0.1:9944", "ws://127.0.0.1:9944"),
            ("ws://user:secret@node.example", "ws://node.example"),
            ("http://secret@node.example", "http://node.example"),
            ("user:secret@node.example:9944/secret", "user:…"),
            ("ws://user:secret@no de/secret", "…@no de"),
            ("127.0.0.1:9944", "127.0.0.1:9944"),
        ] {
            assert_eq!(shown_url(url), shown, "{url}");
            // As every message that names a URL shows it.
            let said = node_url(url, false).map_or_else(|error| error.to_string(), |()| String::new());
            assert!(!said.contains("secret"), "{said}");
        }
        let message = without_url("no route to wss://a:secret@b/", "wss://a:secret@b/");
        assert_eq!(message, "no route to wss://b");
    }

    #[tokio::test]
    async fn node_that_does_not_answer_should_be_named_without_its_password() {
        let error = Client::connect("ws://user:secret@127.0.0.1:1/secret")
            .await
            .err()
            .unwrap();
        let text = error.to_string();
        assert!(
            text.contains("ws://127.0.0.1:1 cannot be reached") && !text.contains("secret"),
            "{text}"
        );
    }

    #[test]
    fn url_of_a_node_should_be_that_of_a_websocket() {
        for url in [
            "",
            " ",
            "127.0.0.1:9944",
            "http://127.0.0.1:9944",
            "ws:",
            "ws://",
            "file:///x",
        ] {
            let error = node_url(url, true).unwrap_err();
            assert!(
                matches!(&error, Error::Input(text) if text.contains("ws:// or wss://")),
                "{url}: {error}"
            );
        }
    }

    #[test]
    fn plain_text_should_leave_the_machine_only_when_that_is_allowed() {
        for url in [
            "ws://127.0.0.1:9944",
            "ws://127.1.2.3",
            "ws://[::1]:9944",
            "ws://localhost:1",
            "wss://node.example",
        ] {
            assert!(node_url(url, false).is_ok(), "{url}");
        }
        for url in [
            "ws://node.example",
            "ws://192.168.0.7:9944",
            "ws://[2001:db8::1]:9944",
            "ws://0.0.0.0:9944",
            "ws://localhost.example",
            "ws://127.0.0.1.example",
            "ws://user@node.example",
        ] {
            assert!(node_url(url, false).is_err(), "{url}");
            assert!(node_url(url, true).is_ok(), "{url}");
        }
    }
}
