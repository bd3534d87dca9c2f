//! What the chain says of the levers that bodies pull, beside the motions themselves.

use crate::{
    calls::governance::{ranked_polls, system, tx_pause::Name},
    connection::{is_this_machine, Options},
    Account, Client, Error, Included, Result, Until,
};
use codec::Encode;
use quorate_primitives::{AccountId, Hash};
use serde_json::Value;
use sp_crypto_hashing::{blake2_128, twox_64};

/// Longest answer of a node that makes keys, in bytes of each part.
const LONGEST: usize = 4_096;

/// Session keys as a node made them, and the proof that they belong to their owner.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SessionKeys {
    pub keys: Vec<u8>,
    pub proof: Vec<u8>,
}

impl SessionKeys {
    /// The answer of `author_rotateKeysWithOwner`.
    ///
    /// # Errors
    /// `Incompatible` for what is none.
    pub fn of_answer(answer: &Value) -> Result<Self> {
        let wrong =
            |name: &str| Error::Incompatible(format!("its answer with new session keys has no usable {name:?}"));
        let bytes = |name: &str| {
            let digits = answer.get(name).and_then(Value::as_str)?.strip_prefix("0x")?;
            let bytes = hex::decode(digits).ok()?;
            (1..=LONGEST).contains(&bytes.len()).then_some(bytes)
        };
        Ok(Self {
            keys: bytes("keys").ok_or_else(|| wrong("keys"))?,
            proof: bytes("proof").ok_or_else(|| wrong("proof"))?,
        })
    }
}

/// That a node's URL is on this machine: elsewhere session keys would be somebody else's, or their making be seen.
///
/// # Errors
/// `Input`.
pub fn on_this_machine(url: &str) -> Result<()> {
    match url::Url::parse(url).is_ok_and(|url| is_this_machine(&url)) {
        true => Ok(()),
        false => Err(Error::Input(format!(
            "{url:?} is not on this machine: session keys are made on the validator's own, by its own node"
        ))),
    }
}

impl Client {
    /// New session keys for the validator `owner`, which this node keeps.
    pub async fn rotate_keys(&self, owner: &AccountId) -> Result<SessionKeys> {
        let owner = format!("0x{}", hex::encode(AsRef::<[u8]>::as_ref(owner)));
        SessionKeys::of_answer(&self.request("author_rotateKeysWithOwner", vec![owner.into()]).await?)
    }

    /// The session keys of a validator on chain, encoded, which count from the session after next on.
    pub async fn session_keys(&self, validator: &AccountId) -> Result<Option<Vec<u8>>> {
        let id: &[u8] = validator.as_ref();
        self.raw("Session", "NextKeys", &[&twox_64(id)[..], id].concat()).await
    }

    /// Whether this node holds the private halves of these session keys.
    pub async fn holds_keys(&self, keys: &[u8]) -> Result<bool> {
        let asked = vec![Value::String(format!("0x{}", hex::encode(keys)))];
        let answer = self.request("author_hasSessionKeys", asked).await?;
        answer
            .as_bool()
            .ok_or_else(|| Error::Incompatible("its answer about session keys is no boolean".into()))
    }

    /// Whether the technical committee has whitelisted a call.
    pub async fn is_whitelisted(&self, call: Hash) -> Result<bool> {
        let key = [&twox_64(call.as_bytes())[..], call.as_bytes()].concat();
        Ok(self.raw("Whitelist", "WhitelistedCall", &key).await?.is_some())
    }

    /// Whether a call is paused.
    pub async fn is_paused(&self, (pallet, call): Name<'_>) -> Result<bool> {
        let name = (pallet.as_bytes(), call.as_bytes()).encode();
        let key = [&blake2_128(&name)[..], &name].concat();
        Ok(self.raw("TxPause", "PausedCalls", &key).await?.is_some())
    }

    /// Whether the runtime has a call.
    ///
    /// # Errors
    /// `NotFound` naming what it has instead.
    pub async fn check_call(&self, (pallet, call): Name<'_>) -> Result<()> {
        let at = self.online.at_current_block().await;
        let metadata = at.map_err(|error| Error::Network(error.to_string()))?.metadata();
        let Some(known) = metadata.pallet_by_name(pallet) else {
            let all: Vec<_> = metadata.pallets().map(|pallet| pallet.name().to_string()).collect();
            return Err(Error::NotFound(format!(
                "pallet {pallet}; there are {}",
                all.join(", ")
            )));
        };
        let calls: Vec<_> = known
            .call_variants()
            .unwrap_or_default()
            .iter()
            .map(|call| call.name.clone())
            .collect();
        match calls.iter().any(|name| name == call) {
            true => Ok(()),
            false => Err(Error::NotFound(format!(
                "call {pallet}.{call}; it has {}",
                calls.join(", ")
            ))),
        }
    }

    /// A value that two thirds have set, encoded behind the two numbers of its parameter.
    pub async fn parameter<T: codec::Decode>(&self, key: (u8, u8)) -> Result<Option<T>> {
        let name = key.encode();
        let key = [&blake2_128(&name)[..], &name].concat();
        let set: Option<(u8, u8, T)> = self.value("Parameters", "Parameters", &key).await?;
        Ok(set.map(|(_, _, value)| value))
    }

    /// The hash of the runtime that root has authorized.
    pub async fn authorized_upgrade(&self) -> Result<Option<Hash>> {
        let authorized: Option<(Hash, bool)> = self.value("System", "AuthorizedUpgrade", &[]).await?;
        Ok(authorized.map(|(hash, _)| hash))
    }

    /// Bring the runtime that was authorized.
    ///
    /// # Errors
    /// `Refused` also where the chain took the transaction and refused the runtime: the authorization is used up then.
    pub async fn apply_upgrade(&self, account: &Account, code: &[u8]) -> Result<Included> {
        let done = self
            .submit(account, &system::apply_authorized_upgrade(code), Until::InBlock)
            .await?;
        // The runtime's hash and the error.
        match done.event("System.RejectedInvalidAuthorizedUpgrade") {
            None => Ok(done),
            Some(fields) => Err(self.refusal(fields.get(32..).unwrap_or_default()).await?),
        }
    }

    /// Open a poll on `call` for contributors from `rank` on; returns its number, which is final.
    pub async fn open_poll(&self, account: &Account, rank: u16, call: &crate::Call) -> Result<(u32, Included)> {
        let at = self.online.at_current_block().await;
        let metadata = at.map_err(|error| Error::Network(error.to_string()))?.metadata();
        let system = metadata
            .pallet_by_name("System")
            .ok_or_else(|| Error::Incompatible("it has no pallet System".into()))?
            .call_index();
        let poll = ranked_polls::submit(system, rank, &call.encode(&metadata)?);
        self.submit_numbered(account, &poll, "RankedPolls.Submitted").await
    }

    /// The same node at another address, for what only its own machine may ask.
    ///
    /// # Errors
    /// `Input` when it is on another machine, or on another chain.
    pub async fn own_node(&self, url: &str) -> Result<Self> {
        on_this_machine(url)?;
        let own = Self::connect_with(url, Options::default()).await?;
        match own.genesis() == self.genesis() {
            true => Ok(own),
            false => Err(Error::Input(format!(
                "the node at {url} is on another chain: its first block is {:?}, not {:?}",
                own.genesis(),
                self.genesis()
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn session_keys_should_be_read_from_the_answer_or_refused_by_what_is_missing() {
        let read = SessionKeys::of_answer(&json!({ "keys": "0x0102", "proof": "0x03" })).unwrap();
        assert_eq!((read.keys, read.proof), (vec![1, 2], vec![3]));
        for (answer, named) in [
            (json!(null), "keys"),
            (json!({ "keys": "0x", "proof": "0x03" }), "keys"),
            (json!({ "keys": "0102", "proof": "0x03" }), "keys"),
            (json!({ "keys": "0x01" }), "proof"),
            (json!({ "keys": "0x01", "proof": "0x0" }), "proof"),
            (
                json!({ "keys": "0x01", "proof": format!("0x{}", "00".repeat(LONGEST + 1)) }),
                "proof",
            ),
        ] {
            let error = SessionKeys::of_answer(&answer).unwrap_err().to_string();
            assert!(error.contains(named), "{error}");
        }
    }
}
