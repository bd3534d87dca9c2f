//! What the chain's metadata gives a form: values and calls as JSON.

use crate::{Client, Error, Result};
use quorate_primitives::AccountId;
use scale_info::{PortableRegistry, TypeDef, TypeDefPrimitive};
use serde_json::{json, Map, Value as Json};
use subxt::ext::scale_value::{scale::decode_as_type, Composite, Primitive, Value, ValueDef};

/// What is known of a value's type.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Account,
    Byte,
    Other,
    /// The value came without its type: bytes are what looks like them.
    Unknown,
}

/// A call in the chain's own names.
#[derive(Clone, Debug)]
pub struct Shown {
    /// Pallet and call.
    pub name: String,
    /// Its arguments by name.
    pub arguments: Json,
}

impl Client {
    /// An encoded call, as the node's metadata reads it.
    pub(crate) async fn show_call(&self, bytes: &[u8]) -> Result<Shown> {
        let at = self.online.at_current_block().await;
        let metadata = at.map_err(|error| Error::Network(error.to_string()))?.metadata();
        let (types, call) = (metadata.types(), metadata.outer_enums().call_enum_ty());
        let value = decode_as_type(&mut &bytes[..], call, types)
            .map_err(|error| Error::Incompatible(format!("a call: {error}")))?;
        Ok(named(json_of(&value, &|id| kind_of(types, *id))))
    }
}

/// `{Pallet: {call: arguments}}` as its three parts.
fn named(value: Json) -> Shown {
    let (pallet, call) = only(value);
    let (name, arguments) = only(call);
    Shown {
        name: format!("{pallet}.{name}"),
        arguments,
    }
}

fn only(value: Json) -> (String, Json) {
    match value {
        Json::Object(fields) => fields.into_iter().next().unwrap_or_default(),
        Json::String(name) => (name, Json::Null),
        other => (String::new(), other),
    }
}

fn kind_of(types: &PortableRegistry, id: u32) -> Kind {
    match types.resolve(id) {
        Some(ty) if ty.path.segments.last().is_some_and(|name| name == "AccountId32") => Kind::Account,
        Some(ty) if matches!(ty.type_def, TypeDef::Primitive(TypeDefPrimitive::U8)) => Kind::Byte,
        _ => Kind::Other,
    }
}

/// A decoded value as JSON: accounts in their own form, bytes as text where they are text, else as hex, large numbers as
/// strings.
pub fn json_of<T>(value: &Value<T>, kind: &dyn Fn(&T) -> Kind) -> Json {
    match &value.value {
        ValueDef::Composite(composite) => match kind(&value.context) {
            Kind::Account => account_of(composite, kind),
            _ => composite_of(composite, kind),
        },
        ValueDef::Variant(variant) if variant.values.is_empty() => match variant.name.as_str() {
            "None" => Json::Null,
            name => json!(name),
        },
        ValueDef::Variant(variant) if variant.name == "Some" => composite_of(&variant.values, kind),
        ValueDef::Variant(variant) => json!({ variant.name.clone(): composite_of(&variant.values, kind) }),
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

fn composite_of<T>(composite: &Composite<T>, kind: &dyn Fn(&T) -> Kind) -> Json {
    match composite {
        Composite::Named(fields) => Json::Object(
            fields
                .iter()
                .map(|(name, value)| (name.clone(), json_of(value, kind)))
                .collect::<Map<_, _>>(),
        ),
        Composite::Unnamed(values) => match bytes_of(values, kind) {
            Some(bytes) if bytes.len() == 32 => json!(format!("0x{}", hex::encode(bytes))),
            Some(bytes) => match String::from_utf8(bytes) {
                Ok(text) if !text.chars().any(char::is_control) => json!(text),
                Ok(text) => json!(format!("0x{}", hex::encode(text))),
                Err(error) => json!(format!("0x{}", hex::encode(error.as_bytes()))),
            },
            // A newtype is shown as what it holds.
            None => match values.as_slice() {
                [one] => json_of(one, kind),
                many => Json::Array(many.iter().map(|value| json_of(value, kind)).collect()),
            },
        },
    }
}

/// An account, which is a newtype around 32 bytes.
fn account_of<T>(composite: &Composite<T>, kind: &dyn Fn(&T) -> Kind) -> Json {
    let shown = composite_of(composite, kind);
    let bytes = shown
        .as_str()
        .and_then(|text| hex::decode(text.strip_prefix("0x")?).ok());
    let account = bytes.and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    account.map_or(shown, |bytes| json!(AccountId::new(bytes)))
}

/// The values as bytes, if that is what they are.
fn bytes_of<T>(values: &[Value<T>], kind: &dyn Fn(&T) -> Kind) -> Option<Vec<u8>> {
    let byte = |value: &Value<T>| match (&value.value, kind(&value.context)) {
        (ValueDef::Primitive(Primitive::U128(number)), Kind::Byte | Kind::Unknown) => u8::try_from(*number).ok(),
        _ => None,
    };
    if values.len() < 2 {
        return None;
    }
    values.iter().map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(kind: u32, bytes: &[u8]) -> Value<u32> {
        let values = bytes
            .iter()
            .map(|byte| Value::with_context(ValueDef::Primitive(Primitive::U128((*byte).into())), kind));
        Value::with_context(ValueDef::Composite(Composite::Unnamed(values.collect())), 0)
    }

    fn kind(context: &u32) -> Kind {
        match context {
            1 => Kind::Byte,
            2 => Kind::Account,
            _ => Kind::Other,
        }
    }

    #[test]
    fn accounts_and_bytes_should_be_shown_as_what_they_are() {
        let account = Value::with_context(ValueDef::Composite(Composite::Unnamed(vec![bytes(1, &[7; 32])])), 2);
        assert_eq!(json_of(&account, &kind), json!(AccountId::new([7; 32])));
        assert_eq!(
            json_of(&bytes(1, &[7; 32]), &kind),
            json!(format!("0x{}", "07".repeat(32)))
        );
        assert_eq!(json_of(&bytes(1, b"name"), &kind), json!("name"));
        // Numbers of organisations are no bytes, however small.
        assert_eq!(json_of(&bytes(3, &[0, 2]), &kind), json!([0, 2]));
    }

    #[test]
    fn call_should_be_named_by_its_pallet() {
        let shown = named(json!({ "Consortium": { "suspend": { "target": 3 } } }));
        assert_eq!(
            (shown.name.as_str(), shown.arguments),
            ("Consortium.suspend", json!({ "target": 3 }))
        );
        assert_eq!(named(json!({ "Incentives": "claim" })).name, "Incentives.claim");
    }
}
