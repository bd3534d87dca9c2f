//! The small files that belong to a model: `config.json` and the like.
//!
//! In a canonical file each is a `const` tensor of bytes, so that the root covers it and every version has it.

use crate::{
    code::without_code,
    json::{brief, Skipped},
    names::list,
    ConvertError,
};
use quorate_exact::{Dtype, Role, Tensor};
use serde_json::value::RawValue;
use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsStr,
    fs::{self, File},
    io::Read,
    path::{Path, PathBuf},
};

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

/// Those that a folder has. A link is followed where it stays in the folder, or leads to the files of the cache of Hugging Face that the folder is
/// of: what lies elsewhere on this machine is not to be published.
///
/// # Errors
/// `Io`; `Beside` for what is no JSON, names code, or lies elsewhere.
pub(crate) fn in_folder(folder: &Path) -> Result<Vec<Beside>, ConvertError> {
    let there = NAMES
        .into_iter()
        .filter(|name| fs::symlink_metadata(folder.join(name)).is_ok());
    there.map(|name| read(&inside(folder, name)?, name)).collect()
}

/// The real path of a small file.
fn inside(folder: &Path, name: &str) -> Result<PathBuf, ConvertError> {
    let path = folder.join(name);
    let real = |path: &Path| fs::canonicalize(path).map_err(ConvertError::io(path));
    let (folder, found) = (real(folder)?, real(&path)?);
    // `snapshots/REVISION/config.json` is a link to `blobs/HASH`.
    let blobs = folder
        .parent()
        .filter(|above| above.file_name() == Some(OsStr::new("snapshots")))
        .and_then(Path::parent)
        .map(|above| above.join("blobs"));
    match found.starts_with(&folder) || blobs.is_some_and(|blobs| found.starts_with(blobs)) {
        true => Ok(found),
        false => Err(wrong(&path, "it is a link to a file that is not in the folder".into())),
    }
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
    let found = fs::metadata(path).map_err(ConvertError::io(path))?;
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
    let text = check(&bytes).map_err(|reason| wrong(path, reason))?;
    let (code, _) = parsed(without_code(text)).map_err(|reason| wrong(path, reason))?;
    match code.is_empty() {
        true => Ok(Beside { name, bytes }),
        false => {
            let keys: Vec<_> = code.into_iter().collect();
            Err(wrong(
                path,
                format!("by {} libraries would load code, or other weights", list(&keys)),
            ))
        }
    }
}

/// What may be written of a file that a version has: its bytes, and the keys that are left out, as they name code. Most files stay byte for byte.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn harmless(bytes: &[u8]) -> Result<(BTreeSet<String>, Vec<u8>), String> {
    let (code, left) = parsed(without_code(check(bytes)?))?;
    Ok((code, left.into_bytes()))
}

/// An `adapter_config.json` that names this base. All else stays as it is written, in the order of its keys.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn with_base(bytes: &[u8], base: &str) -> Result<Vec<u8>, String> {
    let mut keys: BTreeMap<String, Box<RawValue>> = parsed(serde_json::from_slice(bytes))?;
    keys.insert(
        "base_model_name_or_path".into(),
        parsed(serde_json::value::to_raw_value(base))?,
    );
    parsed(serde_json::to_vec_pretty(&keys))
}

fn parsed<T>(result: serde_json::Result<T>) -> Result<T, String> {
    result.map_err(|error| format!("it is no JSON: {}", brief(&error)))
}

/// The text of an object of JSON.
fn check(bytes: &[u8]) -> Result<&str, String> {
    parsed(serde_json::from_slice::<Skipped>(bytes))?;
    let text = std::str::from_utf8(bytes).map_err(|error| format!("it is no text: {error}"))?;
    match text.trim_start().starts_with('{') {
        true => Ok(text),
        false => Err("it is no object of JSON".into()),
    }
}

fn wrong(path: &Path, reason: String) -> ConvertError {
    ConvertError::Beside {
        path: path.display().to_string(),
        reason,
    }
}
