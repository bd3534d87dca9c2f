//! One connection to a node.

use crate::{account::subxt_id, error::plain, Error, Result};
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

/// A connection; clones share it.
#[derive(Clone)]
pub struct Client {
    pub(crate) rpc: LegacyRpcMethods<RpcConfigFor<SubstrateConfig>>,
    pub(crate) raw: RpcClient,
    pub(crate) online: OnlineClient<SubstrateConfig>,
    genesis: Hash,
    /// Held from the reading of an account's nonce until its transaction is in the pool.
    pub(crate) turns: Arc<Mutex<HashMap<AccountId, Arc<tokio::sync::Mutex<()>>>>>,
}

impl Client {
    /// Connect to the node at `url`, such as `ws://127.0.0.1:9944`.
    pub async fn connect(url: &str) -> Result<Self> {
        let unreachable =
            |error: &dyn std::fmt::Display| Error::Network(format!("{url} cannot be reached: {}", plain(error)));
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
        })
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

    async fn block_of(&self, hash: Option<subxt::utils::H256>) -> Result<Block> {
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
        let at = at.map(|hash| subxt::utils::H256(hash.0));
        let bytes = self.rpc.state_call(name, Some(&arguments.encode()), at).await?;
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
    pub(crate) async fn nonce(&self, who: &AccountId) -> Result<u64> {
        Ok(self.rpc.system_account_next_index(&subxt_id(who)).await?)
    }
}
