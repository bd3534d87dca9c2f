//! The index of a model in shards: which file holds which tensor.

use crate::{
    json::{brief, Skipped, Unique},
    names::quoted,
};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use std::{
    collections::BTreeMap,
    fmt,
    path::{Component, Path},
};

/// The file of each tensor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Index(pub BTreeMap<String, String>);

impl Index {
    /// Reads an index.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn parse(text: &[u8]) -> Result<Self, String> {
        parse(text)
    }
}

fn parse(text: &[u8]) -> Result<Index, String> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let index: Index = serde_json::from_slice(text).map_err(|error| {
        format!(
            "it is JSON, but no index of shards with a \"weight_map\" of tensors and files: {}",
            brief(&error)
        )
    })?;
    for file in index.0.values() {
        let mut parts = Path::new(file).components();
        if file.is_empty() || !parts.all(|part| matches!(part, Component::Normal(_))) {
            return Err(format!(
                "its shard {} is not in the index's folder or below it",
                quoted(file)
            ));
        }
    }
    match index.0.is_empty() {
        true => Err("its \"weight_map\" is empty".into()),
        false => Ok(index),
    }
}

impl<'de> Deserialize<'de> for Index {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(IndexVisitor)
    }
}

struct IndexVisitor;

impl<'de> Visitor<'de> for IndexVisitor {
    type Value = Index;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with a weight_map")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Index, A::Error> {
        let mut files = None;
        while let Some(key) = map.next_key::<String>()? {
            match key == "weight_map" {
                true if files.is_some() => return Err(A::Error::custom("weight_map is there twice")),
                true => files = Some(map.next_value::<Unique<String>>()?.0),
                false => map.next_value::<Skipped>().map(|Skipped| ())?,
            }
        }
        files.map(Index).ok_or_else(|| A::Error::missing_field("weight_map"))
    }
}
