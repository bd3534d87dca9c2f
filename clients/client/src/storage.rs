//! Storage entries: one, or all of a map; typed, or as JSON by the metadata.

use crate::{
    account::subxt_id,
    best::at_best,
    decoded::{json_of, Kind},
    Client, Error, Result,
};
use codec::{Decode, Encode};
use quorate_primitives::{AccountId, Balance, Hash, OrganisationId};
use serde_json::Value as Json;
use sp_crypto_hashing::{blake2_128, twox_128, twox_64};
use std::collections::HashMap;
use subxt::dynamic::{self, Value};

/// Entries of a map that are asked for at a time.
const PAGE: u32 = 256;

/// Tokens of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Decode)]
pub struct Funds {
    pub free: Balance,
    pub reserved: Balance,
    pub frozen: Balance,
    flags: u128,
}

/// `frame_system`'s account entry.
#[derive(Decode)]
struct AccountInfo {
    _nonce: u32,
    _consumers: u32,
    _providers: u32,
    _sufficients: u32,
    data: Funds,
}

impl Client {
    /// What an account holds at the best block.
    pub async fn funds(&self, who: &AccountId) -> Result<Funds> {
        let info: Option<AccountInfo> = self.value("System", "Account", &by_account(who)).await?;
        Ok(info.map(|info| info.data).unwrap_or_default())
    }

    /// The organisation that an account speaks for.
    pub async fn organisation_of(&self, who: &AccountId) -> Result<Option<OrganisationId>> {
        self.value("Consortium", "OrganisationByAccount", &by_account(who))
            .await
    }

    /// One storage entry at the best block; `key` comes after the entry's prefix.
    pub async fn value<T: Decode>(&self, pallet: &str, entry: &str, key: &[u8]) -> Result<Option<T>> {
        let bytes = self.raw(pallet, entry, key).await?;
        bytes.map(|bytes| decode(pallet, entry, &bytes)).transpose()
    }

    /// The same at a block.
    pub(crate) async fn value_at<T: Decode>(
        &self,
        (pallet, entry): (&str, &str),
        key: &[u8],
        at: Hash,
    ) -> Result<Option<T>> {
        let bytes = self.raw_at((pallet, entry), key, at).await?;
        bytes.map(|bytes| decode(pallet, entry, &bytes)).transpose()
    }

    /// The bytes of an entry at a block.
    pub(crate) async fn raw_at(&self, (pallet, entry): (&str, &str), key: &[u8], at: Hash) -> Result<Option<Vec<u8>>> {
        let key = [&prefix(pallet, entry)[..], key].concat();
        Ok(self.rpc.state_get_storage(&key, Some(subxt::utils::H256(at.0))).await?)
    }

    /// The bytes of an entry at the best block.
    pub(crate) async fn raw(&self, pallet: &str, entry: &str, key: &[u8]) -> Result<Option<Vec<u8>>> {
        let key = [&prefix(pallet, entry)[..], key].concat();
        at_best(|| self.rpc.state_get_storage(&key, None)).await
    }

    /// All entries of a map at the best block. `hash` bytes come before each key.
    pub(crate) async fn map<K: Decode, V: Decode>(
        &self,
        pallet: &str,
        entry: &str,
        hash: usize,
    ) -> Result<Vec<(K, V)>> {
        let at = Some(subxt::utils::H256(self.best().await?.hash.0));
        let prefix = prefix(pallet, entry);
        let mut all = Vec::new();
        let mut last: Option<Vec<u8>> = None;
        loop {
            let keys = self
                .rpc
                .state_get_keys_paged(&prefix, PAGE, last.as_deref(), at)
                .await?;
            let Some(end) = keys.last() else {
                return Ok(all);
            };
            let changes = self
                .rpc
                .state_query_storage_at(keys.iter().map(Vec::as_slice), at)
                .await?;
            let values: HashMap<Vec<u8>, Vec<u8>> = changes
                .into_iter()
                .flat_map(|set| set.changes)
                .filter_map(|(key, value)| Some((key.0, value?.0)))
                .collect();
            for key in &keys {
                let key_bytes = key.get(prefix.len() + hash..).unwrap_or_default();
                if let Some(value) = values.get(key) {
                    all.push((decode(pallet, entry, key_bytes)?, decode(pallet, entry, value)?));
                }
            }
            last = Some(end.clone());
        }
    }

    /// All entries of a map at the best block: its keys and its value, by the node's metadata.
    pub async fn entries(&self, pallet: &str, entry: &str) -> Result<Vec<(Vec<Json>, Json)>> {
        let network = |error: &dyn std::fmt::Display| Error::Network(format!("{pallet}.{entry}: {error}"));
        let best = subxt::utils::H256(self.best().await?.hash.0);
        let at = self.online.at_block(best).await.map_err(|error| network(&error))?;
        let address = dynamic::storage::<Vec<Value>, Value>(pallet, entry);
        let mut entries = at
            .storage()
            .iter(address, Vec::<Value>::new())
            .await
            .map_err(|error| network(&error))?;
        let mut all = Vec::new();
        while let Some(entry) = entries.next().await {
            let entry = entry.map_err(|error| network(&error))?;
            let keys = entry
                .key()
                .and_then(|key| key.decode())
                .map_err(|error| network(&error))?;
            let value = entry.value().decode().map_err(|error| network(&error))?;
            let json = |value: &Value| json_of(value, &|_| Kind::Unknown);
            all.push((keys.iter().map(json).collect(), json(&value)));
        }
        Ok(all)
    }
}

fn prefix(pallet: &str, entry: &str) -> Vec<u8> {
    [twox_128(pallet.as_bytes()), twox_128(entry.as_bytes())].concat()
}

fn decode<T: Decode>(pallet: &str, entry: &str, bytes: &[u8]) -> Result<T> {
    T::decode(&mut &bytes[..]).map_err(|error| Error::Incompatible(format!("{pallet}.{entry}: {error}")))
}

/// Key of a number in a map with `Twox64Concat`.
pub(crate) fn by_number(number: impl Encode) -> Vec<u8> {
    let bytes = number.encode();
    [&twox_64(&bytes)[..], &bytes].concat()
}

/// Key of an account in a map with `Blake2_128Concat`.
pub(crate) fn by_account(who: &AccountId) -> Vec<u8> {
    let id = subxt_id(who).0;
    [&blake2_128(&id)[..], &id].concat()
}
