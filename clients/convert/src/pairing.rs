//! Which tensor of the input belongs to which tensor of the base.

use crate::{element::is_float, source::Entry, strip, tied, ConvertError, Source, Strip};
use quorate_exact::{Dtype, ModelHeader, Role, Tensor};
use std::collections::{BTreeMap, BTreeSet};

/// The tensors of an update to be.
#[derive(Debug)]
pub(crate) struct Pairing<'a> {
    /// For each `train` and `stat` tensor of the base, in its order.
    pub entries: Vec<(&'a Entry, Dtype)>,
    /// Tensors of the input that the base does not have.
    pub ignored: Vec<String>,
    /// Those that hold what another one does, which the base has: names and theirs.
    pub copies: Vec<(String, String)>,
}

/// Finds the tensors of `model` in `source`, by their names or aliases, without the parts of names that are left out.
///
/// `found` says of each such part whether the input's names had it.
///
/// # Errors
/// `Missing`, `Shape`, `NotFloats`, `NotTied`, `SameName`, `StripUnused`, `Io`.
pub(crate) fn pair<'a>(
    source: &'a Source,
    model: &ModelHeader,
    strips: &[Strip],
    mut found: Vec<bool>,
) -> Result<Pairing<'a>, ConvertError> {
    let mut owners: BTreeMap<&str, &str> = BTreeMap::new();
    let mut copies: Vec<(&Tensor, Vec<(&'a str, &'a Entry)>)> = Vec::new();
    let mut missing = Vec::new();
    for tensor in &model.tensors {
        let there: Vec<(&str, &Entry)> = std::iter::once(&tensor.name)
            .chain(&tensor.aliases)
            .filter_map(|name| find(source, name, strips, &mut found))
            .collect();
        for (name, _) in &there {
            match owners.insert(name, &tensor.name) {
                Some(other) if other != tensor.name => {
                    return Err(ConvertError::SameName {
                        first: other.into(),
                        second: tensor.name.clone(),
                        both: name.to_string(),
                    })
                }
                _ => (),
            }
        }
        match (tensor.role, there.is_empty()) {
            (Role::Const, _) => (),
            (_, true) => missing.push(tensor.name.clone()),
            (_, false) => copies.push((tensor, there)),
        }
    }
    let owned: BTreeSet<&str> = owners.into_keys().collect();
    let unexpected = source.tensors.keys().filter(|name| !owned.contains(name.as_str()));
    let unexpected: Vec<String> = unexpected.cloned().collect();
    if !missing.is_empty() {
        return Err(ConvertError::Missing {
            path: source.path().display().to_string(),
            hint: strip::suggestion(&missing, &unexpected),
            missing,
            unexpected,
        });
    }
    if let Some((strip, _)) = strips.iter().zip(found).find(|(_, found)| !found) {
        return Err(ConvertError::StripUnused {
            text: strip.text().into(),
        });
    }
    let entries = copies.into_iter().map(|(tensor, copies)| one(source, tensor, &copies));
    let mut pairing = Pairing {
        entries: entries.collect::<Result<_, _>>()?,
        ignored: Vec::new(),
        copies: Vec::new(),
    };
    let used = model.tensors.iter().filter(|tensor| tensor.is_updated());
    let used: Vec<(&Tensor, &Entry)> = used.zip(pairing.entries.iter().map(|(entry, _)| *entry)).collect();
    for name in unexpected {
        match original(source, &name, &used)? {
            Some(of) => pairing.copies.push((name, of)),
            None => pairing.ignored.push(name),
        }
    }
    Ok(pairing)
}

/// The `train` tensor of which this one is a copy, as the head of a language model often is of its embedding.
fn original(source: &Source, name: &str, used: &[(&Tensor, &Entry)]) -> Result<Option<String>, ConvertError> {
    let Some(entry) = source.tensors.get(name) else {
        return Ok(None);
    };
    for (tensor, other) in used {
        // What is the same everywhere says nothing.
        if tensor.role == Role::Train && tied::same(source, entry, other)? && tied::varies(source, entry)? {
            return Ok(Some(tensor.name.clone()));
        }
    }
    Ok(None)
}

fn find<'a>(source: &'a Source, name: &str, strips: &[Strip], found: &mut [bool]) -> Option<(&'a str, &'a Entry)> {
    let short = Strip::all(strips, name, found);
    let there = source.tensors.get_key_value(name);
    let (name, entry) = there.or_else(|| source.tensors.get_key_value(&short))?;
    Some((name, entry))
}

/// Of several copies of a tensor the first, if all are equal.
fn one<'a>(
    source: &Source,
    tensor: &Tensor,
    copies: &[(&'a str, &'a Entry)],
) -> Result<(&'a Entry, Dtype), ConvertError> {
    let Some(((name, entry), others)) = copies.split_first() else {
        return Err(ConvertError::Unknown(tensor.name.clone()));
    };
    let Some(dtype) = entry.element.dtype().filter(|dtype| is_float(*dtype)) else {
        return Err(ConvertError::NotFloats {
            name: name.to_string(),
            element: entry.element.name(),
        });
    };
    if entry.shape != tensor.shape {
        return Err(ConvertError::Shape {
            name: name.to_string(),
            expected: tensor.shape.clone(),
            got: entry.shape.clone(),
        });
    }
    for (alias, other) in others {
        if !tied::same(source, entry, other)? {
            return Err(ConvertError::NotTied {
                name: name.to_string(),
                alias: alias.to_string(),
            });
        }
    }
    Ok((entry, dtype))
}
