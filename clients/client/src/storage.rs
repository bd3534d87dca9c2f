//! Balances, and storage entries as JSON.

use crate::{account::subxt_id, Client, Error, Result};
use codec::Decode;
use quorate_primitives::{AccountId, Balance, OrganisationId};
use serde_json::{json, Map, Value as Json};
use sp_crypto_hashing::{blake2_128, twox_128};
use subxt::{
    dynamic::{self, Value},
    ext::scale_value::{Composite, Primitive, ValueDef},
};

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
        let key = [&twox_128(pallet.as_bytes())[..], &twox_128(entry.as_bytes()), key].concat();
        let Some(bytes) = self.rpc.state_get_storage(&key, None).await? else {
            return Ok(None);
        };
        let value = T::decode(&mut &bytes[..]);
        value
            .map(Some)
            .map_err(|error| Error::Incompatible(format!("{pallet}.{entry}: {error}")))
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
            all.push((keys.iter().map(json_of).collect(), json_of(&value)));
        }
        Ok(all)
    }
}

/// Key of an account in a map with `Blake2_128Concat`.
fn by_account(who: &AccountId) -> Vec<u8> {
    let id = subxt_id(who).0;
    [&blake2_128(&id)[..], &id].concat()
}

/// A decoded value as JSON: 32-byte arrays as hex, other bytes as text where they are text, large numbers as strings.
fn json_of<T>(value: &Value<T>) -> Json {
    match &value.value {
        ValueDef::Composite(composite) => composite_of(composite),
        ValueDef::Variant(variant) if variant.values.is_empty() => json!(variant.name),
        ValueDef::Variant(variant) => json!({ variant.name.clone(): composite_of(&variant.values) }),
        ValueDef::BitSequence(bits) => json!(bits.iter().map(|bit| if bit { '1' } else { '0' }).collect::<String>()),
        ValueDef::Primitive(primitive) => match primitive {
            Primitive::Bool(bool) => json!(bool),
            Primitive::Char(char) => json!(char),
            Primitive::String(text) => json!(text),
            Primitive::U128(number) => u64::try_from(*number)
                .ok()
                .filter(|number| *number < 1 << 53)
                .map_or_else(|| json!(number.to_string()), |number| json!(number)),
            Primitive::I128(number) => i64::try_from(*number).map_or_else(|_| json!(number.to_string()), |n| json!(n)),
            Primitive::U256(bytes) | Primitive::I256(bytes) => json!(format!("0x{}", hex::encode(bytes))),
        },
    }
}

fn composite_of<T>(composite: &Composite<T>) -> Json {
    match composite {
        Composite::Named(fields) => Json::Object(
            fields
                .iter()
                .map(|(name, value)| (name.clone(), json_of(value)))
                .collect::<Map<_, _>>(),
        ),
        Composite::Unnamed(values) => match bytes_of(values) {
            Some(bytes) if bytes.len() == 32 => json!(format!("0x{}", hex::encode(bytes))),
            Some(bytes) => match String::from_utf8(bytes) {
                Ok(text) if !text.chars().any(char::is_control) => json!(text),
                Ok(text) => json!(format!("0x{}", hex::encode(text))),
                Err(error) => json!(format!("0x{}", hex::encode(error.as_bytes()))),
            },
            // A newtype is shown as what it holds.
            None => match values.as_slice() {
                [one] => json_of(one),
                many => Json::Array(many.iter().map(json_of).collect()),
            },
        },
    }
}

/// The values as bytes, if there is more than one and all are.
fn bytes_of<T>(values: &[Value<T>]) -> Option<Vec<u8>> {
    let byte = |value: &Value<T>| match value.value {
        ValueDef::Primitive(Primitive::U128(number)) => u8::try_from(number).ok(),
        _ => None,
    };
    if values.len() < 2 {
        return None;
    }
    values.iter().map(byte).collect()
}
