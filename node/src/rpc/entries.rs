//! How much one request may name: whoever names much has much read, at once.

use jsonrpsee::types::{ErrorCode, ErrorObject, ErrorObjectOwned, Params};
use serde_json::Value;
use std::collections::HashMap;

/// Entries of all lists in the parameters of one request. Substrate's own pages have 1,000 keys.
pub const MOST_ENTRIES: usize = 1_024;
/// How often they may name the same: there are few long values, such as the runtime's code, and each costs its length each time.
pub const MOST_OF_ONE: usize = 4;

/// Whether the parameters are few. Each comma of JSON ends an entry; those within texts are counted, too, and no method wants so many.
pub fn few(params: &Params<'_>) -> Result<(), ErrorObjectOwned> {
    let text = params.as_str().unwrap_or_default();
    let entries = text.bytes().filter(|byte| *byte == b',').count().saturating_add(1);
    if entries > MOST_ENTRIES {
        return Err(many(format!(
            "the parameters have {entries} entries, {MOST_ENTRIES} are the most: ask for the rest in further requests"
        )));
    }
    // What is no JSON is refused by whoever reads it.
    let values = match entries > MOST_OF_ONE {
        true => serde_json::from_str(text).unwrap_or_default(),
        false => Value::Null,
    };
    let mut seen = HashMap::new();
    count(&values, &mut seen);
    match seen.into_iter().find(|(_, times)| *times > MOST_OF_ONE) {
        Some((entry, times)) => {
            let entry: String = entry.chars().take(20).collect();
            Err(many(format!(
                "the parameters name 0x{entry} {times} times, {MOST_OF_ONE} are the most: leave out what is there already"
            )))
        }
        None => Ok(()),
    }
}

/// Counts keys: the same one may be written in several ways.
fn count(value: &Value, seen: &mut HashMap<String, usize>) {
    match value {
        Value::String(text) => {
            let text = text.to_ascii_lowercase();
            *seen.entry(text.trim_start_matches("0x").to_owned()).or_default() += 1;
        }
        Value::Array(values) => values.iter().for_each(|value| count(value, seen)),
        Value::Object(values) => values.values().for_each(|value| count(value, seen)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn many(what: String) -> ErrorObjectOwned {
    ErrorObject::owned(ErrorCode::InvalidParams.code(), what, None::<()>)
}
