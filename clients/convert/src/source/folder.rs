//! A folder as Hugging Face's libraries write it: which of its files has the tensors.

use super::not_safetensors;
use crate::{names::list, ConvertError};
use std::path::{Path, PathBuf};

/// The files that these libraries look for.
const KNOWN: [&str; 3] = [
    "model.safetensors",
    "model.safetensors.index.json",
    "adapter_model.safetensors",
];

const PICKLES: [&str; 4] = [".bin", ".pt", ".pth", ".ckpt"];

/// The file of a folder that has the tensors, or names their shards.
///
/// # Errors
/// `Io`; `NotSafetensors` when there is none, or more than one.
pub(super) fn tensors_in(folder: &Path) -> Result<PathBuf, ConvertError> {
    let known = KNOWN.into_iter().filter(|name| folder.join(name).exists());
    let known: Vec<String> = known.map(String::from).collect();
    let found = match known.is_empty() {
        true => others(folder)?,
        false => known,
    };
    match &found[..] {
        [one] => Ok(folder.join(one)),
        [] => Err(not_safetensors(folder, nothing(folder)?)),
        several => {
            let several = list(several);
            Err(not_safetensors(
                folder,
                format!("it is a folder with {several}: name the one that is meant"),
            ))
        }
    }
}

/// An index of any name, or else all safetensors files.
fn others(folder: &Path) -> Result<Vec<String>, ConvertError> {
    let names = names(folder)?;
    let with = |end: &str| -> Vec<String> { names.iter().filter(|name| name.ends_with(end)).cloned().collect() };
    let indices = with(".safetensors.index.json");
    Ok(match indices.is_empty() {
        true => with(".safetensors"),
        false => indices,
    })
}

/// What is said of a folder without safetensors files.
fn nothing(folder: &Path) -> Result<String, ConvertError> {
    let names = names(folder)?;
    let first = |ends: &[&str]| names.iter().find(|name| ends.iter().any(|end| name.ends_with(end)));
    Ok(match (first(&PICKLES), first(&[".gguf"])) {
        (Some(name), _) => format!(
            "it is a folder with pickles, such as {name:?}, and without a .safetensors file. Load the model where you trust it, and write it \
             with save_pretrained(FOLDER), or its state with safetensors.torch.save_file"
        ),
        (None, Some(name)) => format!(
            "it is a folder with a GGUF file, {name:?}, mostly of quantised weights. Take the safetensors files that it was made from"
        ),
        (None, None) => "it is a folder without a .safetensors file".into(),
    })
}

/// The names in a folder, sorted; those that are no text are nobody's model.
fn names(folder: &Path) -> Result<Vec<String>, ConvertError> {
    let entries = std::fs::read_dir(folder).map_err(ConvertError::io(folder))?;
    let mut names = Vec::new();
    for entry in entries {
        names.extend(entry.map_err(ConvertError::io(folder))?.file_name().into_string().ok());
    }
    names.sort();
    Ok(names)
}
