//! Polls of the contributors that have a rank.

use crate::{
    decoded::{json_of, Kind},
    Client, Error, Result,
};
use quorate_primitives::Hash;
use serde_json::{json, Value};
use subxt::ext::scale_value::{self, Composite, Primitive, ValueDef};

/// What is voted on, as the poll keeps it.
enum Proposal {
    Call(Vec<u8>),
    /// A preimage, by hash and length.
    Elsewhere([u8; 32], u32),
}

impl Client {
    /// Numbers of all polls that the chain knows, and how each stands, as JSON by the metadata.
    pub async fn polls(&self) -> Result<Vec<(u32, Value)>> {
        let entries = self.entries("RankedPolls", "ReferendumInfoFor").await?;
        let number = |keys: &[Value]| keys.first().and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok());
        let mut all: Vec<(u32, Value)> = entries
            .into_iter()
            .filter_map(|(keys, value)| Some((number(&keys)?, value)))
            .collect();
        all.sort_by_key(|(number, _)| *number);
        Ok(all)
    }

    /// One poll at the best block, with the call that it decides on.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn poll(&self, number: u32) -> Result<Value> {
        let known = self.poll_at(number, None).await?;
        known.ok_or_else(|| Error::NotFound(format!("poll {number}; `quorate poll list` shows all")))
    }

    /// The same at `at`, or at the best block; `None` if there is no such poll.
    pub async fn poll_at(&self, number: u32, at: Option<Hash>) -> Result<Option<Value>> {
        const ENTRY: &str = "ReferendumInfoFor";
        let key = key_of(number);
        let bytes = match at {
            Some(at) => self.raw_at(("RankedPolls", ENTRY), &key, at).await?,
            None => self.raw("RankedPolls", ENTRY, &key).await?,
        };
        let Some(bytes) = bytes else { return Ok(None) };
        let at = self.online.at_current_block().await;
        let metadata = at.map_err(|error| Error::Network(error.to_string()))?.metadata();
        let ty = metadata
            .pallet_by_name("RankedPolls")
            .and_then(|pallet| pallet.storage())
            .and_then(|storage| storage.entry_by_name(ENTRY))
            .map(|entry| entry.value_ty());
        let ty = ty.ok_or_else(|| Error::Incompatible("it has no polls".into()))?;
        let value = scale_value::scale::decode_as_type(&mut &bytes[..], ty, metadata.types())
            .map_err(|error| Error::Incompatible(format!("poll {number}: {error}")))?;
        let mut shown = json_of(&value, &|_| Kind::Unknown);
        let call = match proposal_of(&value) {
            Some(Proposal::Call(bytes)) => Some(bytes),
            Some(Proposal::Elsewhere(hash, len)) => self.preimage(hash, len).await?,
            None => None,
        };
        if let (Some(call), Some(fields)) = (call, shown.as_object_mut()) {
            let call = self.show_call(&call).await?;
            fields.insert("call".into(), json!({ "name": call.name, "arguments": call.arguments }));
        }
        Ok(Some(shown))
    }

    async fn preimage(&self, hash: [u8; 32], len: u32) -> Result<Option<Vec<u8>>> {
        let key = codec::Encode::encode(&(hash, len));
        self.value::<Vec<u8>>("Preimage", "PreimageFor", &key).await
    }
}

/// Key of a number in a map with `Blake2_128Concat`.
fn key_of(number: u32) -> Vec<u8> {
    let bytes = number.to_le_bytes();
    [&sp_crypto_hashing::blake2_128(&bytes)[..], &bytes].concat()
}

type Decoded = scale_value::Value<u32>;

/// The `proposal` of an ongoing poll.
fn proposal_of(value: &Decoded) -> Option<Proposal> {
    let ValueDef::Variant(ongoing) = &value.value else {
        return None;
    };
    let ValueDef::Composite(status) = &ongoing.values.values().next()?.value else {
        return None;
    };
    let ValueDef::Variant(bounded) = &field(status, "proposal")?.value else {
        return None;
    };
    match bounded.name.as_str() {
        "Inline" => Some(Proposal::Call(bytes_of(bounded.values.values().next()?)?)),
        "Lookup" => Some(Proposal::Elsewhere(
            bytes_of(field(&bounded.values, "hash")?)?.try_into().ok()?,
            number_of(field(&bounded.values, "len")?)?.try_into().ok()?,
        )),
        _ => None,
    }
}

fn field<'a>(composite: &'a Composite<u32>, name: &str) -> Option<&'a Decoded> {
    match composite {
        Composite::Named(fields) => fields.iter().find(|(known, _)| known == name).map(|(_, value)| value),
        Composite::Unnamed(_) => None,
    }
}

fn number_of(value: &Decoded) -> Option<u128> {
    match value.value {
        ValueDef::Primitive(Primitive::U128(number)) => Some(number),
        _ => None,
    }
}

/// Bytes, below any number of newtypes.
fn bytes_of(value: &Decoded) -> Option<Vec<u8>> {
    let ValueDef::Composite(composite) = &value.value else {
        return None;
    };
    let byte = |value: &Decoded| number_of(value).and_then(|number| u8::try_from(number).ok());
    match composite.values().map(byte).collect() {
        Some(bytes) => Some(bytes),
        None => bytes_of(composite.values().next()?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use scale_value::Value;

    fn ongoing(proposal: Value<()>) -> Decoded {
        let status = Value::named_composite([("track", Value::u128(1)), ("proposal", proposal)]);
        Value::unnamed_variant("Ongoing", [status]).map_context(|()| 0)
    }

    #[test]
    fn call_of_a_poll_should_be_found_inline_and_by_its_preimage() {
        let inline = Value::unnamed_variant("Inline", [Value::unnamed_composite([Value::from_bytes([1, 2])])]);
        assert!(matches!(proposal_of(&ongoing(inline)), Some(Proposal::Call(bytes)) if bytes == [1, 2]));
        let lookup = Value::named_variant(
            "Lookup",
            [("hash", Value::from_bytes([7; 32])), ("len", Value::u128(9))],
        );
        assert!(matches!(proposal_of(&ongoing(lookup)), Some(Proposal::Elsewhere(hash, 9)) if hash == [7; 32]));
        let over = Value::unnamed_variant("Approved", [Value::u128(3)]).map_context(|()| 0);
        assert!(proposal_of(&over).is_none());
    }
}
