//! The header of a safetensors file, read as strictly as the reference loader reads it, and one step stricter: no name twice.

use super::element::ElementType;
use crate::{
    json::{brief, Skipped},
    names::quoted,
};
use serde::{
    de::{Deserialize, Deserializer, Error, MapAccess, Visitor},
    Deserialize as Derive,
};
use std::{collections::BTreeMap, fmt};

const METADATA: &str = "__metadata__";

/// Where a tensor lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Type of its elements.
    pub element: ElementType,
    /// Its shape, row-major.
    pub shape: Vec<u64>,
    /// First byte of its data after the header.
    pub begin: u64,
    /// First byte after its data, after the header.
    pub end: u64,
}

/// What a header says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// The tensors by name.
    pub tensors: BTreeMap<String, Place>,
    /// The kind that a file of Quorate says it is of.
    pub kind: Option<String>,
}

impl Layout {
    /// Reads the header's text; `data_len` bytes follow it.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn parse(text: &[u8], data_len: u64) -> Result<Self, String> {
        let text = std::str::from_utf8(text).map_err(|error| format!("its header is not UTF-8: {error}"))?;
        let Header { tensors, metadata } =
            serde_json::from_str(text).map_err(|error| format!("its header is wrong: {}", brief(&error)))?;
        contiguous(&tensors, data_len)?;
        let quorate = metadata.as_ref().and_then(|metadata| metadata.get("quorate"));
        Ok(Self {
            tensors,
            kind: quorate.and_then(|text| kind(text)),
        })
    }
}

/// As in the reference loader, the tensors' data lie one after another from the header's end to the file's.
fn contiguous(tensors: &BTreeMap<String, Place>, data_len: u64) -> Result<(), String> {
    let mut order: Vec<(&String, &Place)> = tensors.iter().collect();
    order.sort_by_key(|(_, place)| (place.begin, place.end));
    let (mut at, mut last) = (0, None);
    for (name, place) in order {
        let Place { begin, end, .. } = *place;
        let name = quoted(name);
        if begin > at {
            return Err(format!("the bytes {at} to {begin} before {name} belong to no tensor"));
        }
        if let (true, Some(last)) = (begin < at, last) {
            return Err(format!("the data of {last} and {name} overlap"));
        }
        let elements = place.shape.iter().try_fold(1u64, |all, one| all.checked_mul(*one));
        let expected = elements.and_then(|elements| place.element.bytes(elements));
        if end.checked_sub(begin).is_none_or(|len| Some(len) != expected) {
            return Err(format!(
                "tensor {name} of type {} and shape {:?} cannot lie at the bytes {begin} to {end}",
                place.element.name(),
                place.shape
            ));
        }
        (at, last) = (end, Some(name));
    }
    match at.cmp(&data_len) {
        std::cmp::Ordering::Equal => Ok(()),
        std::cmp::Ordering::Less => Err(format!("{} bytes follow its last tensor", data_len - at)),
        std::cmp::Ordering::Greater => Err(format!(
            "it ends {} bytes early: was it copied or downloaded whole?",
            at - data_len
        )),
    }
}

/// The kind in Quorate's metadata; whether all of it is right is checked where the file is used as Quorate's.
fn kind(text: &str) -> Option<String> {
    #[derive(Derive)]
    struct Metadata {
        kind: String,
    }
    serde_json::from_str::<Metadata>(text)
        .ok()
        .map(|metadata| metadata.kind)
}

struct Header {
    tensors: BTreeMap<String, Place>,
    metadata: Option<BTreeMap<String, String>>,
}

impl<'de> Deserialize<'de> for Header {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(HeaderVisitor)
    }
}

struct HeaderVisitor;

impl<'de> Visitor<'de> for HeaderVisitor {
    type Value = Header;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of tensors")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Header, A::Error> {
        let mut tensors = BTreeMap::new();
        let mut metadata = None;
        while let Some(name) = map.next_key::<String>()? {
            let twice = || A::Error::custom(format!("{} is there twice", quoted(&name)));
            if name == METADATA {
                if metadata.is_some() {
                    return Err(twice());
                }
                metadata = Some(map.next_value()?);
                continue;
            }
            if tensors.contains_key(&name) {
                return Err(twice());
            }
            let place = map.next_value();
            let place = place.map_err(|error| A::Error::custom(format!("tensor {}: {error}", quoted(&name))))?;
            tensors.insert(name, place);
        }
        Ok(Header {
            tensors,
            metadata: metadata.flatten(),
        })
    }
}

impl<'de> Deserialize<'de> for Place {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(PlaceVisitor)
    }
}

struct PlaceVisitor;

impl<'de> Visitor<'de> for PlaceVisitor {
    type Value = Place;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with dtype, shape and data_offsets")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Place, A::Error> {
        let (mut element, mut shape, mut offsets) = (None, None, None);
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "dtype" if element.is_none() => {
                    let name: String = map.next_value()?;
                    let unknown = || A::Error::custom(format!("no element type is named {}", quoted(&name)));
                    element = Some(ElementType::by_name(&name).ok_or_else(unknown)?);
                }
                "shape" if shape.is_none() => shape = Some(map.next_value()?),
                "data_offsets" if offsets.is_none() => offsets = Some(map.next_value()?),
                "dtype" | "shape" | "data_offsets" => return Err(A::Error::custom(format!("{key} is there twice"))),
                _ => map.next_value::<Skipped>().map(|Skipped| ())?,
            }
        }
        let (begin, end) = offsets.ok_or_else(|| A::Error::missing_field("data_offsets"))?;
        Ok(Place {
            element: element.ok_or_else(|| A::Error::missing_field("dtype"))?,
            shape: shape.ok_or_else(|| A::Error::missing_field("shape"))?,
            begin,
            end,
        })
    }
}
