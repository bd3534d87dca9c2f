//! Reading an object of JSON so that errors name the member, and nothing is overlooked.

use serde::{de::DeserializeOwned, Serialize};
use serde_json::Value;

/// A value, and what it is called in errors.
#[derive(Clone, Copy)]
pub struct Named<'a>(pub &'a str, pub &'a Value);

/// Reads an object. `usual` is any that is right: members are tried in its place, to find the one that is wrong.
pub fn read<T: DeserializeOwned + Serialize>(Named(name, value): Named, usual: &T) -> Result<T, String> {
    if !value.is_object() {
        return Err(format!("{name} is an object"));
    }
    let right = serde_json::to_value(usual).unwrap_or_default();
    match T::deserialize(value) {
        Ok(read) => {
            unknown(Named(name, value), &serde_json::to_value(&read).unwrap_or_default())?;
            Ok(read)
        }
        Err(error) => Err(match blamed::<T>(value, &right) {
            Some((member, error)) => format!("{name}: {member}: {error}"),
            None => format!("{name}: {error}"),
        }),
    }
}

/// The first member that is wrong by itself.
fn blamed<T: DeserializeOwned>(value: &Value, right: &Value) -> Option<(String, serde_json::Error)> {
    value.as_object()?.iter().find_map(|(member, given)| {
        let mut tried = right.clone();
        tried.as_object_mut()?.insert(member.clone(), given.clone());
        T::deserialize(&tried).err().map(|error| (member.clone(), error))
    })
}

/// A member that nobody has read would look as if it counted.
pub fn unknown(Named(name, given): Named, known: &Value) -> Result<(), String> {
    let (Some(given), Some(known)) = (given.as_object(), known.as_object()) else {
        return Ok(());
    };
    for (member, value) in given {
        let Some(same) = known.get(member) else {
            let all: Vec<&str> = known.keys().map(String::as_str).collect();
            return Err(format!("{name} has no member {member:?}, but {}", all.join(", ")));
        };
        unknown(Named(&format!("{name}: {member}"), value), same)?;
    }
    Ok(())
}
