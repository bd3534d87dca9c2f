//! Which role and scale each tensor gets.

use crate::{
    element::is_float,
    source::{Entry, CHUNK},
    ConvertError, Source,
};
use quorate_exact::{
    grid::{Scale, SCALE_DEFAULT},
    Dtype, Role, TensorSpec,
};
use std::str::FromStr;

/// A name, or one with `*` for any characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(pub String);

impl Pattern {
    pub fn matches(&self, name: &str) -> bool {
        let mut parts = self.0.split('*');
        let first = parts.next().unwrap_or_default();
        let Some(mut rest) = name.strip_prefix(first) else {
            return false;
        };
        let parts: Vec<&str> = parts.collect();
        let Some((last, middle)) = parts.split_last() else {
            return rest.is_empty();
        };
        for part in middle {
            match rest.find(part) {
                Some(at) => rest = &rest[at + part.len()..],
                None => return false,
            }
        }
        rest.ends_with(last)
    }
}

impl FromStr for Pattern {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.into()))
    }
}

/// What the rules are overridden with. The last pattern that matches a name counts.
#[derive(Clone, Debug, Default)]
pub struct Options {
    pub roles: Vec<(Pattern, Role)>,
    pub scales: Vec<(Pattern, Scale)>,
    /// Name of a tensor and another name of the same weights.
    pub ties: Vec<(String, String)>,
}

impl Options {
    fn role(&self, name: &str, dtype: Dtype) -> Role {
        let given = self.roles.iter().rev().find(|(pattern, _)| pattern.matches(name));
        given.map_or_else(|| default_role(name, dtype), |(_, role)| *role)
    }

    fn scale(&self, name: &str) -> Scale {
        let given = self.scales.iter().rev().find(|(pattern, _)| pattern.matches(name));
        given.map_or(SCALE_DEFAULT, |(_, scale)| *scale)
    }
}

fn default_role(name: &str, dtype: Dtype) -> Role {
    let last = name.rsplit('.').next().unwrap_or(name);
    if !is_float(dtype) || last == "num_batches_tracked" {
        Role::Const
    } else if last.starts_with("running_") {
        Role::Stat
    } else {
        Role::Train
    }
}

/// The tensors of a model made from `source`.
///
/// # Errors
/// `Dtype`, `Unknown`, `NotTied`, `Io`.
pub(crate) fn specs(source: &Source, options: &Options) -> Result<Vec<TensorSpec>, ConvertError> {
    let mut specs: Vec<TensorSpec> = Vec::new();
    for (name, entry) in &source.tensors {
        if options.ties.iter().any(|(_, alias)| alias == name) {
            continue;
        }
        specs.push(spec(name, entry, options)?);
    }
    for (name, alias) in &options.ties {
        tied(source, name, alias)?;
        let spec = specs.iter_mut().find(|spec| spec.name == *name);
        spec.ok_or_else(|| ConvertError::Unknown(name.clone()))?
            .aliases
            .push(alias.clone());
    }
    Ok(specs)
}

fn spec(name: &str, entry: &Entry, options: &Options) -> Result<TensorSpec, ConvertError> {
    let role = options.role(name, entry.dtype);
    if role != Role::Const && !is_float(entry.dtype) {
        return Err(ConvertError::Dtype {
            name: name.into(),
            dtype: entry.dtype,
        });
    }
    Ok(TensorSpec {
        name: name.into(),
        dtype: if role == Role::Const { entry.dtype } else { Dtype::F32 },
        shape: entry.shape.clone(),
        role,
        scale: options.scale(name),
        original_dtype: entry.dtype,
        aliases: Vec::new(),
    })
}

/// An alias that the file holds too must be equal.
fn tied(source: &Source, name: &str, alias: &str) -> Result<(), ConvertError> {
    let entry = source
        .tensors
        .get(name)
        .ok_or_else(|| ConvertError::Unknown(name.into()))?;
    let Some(other) = source.tensors.get(alias) else {
        return Ok(());
    };
    let differ = || ConvertError::NotTied {
        name: name.into(),
        alias: alias.into(),
    };
    if (entry.dtype, &entry.shape) != (other.dtype, &other.shape) {
        return Err(differ());
    }
    let (mut a, mut b) = (vec![0; CHUNK], vec![0; CHUNK]);
    let mut at = 0;
    while at < entry.len {
        let len = (entry.len - at).min(a.len() as u64) as usize;
        source.read(entry, at, &mut a[..len])?;
        source.read(other, at, &mut b[..len])?;
        if a[..len] != b[..len] {
            return Err(differ());
        }
        at += len as u64;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_should_match_whole_names() {
        for (pattern, name, matches) in [
            ("a.b", "a.b", true),
            ("a.b", "a.bc", false),
            ("a.*", "a.bc", true),
            ("*.bias", "x.y.bias", true),
            ("*.bias", "x.bias2", false),
            ("l*.w*t", "layer.weight", true),
            ("*", "anything", true),
        ] {
            assert_eq!(Pattern(pattern.into()).matches(name), matches, "{pattern} {name}");
        }
    }

    #[test]
    fn roles_should_follow_type_and_name_unless_given() {
        let mut options = Options::default();
        assert_eq!(options.role("bn.running_mean", Dtype::F32), Role::Stat);
        assert_eq!(options.role("bn.num_batches_tracked", Dtype::I64), Role::Const);
        assert_eq!(options.role("mask", Dtype::Bool), Role::Const);
        assert_eq!(options.role("fc.weight", Dtype::BF16), Role::Train);
        options.roles.push((Pattern("fc.*".into()), Role::Const));
        assert_eq!(options.role("fc.weight", Dtype::BF16), Role::Const);
    }
}
