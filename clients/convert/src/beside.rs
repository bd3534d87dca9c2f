//! The small files that belong to a model: `config.json` and the like.
//!
//! In a canonical file each is a `const` tensor of bytes, so that the root covers it and every version has it.

use crate::{json::Skipped, ConvertError};
use quorate_exact::{Dtype, Role, Tensor};
use std::{fs::File, io::Read, path::Path};

/// Files that are taken along. Each is JSON, and none is a program.
const NAMES: [&str; 3] = ["adapter_config.json", "config.json", "generation_config.json"];
/// The file without which PEFT does not read an adapter.
pub(crate) const ADAPTER: &str = "adapter_config.json";
/// Longest of them.
const MAX_LEN: u64 = 1 << 20;
/// What their tensors' names begin with.
const PREFIX: &str = "file:";

/// A file beside the tensors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beside {
    /// Its name, one of [`NAMES`].
    pub name: &'static str,
    pub bytes: Vec<u8>,
}

impl Beside {
    /// Name of the tensor that holds it.
    pub fn tensor(&self) -> String {
        format!("{PREFIX}{}", self.name)
    }
}

/// Those that a folder has.
///
/// # Errors
/// `Io`, `Beside`.
pub(crate) fn in_folder(folder: &Path) -> Result<Vec<Beside>, ConvertError> {
    let there = NAMES.into_iter().filter(|name| folder.join(name).exists());
    there.map(|name| read(&folder.join(name), name)).collect()
}

/// The name of the file that a tensor of a version holds, such as `config.json`; none where it is a tensor like others.
pub fn file_of(tensor: &Tensor) -> Option<&'static str> {
    let name = tensor.name.strip_prefix(PREFIX)?;
    let is_file = (tensor.role, tensor.dtype) == (Role::Const, Dtype::U8)
        && matches!(tensor.shape[..], [len] if len <= MAX_LEN)
        && tensor.aliases.is_empty();
    NAMES.into_iter().find(|known| is_file && *known == name)
}

fn read(path: &Path, name: &'static str) -> Result<Beside, ConvertError> {
    // Before it is opened: a pipe would wait for somebody to write.
    let found = std::fs::metadata(path).map_err(ConvertError::io(path))?;
    if !found.is_file() {
        return Err(wrong(path, "it is no regular file".into()));
    }
    let file = File::open(path).map_err(ConvertError::io(path))?;
    let mut bytes = Vec::new();
    file.take(MAX_LEN + 1)
        .read_to_end(&mut bytes)
        .map_err(ConvertError::io(path))?;
    if bytes.len() as u64 > MAX_LEN {
        return Err(wrong(path, format!("it is longer than {MAX_LEN} bytes")));
    }
    check(&bytes).map_err(|reason| wrong(path, reason))?;
    Ok(Beside { name, bytes })
}

/// That this is an object of JSON.
pub(crate) fn check(bytes: &[u8]) -> Result<(), String> {
    let is_object = bytes.trim_ascii_start().first() == Some(&b'{');
    match serde_json::from_slice::<Skipped>(bytes) {
        Ok(Skipped) if is_object => Ok(()),
        Ok(Skipped) => Err("it is no object of JSON".into()),
        Err(error) => Err(format!("it is no JSON: {error}")),
    }
}

fn wrong(path: &Path, reason: String) -> ConvertError {
    ConvertError::Beside {
        path: path.display().to_string(),
        reason,
    }
}
