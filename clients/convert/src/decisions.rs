//! What was decided for a version, as a file that another conversion follows.

use crate::{
    json::{brief, Unique},
    ConvertError, Strip,
};
use quorate_exact::{grid::Scale, Dtype, ModelHeader, Role};
use serde::{Deserialize, Deserializer, Serialize};
use std::{collections::BTreeMap, fs::File, io::Read, path::Path};

/// Longest file of decisions that is read.
const MAX_LEN: u64 = 100_000_000;
/// What the file's `format` says.
const FORMAT: u32 = 1;

/// Every decision of a version: followed for the same tensors, it gives the same header.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decisions {
    format: u32,
    /// Parts of names that are left out, before the names below are compared.
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "strips")]
    pub strip: Vec<Strip>,
    /// What becomes of each tensor. An input with others, or without one of these, is refused.
    #[serde(deserialize_with = "unique")]
    pub tensors: BTreeMap<String, Decision>,
}

/// What becomes of one tensor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// Type that the input has it in.
    #[serde(with = "dtypes")]
    pub dtype: Dtype,
    #[serde(with = "roles")]
    pub role: Role,
    /// Binary logarithm of the grid's points per unit; 0 of `const` tensors.
    #[serde(default)]
    pub scale: Scale,
    /// Other names of the same weights.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
}

impl Decisions {
    /// Those that this header shows.
    pub(crate) fn of(header: &ModelHeader, strip: &[Strip]) -> Self {
        let decision = |tensor: &quorate_exact::Tensor| Decision {
            dtype: tensor.original_dtype,
            role: tensor.role,
            scale: tensor.scale,
            aliases: tensor.aliases.clone(),
        };
        let tensors = header.tensors.iter();
        Self {
            format: FORMAT,
            strip: strip.to_vec(),
            tensors: tensors.map(|tensor| (tensor.name.clone(), decision(tensor))).collect(),
        }
    }

    /// Reads a file of them.
    ///
    /// # Errors
    /// `Io`, `Decisions`.
    pub fn read(path: &Path) -> Result<Self, ConvertError> {
        let wrong = |reason| ConvertError::Decisions {
            path: path.display().to_string(),
            reason,
        };
        let found = std::fs::metadata(path).map_err(ConvertError::io(path))?;
        if !found.is_file() || found.len() > MAX_LEN {
            return Err(wrong(format!("it is no regular file of at most {MAX_LEN} bytes")));
        }
        let mut text = Vec::new();
        let file = File::open(path).map_err(ConvertError::io(path))?;
        file.take(MAX_LEN)
            .read_to_end(&mut text)
            .map_err(ConvertError::io(path))?;
        Self::parse(&text).map_err(wrong)
    }

    /// Reads the text of such a file.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn parse(text: &[u8]) -> Result<Self, String> {
        let decisions: Self = serde_json::from_slice(text).map_err(|error| brief(&error))?;
        match decisions.format {
            FORMAT => Ok(decisions),
            other => Err(format!("its format is {other}; this program reads {FORMAT}")),
        }
    }

    /// The text of such a file.
    pub fn text(&self) -> String {
        // Names, numbers and lists of them: nothing that JSON does not have.
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }
}

fn unique<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, Decision>, D::Error> {
    Unique::deserialize(deserializer).map(|Unique(tensors)| tensors)
}

mod strips {
    use crate::{names::shown, Strip};
    use serde::{de::Error, Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<S: Serializer>(strips: &[Strip], serializer: S) -> Result<S::Ok, S::Error> {
        let texts: Vec<_> = strips.iter().map(|strip| shown(strip.text())).collect();
        texts.serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Strip>, D::Error> {
        let texts = Vec::<String>::deserialize(deserializer)?;
        let strips = texts.iter().map(|text| text.parse());
        strips.collect::<Result<_, _>>().map_err(D::Error::custom)
    }
}

mod dtypes {
    use crate::names::quoted;
    use quorate_exact::Dtype;
    use serde::{de::Error, Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<S: Serializer>(dtype: &Dtype, serializer: S) -> Result<S::Ok, S::Error> {
        dtype.name().serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Dtype, D::Error> {
        let name = String::deserialize(deserializer)?;
        let found = Dtype::ALL.into_iter().find(|dtype| dtype.name() == name);
        found.ok_or_else(|| D::Error::custom(format!("no element type of a version is named {}", quoted(&name))))
    }
}

mod roles {
    use quorate_exact::Role;
    use serde::{de::Error, Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<S: Serializer>(role: &Role, serializer: S) -> Result<S::Ok, S::Error> {
        role.name().serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Role, D::Error> {
        let name = String::deserialize(deserializer)?;
        let found = Role::ALL.into_iter().find(|role| role.name() == name);
        found.ok_or_else(|| D::Error::custom("the roles are train, stat and const"))
    }
}
